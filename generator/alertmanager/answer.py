"""Route an alert: the receivers that it reaches, with routes, grouping and timing, and the rules that silence it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .matchers import Matcher
from .model import Context
from .routing_tree import Dead, Inhibition, Route, dead, describe
from .value import Value


@dataclass(frozen=True)
class Reached:
    """A receiver that an alert reaches: its name, its integrations, and the path of routes to it."""

    receiver: str
    sends: tuple[str, ...]
    path: tuple[Route, ...]
    group: Mapping[str, str]

    @property
    def route(self) -> Route:
        """The route that the alert ends at."""
        return self.path[-1]


@dataclass(frozen=True)
class Answer:
    """The result for one alert; ``silencers`` are inhibit rules with the matchers of alerts that silence this one."""

    labels: Mapping[str, str]
    reached: tuple[Reached, ...]
    silencers: tuple[tuple[Inhibition, tuple[Matcher, ...]], ...]


def answer(context: Context, labels: Mapping[str, str]) -> Answer:
    """Route an alert with these labels."""
    found = []
    for path in context.root.reached(labels) if context.root else ():
        name = path[-1].receiver
        receiver = context.by_name.get(name)
        sends = dict.fromkeys(section.title for section, _ in receiver.integrations) if receiver else {}
        found.append(Reached(name, tuple(sends), path, path[-1].key(labels)))
    silencers = [(rule, rule.sources(labels)) for rule in context.inhibitions]
    return Answer(labels, tuple(found), tuple((rule, wanted) for rule, wanted in silencers if wanted is not None))


def unexpected(found: Answer, expected: Sequence[str]) -> str:
    """Return how the receivers differ from the expected ones, or ``""``.

    A receiver that sends nothing counts as nobody, and so does ``null``; it may be omitted if another one sends.
    """
    names = {one.receiver for one in found.reached if one.sends}
    nobody = {one.receiver for one in found.reached if not one.sends}
    wanted = set(expected)
    sending = wanted - nobody - {"null"}
    fits = names == sending and (not names or "null" not in wanted or "null" in nobody)
    if fits:
        return ""
    have = ", ".join(sorted(names or nobody)) or "nobody"
    return f"expected {', '.join(sorted(wanted))}, but the alert reaches {have}"


def answer_rows(found: Answer, context: Context) -> dict[str, Any]:
    """Return an answer as JSON data."""
    return {
        "path": context.path,
        "labels": dict(found.labels),
        "receivers": [
            {
                "receiver": one.receiver,
                "sends": list(one.sends),
                "route": [
                    {"line": line_of(route.value), "matchers": [str(each) for each in route.matchers]}
                    for route in one.path
                ],
                "continue": one.route.goes_on,
                "group_by": ["..."] if one.route.group_by is None else list(one.route.group_by),
                "group": dict(one.group),
                **one.route.timings,
                "mute_time_intervals": list(one.route.mute),
                "active_time_intervals": list(one.route.active),
            }
            for one in found.reached
        ],
        "inhibited_by": [
            {"line": line_of(rule.value), "alerts": [str(one) for one in wanted]} for rule, wanted in found.silencers
        ],
    }


def tree_rows(context: Context) -> dict[str, Any] | None:
    """Return the routing tree as JSON data."""
    reasons = {one.path[-1].number: one for one in dead(context.root)} if context.root else {}

    def row(route: Route) -> dict[str, Any]:
        receiver = context.by_name.get(route.receiver)
        return {
            "line": line_of(route.value),
            "matchers": [str(one) for one in route.matchers],
            "receiver": route.receiver,
            "sends": list(dict.fromkeys(section.title for section, _ in receiver.integrations)) if receiver else [],
            "continue": route.goes_on,
            "group_by": ["..."] if route.group_by is None else list(route.group_by),
            **route.timings,
            "mute_time_intervals": list(route.mute),
            "active_time_intervals": list(route.active),
            "unreachable": reason(reasons[route.number]) if route.number in reasons else "",
            "routes": [row(one) for one in route.routes],
        }

    return row(context.root) if context.root else None


def reason(why: Dead) -> str:
    """Return why no alert reaches a route."""
    if why.pair is not None:
        first, second = why.pair
        return f"{first} and {second} exclude each other" if first is not second else f"{first} matches nothing"
    takes = describe(why.before.matchers) if why.before and why.before.matchers else "a route without matchers"
    return f"{takes} in line {why.before.value.line if why.before else 0} matches them all first"


def line_of(value: Value) -> int | None:
    """Return the line of a value in the user's file, or None for a default of the chart."""
    return None if value.chart else value.line


def route_path(path: Sequence[Route]) -> str:
    """Return a path of routes in one line."""
    return " > ".join(["route", *(describe(one.matchers) if one.matchers else "{}" for one in path[1:])])
