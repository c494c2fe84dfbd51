"""Names and routes that Alertmanager or Prometheus Operator refuses, the old configuration staying live."""

from __future__ import annotations

from collections.abc import Iterable

from ...alertmanager.fault import ConfigFault
from ...alertmanager.model import Context
from ...alertmanager.reference_check import refusals
from .configured import CHART, configuration_rule


@configuration_rule(
    "AM004",
    "error",
    "receivers without one that the chart's routes name",
    explanation="""Helm replaces lists: receivers of one's own are all there are, and the chart's root route and its
    route for Watchdog still send to "null". The operator refuses the whole configuration, and helm says
    nothing.""",
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
def missing_default_receiver(context: Context) -> Iterable[ConfigFault]:
    """Receivers without one that the chart's routes name."""
    return context.once(refusals)


@configuration_rule(
    "AM015",
    "error",
    "a route sends to a receiver that is not there",
    explanation="""Names must be equal to the letter, spaces at the end included. Alertmanager refuses the
    configuration.""",
    bad=("route: {receiver: slak}\nreceivers:\n  - name: slack\n"),
    good=("route: {receiver: slack}\nreceivers:\n  - name: slack\n"),
)
def undefined_receiver(context: Context) -> Iterable[ConfigFault]:
    """A route sends to a receiver that is not there."""
    return context.once(refusals)


@configuration_rule(
    "AM016",
    "error",
    "a receiver is duplicated",
    explanation="""Alertmanager refuses the configuration: one name is one receiver, which may have several
    integrations.""",
    bad=("receivers:\n  - name: slack\n  - name: slack\n"),
    good=("receivers:\n  - name: slack\n  - name: mail\n"),
)
def duplicate_receiver(context: Context) -> Iterable[ConfigFault]:
    """Two receivers of one name."""
    return context.once(refusals)


@configuration_rule(
    "AM022",
    "error",
    "a time interval is undefined, duplicated or not valid",
    explanation="""A route names an interval that nothing defines, two have one name, or a span ends before it
    begins: over midnight or the year's end it takes two entries.""",
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
def invalid_interval(context: Context) -> Iterable[ConfigFault]:
    """A time interval is undefined, duplicated or not valid."""
    return context.once(refusals)


@configuration_rule(
    "AM030",
    "error",
    "the root route is missing or not valid, or keys have another format",
    explanation="""The root route takes every alert: it has a receiver, and neither matchers nor time intervals nor
    continue. Keys such as groupBy are those of the AlertmanagerConfig resource; matchers are a list of texts,
    not a map.""",
    bad=("route:\n  groupBy: [namespace]\n  matchers: {severity: critical}\n"),
    good=("route:\n  receiver: slack\n  group_by: [namespace]\n"),
)
def invalid_root_route(context: Context) -> Iterable[ConfigFault]:
    """The root route is missing or not valid, or keys have another format."""
    return context.once(refusals)


@configuration_rule(
    "AM034",
    "error",
    "a grouping that is refused",
    explanation="""group_by lists every label once, and '...' for all labels stands alone.""",
    bad=("route:\n  receiver: slack\n  group_by: ['...', namespace]\n"),
    good=("route:\n  receiver: slack\n  group_by: ['...']\n"),
)
def invalid_grouping(context: Context) -> Iterable[ConfigFault]:
    """A grouping that is refused."""
    return context.once(refusals)
