"""Check that time intervals which a spec names, and does not define, are defined in the existing file.

Such a definition stays the user's. Without it Alertmanager refuses the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...alertmanager.fault import in_quotes
from ...alertmanager.intervals import intervals
from ...alertmanager.value import Value
from ...errors import Invalid, Problem
from ...nearest import name_list
from ...schema_words import name_of
from .helm_values import INTERVAL_OPTIONS, severity_targets

_SPEC = "scaffold.yaml"


def check_intervals(path: str, text: str | None, values: Mapping[str, Any]) -> None:
    """Raise Invalid for time intervals that neither a spec nor the values file, None if it is missing, defines.

    A file that cannot be read, or has no place for a configuration, is not judged here.
    """
    known = {str(one.get("name")) for one in values.get("time_intervals") or ()}
    named: dict[str, list[Any]] = {}
    for where, one in _named(values):
        if one not in known:
            named.setdefault(one, where)
    if not named:
        return
    if text is None:
        raise Invalid([_undefined(_SPEC, name, where, known, None) for name, where in named.items()])
    from .adopt.values_file import configuration_in  # noqa: PLC0415 - slow to load

    try:
        config = configuration_in(text, path, values)
    except Invalid:
        return
    there = {one.name for one in intervals(config)} if config is not None else set()
    problems = [
        _undefined(path, name, where, known | there, config) for name, where in named.items() if name not in there
    ]
    if problems:
        raise Invalid(problems)


def _undefined(path: str, name: str, where: list[Any], known: set[str], config: Value | None) -> Problem:
    line, column = (0, 0) if path == _SPEC else config.place if config is not None else (1, 1)
    message = f"no time interval is named {in_quotes(name)}, which {name_of(where)} names"
    message += "" if path == _SPEC else f" in {_SPEC}"
    place = "time_intervals in the spec" if path == _SPEC else "time_intervals here, or in the spec"
    hint = f"use one of {name_list(known)}, or define it under {place}" if known else f"define it under {place}"
    return Problem(path, line or 0, column or 0, message, hint)


def _named(values: Mapping[str, Any]) -> Iterator[tuple[list[Any], str]]:
    """Yield the time intervals that the routes of a spec name, with their places."""
    for target in severity_targets(values):
        if target.has_settings:
            yield from _of_route([*target.where], target.settings)
    stack: list[tuple[list[Any], Mapping[str, Any]]] = [([], values.get("route") or {})]
    while stack:
        where, route = stack.pop()
        at = where or ["route"]
        if where:
            yield from _of_route(where, route)
        for number, one in enumerate(route.get("routes") or ()):
            if isinstance(one, Mapping):
                stack.append(([*at, "routes", number], one))


def _of_route(where: list[Any], route: Mapping[str, Any]) -> Iterator[tuple[list[Any], str]]:
    for key in INTERVAL_OPTIONS:
        for number, name in enumerate(route.get(key) or ()):
            yield [*where, key, number], str(name)
