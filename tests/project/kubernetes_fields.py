"""Write ``schemas/kubernetes-fields.schema.json``: fields of Kubernetes objects, for the parts of objects in specs.

``python -m tests.project.kubernetes_fields`` after an update of the package kubernetes-validate, whose newest version
of Kubernetes has these types and fields. A part of an object is incomplete, so that a field is required only if it
identifies the item of a list (x-kubernetes-list-map-keys, and ``schemas/merge-keys.json``). Each field and each type
may be null, which removes what is generated; an item of a list may not, nor what identifies it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from generator import assets
from generator.rules.readers import compiled

from .kubernetes_bounds import bounded

PATH = Path(__file__).resolve().parents[2] / "schemas" / "kubernetes-fields.schema.json"
_API = "io.k8s.api."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
# The types that specs refer to; what these refer to follows.
ROOTS = (
    *(f"{_API}core.v1.{one}" for one in ("Container", "EnvFromSource", "EnvVarSource", "PersistentVolumeClaimSpec")),
    *(f"{_API}core.v1.{one}" for one in ("PodTemplateSpec", "Probe", "Service", "ServiceAccount", "Volume")),
    *(f"{_API}apps.v1.{one}" for one in ("Deployment", "StatefulSet")),
    *(f"{_API}batch.v1.{one}" for one in ("CronJob", "JobSpec")),
    *(f"{_API}networking.v1.{one}" for one in ("IngressSpec", "NetworkPolicySpec")),
    f"{_API}autoscaling.v2.HorizontalPodAutoscalerSpec",
    f"{_API}policy.v1.PodDisruptionBudgetSpec",
    f"{_API}rbac.v1.PolicyRule",
    f"{_META}ObjectMeta",
)
# Fields that only the API server writes or that it refuses, and volumes that no kubelet supports any more.
LEFT_OUT = {
    **{one: {"apiVersion", "kind", "status"} for one in ("CronJob", "Deployment", "StatefulSet")},
    "LifecycleHandler": {"tcpSocket"},
    "ObjectMeta": {
        *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generateName", "generation"),
        *("managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"),
    },
    "PersistentVolumeClaim": {"status"},
    "PodSpec": {"ephemeralContainers", "overhead", "priority", "serviceAccount"},
    "Service": {"apiVersion", "kind", "status"},
    "ServiceAccount": {"apiVersion", "kind"},
    "Volume": {
        *("cephfs", "flocker", "gitRepo", "glusterfs", "photonPersistentDisk", "quobyte", "rbd", "scaleIO"),
        "storageos",
    },
}
_QUANTITY = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,3})?"
_SUBSTITUTED = r"\$\{[^{}]*\}[A-Za-z]{0,2}"  # what Flux fills in: https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
# Types that are no maps; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
SCALARS: dict[str, dict[str, Any]] = {
    "IntOrString": {"description": "A whole number or text, such as 8080, http or 25%.", "type": ["integer", "string"]},
    "Quantity": {
        "description": "A quantity such as 500m or 1Gi.",
        "type": ["string", "number"],
        "pattern": rf"^(?:{_QUANTITY}|{_SUBSTITUTED})$(?!\n)",
    },
    "Time": {"description": "A time such as 2024-01-31T12:00:00Z.", "type": ["string"]},
}
_LONGEST = 160
_INT32 = 2**31 - 1
_SENTENCE = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<=[.!?])\s")


@cache
def _definitions() -> dict[str, Any]:
    """Return the types of the newest version, by their long names."""
    found = compiled.kubernetes("v1", "Pod", compiled.kubernetes_versions()[-1])
    assert found is not None
    return next(one["$defs"] for one in found.documents.values() if "$defs" in one)


def whole() -> str:
    """Return the content of the file."""
    found: dict[str, str] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name != found.setdefault(short(name), name):
            raise ValueError(f"two types have one name: {name} and {found[short(name)]}")
        if short(name) not in SCALARS:
            below = (one for field in _fields(name).values() for one in references(field))
            waiting += [one for one in below if one != found.get(short(one))]
    made = {one: SCALARS[one] | {"type": [*SCALARS[one]["type"], "null"]} for one in SCALARS if one in found}
    made |= {one: _type(name) for one, name in found.items() if one not in SCALARS}
    made["MountedVolume"] = _mounted(made["Volume"])
    return _text({one: made[one] for one in sorted(made)})


def short(name: str) -> str:
    return name.rpartition(".")[2]


def references(schema: Any) -> Iterator[str]:
    """Yield the long names of the types that a part of a schema refers to."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for one in schema.values():
            yield from references(one)


