"""Mistakes in the routing tree: AM010, AM019, AM023, AM025, AM026."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from ...alertmanager import durations, intervals, logic
from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import ConfigFault, fault_at, in_quotes
from ...alertmanager.model import Context, is_unknown
from ...alertmanager.value import Value
from .configured import configuration_rule


def _unreachable(context: Context) -> Iterator[ConfigFault]:
    """Yield routes that nothing reaches: behind one that takes all (AM010), or contradictory (AM025)."""
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
            where = ", the first from a route above" if above else ""
            hint = "write =~ with alternatives for one of several values, or remove the route"
            yield fault_at(
                "AM025", routes.matcher_place(route, second), f"no alert reaches this route: {both}{where}", hint
            )
        elif one.before is not None:
            before = one.before
            takes = routes.describe(before.matchers) if before.matchers else "one without matchers"
            message = f"no alert reaches this route: {takes} in line {before.value.line} takes them all before"
            yield fault_at("AM010", route.value, message, "put this route first, or give that one continue: true")
    for rule in context.inhibitions:
        for side in (rule.source, rule.target):
            pair = logic.contradiction(side)
            if pair and not rule.value.chart:
                message = f"this inhibit rule never applies: {pair[0]} and {pair[1]} exclude each other"
                yield fault_at("AM025", rule.value, message, "write =~ with alternatives for one of several values")


@configuration_rule(
    "AM019",
    "warning",
    "a repeat_interval that is not kept",
    explanation="""A message is repeated when its group is looked at, which is every group_interval: a shorter
    repeat_interval has no effect. One longer than the retention (120h) has none either: what was sent is
    forgotten by then (info).""",
    bad=("route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 1m\n"),
    good=("route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 4h\n"),
)
def unkept_intervals(context: Context) -> Iterator[ConfigFault]:
    """Yield intervals that Alertmanager does not keep as written, or refuses (AM018, AM019)."""
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
                "AM019", own[0], message, "a message is repeated at every group_interval at most: make it longer"
            )
        elif repeat > kept and "repeat_interval" in route.value.pairs:
            message = f"repeat_interval {times['repeat_interval']} is longer than Alertmanager remembers what it sent"
            yield fault_at("AM019", own[0], message, "write at most 120h, or raise the retention", "info")


@configuration_rule(
    "AM026",
    "info",
    "a regular expression that is plain text",
    explanation="""Regular expressions must match the whole value: =~ Kube matches Kube and not KubePodCrashLooping.
    A star behind a letter repeats the letter and is not a wildcard (warning).""",
    bad="matchers: ['alertname =~ Kube']\n",
    good="matchers: ['alertname =~ Kube.*']\n",
)
def plain_text_patterns(context: Context) -> Iterator[ConfigFault]:
    """Yield regular expressions that match less than they seem to (AM026)."""
    for route in (path[-1] for path in context.paths[1:]):
        for one in route.matchers:
            if one.op not in {"=~", "!~"} or route.value.chart:
                continue
            where = routes.matcher_place(route, one)
            if re.search(r"[A-Za-z0-9_-]\*", one.value) and ".*" not in one.value and "[" not in one.value:
                message = f"{one}: * repeats the letter before it, and is not a wildcard"
                yield fault_at("AM026", where, message, "write .* for anything", "warning")
            elif re.fullmatch(r"[A-Za-z0-9_ -]+", one.value):
                message = f"{one} matches {in_quotes(one.value)} and nothing longer: the whole value must match"
                yield fault_at(
                    "AM026",
                    where,
                    message,
                    f"write {'=' if one.op == '=~' else '!='}, or {one.value}.* for what begins with it",
                )


@configuration_rule(
    "AM010",
    "warning",
    "no alert reaches a route: one before it takes them all",
    explanation="""The first route that matches ends the search, unless it says continue: true. A route whose alerts
    all match an earlier sibling is dead.""",
    bad=('routes:\n  - matchers: [severity =~ ".*"]\n    receiver: all\n  - matchers: [team = db]\n    receiver: db\n'),
    good=(
        'routes:\n  - matchers: [team = db]\n    receiver: db\n  - matchers: [severity =~ ".*"]\n    receiver: all\n'
    ),
)
def dead_routes(context: Context) -> Iterable[ConfigFault]:
    """Find routes behind one that takes all."""
    return context.once(_unreachable)


@configuration_rule(
    "AM025",
    "warning",
    "matchers that exclude each other",
    explanation="""All matchers of a route must hold, and those of the routes above it. A label that should be two
    things at once, or whose route above wants another value, never is.""",
    bad=("routes:\n  - matchers: [severity = critical, severity = warning]\n    receiver: slack\n"),
    good=("routes:\n  - matchers: ['severity =~ critical|warning']\n    receiver: slack\n"),
)
def contradictions(context: Context) -> Iterable[ConfigFault]:
    """Find matchers that exclude each other."""
    return context.once(_unreachable)


@configuration_rule(
    "AM023",
    "warning",
    "a time interval that is never active",
    explanation="""Numbers of months are not checked by Alertmanager, years may be past, and a list may be empty:
    all load, and the interval never begins.""",
    bad=("time_intervals:\n  - name: winter\n    time_intervals:\n      - months: ['13']\n"),
    good=("time_intervals:\n  - name: winter\n    time_intervals:\n      - months: ['12']\n"),
)
def inactive_intervals(context: Context) -> Iterable[ConfigFault]:
    """Find time intervals that are never active."""
    return intervals.inactive(context.config, date.today().year)
