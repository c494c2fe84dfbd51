"""Find a place for a route among those of a file, so that no alert is lost.

A route goes nowhere if its alerts reach its receiver already. Else it goes where all of its alerts reach it and, if
possible, nobody loses one, none is sent twice, and the route is as generated; otherwise with ``continue: true``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ....alertmanager.helm import made
from ....alertmanager.label_classes import LabelClasses
from ....alertmanager.reroutes import WATCHDOG, WATCHDOG_ALERT, RoutedAlerts, TooManyLabelsError, classes_of, outcomes
from ....alertmanager.routing_tree import Route, tree

_MAX_PLACES = 8  # that are tried, of one route
_MAX_STEPS = 200_000  # of trying one

# Whether Watchdog is sent to more receivers; outcomes with a receiver that is missed, or lost, or notified twice; and
# those with alerts that a route of the file does not get any more.
Cost = tuple[bool, int, int, int, int]


@dataclass(frozen=True)
class RoutePlace:
    """A place in a list of routes, None for nowhere; ``goes_on`` says whether ``continue: true`` is added."""

    index: int | None
    goes_on: bool = False


def place_for(
    route: Mapping[str, Any], new: Mapping[str, Any], start: int, sending: Collection[str], *, may_be_nowhere: bool
) -> RoutePlace:
    """Return the place of a new route below the root route of a configuration, preferably ``start``.

    ``sending`` are the names of the receivers that send; ``may_be_nowhere`` says whether it is not needed if its alerts
    reach its receivers.
    """
    root = tree(made(dict(route)))
    added = tree(made({**route, "routes": [dict(new)]})).routes[0]
    classes = classes_of([root, added])
    try:
        if may_be_nowhere and not any(_cost(root, root, added, classes, sending)):
            return RoutePlace(None)
        tried = [
            ((_cost(root, _with(root, added, one), added, classes, sending), one.goes_on), one)
            for one in _places(root, added, start)
        ]
    except TooManyLabelsError:
        return RoutePlace(start, goes_on=not added.goes_on)
    return min(tried, key=lambda pair: pair[0])[1]


def same_route(one: Any, other: Any) -> bool:
    """Return whether two routes differ at most in ``continue``."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    return {**one, "continue": None} == {**other, "continue": None}


def _places(root: Route, added: Route, start: int) -> Iterator[RoutePlace]:
    """Yield places to try: the usual one, the first, those behind routes to the same receivers, and the last."""
    names = {path[-1].receiver for path in added.walk()}
    behind = [
        number + 1 for number, one in enumerate(root.routes) if any(path[-1].receiver in names for path in one.walk())
    ]
    found = list(dict.fromkeys([start, 0, *behind[: _MAX_PLACES - 3], len(root.routes)]))
    for goes_on in (False,) if added.goes_on else (False, True):
        yield from (RoutePlace(one, goes_on) for one in found)


def _with(root: Route, added: Route, place: RoutePlace) -> Route:
    at = place.index or 0
    route = replace(added, goes_on=added.goes_on or place.goes_on)
    return replace(root, routes=(*root.routes[:at], route, *root.routes[at:]))


def _cost(before: Route, after: Route, added: Route, classes: LabelClasses, sending: Collection[str]) -> Cost:
    missed = lost = twice = moved = 0
    woken = _count([path[-1] for path in after.reached(WATCHDOG_ALERT)], sending) - _count(
        [path[-1] for path in before.reached(WATCHDOG_ALERT)], sending
    )
    for one in outcomes(before, after, classes, added.matchers, _MAX_STEPS):
        if classes.is_only(one.masks, WATCHDOG.name, WATCHDOG.value):
            continue
        had, has = (_count(routes, sending) for routes in (one.before, one.after))
        wanted = _wanted(one, added, classes, sending)
        missed += bool(wanted - set(has)) if wanted else bool(has)
        lost += bool(set(had) - set(has))
        kept = {id(route.value) for route in one.after}
        moved += any(id(route.value) not in kept for route in one.before if route.receiver in sending)
        twice += any(has[name] > max(1, had[name]) for name in wanted)
    return bool(woken), missed, lost, twice, moved


def _count(routes: Sequence[Route], sending: Collection[str]) -> Counter[str]:
    return Counter(one.receiver for one in routes if one.receiver in sending)


def _wanted(one: RoutedAlerts, added: Route, classes: LabelClasses, sending: Collection[str]) -> set[str]:
    """Return the receivers that alerts reach by the new route."""
    ends = added.reached(classes.example(one.masks))
    return {path[-1].receiver for path in ends} & set(sending)
