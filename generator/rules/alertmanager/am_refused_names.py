"""Names and routes that Alertmanager or Prometheus Operator refuses, keeping the old configuration."""

from __future__ import annotations

from collections.abc import Iterable

from ...alertmanager.model import Context
from ...alertmanager.reference_check import refusals
from ...finding import Finding
from .configured import CHART, configuration_rule


@configuration_rule(
    "AM004",
    "error",
    "receivers that the chart's routes use are missing",
    explanation="""Helm replaces lists: the receivers in the values replace those of the chart, but the chart's root
    route and its route for Watchdog still send to "null". The operator refuses the whole configuration; helm does
    not report it.""",
    bad=('alertmanager:\n  config:\n    receivers:\n      - name: slack\n        slack_configs: [{channel: "#a"}]\n'),
    good=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "      - name: slack\n"
        '        slack_configs: [{channel: "#a"}]\n'
    ),
    source=CHART,
)
def missing_default_receiver(context: Context) -> Iterable[Finding]:
    """Report receivers that the chart's routes use and the values lack (AM004)."""
    return context.once(refusals)


@configuration_rule(
    "AM015",
    "error",
    "a route sends to an undefined receiver",
    explanation="""Names must match exactly, including trailing spaces. Alertmanager refuses the configuration.""",
    bad=("route: {receiver: slak}\nreceivers:\n  - name: slack\n"),
    good=("route: {receiver: slack}\nreceivers:\n  - name: slack\n"),
)
def undefined_receiver(context: Context) -> Iterable[Finding]:
    """Report routes that send to an undefined receiver."""
    return context.once(refusals)


@configuration_rule(
    "AM016",
    "error",
    "a receiver is duplicated",
    explanation="""Alertmanager refuses the configuration: names of receivers must be unique. One receiver may have
    several integrations.""",
    bad=("receivers:\n  - name: slack\n  - name: slack\n"),
    good=("receivers:\n  - name: slack\n  - name: mail\n"),
)
def duplicate_receiver(context: Context) -> Iterable[Finding]:
    """Report receivers with the same name."""
    return context.once(refusals)


@configuration_rule(
    "AM022",
    "error",
    "a time interval is undefined, duplicated or not valid",
    explanation="""A route names an undefined interval, two intervals have the same name, or a range ends before it
    starts: a range across midnight or the end of the year needs two entries.""",
    bad=(
        "time_intervals:\n"
        "  - name: night\n"
        "    time_intervals:\n"
        "      - times: [{start_time: '22:00', end_time: '06:00'}]\n"
    ),
    good=(
        "time_intervals:\n"
        "  - name: night\n"
        "    time_intervals:\n"
        "      - times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]\n"
    ),
)
def invalid_interval(context: Context) -> Iterable[Finding]:
    """Report time intervals that are undefined, duplicated or not valid."""
    return context.once(refusals)


@configuration_rule(
    "AM030",
    "error",
    "the root route is missing or not valid, or keys have the format of AlertmanagerConfig",
    explanation="""The root route matches every alert: it has a receiver, and no matchers, time intervals or continue.
    Keys such as groupBy belong to the AlertmanagerConfig resource; matchers are a list of strings, not a map.""",
    bad=("route:\n  groupBy: [namespace]\n  matchers: {severity: critical}\n"),
    good=("route:\n  receiver: slack\n  group_by: [namespace]\n"),
)
def invalid_root_route(context: Context) -> Iterable[Finding]:
    """Report a root route that is missing or not valid, and keys with the format of AlertmanagerConfig."""
    return context.once(refusals)


@configuration_rule(
    "AM034",
    "error",
    "a group_by that is refused",
    explanation="""group_by must list each label once; '...', which means all labels, must be its only entry.""",
    bad=("route:\n  receiver: slack\n  group_by: ['...', namespace]\n"),
    good=("route:\n  receiver: slack\n  group_by: ['...']\n"),
)
def invalid_grouping(context: Context) -> Iterable[Finding]:
    """Report values of group_by that are refused."""
    return context.once(refusals)
