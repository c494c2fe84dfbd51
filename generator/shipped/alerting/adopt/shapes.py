"""Check that the configuration in a values file has the types needed to edit it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....alertmanager.chart_layouts import ChartLayout
from ....alertmanager.value import Value
from ....errors import Invalid, Problem

_SEP = "\0"  # between the keys of a path, which may have dots
_WORDS = {"map": "a map", "list": "a list", "scalar": "text"}
_HINT = "fix it first: Alertmanager would not load it"
# Required types by path; * means every item. Other paths are not checked here.
_ROUTE = {"receiver": "scalar", "routes": "list", "routes\0*": "map"}
_CONFIG = {
    "route": "map",
    "receivers": "list",
    "receivers.*": "map",
    "receivers.*.name": "scalar",
    "global": "map",
    "time_intervals": "list",
    "time_intervals.*": "map",
    "time_intervals.*.name": "scalar",
    "mute_time_intervals": "list",
    "mute_time_intervals.*": "map",
    "mute_time_intervals.*.name": "scalar",
}


def check_shapes(part: Value, layout: ChartLayout, path: str, *, text: bool = False) -> None:
    """Raise Invalid with all values of Alertmanager's section of a wrong type; ``text`` skips ``config``."""
    wanted = (
        {}
        if text
        else _below(layout.config, "map") | {_joined(layout.config, key): one for key, one in _CONFIG.items()}
    )
    if layout.mounts:
        wanted |= _below(layout.mounts, "list")
        wanted[_joined(layout.mounts, "*")] = "scalar" if layout.by_name else "map"
    wanted |= _below(layout.address, "scalar") | _below(layout.templates, "map")
    name = layout.section[-1] if layout.section else "the values" if layout.config else "the configuration"
    problems = [*_problems(part, name, "", wanted, path)]
    config = part.get(*layout.config)
    if config is not None and config.shape == "map" and not text:
        problems += _config_problems(config, path)
    if problems:
        raise Invalid(sorted(set(problems)))


def _below(keys: tuple[str, ...], shape: str) -> dict[str, str]:
    """Return the types of the values at a path of keys: maps, and at its end ``shape``."""
    maps = {_SEP.join(keys[: at + 1]): "map" for at in range(len(keys))}
    return maps | {_SEP.join(keys): shape} if keys else {}


def _joined(keys: tuple[str, ...], key: str) -> str:
    return _SEP.join((*keys, *key.split(".")))


def check_config(config: Value, path: str) -> None:
    """Raise Invalid with all values of a configuration of a wrong type."""
    wanted = {_joined((), key): shape for key, shape in _CONFIG.items()}
    problems = [*_problems(config, "the configuration", "", wanted, path), *_config_problems(config, path)]
    if problems:
        raise Invalid(sorted(set(problems)))


def _config_problems(config: Value, path: str) -> Iterator[Problem]:
    route = config.get("route")
    if route is not None and route.shape == "map":
        yield from _route_problems(route, path)
    for receiver in config.list_of("receivers"):
        for name, integrations in receiver.pairs.items():
            if name.endswith("_configs"):
                yield from _problems(integrations, name, "", {"": "list", "*": "map"}, path)


def _route_problems(route: Value, path: str) -> Iterator[Problem]:
    stack = [route]
    while stack:
        one = stack.pop()
        yield from _problems(one, "a route", "", _ROUTE, path)
        stack += [child for child in one.list_of("routes") if child.shape == "map"]


def _problems(value: Value, name: str, at: str, wanted: dict[str, str], path: str) -> Iterator[Problem]:
    shape = wanted.get(at)
    if shape and value.shape != shape and not value.is_null:
        message = f"{name} is {_WORDS[value.shape]}, not {_WORDS[shape]}"
        yield Problem(path, value.line, value.column, message, _HINT)
        return
    prefix = f"{at}{_SEP}" if at else ""
    for key, one in value.pairs.items():
        if f"{prefix}{key}" in wanted:
            yield from _problems(one, f"{name}.{key}", f"{prefix}{key}", wanted, path)
    if f"{prefix}*" in wanted:
        for number, one in enumerate(value.items):
            yield from _problems(one, f"{name}[{number}]", f"{prefix}*", wanted, path)


def at_path(data: Any, keys: Sequence[str]) -> Any:
    """Return the value at a path of keys of data, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
