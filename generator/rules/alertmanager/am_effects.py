"""Keys that load and have another effect than they seem to: AM038, AM039, AM040, AM041."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

from ...alertmanager import coverage, durations, intervals, logic, matchers
from ...alertmanager.fault import fault_at, fault_at_key, in_quotes
from ...alertmanager.inhibition import Inhibition
from ...alertmanager.matchers import Matcher
from ...alertmanager.model import Context, is_unknown
from ...alertmanager.value import Value
from ...finding import Finding
from .configured import configuration_rule

_MAX_PAIRS = 5_000  # of inhibit rules


@configuration_rule(
    "AM038",
    "warning",
    "a matcher loses the brace at its end",
    explanation="""The classic grammar of matchers, which Alertmanager prefers where both grammars accept a text,
    removes one closing brace from the end, even if there is no opening brace at the start: code=~[0-9]{3} matches 1{3,
    not 123. A value in quotes keeps its braces.""",
    bad="routes:\n  - matchers: ['code =~ [0-9]{3}']\n    receiver: slack\n",
    good="routes:\n  - matchers: ['code =~ \"[0-9]{3}\"']\n    receiver: slack\n",
)
def lost_brace(context: Context) -> Iterator[Finding]:
    """Yield matchers that lose the brace at their end (AM038)."""
    utf8 = context.source.target.utf8
    for one in _matcher_texts(context):
        text = one.text
        if text.startswith("{") or not text.endswith("}") or one.chart or is_unknown(one):
            continue
        try:
            read = matchers.parse_matchers(text, utf8=utf8)
            meant = matchers.classic(f"{{{text}}}")
            if read != matchers.classic(text) or len(read) != len(meant) or read == meant:
                continue
        except matchers.MatcherError:
            continue
        message = f"{in_quotes(text)} loses its last brace: Alertmanager reads {read[-1]}"
        yield fault_at("AM038", one, message, f"write the value in quotes: {meant[-1]}")


def _matcher_texts(context: Context) -> Iterator[Value]:
    for path in context.paths:
        yield from path[-1].value.list_of("matchers")
    for rule in context.inhibitions:
        for key in ("source_matchers", "target_matchers"):
            yield from rule.value.list_of(key)


@configuration_rule(
    "AM039",
    "warning",
    "two inhibit rules that silence each other's alerts",
    explanation="""Silenced alerts still silence others. If the source of each rule is the target of the other, and both
    alerts fire, nobody is notified of either.""",
    bad=(
        "inhibit_rules:\n"
        "  - source_matchers: [severity = critical]\n"
        "    target_matchers: [severity = warning]\n"
        "    equal: [alertname]\n"
        "  - source_matchers: [severity = warning]\n"
        "    target_matchers: [severity = critical]\n"
        "    equal: [alertname]\n"
    ),
    good=(
        "inhibit_rules:\n"
        "  - source_matchers: [severity = critical]\n"
        "    target_matchers: [severity = warning]\n"
        "    equal: [alertname]\n"
    ),
)
def circular_inhibition(context: Context) -> Iterator[Finding]:
    """Yield inhibit rules that silence the sources of an earlier one, and the other way round (AM039)."""
    for first, second in islice(combinations(context.inhibitions, 2), _MAX_PAIRS):
        if second.value.chart or not _is_circular(first, second):
            continue
        where = "of the chart" if first.value.chart else f"in line {first.value.line}"
        message = f"this inhibit rule and the one {where} silence each other: if both alerts fire, neither is sent"
        yield fault_at("AM039", second.value, message, "remove one of them, or make sources and targets differ")


def _is_circular(first: Inhibition, second: Inhibition) -> bool:
    """Return whether two alerts can exist that silence each other, one by each rule."""
    sides = (first.source, first.target, second.source, second.target)
    if not all(sides) or not (_overlap(first.source, second.target) and _overlap(second.source, first.target)):
        return False
    one, other = (*first.source, *second.target), (*second.source, *first.target)
    if any(logic.contradiction(each) for each in (one, other)):
        return False
    for label in (*first.equal, *second.equal):
        values, others = logic.possible(one, label), logic.possible(other, label)
        if values is not None and others is not None and not values & others:
            return False
    # An alert that matches both sides of a rule is not silenced by another that matches both.
    both = logic.implies(one, first.target) and logic.implies(other, first.source)
    return not both and not (logic.implies(other, second.target) and logic.implies(one, second.source))


def _overlap(side: Sequence[Matcher], other: Sequence[Matcher]) -> bool:
    return logic.implies(side, other) or logic.implies(other, side)


@configuration_rule(
    "AM040",
    "warning",
    "a route that is always muted",
    explanation="""If the muting intervals of a route cover all the time in which it is active, it never sends anything.
    Alerts that end there reach nobody. An interval without any restriction covers all time.""",
    bad=(
        "route:\n  receiver: slack\n  routes:\n    - matchers: [team = db]\n"
        "      active_time_intervals: [office]\n      mute_time_intervals: [day]\n"
        "time_intervals:\n"
        "  - name: office\n    time_intervals: [{times: [{start_time: '09:00', end_time: '17:00'}]}]\n"
        "  - name: day\n    time_intervals: [{times: [{start_time: '08:00', end_time: '20:00'}]}]\n"
    ),
    good=(
        "route:\n  receiver: slack\n  routes:\n    - matchers: [team = db]\n"
        "      active_time_intervals: [office]\n"
        "time_intervals:\n"
        "  - name: office\n    time_intervals: [{times: [{start_time: '09:00', end_time: '17:00'}]}]\n"
    ),
)
def always_muted(context: Context) -> Iterator[Finding]:
    """Yield routes whose intervals leave no time to send (AM040)."""
    known = {one.name: tuple(map(coverage.covered, one.parts)) for one in intervals.intervals(context.config)}
    for path in context.paths[1:]:
        route = path[-1]
        receiver = context.by_name.get(route.receiver)
        if not route.mute or route.value.chart or (receiver is not None and receiver.sink):
            continue
        if any(name not in known or None in known[name] for name in (*route.mute, *route.active)):
            continue
        mute, active = (_entries(known, names) for names in (route.mute, route.active))
        if route.active and coverage.is_never_active(active):
            continue  # AM023 reports it
        if coverage.is_always_muted(mute, active if route.active else None):
            what = "all the time" if not route.active else "all the time in which it is active"
            message = f"this route never sends anything: its mute_time_intervals cover {what}"
            hint = "remove an interval, or send to a receiver without integrations if alerts should be dropped"
            place = route.value.pairs["mute_time_intervals"]
            yield fault_at_key("AM040", place, message, hint)


def _entries(known: Mapping[str, tuple[coverage.Covered | None, ...]], names: Sequence[str]) -> list[coverage.Covered]:
    return [one for name in dict.fromkeys(names) for one in known[name] if one is not None]


@configuration_rule(
    "AM041",
    "info",
    "a group_wait longer than the group_interval",
    explanation="""group_wait delays the first notification of a group, group_interval the next ones. If group_wait is
    longer, people learn of a new problem later than of an update to a known one.""",
    bad="route:\n  receiver: slack\n  group_wait: 10m\n  group_interval: 2m\n",
    good="route:\n  receiver: slack\n  group_wait: 30s\n  group_interval: 5m\n",
)
def long_wait(context: Context) -> Iterator[Finding]:
    """Yield values of group_wait that are longer than the group_interval (AM041)."""
    for path in context.paths:
        route = path[-1]
        listed = (route.value.pairs.get(key) for key in ("group_wait", "group_interval"))
        own = [one for one in listed if one is not None and not one.chart]
        wait, interval = (durations.prometheus(route.timings[key]) for key in ("group_wait", "group_interval"))
        if own and wait and interval and wait > interval:
            times = route.timings
            message = f"group_wait {times['group_wait']} is longer than group_interval {times['group_interval']}"
            hint = "write a shorter group_wait: it delays the first notification of a group"
            yield fault_at("AM041", own[0], message, hint)
