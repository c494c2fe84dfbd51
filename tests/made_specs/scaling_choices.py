"""Numbers of pods, requests and limits that fit together."""

from __future__ import annotations

import random
from typing import Any

from generator.quantity import quantity


def settle_scaling(dice: random.Random, spec: dict[str, Any]) -> None:
    """Make autoscalers, amounts and claims of a spec fit together."""
    _amounts(spec)
    for own in (spec.get("environments") or {}).values():
        if own is not None and "resources" in own:
            own["resources"] = _environment_amounts(dice)
    own = spec.get("autoscaling")
    if own:
        own["min"] = min(own.get("min", 1), own["max"])
        for one in (spec.get("environments") or {}).values():
            (one or {}).pop("replicas", None)
        if own.get("cpu") or own.get("memory"):
            spec.pop("vertical_autoscaling", None)
        for one in own.get("metrics", ()):
            if one["type"] == "ContainerResource":
                one["containerResource"]["container"] = _container(spec)
    _claims(dice, spec)


def _container(spec: dict[str, Any]) -> str:
    own = spec.get("container", "app")
    return own if isinstance(own, str) else "app"


def _amounts(spec: dict[str, Any]) -> None:
    """Have a request where an autoscaler needs one, and none above the limit."""
    both = spec.get("resources")
    if both is None:
        return
    for what in ("cpu", "memory"):
        low, high = both.get("requests", {}).get(what, "64Mi"), both.get("limits", {}).get(what, "256Mi")
        if spec.get("autoscaling") and low is None:
            del both["requests"][what]
            low = "64Mi"
        is_bounded = what == "memory" or "limits" in both
        if low and high and is_bounded and (quantity(str(low)) or 0) > (quantity(str(high)) or 0):
            both.setdefault("limits", {})[what] = None
        for side in ("requests", "limits"):
            amount = both.get(side, {}).get(what)
            if isinstance(amount, int | float) and (what == "memory" or amount > 1000):
                both[side][what] = 1


def _environment_amounts(dice: random.Random) -> dict[str, Any]:
    return dice.choice(
        (
            {"limits": {"memory": "100Gi", "cpu": 99}},
            {"requests": {"cpu": "1m", "memory": "1Mi"}},
            {"requests": {"cpu": 0.001, "memory": 1024}},
            {"limits": {"memory": None, "cpu": None}},
        )
    )


def _claims(dice: random.Random, spec: dict[str, Any]) -> None:
    most = max(spec.get("replicas") or 1, (spec.get("autoscaling") or {}).get("max", 1))
    environments = (one or {} for one in (spec.get("environments") or {}).values())
    most = max([most, *(one.get("replicas") or 1 for one in environments)])
    for one in (spec.get("volumes") or {}).values():
        if one and "claim" in one and most > 1:
            one["claim"]["accessModes"] = dice.choice((["ReadWriteMany"], ["ReadOnlyMany", "ReadWriteMany"]))
