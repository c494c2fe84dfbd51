"""The routing tree: AM010, AM019, AM023, AM025, AM026, AM037."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from ...alertmanager import coverage, durations, intervals, logic
from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import fault_at, fault_at_key, in_quotes
from ...alertmanager.model import Context, is_unknown
from ...alertmanager.value import Value
from ...finding import Finding
from .configured import configuration_rule


def _unreachable(context: Context) -> Iterator[Finding]:
    """Yield routes that no alert reaches: after one that matches all (AM010), or contradictory (AM025)."""
    if context.root is None:
        return
    for one in routes.dead(context.root):
        route = one.path[-1]
        if route.value.chart or any(is_unknown(each) for each in route.value.scalars()):
            continue
        if one.pair is not None:
            first, second = one.pair
            above = second in route.matchers and first not in route.matchers
            both = f"{first} and {second} exclude each other" if first is not second else f"{first} matches nothing"
            where = ", the former from a parent route" if above else ""
            hint = "use =~ with alternatives to match several values, or remove the route"
            yield fault_at(
                "AM025", routes.matcher_place(route, second), f"no alert reaches this route: {both}{where}", hint
            )
        elif one.before is not None:
            before = one.before
            takes = routes.describe(before.matchers) if before.matchers else "one without matchers"
            message = f"no alert reaches this route: {takes} in line {before.value.line} matches them all first"
            yield fault_at("AM010", route.value, message, "move this route first, or add continue: true to the other")
    for rule in context.inhibitions:
        for side in (rule.source, rule.target):
            pair = logic.contradiction(side)
            if pair and not rule.value.chart:
                message = f"this inhibit rule never applies: {pair[0]} and {pair[1]} exclude each other"
                yield fault_at("AM025", rule.value, message, "use =~ with alternatives to match several values")


@configuration_rule(
    "AM019",
    "warning",
    "a repeat_interval that has no effect",
    explanation="""Notifications are repeated when their group is processed, every group_interval: a shorter
    repeat_interval has no effect. Nor has one longer than the retention (120h), after which sent notifications are
    forgotten (info).""",
    bad=("route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 1m\n"),
    good=("route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 4h\n"),
)
def unkept_intervals(context: Context) -> Iterator[Finding]:
    """Yield values of repeat_interval that have no effect (AM019)."""
    part = context.source.chart.part if context.source.chart else Value("map")
    kept = durations.prometheus(part.text_of("alertmanagerSpec", "retention") or "120h") or 432_000_000
    for path in context.paths:
        route = path[-1]
        times = route.timings
        group, repeat = (durations.prometheus(times[key]) for key in ("group_interval", "repeat_interval"))
        own = [route.value.pairs[key] for key in ("repeat_interval", "group_interval") if key in route.value.pairs]
        if not own or not group or not repeat or own[0].chart:
            continue
        if repeat < group:
            message = (
                f"repeat_interval {times['repeat_interval']} is shorter than group_interval {times['group_interval']}"
            )
            yield fault_at(
                "AM019", own[0], message, "increase it: notifications are repeated at most every group_interval"
            )
        elif repeat > kept and "repeat_interval" in route.value.pairs:
            message = f"repeat_interval {times['repeat_interval']} is longer than the retention of sent notifications"
            yield fault_at("AM019", own[0], message, "write at most 120h, or increase the retention", "info")


@configuration_rule(
    "AM026",
    "info",
    "a regular expression that only matches its literal text",
    explanation="""Regular expressions must match the whole value: =~ Kube matches Kube, not KubePodCrashLooping. A
    star after a letter repeats the letter; it is not a wildcard (warning).""",
    bad="matchers: ['alertname =~ Kube']\n",
    good="matchers: ['alertname =~ Kube.*']\n",
)
def plain_text_patterns(context: Context) -> Iterator[Finding]:
    """Yield regular expressions that match less than they seem to (AM026)."""
    for route in (path[-1] for path in context.paths[1:]):
        for one in route.matchers:
            if one.op not in {"=~", "!~"} or route.value.chart:
                continue
            where = routes.matcher_place(route, one)
            if re.search(r"[A-Za-z0-9_-]\*", one.value) and ".*" not in one.value and "[" not in one.value:
                message = f"{one}: * repeats the letter before it, it is not a wildcard"
                yield fault_at("AM026", where, message, "write .* to match any text", "warning")
            elif re.fullmatch(r"[A-Za-z0-9_ -]+", one.value):
                message = f"{one} only matches {in_quotes(one.value)}: the whole value must match"
                yield fault_at(
                    "AM026",
                    where,
                    message,
                    f"write {'=' if one.op == '=~' else '!='}, or {one.value}.* to match a prefix",
                )


@configuration_rule(
    "AM010",
    "warning",
    "no alert reaches a route: an earlier one matches them all",
    explanation="""The first route that matches ends the search unless it has continue: true. A route is dead if all
    its alerts match an earlier sibling.""",
    bad=('routes:\n  - matchers: [severity =~ ".*"]\n    receiver: all\n  - matchers: [team = db]\n    receiver: db\n'),
    good=(
        'routes:\n  - matchers: [team = db]\n    receiver: db\n  - matchers: [severity =~ ".*"]\n    receiver: all\n'
    ),
)
def dead_routes(context: Context) -> Iterable[Finding]:
    """Yield routes after one that matches all of their alerts (AM010)."""
    return context.once(_unreachable)


@configuration_rule(
    "AM037",
    "info",
    "continue has no effect",
    explanation="""An alert that a route with continue: true matches is also compared with the later routes of the same
    list, and only with those: not with the routes after the parent. Without one that can match it, continue changes
    nothing.""",
    bad="routes:\n  - matchers: [team = db]\n    receiver: db\n    continue: true\n",
    good="routes:\n  - matchers: [team = db]\n    receiver: db\n    continue: true\n  - receiver: all\n",
)
def continues_without_effect(context: Context) -> Iterator[Finding]:
    """Yield values of continue behind which no route matches (AM037)."""
    if context.root is None:
        return
    unreached = {one.path[-1].number for one in routes.dead(context.root)}
    for route in routes.idle_continues(context.root):
        value = route.value.pairs.get("continue")
        if value is None or value.chart or route.number in unreached:
            continue
        if any(is_unknown(each) for each in route.value.scalars()):
            continue
        message = "continue has no effect: no later route of this list matches the same alerts"
        yield fault_at_key(
            "AM037", value, message, "remove it, or move this route before those that also get its alerts"
        )


@configuration_rule(
    "AM025",
    "warning",
    "matchers that exclude each other",
    explanation="""All matchers of a route and of its parents must match. If they require two values of one label, no
    alert ever matches.""",
    bad=("routes:\n  - matchers: [severity = critical, severity = warning]\n    receiver: slack\n"),
    good=("routes:\n  - matchers: ['severity =~ critical|warning']\n    receiver: slack\n"),
)
def contradictions(context: Context) -> Iterable[Finding]:
    """Yield matchers that exclude each other (AM025)."""
    return context.once(_unreachable)


@configuration_rule(
    "AM023",
    "warning",
    "a time interval that is never active",
    explanation="""A month may lack the day (30 February), years may be past, a list may be empty, and before 0.35
    Alertmanager does not check the numbers of months: all of them load, but the interval never starts.""",
    bad=("time_intervals:\n  - name: leap\n    time_intervals:\n      - {months: ['2'], days_of_month: ['30']}\n"),
    good=("time_intervals:\n  - name: leap\n    time_intervals:\n      - {months: ['2'], days_of_month: ['29']}\n"),
)
def inactive_intervals(context: Context) -> Iterator[Finding]:
    """Yield time intervals that are never active (AM023)."""
    yield from intervals.inactive(context.config, context.source.target, date.today().year)
    for one in intervals.intervals(context.config):
        if not one.never and coverage.is_never_active(map(coverage.covered, one.parts)):
            days = any(part.list_of("days_of_month") for part in one.parts)
            why = "no month it names has such a day" if days else "a list in it is empty"
            message = f"the time interval {in_quotes(one.name)} is never active: {why}"
            yield fault_at("AM023", one.value, message, "fix or remove it")
