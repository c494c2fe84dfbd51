"""Merge the route, its timing, and the route of Watchdog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....alertmanager.chart_layouts import ChartLayout
from ....alertmanager.helm import made
from ....alertmanager.matchers import Matcher
from ....alertmanager.model import Context
from ....alertmanager.reroutes import WATCHDOG_ALERT, TooManyLabelsError, reroutes
from ....alertmanager.routing_tree import tree
from ..spec_receivers import NULL
from .change import Adoption, Path, chart_config, context_of, integrations, maps, over_defaults, routes_below
from .placement import place_for, same_route

_MAX_PASSES = 3
_MAX_NULLS = 20  # that are tried one by one
_TIMING = ("group_by", "group_wait", "group_interval", "repeat_interval")


def delivers(config: Mapping[str, Any], layout: ChartLayout) -> bool:
    """Return whether a configuration over the chart's defaults sends any alert other than Watchdog."""
    whole = over_defaults(config, layout)
    able = {one.get("name") for one in maps(whole.get("receivers")) if integrations(one)} - {NULL, None}
    route = whole.get("route")
    if not isinstance(route, dict):
        return False
    return any(
        one.get("receiver") in able and not _names_watchdog(one)
        for one in [route | {"routes": []}, *routes_below(route)]
    )


def fit_routes(
    change: Adoption, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    """Set values of the route that equal the chart's defaults; the user's values stay."""
    config = change.want["config"]
    route = config.get("route")
    default = chart_config(change)["route"]
    own = said.get("route") or {}
    if not isinstance(route, dict) or not route:
        config["route"] = {
            key: one for key, one in wanted.items() if key in own or one != default.get(key) or key == "routes"
        }
        change.added.add(("config", "route"))
        return
    base = change.base["config"]["route"]
    for key in ("receiver", *_TIMING):
        has, to = route.get(key), wanted.get(key)
        if to is None or has == to:
            continue
        choice = has is not None and has != default[key]
        if key in own and choice:
            base.pop(key, None)
        elif (
            key not in own
            and (choice or keep or (has is None and to == default[key]))
            and not (key == "receiver" and has is None)
        ):
            continue
        route[key] = to


def fit_children(
    change: Adoption, whole: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    """Put Watchdog's route first if it would reach people, and add the routes of the spec's configuration ``whole``."""
    config = change.want["config"]
    route = config["route"]
    _child_routes(change, whole, values, said, keep=keep)
    to = whole["route"]["receiver"]
    used = {one.get("receiver") for one in [route, *routes_below(route)]}
    if to in _receiver_names(config) and to not in used:
        key = ".".join((*change.layout.section, *change.layout.config, "route.receiver"))
        change.notes.append(f"no route leads to {to}: {key} stays {route.get('receiver')}")


def _child_routes(
    change: Adoption, whole: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    route = change.want["config"]["route"]
    listed, wanted = route.get("routes"), whole["route"]["routes"]
    at: Path = ("config", "route", "routes")
    if not isinstance(listed, list) or not listed:
        route["routes"] = list(wanted)
        change.added.add(at)
        return
    _quote_nulls(change)
    first, *rest = wanted
    if "watchdog" in said and is_watchdogs(listed[0]) and listed[0].get("receiver") != first["receiver"]:
        # Its matchers stay as written.
        listed[0] |= {key: one for key, one in first.items() if key not in {"match", "matchers"}}
    if not sends_watchdog_to(change, str(values.get("watchdog", NULL)), reached=False):
        listed.insert(0, first)
        change.added.add((*at, 0))
    put_routes(change, rest, maps(whole["receivers"]), keep=keep)


def put_routes(
    change: Adoption, new: list[dict[str, Any]], receivers: list[dict[str, Any]], *, keep: bool = True
) -> None:
    """Put routes below the root, each where nobody loses an alert by it if there is such a place.

    ``receivers`` are those that will be there in addition to the file's. ``keep``: whether the file notifies people
    already; routes that make no difference are left out then.
    """
    config = change.want["config"]
    whole = over_defaults(config, change.layout)
    if not isinstance(config["route"].get("routes"), list):
        config["route"]["routes"] = []
    listed = config["route"]["routes"]
    sending = {str(one.get("name")) for one in [*maps(whole.get("receivers")), *receivers] if integrations(one)}
    for_it = [number for number, one in enumerate(listed) if any(map(_names_watchdog, [one, *routes_below(one or {})]))]
    first = for_it[0] + 1 if for_it else 0
    inserted: list[dict[str, Any]] = []
    pending = [one for one in new if not any(same_route(one, other) for other in listed)]
    for _ in range(_MAX_PASSES):  # a route that is put somewhere may take the alerts of one that was not needed before
        left, start = [], first
        for one in pending:
            found = place_for({**whole["route"], "routes": listed}, one, start, sending, may_be_nowhere=keep)
            if found.index is None:
                left.append(one)
                continue
            route = {**one, "continue": True} if found.goes_on else one
            listed.insert(found.index, route)
            inserted.append(route)
            start += found.index == start
        if len(left) == len(pending):
            break
        pending = left
    numbers = (number for number, one in enumerate(listed) if any(one is other for other in inserted))
    change.added |= {("config", "route", "routes", number) for number in numbers}


def _quote_nulls(change: Adoption) -> None:
    """Quote the receiver null of routes, unless people then lose alerts other than Watchdog, which it inherits.

    An alert is not lost by it if nobody got it in the file, or if nobody would get it without the quotes either.
    """
    had = context_of(change.base["config"], change.layout)
    bare = [one for one in routes_below(change.want["config"]["route"]) if one.get("receiver", "") is None]
    for group in [bare] if len(bare) < 2 else [bare, *([one] for one in bare[:_MAX_NULLS])]:
        before = context_of(change.want["config"], change.layout)
        for one in group:
            one["receiver"] = NULL
        after = context_of(change.want["config"], change.layout)
        if not _loses(had, after) or not _loses(before, after):
            if group is bare:
                return
            continue
        for one in group:
            one["receiver"] = None


def _loses(before: Context, after: Context) -> bool:
    try:
        return any(one.lost and not one.watchdog for one in reroutes(before, after))
    except TooManyLabelsError:
        return True


def is_watchdogs(one: Any) -> bool:
    """Return whether a route is only for Watchdog."""
    return [(match.name, match.op, match.value) for match in _matchers_of(one)] == [("alertname", "=", "Watchdog")]


def _names_watchdog(one: Any) -> bool:
    """Return whether a matcher of a route names Watchdog."""
    return any("Watchdog" in match.value for match in _matchers_of(one))


def _matchers_of(one: Any) -> tuple[Matcher, ...]:
    if not isinstance(one, dict):
        return ()
    return tree(made({"receiver": NULL, "routes": [{**one, "routes": []}]})).routes[0].matchers


def heartbeat_of_people(config: Mapping[str, Any], heartbeat: str) -> str:
    """Return the integrations other than webhooks of the receiver for Watchdog, or ``""``."""
    one = next((one for one in maps(config.get("receivers")) if one.get("name") == heartbeat), {})
    others = [found for found in integrations(one) if found != "webhook_configs"]
    return others[0] if heartbeat != NULL and others else ""


def _receiver_names(config: Mapping[str, Any]) -> set[Any]:
    return {one.get("name") for one in maps(config.get("receivers"))}


def sends_watchdog_to(change: Adoption, heartbeat: str, *, reached: bool = True, before: bool = False) -> bool:
    """Return whether Watchdog reaches only a heartbeat, nobody, or a webhook by a route for it.

    ``reached``: whether it has to reach the heartbeat, unless that is ``null``. ``before`` asks about the file.
    """
    whole = over_defaults((change.base if before else change.want)["config"], change.layout)
    ends = {path[-1].receiver for path in tree(made(whole["route"])).reached(WATCHDOG_ALERT)}
    return _watchdog_is_safe(whole, heartbeat) and (not reached or heartbeat in {NULL, *ends})


def _watchdog_is_safe(whole: Mapping[str, Any], heartbeat: str) -> bool:
    """Return whether Watchdog reaches nobody, or only a webhook by a route for it."""
    by_name = {one.get("name"): integrations(one) for one in maps(whole.get("receivers"))}
    for path in tree(made(whole["route"])).reached(WATCHDOG_ALERT):
        types = by_name.get(path[-1].receiver, [])
        for_it = any("Watchdog" in one.value for route in path for one in route.matchers)
        if types and not (for_it and set(types) == {"webhook_configs"}) and path[-1].receiver != heartbeat:
            return False
    return True
