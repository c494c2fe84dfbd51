"""Route an alert: the receivers that it reaches, with routes, grouping and timing, and the rules that silence it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .inhibition import Inhibition, Silenced, last_one_counts, silenced_by
from .matchers import Matcher
from .model import Context
from .muting import LookAhead, Muting, Schedule, muting, schedules
from .routing_tree import Dead, Route, dead, describe, has_open_matcher
from .value import Value

Inhibited = Literal["yes", "no", "depends", "unknown"]
_RESULTS: dict[str, Inhibited] = {"yes": "yes", "order": "depends", "unknown": "unknown"}


@dataclass(frozen=True)
class Reached:
    """A receiver that an alert reaches: its name, its integrations, the path of routes to it, and the labels it is
    grouped by. ``muting`` says whether the route is muted at the time asked about, None if there is none.
    """

    receiver: str
    sends: tuple[str, ...]
    path: tuple[Route, ...]
    group: Mapping[str, str]
    muting: Muting | None = None

    @property
    def route(self) -> Route:
        """The route that the alert ends at."""
        return self.path[-1]


@dataclass(frozen=True)
class Silencer:
    """An inhibit rule that can silence an alert: the matchers of alerts that do, unless they match ``unless`` too.

    ``last`` says whether such an alert must also arrive after the one that it silences.
    """

    rule: Inhibition
    wanted: tuple[Matcher, ...]
    unless: tuple[Matcher, ...] = ()
    last: bool = False


@dataclass(frozen=True)
class Answer:
    """The result for one alert: what it reaches, and what can silence it.

    ``firing`` are the other alerts that fire, None if they are not known; ``silenced`` is what they do. ``at`` is the
    time asked about. ``unknown`` is a route on the way whose matchers have a placeholder.
    """

    labels: Mapping[str, str]
    reached: tuple[Reached, ...]
    silencers: tuple[Silencer, ...]
    at: datetime | None = None
    firing: tuple[Mapping[str, str], ...] | None = None
    silenced: Silenced | None = None
    unknown: Route | None = None

    @property
    def inhibited(self) -> Inhibited | None:
        """Whether the alerts that fire silence it; None if they are not known."""
        if self.firing is None:
            return None
        return _RESULTS[self.silenced.result] if self.silenced else "no"

    @property
    def notified(self) -> tuple[Reached, ...]:
        """What is reached and notified: not muted at that time, nor silenced by the alerts that fire."""
        if self.inhibited == "yes":
            return ()
        return tuple(one for one in self.reached if one.muting is None or one.muting.muted is not True)


def route_alert(
    context: Context,
    labels: Mapping[str, str],
    *,
    at: datetime | None = None,
    firing: Sequence[Mapping[str, str]] | None = None,
    look_ahead: bool = False,
) -> Answer:
    """Route an alert with these labels, at a time and while others fire if they are given. Raises UnknownZoneError.

    ``look_ahead`` searches for the time when it is muted or no longer muted.
    Labels with an empty value count as missing: Alertmanager's API removes them.
    """
    own = {name: one for name, one in labels.items() if one}
    paths = context.root.reached(own) if context.root else []
    version = context.source.target.alertmanager
    known = schedules(context.config, (path[-1] for path in paths), version) if at is not None else {}
    ahead = LookAhead() if look_ahead else None
    done: dict[tuple[tuple[str, ...], ...], Muting] = {}  # many routes name the same intervals
    found = []
    for path in paths:
        name = path[-1].receiver
        receiver = context.by_name.get(name)
        sends = dict.fromkeys(section.title for section, _ in receiver.integrations) if receiver else {}
        names = (path[-1].mute, path[-1].active)
        if at is not None and names not in done:
            done[names] = muting(path[-1], known, at, look_ahead=ahead)
        when = done.get(names)
        found.append(Reached(name, tuple(sends), path, path[-1].key(own), when))
    silenced = silenced_by(context.inhibitions, own, firing, version) if firing is not None else None
    unknown = _unknown_route(context.root, own) if context.root else None
    return Answer(labels, tuple(found), tuple(_silencers(context, own)), at, _tuple(firing), silenced, unknown)


def _unknown_route(route: Route, labels: Mapping[str, str]) -> Route | None:
    """Return the first route that is tried for an alert and has a placeholder in its matchers."""
    for child in route.routes:
        if has_open_matcher(child):
            return child
        if all(one.holds(labels) for one in child.matchers):
            below = _unknown_route(child, labels)
            if below is not None or not child.goes_on:
                return below
    return None


def _tuple(firing: Sequence[Mapping[str, str]] | None) -> tuple[Mapping[str, str], ...] | None:
    return None if firing is None else tuple(firing)


def _silencers(context: Context, labels: Mapping[str, str]) -> Iterator[Silencer]:
    for rule in context.inhibitions:
        wanted = rule.sources(labels)
        if wanted is not None:
            both = rule.is_two_sided(labels)
            last = both and last_one_counts(context.source.target.alertmanager)
            yield Silencer(rule, wanted, rule.target if both else (), last)


def unexpected(found: Answer, expected: Sequence[str]) -> str:
    """Return how the notified receivers differ from the expected ones, or ``""``.

    A receiver that sends nothing counts as nobody, and so does ``null``; it may be omitted if another one sends.
    """
    names, nobody = notified_names(found)
    wanted = set(expected)
    sending = wanted - nobody - {"null"}
    fits = names == sending and (not names or "null" not in wanted or "null" in nobody)
    if fits:
        return ""
    silent = nobody & {one.receiver for one in found.notified}
    have = ", ".join(sorted(names or silent)) or "nobody"
    verb = "reaches" if found.at is None and found.firing is None else "notifies"
    return f"expected {', '.join(sorted(wanted))}, but the alert {verb} {have}"


def notified_names(found: Answer) -> tuple[set[str], set[str]]:
    """Return the names of the receivers that are notified, and of those that send nothing."""
    names = {one.receiver for one in found.notified if one.sends}
    return names, {one.receiver for one in found.reached if not one.sends}


def uncertain(found: Answer) -> str:
    """Return why it is not known who is notified, or ``""``."""
    if found.unknown is not None:
        return f"it is not known which routes take it: that in line {found.unknown.value.line} has a placeholder"
    if found.inhibited == "depends":
        return "whether it is silenced depends on the order in which the alerts arrive"
    if found.inhibited == "unknown":
        return "it is not known whether it is silenced: an inhibit rule has a placeholder"
    names = [each.name for one in found.reached if one.muting for each in one.muting.unknown]
    return f"it is not known whether {', '.join(dict.fromkeys(names))} is active then" if names else ""


def answer_rows(found: Answer, context: Context) -> dict[str, Any]:
    """Return an answer as JSON data."""
    row: dict[str, Any] = {
        "path": context.path,
        "labels": dict(found.labels),
        "receivers": [_reached_row(one) for one in found.reached],
        "inhibited_by": [
            {
                "line": line_of(one.rule.value),
                "alerts": [str(each) for each in one.wanted],
                "unless": [str(each) for each in one.unless],
                "if_last": one.last,
            }
            for one in found.silencers
        ],
        "placeholder": line_of(found.unknown.value) if found.unknown else None,
    }
    if found.at is not None:
        row["at"] = found.at.isoformat()
    if found.firing is not None:
        row["firing"] = [dict(one) for one in found.firing]
        by = found.silenced
        row["inhibited"] = {
            "result": found.inhibited,
            "line": line_of(by.rule.value) if by else None,
            "by": dict(by.alert) if by and by.alert else None,
        }
    return row


def _reached_row(one: Reached) -> dict[str, Any]:
    row = {
        "receiver": one.receiver,
        "sends": list(one.sends),
        "route": [
            {"line": line_of(route.value), "matchers": [str(each) for each in route.matchers]} for route in one.path
        ],
        "continue": one.route.goes_on,
        "group_by": ["..."] if one.route.group_by is None else list(one.route.group_by),
        "group": dict(one.group),
        **one.route.timings,
        "mute_time_intervals": list(one.route.mute),
        "active_time_intervals": list(one.route.active),
    }
    if one.muting is not None:
        row["muted"] = {
            "result": {True: "yes", False: "no", None: "unknown"}[one.muting.muted],
            "by": [_schedule_row(each) for each in (*one.muting.by, *one.muting.unknown)],
            "outside": one.muting.outside,
            "until": one.muting.until.isoformat() if one.muting.until else None,
        }
    return row


def _schedule_row(one: Schedule) -> dict[str, Any]:
    return {"name": one.name, "line": line_of(one.value)}


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
    before = why.before.value if why.before else Value("map")
    where = f"{before.origin}:{before.line}" if before.origin else f"line {before.line}"
    return f"{takes} in {where} matches them all first"


def line_of(value: Value) -> int | None:
    """Return the line of a value in the user's file, or None for a default of the chart."""
    return None if value.chart else value.line


def shown_place(value: Value, context: Context) -> str:
    """Return the place of a value of a configuration."""
    line = line_of(value)
    return f"{value.origin or context.path}:{line}" if line else "the chart's default"


def route_path(path: Sequence[Route]) -> str:
    """Return a path of routes in one line."""
    return " > ".join(["route", *(describe(one.matchers) if one.matchers else "{}" for one in path[1:])])
