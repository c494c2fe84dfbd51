"""The routing tree, and how it routes an alert.

https://prometheus.io/docs/alerting/latest/configuration/#route. Children inherit receiver, grouping and timing; the
first sibling that matches ends the search unless it has ``continue``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import logic, matchers
from .details import filled_later
from .matchers import Matcher
from .value import Value, truth

MAX_DEPTH = 100
MAX_COMPARED = 600_000  # matchers of siblings with each other
MAX_MATCHERS = 200_000  # of all routes, each including those of its parents
TIMINGS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}


@dataclass(frozen=True)
class Route:
    """A route with inherited settings. ``number`` counts in textual order from 0, the root.

    ``group_by`` is None for all labels. ``own`` says whether the receiver is set here, not inherited.
    """

    number: int
    value: Value
    receiver: str
    own: bool
    matchers: tuple[Matcher, ...]
    group_by: tuple[str, ...] | None
    timings: Mapping[str, str]
    goes_on: bool
    mute: tuple[str, ...]
    active: tuple[str, ...]
    routes: tuple[Route, ...] = field(default=())

    def walk(self) -> Iterator[tuple[Route, ...]]:
        """Yield every route with its parents, outermost first."""
        stack: list[tuple[Route, ...]] = [(self,)]
        while stack:
            path = stack.pop()
            yield path
            stack += [(*path, child) for child in reversed(path[-1].routes)]

    def reached(self, labels: Mapping[str, str]) -> list[tuple[Route, ...]]:
        """Return the routes that an alert ends at, each with its parents."""
        if not all(one.holds(labels) for one in self.matchers):
            return []
        found: list[tuple[Route, ...]] = []
        for child in self.routes:
            below = child.reached(labels)
            found += [(self, *path) for path in below]
            if below and not child.goes_on:
                break
        return found or [(self,)]

    def key(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the labels by which an alert is grouped by this route."""
        return {name: one for name, one in sorted(labels.items()) if self.group_by is None or name in self.group_by}


@dataclass(frozen=True)
class Dead:
    """A route that no alert reaches, and the cause: contradictory matchers or an earlier sibling."""

    path: tuple[Route, ...]
    pair: tuple[Matcher, Matcher] | None
    before: Route | None


def conditions(value: Value, plain: str, patterns: str, listed: str, *, utf8: bool) -> tuple[Matcher, ...]:
    """Return the matchers of a route or inhibit rule from its three keys; skips those that are not valid."""
    found: list[Matcher] = []
    for key, op in ((plain, "="), (patterns, "=~")):
        there = value.get(key)
        if there is not None and there.shape == "map":
            found += [Matcher(name, op, one.text) for name, one in sorted(there.pairs.items())]  # type: ignore[arg-type]
    for one in value.list_of(listed):
        if one.shape == "scalar":
            try:
                found += matchers.parse_matchers(one.text, utf8=utf8)
            except matchers.MatcherError:
                continue
    return tuple(found)


def tree(root: Value, *, utf8: bool = True, empty_overrides: bool = True) -> Route:
    """Return the routing tree below a configuration's route.

    ``empty_overrides``: whether ``group_by: []`` overrides the inherited value, as from Alertmanager 0.31 on.
    """
    counter = iter(range(1 << 30))

    def built(value: Value, above: Route | None, depth: int) -> Route:
        inherited = above.timings if above else TIMINGS
        labels = texts_of(value, "group_by")
        grouped = value.get("group_by") is not None and (labels or empty_overrides)
        own = value.text_of("receiver")
        route = Route(
            next(counter),
            value,
            own or (above.receiver if above else ""),
            bool(own),
            conditions(value, "match", "match_re", "matchers", utf8=utf8) if above else (),
            (None if "..." in labels else labels) if grouped else above.group_by if above else (),
            {name: value.text_of(name) or inherited[name] for name in TIMINGS},
            above is not None and truth(value.pairs.get("continue", Value("scalar"))) is True,
            texts_of(value, "mute_time_intervals"),
            texts_of(value, "active_time_intervals"),
        )
        if depth >= MAX_DEPTH:
            return route
        children = tuple(built(one, route, depth + 1) for one in value.list_of("routes") if one.shape == "map")
        return replace(route, routes=children)

    return built(root, None, 1)


def dead(root: Route) -> Iterator[Dead]:
    """Yield the routes that no alert can reach; of a dead subtree only its root.

    Beyond MAX_COMPARED comparisons of siblings, only contradictions are found.
    """
    budget = MAX_COMPARED
    left = MAX_MATCHERS

    def below(path: tuple[Route, ...], given: tuple[Matcher, ...]) -> Iterator[Dead]:
        nonlocal budget, left
        taken: list[Route] = []
        size = 0
        for child in path[-1].routes:
            own = (*given, *child.matchers)
            left -= len(own)
            if left < 0:
                return
            pair = logic.contradiction(own)
            budget -= size
            named = logic.by_name(own) if budget > 0 and taken else {}
            known: logic.Possible = {}
            implied = (one for one in taken if logic.implies(named, one.matchers, known))
            before = next(implied, None) if budget > 0 else None
            if pair or before:
                yield Dead((*path, child), pair, before)
            else:
                yield from below((*path, child), own)
            if not child.goes_on:
                taken.append(child)
                size += 1 + len(child.matchers)

    yield from below((root,), ())


def idle_continues(root: Route) -> Iterator[Route]:
    """Yield routes whose ``continue`` has no effect, since no later sibling matches an alert that they match.

    Ends after MAX_COMPARED comparisons of matchers.
    """
    budget = MAX_COMPARED
    for path in root.walk():
        given = tuple(one for route in path for one in route.matchers)
        siblings = path[-1].routes
        for number, child in enumerate(siblings):
            if not child.goes_on:
                continue
            own = (*given, *child.matchers)
            for other in siblings[number + 1 :]:
                budget -= len(own) + len(other.matchers) + 1
                if budget < 0:
                    return
                if not logic.contradiction((*own, *other.matchers)):
                    break
            else:
                yield child


def texts_of(value: Value, key: str) -> tuple[str, ...]:
    """Return the texts of a list in a map."""
    return tuple(one.text for one in value.list_of(key) if one.shape == "scalar")


def describe(matchers_: Sequence[Matcher]) -> str:
    """Return matchers in one line, as Alertmanager prints them."""
    return "{" + ",".join(str(one) for one in sorted(matchers_, key=lambda one: (one.name, one.value, one.op))) + "}"


def has_open_matcher(route: Route) -> bool:
    """Return whether something else fills in a part of a route's matchers before Alertmanager reads them."""
    keys = (route.value.get(key) for key in ("match", "match_re", "matchers"))
    return any(filled_later(one.text) for key in keys if key is not None for one in key.scalars())


def matcher_place(route: Route, one: Matcher) -> Value:
    """Return the value that has a matcher of a route, as precisely as known."""
    for key in ("match", "match_re"):
        there = route.value.get(key, one.name)
        if there is not None and there.text == one.value:
            return there
    for item in route.value.list_of("matchers"):
        if one.name in item.text and one.value.replace("\\", "")[:20] in item.text.replace("\\", ""):
            return item
    return route.value
