"""Derived values of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...images.backends import backend_of
from ...unit_namespace import MANAGED_BY, NAME_LABEL, namespace
from .workload_class import workload_class

_NO_REPLICAS = -1
_LONGEST_LABEL = 63
CANARY_SUFFIX = "-primary"  # of the copies of a Deployment that serve, which Flagger makes
LEAST_PODS = 2  # of an autoscaler whose spec does not say
KUSTOMIZATION = "deploy/kustomization.yaml"
ENVIRONMENT = "_environment"  # the variable of templates with the environment that a file is rendered for
MANIFESTS = (
    "namespace", "serviceaccount", "rbac", "configmap", "secrets", "persistentvolumeclaim", "deployment", "statefulset",
    "cronjob", "service", "canary", "ingress", "httproute", "networkpolicy", "horizontalpodautoscaler",
    "verticalpodautoscaler", "poddisruptionbudget", "monitor", "alerts", "dashboard", "automation", "kustomization",
)  # fmt: skip
_BASE = "deploy/base"  # of the overlays: kustomize refuses a base that contains them
PART_OF, VERSION = "app.kubernetes.io/part-of", "app.kubernetes.io/version"


def container_name(values: Mapping[str, Any]) -> str:
    """Return the name of the main container: ``container`` is the name, or fields of it that may have the name."""
    own = values["container"]
    return str(own.get("name", "app")) if isinstance(own, Mapping) else str(own)


def replicas(values: Mapping[str, Any]) -> int:
    """Return the number of pods, negative if an autoscaler sets it."""
    return _NO_REPLICAS if values.get("autoscaling") else int(values.get("replicas", _NO_REPLICAS))


def extra_labels(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the additional labels of all objects and pods, in order: those of the spec, and what they are part of."""
    whole = values.get("part_of", namespace(values))
    usual = {PART_OF: whole} if whole else {}
    return sorted({**usual, **values["labels"]}.items())


def version_label(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the label with the version; none where a tag that something else moves would make it untrue."""
    tag = str(values.get("tag", ""))
    moves = backend_of(values["automation"]).moves_tags or values.get("environments")
    fits = len(tag) <= _LONGEST_LABEL and tag[:1].isalnum() and tag[-1:].isalnum()
    return {VERSION: tag} if values.get("version_label") and fits and not moves else {}


def workload_labels(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the additional labels of the workload itself, in order."""
    return sorted({**version_label(values), **dict(extra_labels(values))}.items())


def selector(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the labels that select the pods, in order: by default one with the service's name."""
    return sorted((values.get("selector") or {NAME_LABEL: values["name"]}).items())


def served_selector(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the labels that select the pods that serve: with a Canary those that Flagger creates."""
    if values.get("canary"):
        return [(NAME_LABEL, f"{values['name']}{CANARY_SUFFIX}")]
    return selector(values)


def pod_labels(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the labels of pods, in order: the service's name, scaffold's label, and those of the spec."""
    chosen = values.get("selector") or {}
    first = {NAME_LABEL: chosen.get(NAME_LABEL, values["name"]), MANAGED_BY: "scaffold"}
    rest = {**version_label(values), **dict(extra_labels(values)), **chosen}
    return [*first.items(), *sorted((key, value) for key, value in rest.items() if key not in first)]


def service_name(values: Mapping[str, Any]) -> str:
    """Return the name of the Service: by default that of the service."""
    return str(values.get("service_name", values["name"]))


def port_reference(values: Mapping[str, Any]) -> str | int:
    """Return how probes and the Service refer to the one port of former templates: repositories have copies of them."""
    return str(values["port_name"]) if values["port_reference"] == "name" else int(values["port"])


def pods_label(values: Mapping[str, Any]) -> str:
    """Return the label of the pods that serve, for copies of former templates."""
    return f"{values['name']}{CANARY_SUFFIX}" if values.get("canary") else str(values["name"])


def account_name(values: Mapping[str, Any]) -> str:
    """Return the name of the ServiceAccount: by default that of the service."""
    return str(values["service_account"].get("name", values["name"]))


def has_token(values: Mapping[str, Any]) -> bool:
    """Return whether pods get a token for Kubernetes' API: by default only one that may do something there."""
    own = values["service_account"]
    return bool(own.get("token", any(own.get(key) for key in ("rules", "cluster_rules", "cluster_roles"))))


def is_replicated(values: Mapping[str, Any]) -> bool:
    """Return whether a service has several pods, in an environment at least."""
    if scaling := values.get("autoscaling"):
        return int(scaling.get("min", LEAST_PODS)) > 1
    counts = (one.get("replicas") for one in values.get("environments", {}).values())
    return replicas(values) > 1 or any(count is not None and count > 1 for count in counts)


def has_budget(values: Mapping[str, Any]) -> bool:
    """Return whether a service has a PodDisruptionBudget: with several pods, unless the spec has none."""
    return values.get("disruption_budget") is not False and is_replicated(values)


def workload_place(values: Mapping[str, Any]) -> str:
    """Return where the manifest of the workload is in the unit."""
    return file_place(values, workload_class(values).path)


def file_place(values: Mapping[str, Any], path: str) -> str:
    """Return where a generated file is in the unit: at another path if ``paths`` says so, or below overlays."""
    folder, _, name = path.partition("/")
    moved = f"{_BASE}/{name}" if values.get("environments") and folder == "deploy" and "/" not in name else path
    return str(values.get("paths", {}).get(path, moved))


def file_places(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths of the manifests that are not at their usual ones, by these."""
    usual = (f"deploy/{name}.yaml" for name in MANIFESTS)
    return {one: place for one in (*usual, *values.get("paths", {})) if (place := file_place(values, one)) != one}
