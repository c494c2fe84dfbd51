"""JSON Schemas of external formats, compiled once per process.

The schemas are of the packages kubernetes-validate and check-jsonschema, which only this module uses. Of the latter
only the data is used, because importing them is slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ... import assets
from ...jsonschema_library import jsonschema_library
from .workflow_schema import correct_workflows

# Names that may become part of a file name (https://kubernetes.io/docs/reference/using-api/#api-groups).
_SORT = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}\Z")
_API = re.compile(r"(?:[a-z0-9][a-z0-9.-]{0,252}/)?v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?\Z")
MONITORING = "monitoring.coreos.com"
_BUILT_IN = frozenset({"apps", "autoscaling", "batch", "extensions", "policy"})
# Fields that the API's documentation requires, but the API server does not: 0, false, "" and no items are values.
_NOT_REQUIRED = {
    "io.k8s.api.batch.v1.PodFailurePolicy": "rules",
    "io.k8s.api.core.v1.HTTPHeader": "value",
    "io.k8s.api.core.v1.LimitRangeSpec": "limits",
    "io.k8s.api.core.v1.SleepAction": "seconds",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion": "served",
}


@dataclass(frozen=True)
class Compiled:
    """A compiled schema, and the documents that it references, by URI."""

    validator: Any
    documents: Mapping[str, Any] = field(default_factory=dict)

    def errors(self, data: Any) -> list[Any]:
        """Return the errors of jsonschema-rs for ``data``."""
        return [] if self.validator.is_valid(data) else list(self.validator.iter_errors(data))

    def without_nulls(self, data: Any) -> Any:
        """Remove the nulls from an object's data that are no values for the API server, and return the data: those in
        maps, of fields that are not nullable. A required field is missing then.

        Custom resources: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable.
        Built-in types are decoded by sigs.k8s.io/json, for which a null leaves the field as it is.
        """
        stack = self.errors(data)
        while stack:
            error = stack.pop()
            for branch in getattr(error.kind, "context", None) or ():
                stack += branch
            *above, last = [*error.instance_path] or [0]
            if error.instance is None and isinstance(last, str):
                parent = data
                for step in above:
                    parent = parent[step]
                parent.pop(last, None)
        return data

    def part(self, location: str) -> Any:
        """Return the part of a schema at a keyword location such as ``URI#/properties/spec``; None if missing."""
        uri, _, pointer = location.partition("#")
        node = self.documents.get(uri)
        for step in pointer.split("/")[1:]:
            name = re.sub(r"%([0-9A-Fa-f]{2})", lambda one: chr(int(one.group(1), 16)), step)
            name = name.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(name)
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                return None
        return node

    def maps_with(self, schema: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Return the properties of a schema that are maps with a key, for a key that is written one level too high."""
        found = {}
        for name, one in (schema.get("properties") or {}).items():
            reference = str(one.get("$ref", "")) if isinstance(one, dict) else ""
            at = reference.rpartition("/")[2]
            named = [document["$defs"][at] for document in self.documents.values() if at in document.get("$defs", ())]
            found[name] = named[0] if named else one
        return tuple(
            name for name, one in found.items() if isinstance(one, dict) and key in (one.get("properties") or ())
        )


@cache
def ours(name: str) -> Compiled:
    """Return the schema ``schemas/NAME.schema.json`` of this repository."""
    return _compile(json.loads(assets.schema_text(name)))


@cache
def custom(api: str, sort: str) -> Compiled | None:
    """Return this repository's schema of a custom resource, None if it has none."""
    name = "custom-resources"
    group, _, number = api.partition("/")
    if group == MONITORING:
        own = f"{sort}-{number}"
        known = own in _monitoring_names()
        schema = json.loads(assets.schema_text(f"monitoring/{own}")) if known else None
    else:
        schema = json.loads(assets.schema_text(name))["$defs"].get(f"{api}/{sort}")
    if schema is None:
        return None
    metadata = json.loads(assets.schema_text("object-metadata"))
    schema["properties"]["metadata"] = {key: one for key, one in metadata.items() if not key.startswith("$")}
    return _compile({**schema, "$id": f"https://scaffold.invalid/{name}/{api}/{sort}"})


@cache
def _monitoring_names() -> frozenset[str]:
    """Return the names of the schemas of Prometheus Operator, a file for each kind and version."""
    ending = ".schema.json"
    found = (one.name for one in (assets.folder("schemas") / "monitoring").iterdir())
    return frozenset(one.removesuffix(ending) for one in found if one.endswith(ending))


@cache
def shipped(name: str) -> Compiled:
    """Return a schema that check-jsonschema ships, such as ``github-workflows`` (https://www.schemastore.org)."""
    folder = _package("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / f"{name}.json").read_text("utf-8"))
    if name == "github-workflows":
        correct_workflows(schema)
    return _compile(schema)


@cache
def kubernetes(api: str, sort: str, version: str) -> Compiled | None:
    """Return the strict schema of an object's type in a version of Kubernetes, None if the type is unknown."""
    if not (_SORT.match(sort) and _API.match(api)):
        return None
    group, _, number = api.rpartition("/")
    folder = _version_folder(version)
    short = group.partition(".")[0]
    path = folder / f"{sort.lower()}-{f'{short}-' if short else ''}{number}.json"
    if not path.is_file():
        return None
    schema = json.loads(path.read_text("utf-8"))
    wanted = {"group": group, "kind": sort, "version": number}
    if wanted not in schema.get("x-kubernetes-group-version-kind", ()):
        return None  # another group with the same first label, or a part of an object
    registry, definitions = _definitions(folder)
    validator = jsonschema_library().validator_for(schema, registry=registry, offline=True)
    return Compiled(validator, {schema["$id"]: schema, definitions["$id"]: definitions})


def is_built_in_group(api: str) -> bool:
    """Return whether an API group is built into Kubernetes, so that a type without a schema is a mistake."""
    group = api.rpartition("/")[0]
    return bool(_API.match(api)) and (not group or group in _BUILT_IN or group in _own_groups())


@cache
def sorts_of(api: str, version: str) -> tuple[str, ...]:
    """Return the types of objects of a built-in API version."""
    group, _, number = api.rpartition("/")
    ends = f"-{group.partition('.')[0]}-{number}.json" if group else f"-{number}.json"
    found = []
    for path in sorted(_version_folder(version).iterdir()):
        if path.name.endswith(ends) and (group or path.name.count("-") == 1):
            types = json.loads(path.read_text("utf-8")).get("x-kubernetes-group-version-kind", ())
            found += [one["kind"] for one in types if one["group"] == group and one["version"] == number]
    return tuple(found)


@cache
def kubernetes_versions() -> tuple[str, ...]:
    """Return the versions of Kubernetes that have schemas, such as ``1.36``, oldest first."""
    found = {
        tuple(map(int, match.groups()))
        for one in _kubernetes().iterdir()
        if (match := re.fullmatch(r"v(\d+)\.(\d+)\.\d+-local-strict", one.name))
    }
    return tuple(f"{major}.{minor}" for major, minor in sorted(found))


def _compile(schema: Any) -> Compiled:
    return Compiled(jsonschema_library().validator_for(schema, offline=True), {schema.get("$id", ""): schema})


@cache
def _definitions(folder: Path) -> tuple[Any, Any]:
    definitions = json.loads((folder / "_definitions.json").read_text("utf-8"))
    for name, field_name in _NOT_REQUIRED.items():
        if known := definitions["$defs"].get(name):
            known["required"] = [one for one in known.get("required", ()) if one != field_name]
    return jsonschema_library().Registry([(definitions["$id"], definitions)]), definitions


@cache
def _version_folder(version: str) -> Path:
    """Return the schemas' folder of a version, else of the newest earlier one, else of the oldest."""
    have = [tuple(map(int, one.split("."))) for one in kubernetes_versions()]
    wanted = tuple(int(part) for part in version.split("."))
    major, minor = max((one for one in have if one <= wanted), default=min(have))
    return _kubernetes() / f"v{major}.{minor}.0-local-strict"


def _kubernetes() -> Path:
    return _package("kubernetes_validate") / "kubernetes-json-schema"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.origin:
        raise ModuleNotFoundError(f"the package {name} is not installed")
    return Path(spec.origin).parent


@cache
def _own_groups() -> frozenset[str]:
    names = (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization"),
        *("certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "networking", "node"),
        *("rbac.authorization", "resource", "scheduling", "storage", "storagemigration"),
    )
    return frozenset(f"{one}.k8s.io" for one in names)
