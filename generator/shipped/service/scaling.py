"""How many pods a service has, and where: autoscalers, disruption budget, spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .derived import LEAST_PODS, selector

_ZONE, _NODE = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_USUAL_CPU = 80


def autoscaler(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of the HorizontalPodAutoscaler besides its target."""
    own = values["autoscaling"]
    metrics = [
        {"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": one}}}
        for name, one in _amounts(own).items()
    ]
    found = {
        "minReplicas": own.get("min", min(LEAST_PODS, own["max"])),
        "maxReplicas": own["max"],
        "metrics": [*metrics, *own.get("metrics", ())],
    }
    return {**found, "behavior": own["behavior"]} if own.get("behavior") else found


def _amounts(own: Mapping[str, Any]) -> dict[str, int]:
    """Return what the autoscaler aims at, in percent of requests: CPU, if the spec names nothing."""
    found = {name: own[name] for name in ("cpu", "memory") if own.get(name)}
    return found if found or own.get("metrics") else {"cpu": _USUAL_CPU}


def spread_constraints(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the constraints that spread pods over nodes and zones where possible."""
    labels = dict(selector(values))
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {name: str(one) for name, one in labels.items()}},
        }
        for key in (_ZONE, _NODE)
    ]


def scaling_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of autoscalers and the disruption budget."""
    own = values.get("autoscaling")
    if own:
        if own.get("min", 1) > own["max"]:
            message = f"autoscaling.min {own['min']} is above autoscaling.max {own['max']}"
            yield SpecFault(["autoscaling", "min"], message, "lower the minimum, or raise the maximum")
        requests = values["resources"].get("requests", {})
        for name in _amounts(own):
            if name not in requests:
                message = f"the autoscaler aims at {name} in percent of the request, and there is no request"
                yield SpecFault(["autoscaling"], message, f"set resources.requests.{name}", at_key=True)
        for name, one in values["environments"].items():
            if one.get("replicas") is not None:
                message = "replicas has no effect: the autoscaler sets the number of pods"
                yield SpecFault(["environments", name, "replicas"], message, "remove it", at_key=True)
        if values.get("vertical_autoscaling") not in {None, "Off"} and _amounts(own):
            message = "both autoscalers react to the same CPU and memory, and work against each other"
            yield SpecFault(["vertical_autoscaling"], message, "set it to Off, or use autoscaling.metrics")
    wanted = values.get("disruption_budget")
    budget = wanted if isinstance(wanted, Mapping) else {}
    if {"minAvailable", "maxUnavailable"} <= {key for key, one in budget.items() if one is not None}:
        message = "minAvailable and maxUnavailable exclude each other"
        yield SpecFault(["disruption_budget", "minAvailable"], message, "remove one", at_key=True)
