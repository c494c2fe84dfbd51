"""Find a place for a route among those of a file, so that no alert is lost.

A route goes nowhere if its alerts reach its receiver already. Else it goes where all of its alerts reach it and, if
possible, nobody loses one, none is sent twice, and the route is as generated; otherwise with ``continue: true``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ....alertmanager.helm import made
from ....alertmanager.label_classes import LabelClasses
from ....alertmanager.reroutes import WATCHDOG, WATCHDOG_ALERT, RouteWalk, TooManyLabelsError, classes_of
from ....alertmanager.routing_tree import Route, tree

_MAX_PLACES = 8  # that are tried, of one route

# Whether Watchdog is sent to more receivers; outcomes with a receiver that is missed, or lost, or notified twice; and
# those with alerts that a route of the file loses.
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
        alerts = _alerts(root, added, classes)
    except TooManyLabelsError:
        return RoutePlace(start, goes_on=not added.goes_on)
    cost = partial(_cost, alerts, root, added, frozenset(sending))
    if may_be_nowhere and not any(cost(RoutePlace(None))):
        return RoutePlace(None)
    return min(_places(root, added, start), key=lambda one: (cost(one), one.goes_on))


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


@dataclass(frozen=True)
class _AddedAlerts:
    """Alerts that match a new route: where they end without it, and where below it; whether they are Watchdog.

    ``ends`` are pairs of the number of the route below the root, -1 for the root itself, and the route.
    """

    ends: tuple[tuple[int, Route], ...]
    added: tuple[Route, ...]
    is_watchdog: bool = False

    def after(self, place: RoutePlace, root: Route, added: Route) -> list[Route]:
        """Return the routes that they end at with the new route at a place."""
        last, _ = self.ends[-1]
        at = place.index
        if at is None or (0 <= last < at and not root.routes[last].goes_on):
            return [route for _, route in self.ends]
        goes_on = added.goes_on or place.goes_on
        return [
            *(route for number, route in self.ends if 0 <= number < at),
            *self.added,
            *(route for number, route in self.ends if number >= at and goes_on),
        ]


def _alerts(root: Route, added: Route, classes: LabelClasses) -> list[_AddedAlerts]:
    """Return all distinguishable alerts that match a new route. Raises TooManyLabelsError."""
    top = {id(path[-1]): number for number, one in enumerate(root.routes) for path in one.walk()}
    walk, below = RouteWalk(root, classes), RouteWalk(added, classes)
    found = []
    for masks in classes.within(added.matchers):
        for split, ends in walk.ends(masks):
            numbered = tuple((top.get(id(route), -1), route) for route in ends)
            for whole, inside in below.ends(split):
                if not classes.is_only(whole, WATCHDOG.name, WATCHDOG.value):
                    found.append(_AddedAlerts(numbered, inside))
    if inside := tuple(path[-1] for path in added.reached(WATCHDOG_ALERT)):
        ends = tuple(path[-1] for path in root.reached(WATCHDOG_ALERT))
        found.append(_AddedAlerts(tuple((top.get(id(route), -1), route) for route in ends), inside, is_watchdog=True))
    return found


def _cost(
    alerts: Sequence[_AddedAlerts], root: Route, added: Route, sending: frozenset[str], place: RoutePlace
) -> Cost:
    woken = False
    missed = lost = twice = moved = 0
    for one in alerts:
        before = [route for _, route in one.ends if route.receiver in sending]
        after = [route for route in one.after(place, root, added) if route.receiver in sending]
        had, has = (Counter(route.receiver for route in routes) for routes in (before, after))
        if one.is_watchdog:
            woken = bool(has - had)
            continue
        wanted = {route.receiver for route in one.added} & sending
        missed += bool(wanted - set(has)) if wanted else bool(has)
        lost += bool(set(had) - set(has))
        kept = set(map(id, after))
        moved += any(id(route) not in kept for route in before)
        twice += any(has[name] > max(1, had[name]) for name in wanted)
    return woken, missed, lost, twice, moved
