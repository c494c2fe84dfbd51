"""Makes three objects smaller as long as something stays true of them: the same part is taken from all three."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from .make import Object

Sides = tuple[Object, Object, Object]
Steps = tuple[str, ...]


def smaller(sides: Sides, holds: Callable[[Sides], bool]) -> Sides | None:
    """Return the smallest objects found of which it holds, or None where it does not hold of these."""
    if not holds(sides):
        return None
    shrinks = True
    while shrinks:
        shrinks = False
        # The parts next to the root first: they take most away.
        for steps in sorted({steps for side in sides for steps in _paths(side)}, key=len):
            tried = copy.deepcopy(sides)
            if sum(_taken(side, steps) for side in tried) and holds(tried):
                sides, shrinks = tried, True
    return sides


def _step(item: Any) -> str:
    """Return what an item of a list is known by on all sides."""
    return str(item["name"]) if isinstance(item, dict) and "name" in item else json.dumps(item)


def _below(value: Any) -> list[tuple[str, str | int, Any]]:
    """Return the step, the key and the value of all that stands in a value."""
    if isinstance(value, dict):
        return [(key, key, one) for key, one in value.items()]
    if isinstance(value, list):
        return [(_step(one), place, one) for place, one in enumerate(value)]
    return []


def _paths(value: Any, steps: Steps = ()) -> set[Steps]:
    found: set[Steps] = set()
    for step, _, one in _below(value):
        found |= {(*steps, step), *_paths(one, (*steps, step))}
    return found


def _taken(value: Any, steps: Steps) -> bool:
    """Take away what the steps lead to, every one of equal items, and tell whether anything was there."""
    places = [(key, one) for step, key, one in _below(value) if step == steps[0]]
    if len(steps) > 1:
        return sum(_taken(one, steps[1:]) for _, one in places) > 0
    for key, _ in reversed(places):
        del value[key]
    return bool(places)
