"""Merge values over a chart's default values like Helm.

Maps merge, anything else replaces, and null removes a default
(https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from .. import assets
from .details import HELM
from .value import Value, number_text

MAX_PATHS = 1_000
MAX_PATH = 1_000
_STEP = re.compile(r"((?:[^.\[\]\\]|\\.)++)|\[([0-9]{1,6})\]")


def chart_data() -> Mapping[str, Any]:
    """Return the shipped data of the charts: default configurations, and annotations of their rules."""
    loaded: Mapping[str, Any] = assets.data("alertmanager-charts")
    return loaded


@cache
def chart_annotations() -> frozenset[str]:
    """Return the annotations of the default rules of kube-prometheus-stack."""
    return frozenset(chart_data()["charts"]["kube-prometheus-stack"]["annotations"])


@cache
def default_config(chart: str) -> Value:
    """Return a chart's default Alertmanager configuration."""
    return made(chart_data()["charts"][chart]["config"])


def made(data: Any) -> Value:
    """Convert plain data to a value of the chart."""
    if isinstance(data, dict):
        return Value("map", "map", pairs={key: made(one) for key, one in data.items()}, chart=True)
    if isinstance(data, list):
        return Value("list", "list", items=tuple(made(one) for one in data), chart=True)
    if data is None:
        return Value("scalar", chart=True)
    if isinstance(data, bool):
        return Value("scalar", "bool", str(data).lower(), str(data).lower(), chart=True)
    if isinstance(data, int | float):
        return Value("scalar", "int", number_text(float(data)), number_text(float(data)), chart=True)
    return Value("scalar", "str", data, data, style="'", chart=True)


def merged_values(default: Value, over: Value) -> Value:
    """Merge the user's value over the chart's."""
    if default.shape != "map" or over.shape != "map":
        return over
    pairs = {key: one for key, one in default.pairs.items() if key not in over.pairs}
    for key, one in over.pairs.items():
        if key not in default.pairs:
            pairs[key] = one
        elif not one.is_null:
            pairs[key] = merged_values(default.pairs[key], one)
    return replace(over, pairs=pairs)


def layered(below: Value, over: Value) -> Value:
    """Merge the values of a file over those of the file before it, as ``-f`` of Helm does: null stays, until values are
    merged over the chart's.
    """
    if below.shape != "map" or over.shape != "map":
        return over
    pairs = dict(below.pairs)
    for key, one in over.pairs.items():
        pairs[key] = layered(pairs[key], one) if key in pairs else one
    return replace(over, pairs=pairs)


def placed(value: Value, line: int, column: int) -> Value:
    """Return the value with one place for everything that comes from the chart."""
    pairs = {key: placed(one, line, column) for key, one in value.pairs.items()}
    items = tuple(placed(one, line, column) for one in value.items)
    if value.chart:
        return replace(value, pairs=pairs, items=items, line=line, column=column)
    inner = zip((*pairs.values(), *items), (*value.pairs.values(), *value.items), strict=True)
    return value if all(new is old for new, old in inner) else replace(value, pairs=pairs, items=items)


def with_filled(value: Value, paths: Sequence[str]) -> Value:
    """Return values with a placeholder at each path such as ``alertmanager.config.receivers[1].name``.

    The syntax is that of ``helm --set``, which adds the next item to a list. A path that has a map or list, and one in
    a configuration whose parent is not there, is left out.
    """
    for path in paths[:MAX_PATHS]:
        steps = [
            int(number) if number else re.sub(r"\\(.)", r"\1", name) for name, number in _STEP.findall(path[:MAX_PATH])
        ]
        value = _with_placeholder(value, steps, made="config" not in steps)
    return value


def _with_placeholder(value: Value, steps: Sequence[str | int], *, made: bool) -> Value:
    """Return a value with a placeholder at a path; ``made``: maps on the way that are missing are made."""
    if not steps:
        return replace(value, tag="str", text=HELM, source=HELM) if value.shape == "scalar" else value
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        if first >= len(value.items):
            if value.shape != "list" or first > len(value.items) or not rest:
                return value
            new = _with_placeholder(Value("map", "map", line=value.line, column=value.column), rest, made=True)
            return replace(value, items=(*value.items, new))
        changed = _with_placeholder(value.items[first], rest, made=made)
        return replace(value, items=(*value.items[:first], changed, *value.items[first + 1 :]))
    found = value.pairs.get(first)
    if found is not None and found.is_null and made and rest:
        found = None
    if value.shape != "map" or (found is None and rest and not (made and isinstance(rest[0], str))):
        return value
    if found is None:
        found = Value("map" if rest else "scalar", "map" if rest else "null", line=value.line, column=value.column)
    return replace(value, pairs={**value.pairs, first: _with_placeholder(found, rest, made=made)})
