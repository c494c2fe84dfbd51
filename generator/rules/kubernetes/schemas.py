"""SCH001: validation by the schemas of Kubernetes, GitHub, kind and kustomize, with places in the user's file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ... import mergekeys
from ...finding import Finding
from ...nearest import Guesses
from ...schema_words import Fault
from ...yaml import Dialect, Node, data_of, get
from ..object_findings import custom_findings, object_data
from ..readers import compiled
from ..readers.compiled import Compiled
from ..readers.kustomization_keys import is_kustomization_name
from ..readers.kustomize_builds import listing
from ..readers.objects import Object, is_patch, objects
from ..rule import Family, File, Scope, at, rule
from ..schema_findings import findings
from ..template_tokens import token_words
from .clashes import Clash, clashes
from .old_backends import without_repeats
from .removed_apis import REMOVED
from .workflow_scalars import FILTERS, LISTS, convert_scalars, fill_nulls, replace_expressions

# A kubeconfig, a configuration of the API server, a list, and what an API server answers or asks.
_NO_OBJECTS = frozenset(
    {
        *(("v1", one) for one in ("APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Config")),
        *(("v1", one) for one in ("EncryptionConfig", "List")),
        *(("v1", one) for one in ("DeleteOptions", "Scale", "Status", "WatchEvent")),
        *((f"apiextensions.k8s.io/{one}", "ConversionReview") for one in ("v1", "v1beta1")),
    }
)


@rule(
    "SCH001",
    "error",
    ("kubernetes", "kustomization", "workflow", "action"),
    "a field that the format does not have, or a value that does not fit",
    explanation=(
        "Files are validated with the schemas of the Kubernetes version in .scaffold/config.yaml (strictly: unknown "
        "fields are errors), GitHub workflows and actions, kind clusters and kustomizations. Custom resources without "
        "a known schema and values with placeholders such as ${NAME} are not checked. A kustomize patch may lack "
        "required fields."
    ),
    bad="apiVersion: v1\nkind: Service\nmetadata:\n  name: payments\nspec:\n  port: 80\n",
    good="apiVersion: v1\nkind: Service\nmetadata:\n  name: payments\nspec:\n  ports:\n    - port: 80\n",
    source="https://kubernetes.io/docs/reference/kubernetes-api/",
    as_built=True,
)
def _schema_faults(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield the errors of a file by the schema of its family."""
    if file.family == "kubernetes":
        yield from _kubernetes(file, scope)
        return
    used = _schema_of(file.family)
    dialect: Dialect = "go" if file.family == "kustomization" else "core"
    for document in file.documents:
        if document.shape == "scalar" and document.tag == "null":
            continue
        data = _eased(file.family, data_of(document, dialect=dialect))
        if file.family == "kustomization":
            data = used.without_nulls(data)  # for kustomize's decoder, encoding/json, a null is no value
        for clash in _clashes(file.family, document):
            second = clash.keys[1]
            yield Finding(second.line, second.column, clash.message, "keep one")
            _without(data, clash)  # the schema's own error does not name both fields
        for fault, one in findings(used, document, data):
            # GitHub's documentation requires these, but its runner does not.
            missing = fault.expected if fault.keyword == "required" else ""
            if file.family == "action" and missing in {"name", "description"}:
                yield replace(one, severity="info")
            elif _is_useless(file.family, fault):
                yield replace(one, severity="warning")
            elif missing and file.family == "kustomization" and fault.where[0] in {"images", "imageTags"}:
                yield replace(one, severity="warning")  # kustomize takes an image without a name, which changes nothing
            elif file.family == "kustomization" and fault.where[:-1] == ("patches",) and isinstance(fault.value, str):
                yield replace(one, hint="write - path: FILE: only old versions of kustomize accept a text")
            else:
                yield one


def _is_useless(family: Family, fault: Fault) -> bool:
    """Return whether GitHub accepts what a fault is about, though it does nothing: ``on.EVENT.FILTER`` or ``run``
    without a value, an activity that an event does not have, a choice without options, or keys that actions lack.
    """
    where = fault.where
    if family == "action":
        return _is_loose(fault)
    if family != "workflow":
        return False
    if fault.keyword == "required":
        return bool(fault.expected == "options")
    if len(where) > 2 and where[0] == "on" and where[2] in FILTERS:
        return fault.keyword in {"enum", "minItems"} or (len(where) == 3 and fault.value is None)
    return where[-1:] == ("run",) and "steps" in where and fault.value is None


def _is_loose(fault: Fault) -> bool:
    """Return whether the runner takes what a fault of an action is about: any key at the top or of an input, an output
    without a value, and a step without a script.
    """
    where = fault.where
    if fault.keyword == "required":
        return bool(fault.expected == "value")
    if where[:1] == ("inputs",) and (len(where) > 2 or fault.keyword == "additionalProperties"):
        return len(where) == 2 or (len(where) == 3 and where[2] != "default")
    return not where or (where[-1:] == ("run",) and "steps" in where and fault.value is None)


