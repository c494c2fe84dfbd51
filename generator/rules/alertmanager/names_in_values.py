"""Names of receivers and time intervals in the values of the run: what one file lacks, another may have."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...alertmanager.chart_dependencies import chart_sections
from ...alertmanager.chart_layouts import layout_of
from ...alertmanager.value import Value, read_value
from ..rule import File, Scope
from .dependencies import charts_around


@dataclass(frozen=True)
class _NamesInValues:
    """Names of receivers or of time intervals in values: those that are defined, None without a list, and used.

    ``has_route``: the values have a route, which uses names.
    """

    defined: frozenset[str] | None
    used: frozenset[str]
    has_route: bool


def is_completed(path: str, scope: Scope) -> bool:
    """Return whether values use names without a list that defines them, and other values of the run define them all:
    whatever the files are called, they may be merged.
    """
    known = _named(scope)
    for number, own in enumerate(known.get(path, ())):
        if own.defined is None and own.used:
            definers = _definers(number, scope)
            fewest = min((definers.get(name, []) for name in own.used), key=len)
            if any(own.used <= each for each in fewest):
                return True
    return False


def _definers(number: int, scope: Scope) -> Mapping[str, list[frozenset[str]]]:
    """Return for each name the sets of names with it that files define: of receivers (0), or of time intervals (1)."""
    key = f"names_in_values.definers:{number}"
    if key not in scope.memo:
        found: dict[str, list[frozenset[str]]] = {}
        for defined in {each[number].defined or frozenset() for each in _named(scope).values()}:
            for name in defined:
                found.setdefault(name, []).append(defined)
        scope.memo[key] = found
    definers: Mapping[str, list[frozenset[str]]] = scope.memo[key]
    return definers


def may_have_other_route(path: str, scope: Scope) -> bool:
    """Return whether values define receivers without a route, and those of a file of another name route to one."""
    own = next(iter(_named(scope).get(path, ())), None)
    if own is None or own.has_route or own.defined is None:
        return False
    routed: dict[str, set[str]] | None = scope.memo.get("names_in_values.routed")
    if routed is None:  # the names of files that route to a receiver
        routed = scope.memo["names_in_values.routed"] = {}
        for other, (receivers, _) in _named(scope).items():
            for name in receivers.used:
                routed.setdefault(name, set()).add(posixpath.basename(other))
    return any(routed.get(name, set()) - {posixpath.basename(path)} for name in own.defined)


def _named(scope: Scope) -> dict[str, tuple[_NamesInValues, _NamesInValues]]:
    """Return the names in the values of the run, by file."""
    known: dict[str, tuple[_NamesInValues, _NamesInValues]] | None = scope.memo.get("names_in_values.names")
    if known is None:
        values = (one for one in scope.files if one.family == "values" and "receiver" in one.text)
        known = scope.memo["names_in_values.names"] = {one.path: _names(one, scope) for one in values}
    return known


def _names(file: File, scope: Scope) -> tuple[_NamesInValues, _NamesInValues]:
    """Return the names of receivers, and of time intervals, in the values of a file."""
    configs = []
    for document in file.documents[:1]:
        for chart, part, _ in chart_sections(read_value(document, helm=True), charts_around(file.path, scope)):
            found = part.get(*layout_of(chart).config)
            configs += [found] if found is not None else []
    has_route = any(config.get("route") is not None for config in configs)
    routes = [one for config in configs if (root := config.get("route")) is not None for one in _routes(root)]
    receivers = frozenset(one.text_of("receiver") for one in routes) - {"", "null"}  # the chart defines "null"
    keys = ("mute_time_intervals", "active_time_intervals")
    intervals = frozenset(each.text for one in routes for key in keys for each in one.list_of(key))
    return (
        _NamesInValues(_defined(configs, "receivers"), receivers, has_route),
        _NamesInValues(_defined(configs, "time_intervals", "mute_time_intervals"), intervals, has_route),
    )


def _routes(root: Value) -> Iterator[Value]:
    stack = [root]
    while stack:
        one = stack.pop()
        yield one
        stack += one.list_of("routes")


def _defined(configs: Sequence[Value], *keys: str) -> frozenset[str] | None:
    lists = [one.list_of(key) for one in configs for key in keys if one.get(key) is not None]
    return frozenset(one.text_of("name") for each in lists for one in each) if lists else None
