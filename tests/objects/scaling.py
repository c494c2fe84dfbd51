"""Autoscalers and disruption budgets."""

from __future__ import annotations

import random

from .make import (
    Make,
    Object,
    choice,
    number,
    one_of,
    some,
    top_of,
)
from .network import SELECT
from .workloads import SHARE

_METRIC: Make = lambda d: {"name": d.choice(("requests", "queue"))}  # noqa: E731
_VALUE: Make = choice("10", "100m", "1k")


def _average(_: random.Random) -> Object:
    return {"type": "AverageValue", "averageValue": "10"}


def _resource_target(dice: random.Random) -> Object:
    return dice.choice(({"type": "Utilization", "averageUtilization": dice.randint(50, 90)}, _average(dice)))


def _any_target(dice: random.Random) -> Object:
    return dice.choice(({"type": "Value", "value": _VALUE(dice)}, _average(dice)))


def target(dice: random.Random) -> Object:
    return dice.choice((_resource_target, _any_target))(dice)


METRICS: dict[str, tuple[str, Make]] = {
    "Resource": ("resource", lambda d: {"name": d.choice(("cpu", "memory")), "target": _resource_target(d)}),
    "ContainerResource": (
        "containerResource",
        lambda d: {"name": "cpu", "container": "app", "target": _resource_target(d)},
    ),
    "Pods": ("pods", lambda d: {"metric": _METRIC(d), "target": _average(d)}),
    "Object": (
        "object",
        lambda d: {
            "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
            "metric": _METRIC(d),
            "target": _any_target(d),
        },
    ),
    "External": ("external", lambda d: {"metric": _METRIC(d), "target": _any_target(d)}),
}


def metric(dice: random.Random) -> Object:
    name = dice.choice(list(METRICS))
    field, make = METRICS[name]
    return {"type": name, field: make(dice)}


def autoscaler(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "minReplicas": number(1, 3),
        "behavior": lambda d: {"scaleDown": {"stabilizationWindowSeconds": d.randint(0, 600)}},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": dice.randint(4, 9), **some(dice, more)}
    spec["metrics"] = [metric(dice) for _ in range(dice.randint(1, 3))]
    return top_of("autoscaling/v2", "HorizontalPodAutoscaler", dice, spec=spec)


BUDGETS: dict[str, Make] = {"minAvailable": SHARE, "maxUnavailable": SHARE}


def budget(dice: random.Random) -> Object:
    more: dict[str, Make] = {"unhealthyPodEvictionPolicy": choice("AlwaysAllow", "IfHealthyBudget")}
    limit = one_of(dice, BUDGETS) if dice.random() < 0.8 else {}
    spec = {**limit, **some(dice, more), "selector": SELECT(dice)}
    return top_of("policy/v1", "PodDisruptionBudget", dice, spec=spec)
