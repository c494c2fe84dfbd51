"""Fragments of the generated objects in the spec, in Kubernetes' own field names, and what they may not set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...behaviour import SpecFault
from ...fragments import both_fragments, combined, with_fragment
from ...images.references import parse_reference
from ...unit_namespace import MANAGED_BY, NAME_LABEL, namespace
from .derived import container_name, extra_labels
from .workload_class import workload_class

FRAGMENTS = (
    "container", "pod", "deployment", "statefulset", "cronjob", "job", "service", "metadata", "disruption_budget",
)  # fmt: skip
_JOB = ("spec", "jobTemplate")
# What each object needs as a whole: null would remove it, with what the template and other keys say below it.
_NEEDED = (("metadata",), ("metadata", "labels"), ("spec",), ("spec", "containers"), ("spec", "ports"))
# Keys whose maps and lists have fields of Kubernetes; their other values are scaffold's own.
_PARTLY = ("probes", "volumes", "env", "env_from", "autoscaling", "network_policy", "service_account")
_OWN_KEYS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "container": {
        ("image",): "image, tag and tags",
    },
    "pod": {
        ("metadata", "name"): "name",
        ("metadata", "namespace"): "namespace",
        ("spec", "serviceAccountName"): "service_account",
    },
    "deployment": {
        ("apiVersion",): "", ("kind",): "",
        ("metadata", "name"): "name",
        ("metadata", "namespace"): "namespace",
        ("spec", "replicas"): "replicas",
        ("spec", "selector"): "selector",
        ("spec", "template"): "pod",
    },
    "statefulset": {
        ("apiVersion",): "", ("kind",): "",
        ("metadata", "name"): "name",
        ("metadata", "namespace"): "namespace",
        ("spec", "replicas"): "replicas",
        ("spec", "selector"): "selector",
        ("spec", "serviceName"): "service_name",
        ("spec", "podManagementPolicy"): "pod_management",
        ("spec", "updateStrategy", "type"): "update_strategy",
        ("spec", "persistentVolumeClaimRetentionPolicy"): "claim_retention",
        ("spec", "template"): "pod",
    },
    "cronjob": {
        ("apiVersion",): "", ("kind",): "",
        ("metadata", "name"): "name",
        ("metadata", "namespace"): "namespace",
        ("spec", "schedule"): "schedule",
        ("spec", "timeZone"): "time_zone",
        ("spec", "concurrencyPolicy"): "concurrency",
        ("spec", "suspend"): "suspend",
        ("spec", "startingDeadlineSeconds"): "starting_deadline",
        ("spec", "successfulJobsHistoryLimit"): "history",
        ("spec", "failedJobsHistoryLimit"): "history",
        ("spec", "jobTemplate"): "job",
    },
    "job": {
        ("metadata", "name"): "name",
        ("metadata", "namespace"): "namespace",
        ("spec", "activeDeadlineSeconds"): "active_deadline",
        ("spec", "backoffLimit"): "backoff_limit",
        ("spec", "template"): "pod",
    },
    "service": {
        ("apiVersion",): "", ("kind",): "",
        ("metadata", "name"): "service_name",
        ("metadata", "namespace"): "namespace",
        ("spec", "selector"): "selector",
        ("spec", "type"): "service_type",
    },
    "metadata": {("name",): "name", ("namespace",): "namespace", ("labels",): "labels"},
    "disruption_budget": {("selector",): "selector"},
}  # fmt: skip


def object_fragment(values: Mapping[str, Any], sort: str) -> dict[str, Any]:
    """Return what the spec adds to the generated object of a type, such as ``Deployment``; empty for nothing."""
    found: dict[str, Any] = {"metadata": values["metadata"]} if values.get("metadata") else {}
    workload = workload_class(values)
    if sort == workload.sort:
        found = both_fragments(found, values.get(workload.name) or {})
        if workload.is_job and values.get("job"):
            found = both_fragments(found, _below(_JOB, values["job"]))
        pod = dict(values.get("pod") or {})
        if own := _container(values):
            pod = both_fragments(pod, {"spec": {"containers": [own]}})
        if pod:
            found = both_fragments(found, _below(workload.template, pod))
    elif sort == "Service":
        found = both_fragments(found, values.get("service") or {})
    elif sort == "PodDisruptionBudget" and isinstance(values.get("disruption_budget"), Mapping):
        found = both_fragments(found, {"spec": values["disruption_budget"]})
    return found


def fragment(text: str, values: Mapping[str, Any], sort: str) -> str:
    """Return the text of a generated object with what the spec adds to it. Raises ValueError if it does not fit."""
    added = object_fragment(values, sort)
    return with_fragment(text, added) if added else text


def service_object(
    api: str, sort: str, name: str, values: Mapping[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the data of an object of a service: name, namespace and labels, its body, and what the spec adds to it."""
    metadata: dict[str, Any] = {"name": name}
    if not values["namespace"].get("omit"):
        metadata["namespace"] = namespace(values)
    labels = {NAME_LABEL: values["name"], MANAGED_BY: "scaffold"}
    metadata["labels"] = labels | {key: str(one) for key, one in extra_labels(values)}
    made = {"apiVersion": api, "kind": sort, "metadata": metadata, **body}
    added: dict[str, Any] = combined(made, object_fragment(values, sort))
    return added


