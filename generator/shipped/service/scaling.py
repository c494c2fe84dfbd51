"""How many pods a service has, and where: autoscalers, disruption budget, spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .autoscaled_requests import request_faults
from .derived import LEAST_PODS, replicas, selector

_ZONE, _NODE = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_USUAL_CPU = 80
_BUDGETS = ("minAvailable", "maxUnavailable")


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
        yield from request_faults(values, [*_amounts(own)])
        for name, one in values["environments"].items():
            if one.get("replicas") is not None:
                message = "replicas has no effect: the autoscaler sets the number of pods"
                yield SpecFault(["environments", name, "replicas"], message, "remove it", at_key=True)
        if values.get("vertical_autoscaling") not in {None, "Off"} and _amounts(own):
            message = "both autoscalers react to the same CPU and memory, and work against each other"
            yield SpecFault(["vertical_autoscaling"], message, "set it to Off, or use autoscaling.metrics")
    wanted = values.get("disruption_budget")
    budget = wanted if isinstance(wanted, Mapping) else {}
    if {*_BUDGETS} <= {key for key, one in budget.items() if one is not None}:
        message = "minAvailable and maxUnavailable exclude each other"
        yield SpecFault(["disruption_budget", "minAvailable"], message, "remove one", at_key=True)
    elif {*_BUDGETS} & budget.keys() and all(budget.get(key) is None for key in _BUDGETS):
        message = "the budget says neither minAvailable nor maxUnavailable"
        yield SpecFault(["disruption_budget"], message, "write one, or disruption_budget: false", at_key=True)
    yield from _blocking_faults(values, budget)


def _blocking_faults(values: Mapping[str, Any], budget: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield budgets that need more pods than there are. One that needs them all may be meant: people drain nodes."""
    least = budget.get("minAvailable")
    counts: list[tuple[list[Any], int]] = [([], replicas(values))]
    counts += [
        (["environments", name, "replicas"], one["replicas"])
        for name, one in values["environments"].items()
        if one.get("replicas") is not None
    ]
    for place, count in counts:
        if isinstance(least, int) and 1 < count < least:
            message = f"minAvailable: {least} is more than the {count} pods, so that no node can ever be drained"
            hint = "use a smaller number, a percentage, or maxUnavailable"
            yield SpecFault(place or ["disruption_budget", "minAvailable"], message, hint)