def _fields(name: str) -> dict[str, Any]:
    left_out = LEFT_OUT.get(short(name), set())
    return {key: one for key, one in _definitions()[name].get("properties", {}).items() if key not in left_out}


def _type(name: str) -> dict[str, Any]:
    one = _definitions()[name]
    made: dict[str, Any] = {"description": sentence(one.get("description", short(name))), "type": ["object", "null"]}
    fields = _fields(name)
    if fields:
        made["additionalProperties"] = False
        own = {key: _field(key, field) for key, field in sorted(fields.items())}
        made["properties"] = {key: bounded(short(name), key, field) for key, field in own.items()}
    for key in _identifying().get(name, ()):
        made["properties"][key] = _not_null(made["properties"][key])
    return made


def _field(key: str, field: dict[str, Any]) -> dict[str, Any]:
    about = {"description": sentence(field["description"])} if field.get("description") else {}
    if "enum" in field and None not in field["enum"]:
        return {**about, "enum": field["enum"]}
    return {**about, **_value(key, field)}


def _value(key: str, field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that may be null."""
    if "$ref" in field:
        return _reference(field)
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    sort = next(one for one in types if one != "null")
    made: dict[str, Any] = {"type": [sort, "null"]}
    if field.get("format") == "int32":
        made["maximum"] = _INT32
    if sort == "array":
        made["items"] = _item(key, field)
    elif isinstance(field.get("additionalProperties"), dict):
        made["additionalProperties"] = _value(key, field["additionalProperties"])
    return made


def _item(key: str, field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an item of a list, which is never null: no item is generated that it could remove."""
    one = field["items"]
    if "$ref" not in one:
        return _not_null(_value(key, one))
    required = keys_of(key, field)
    made = {**_reference(one), "not": {"type": "null"}}
    return {**made, "required": required} if required else made


def _reference(one: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{short(one['$ref'])}"}


def _not_null(one: dict[str, Any]) -> dict[str, Any]:
    if "type" not in one:
        return one
    types = [sort for sort in one["type"] if sort != "null"]
    return {**one, "type": types[0] if len(types) == 1 else types}


def keys_of(key: str, field: dict[str, Any]) -> list[str]:
    """Return the fields that identify the items of a list, as far as Kubernetes requires them."""
    name = field["items"].get("$ref", "").rpartition("/")[2]
    own = field.get("x-kubernetes-list-map-keys") or [field.get("x-kubernetes-patch-merge-key", "")]
    table = assets.data("merge-keys")["lists"]["kubernetes"].get(key, {}).get("keys", [])
    known = {re.split(r"[|.]", part)[0] for part in [*own, *(part for parts in table for part in parts)]}
    return [one for one in _definitions()[name].get("required", ()) if one in known] if name else []


@cache
def _identifying() -> dict[str, set[str]]:
    """Return the fields that identify items, by the types of the items."""
    found: dict[str, set[str]] = {}
    for one in _definitions().values():
        for key, field in one.get("properties", {}).items():
            if "$ref" in field.get("items", {}):
                found.setdefault(field["items"]["$ref"].rpartition("/")[2], set()).update(keys_of(key, field))
    return found


def _mounted(volume: dict[str, Any]) -> dict[str, Any]:
    """Return the type of a volume that has its name as the key of a map, and its place in the main container."""
    mount = {
        "description": "Where the main container has the volume: the path, or the fields of a VolumeMount.",
        "anyOf": [{"type": ["string", "null"], "minLength": 1}, {"$ref": "#/$defs/VolumeMount"}],
    }
    fields = {key: one for key, one in volume["properties"].items() if key != "name"}
    about = "A volume by its name: the fields of a Volume, and its mount."
    return {**volume, "description": about, "properties": {**fields, "mount": mount}}


def sentence(text: str) -> str:
    """Return the first sentence of a description, cut at a word if it is long."""
    first = _SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST].rpartition(' ')[0].rstrip(',;:')}…"


def _text(types: dict[str, Any]) -> str:
    """Return the file's text, with a field on each line."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    version = compiled.kubernetes_versions()[-1]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fields of Kubernetes objects",
        "description": f"Parts of objects of Kubernetes {version}, by the names of its types.",
    }
    parts = []
    for name, one in types.items():
        fields = ",\n".join(f"{line(key)}: {line(field)}" for key, field in one.get("properties", {}).items())
        rest = line({key: value for key, value in one.items() if key != "properties"})
        parts.append(
            f'{line(name)}: {rest[:-1]}, "properties": {{\n{fields}\n}}}}' if fields else f"{line(name)}: {rest}"
        )
    return f'{line(head)[:-1]},\n"$defs": {{\n' + ",\n".join(parts) + "\n}}\n"


if __name__ == "__main__":
    PATH.write_text(whole(), "utf-8")