def has_writable_root(values: Mapping[str, Any], container: str, *, main: bool) -> bool:
    """Return whether the spec gives a container a root file system that it may write, unlike the template."""
    own = [_container(values)] if main else []
    pod = (values.get("pod") or {}).get("spec") or {}
    own += [one for one in pod.get("containers") or () if one.get("name") == container]
    contexts = [one["securityContext"] for one in own if "securityContext" in one]
    return any(one is None or not one.get("readOnlyRootFilesystem", True) for one in contexts)


def extra_containers(values: Mapping[str, Any]) -> Iterator[tuple[list[Any], Mapping[str, Any]]]:
    """Yield the containers that the fragment of the pods adds, with their places in the spec."""
    pod = (values.get("pod") or {}).get("spec") or {}
    known = {container_name(values), *(one["name"] for one in values.get("sidecars", ()))}
    for key in ("initContainers", "containers"):
        for number, one in enumerate(pod.get(key) or ()):
            if isinstance(one, Mapping) and (key == "initContainers" or one.get("name") not in known):
                yield ["pod", "spec", key, number], one


def fragment_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of fragments: fields that other keys of the spec decide, and containers without an image."""
    for name in FRAGMENTS:
        if isinstance(one := values.get(name), Mapping):
            yield from _decided_faults(name, one)
    named = {container_name(values), *(one["name"] for one in values.get("sidecars", ()))}
    for number, one in enumerate(((values.get("pod") or {}).get("spec") or {}).get("containers") or ()):
        if isinstance(one, Mapping) and one.get("name") in named and "image" in one:
            hint = "use image, tag and tags" if one["name"] == container_name(values) else "use sidecars"
            message = f"the image of {one['name']} is decided by the spec"
            yield SpecFault(["pod", "spec", "containers", number, "image"], message, hint, at_key=True)
    for place, one in extra_containers(values):
        image = one.get("image")
        if not image:
            yield SpecFault(place, f"the container {one.get('name', '')} has no image", "write its image", at_key=True)
        elif not (parse_reference(str(image)).tag or parse_reference(str(image)).digest):
            message = f"the image {image} has no tag, so that nobody knows which version runs"
            yield SpecFault([*place, "image"], message, "write a tag or a digest")


def _decided_faults(name: str, one: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the fields of one fragment that other keys of the spec or the template decide, and nulls of whole parts."""
    for where, key in _OWN_KEYS[name].items():
        if _has(one, where):
            message = f"{name}.{'.'.join(where)} is set by {f'the key {key}' if key else 'the template'}"
            yield SpecFault([name, *where], message, f"use {key}" if key else "remove it", at_key=True)
    for where in _NEEDED if name not in {"container", "metadata"} else ():
        if _has(one, where) and _at(one, where) is None:
            message = f"{name}.{'.'.join(where)}: null would remove fields that the object needs"
            yield SpecFault([name, *where], message, "remove it, or set fields below it to null", at_key=True)
    for where in (("metadata", "labels"), ("labels",)):
        for label in (NAME_LABEL, MANAGED_BY):
            if _has(one, (*where, label)):
                message = f"the label {label} is the template's"
                yield SpecFault([name, *where, label], message, "remove it", at_key=True)


def _container(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the spec adds to the main container, with its name; empty for none."""
    own = values["container"]
    added = {key: one for key, one in own.items() if key != "name"} if isinstance(own, Mapping) else {}
    return {"name": container_name(values), **added} if added else {}


def _below(where: Sequence[str], value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map with a value at a path."""
    found = dict(value)
    for key in reversed(where):
        found = {key: found}
    return found


def _has(one: Any, where: Sequence[str]) -> bool:
    for step in where:
        if not isinstance(one, Mapping) or step not in one:
            return False
        one = one[step]
    return True


def _at(one: Any, where: Sequence[str]) -> Any:
    for step in where:
        one = one[step]
    return one


def needs_checks(values: Mapping[str, Any]) -> bool:
    """Return whether a spec has fields of Kubernetes or of Prometheus: only then the rules, slow to load, are run."""
    if isinstance(alerts := values.get("alerts"), Mapping) and alerts.get("rules"):
        return True
    if any(isinstance(one := values.get(key), Mapping) and one for key in FRAGMENTS):
        return True
    for key in _PARTLY:
        one = values.get(key) or ()
        parts = one.values() if isinstance(one, Mapping) else one
        if any(isinstance(each, Mapping | list) and each for each in parts):
            return True
    return False