def _eased(family: Family, data: Any) -> Any:
    """Convert data that GitHub accepts and the schema does not: a text instead of a list, scalars instead of texts.

    https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json
    """
    if family in {"workflow", "action"}:
        convert_scalars(family, data)
    if family == "workflow" and isinstance(data, dict):
        replace_expressions(data)
        events = data.get("on")
        if isinstance(dispatch := _at(events, "workflow_dispatch"), dict) and dispatch.get("inputs", ()) is None:
            del dispatch["inputs"]
        for event in _maps(events):
            for key in LISTS & event.keys():
                event[key] = [event[key]] if isinstance(event[key], str) else event[key]
        for named in (_at(events, "workflow_call", "secrets"), _at(events, "workflow_dispatch", "inputs")):
            for name in named if isinstance(named, dict) else ():
                named[name] = {} if named[name] is None else named[name]
        for job in _maps(data.get("jobs")):
            services: Any = job.get("services")
            for name in services if isinstance(services, dict) else ():
                services[name] = {"image": services[name]} if isinstance(services[name], str) else services[name]
            if isinstance(job.get("strategy"), dict):  # GitHub accepts a strategy without a matrix
                fill_nulls(job["strategy"].setdefault("matrix", {"none": ["none"]}))
    return data


def _at(data: Any, *path: str) -> Any:
    """Return what is at a path of keys, or None."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _clashes(family: Family, document: Node) -> list[Clash]:
    """Return the fields of a workflow or action that exclude each other, by the table of the merge."""
    found = mergekeys.families({key.text: "" for key, _ in document.pairs}) if family in {"workflow", "action"} else []
    return list(clashes(document, [one for one in found if one.name in {"github-workflow", "github-action"}]))


def _without(data: Any, clash: Clash) -> None:
    """Remove all but one of the fields that exclude each other from data, so that the schema checks the rest."""
    for step in clash.where:
        data = data[step]
    for name in sorted(key.text for key in clash.keys)[1:]:
        data.pop(name, None)


def _maps(data: Any) -> list[dict[str, Any]]:
    """Return the maps among the values of a map."""
    return [one for one in data.values() if isinstance(one, dict)] if isinstance(data, dict) else []


def _schema_of(family: Family) -> Compiled:
    match family:
        case "workflow":
            return compiled.shipped("github-workflows")
        case "action":
            return compiled.shipped("github-actions")
        case _:
            return compiled.ours("kustomization")


def _kubernetes(file: File, scope: Scope) -> Iterator[Finding]:
    version = scope.config.kubernetes
    if is_kustomization_name(file.path) and listing(posixpath.dirname(file.path) or ".", scope):
        where = get(file.documents[0], "apiVersion") or file.documents[0]
        message = "kustomize reads this file, which is a Kustomization of Flux, as one of its own, and refuses it"
        yield Finding(where.line, where.column, message, "give the file another name")
    patch = is_patch(file, scope)
    for one in objects(file):
        found = compiled.kubernetes(one.api, one.sort, version)
        if found is not None:
            data = object_data(one)
            if "kind" not in data:  # an item of a typed list
                data |= {"apiVersion": one.api, "kind": one.sort}
            data = found.without_nulls(data)
            words = token_words(file)
            yield from without_repeats(one, findings(found, one.node, data, patch=patch, words=words, is_built_in=True))
        elif compiled.custom(one.api, one.sort) is not None:
            yield from custom_findings(one, patch=patch)
        elif compiled.is_built_in_group(one.api) and (one.api, one.sort) not in _NO_OBJECTS and not is_removed(one):
            yield from _unknown_sort(one, version, scope)


def is_removed(one: Object) -> bool:
    """Return whether a type was removed from Kubernetes, which K8S002 reports."""
    return (one.api, one.sort) in REMOVED or (one.api, "*") in REMOVED


def _may_be_newer(one: Object, close: str, scope: Scope) -> bool:
    """Tell whether a later version of Kubernetes than the one that is assumed without a config may have a type."""
    return not close and one.group.endswith(".k8s.io") and "kubernetes" not in scope.config.data


def _unknown_sort(one: Object, version: str, scope: Scope) -> Iterator[Finding]:
    where = get(one.node, "kind") or get(one.node, "apiVersion") or one.node
    known = compiled.sorts_of(one.api, version)
    guesses: Guesses = scope.memo.setdefault("schemas.guesses", Guesses())
    close = guesses.nearest(one.sort, known)
    if _may_be_newer(one, close, scope):
        return
    hint = f"did you mean {close}?" if close else "use a type of that API version, or the API version that has the type"
    if not known:
        where = get(one.node, "apiVersion") or where
        yield at(where, f"Kubernetes {version} has no API version {one.api}", hint)
        return
    yield at(where, f"{one.api} has no type {one.sort} in Kubernetes {version}", hint)
