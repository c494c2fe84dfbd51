"""The files with the objects of a service: which are made, and which the kustomization lists."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from ...spec import is_generated
from ...unit_namespace import makes_namespace
from .alert_objects import alert_objects
from .containers import automation
from .dashboard_object import wants_dashboard
from .derived import KUSTOMIZATION, MANIFESTS, file_place, has_budget
from .pod_volumes import claims
from .secret_objects import secret_objects
from .served_ports import exposed_ports
from .watched_metrics import has_metrics
from .workload_class import STATEFUL_SET, WORKLOADS, WorkloadClass, workload_class

Values = Mapping[str, Any]


def _is_set(key: str) -> Callable[[Values], bool]:
    return lambda values: values.get(key) is not None


def _is_class(one: WorkloadClass) -> Callable[[Values], bool]:
    return lambda values: workload_class(values) is one


def _has_service(values: Values) -> bool:
    """Return whether the unit makes the Service: that of a StatefulSet needs no port, since it names the pods."""
    is_needed = workload_class(values) is STATEFUL_SET or bool(exposed_ports(values))
    return is_needed and not values.get("canary")


def _has_account(values: Values) -> bool:
    return bool(values["service_account"]["create"])


def _has_roles(values: Values) -> bool:
    return any(values["service_account"].get(key) for key in ("rules", "cluster_rules", "cluster_roles"))


_MADE: Mapping[str, Callable[[Values], bool]] = {
    "namespace": makes_namespace,
    "serviceaccount": _has_account,
    "rbac": _has_roles,
    "configmap": _is_set("config"),
    "secrets": lambda values: bool(secret_objects(values)),
    "persistentvolumeclaim": lambda values: bool(claims(values)),
    **{one.name: _is_class(one) for one in WORKLOADS},
    "service": _has_service,
    "canary": _is_set("canary"),
    "ingress": _is_set("ingress"),
    "httproute": _is_set("http_route"),
    "networkpolicy": lambda values: values.get("network_policy") is not None,
    "horizontalpodautoscaler": _is_set("autoscaling"),
    "verticalpodautoscaler": _is_set("vertical_autoscaling"),
    "monitor": has_metrics,
    # Those of a service with environments are in the overlays of these: expressions name the namespace.
    "alerts": lambda values: not values.get("environments") and bool(alert_objects(values)),
    "dashboard": wants_dashboard,
    "poddisruptionbudget": has_budget,
    "automation": lambda values: bool(automation(values).objects),
}


def has_object(values: Values, name: str) -> bool:
    """Return whether the objects of a file, such as ``ingress`` for deploy/ingress.yaml, are made for these values."""
    return _MADE[name](values)


def absent_files(values: Values) -> frozenset[str]:
    """Return the usual paths of the files whose objects are not made for these values."""
    return frozenset(f"deploy/{name}.yaml" for name, is_made in _MADE.items() if not is_made(values))


def manifests(values: Values) -> list[str]:
    """Return the manifests of a service that are generated, relative to its kustomization, each once."""
    names = (one for one in MANIFESTS if one in _MADE and _MADE[one](values))
    places = (file_place(values, f"deploy/{name}.yaml") for name in names)
    folder = f"/{posixpath.dirname(file_place(values, KUSTOMIZATION))}"
    return list(dict.fromkeys(posixpath.relpath(f"/{one}", folder) for one in places if is_generated(values, one)))
