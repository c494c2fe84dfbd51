"""Receivers and their names: AM001, AM012, AM013, AM028, AM029."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import fault_at, fault_at_key, in_quotes
from ...alertmanager.matchers import Matcher
from ...alertmanager.model import SINKS, Context, Receiver, is_unknown
from ...alertmanager.reference_check import NULL_HINT, named_null_fix, refusals
from ...alertmanager.routing_tree import Route
from ...alertmanager.value import Value
from ...finding import Finding
from .configured import CHART, configuration_rule


@configuration_rule(
    "AM001",
    "error",
    "a receiver is null without quotes",
    explanation="""YAML reads null, ~ and an empty value as no value. A route without a receiver inherits that of the
    parent route, so that Watchdog is sent to people at every repeat_interval; amtool accepts it. A receiver without
    a name is refused.""",
    bad=("routes:\n  - receiver: null\n    matchers: [alertname = Watchdog]\n"),
    good=('routes:\n  - receiver: "null"\n    matchers: [alertname = Watchdog]\n'),
)
def unquoted_null(context: Context) -> Iterator[Finding]:
    """Yield the receivers of routes, and the names of receivers, that are null (AM001)."""
    yield from context.once(refusals)
    done: set[tuple[int, int]] = set()
    for root in (context.source.own, context.config):
        for value in _below(root.get("route") if root is not None else None):
            if value.place not in done:
                done.add(value.place)
                message = "receiver is null, so this route inherits the receiver of its parent and sends to it"
                yield fault_at("AM001", value, message, NULL_HINT, fix=named_null_fix(value))


def _below(root: Value | None) -> Iterator[Value]:
    """Yield the receivers that are null of routes below the root."""
    stack = [root]
    while stack:
        one = stack.pop()
        if one is None or one.shape != "map":
            continue
        there = one.pairs.get("receiver")
        if one is not root and there is not None and there.is_null:
            yield there
        stack += reversed(one.list_of("routes"))


@configuration_rule(
    "AM012",
    "info",
    "a receiver is not notified when an alert is resolved",
    explanation="""send_resolved defaults to false for Slack, e-mail, WeChat and Rocket.Chat, and to true for all
    others.""",
    bad=('slack_configs:\n  - channel: "#alerts"\n'),
    good=('slack_configs:\n  - channel: "#alerts"\n    send_resolved: true\n'),
)
def never_resolved(context: Context) -> Iterator[Finding]:
    """Yield integrations that by default do not report resolved alerts (AM012)."""
    for one in context.receivers:
        for section, item in one.integrations:
            if not section.send_resolved and item.shape == "map" and "send_resolved" not in item.pairs:
                message = (
                    f"{section.title} is not notified when an alert is resolved: send_resolved is false by default here"
                )
                yield fault_at("AM012", item, message, "write send_resolved: true, or false if that is intended")


# Alerts that are always firing, or are no alerts of people: of kube-prometheus-stack, and by its runbooks.
_FOR_NOBODY = {("alertname", "Watchdog"), ("alertname", "InfoInhibitor"), ("severity", "none")}
_ALERT = {
    "alertname": "KubePodCrashLooping",
    "namespace": "default",
    "pod": "app-1",
    "container": "app",
    "job": "kube-state-metrics",
}


@configuration_rule(
    "AM013",
    "warning",
    "critical alerts reach nobody",
    explanation="""The chart's root route sends to "null". Values that define receivers but neither another root
    receiver nor a route drop every alert. Checked with a critical and a warning alert of the chart; info if no
    receiver sends anything.""",
    bad=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "      - name: slack\n"
        '        slack_configs: [{channel: "#a"}]\n'
    ),
    good=(
        "alertmanager:\n"
        "  config:\n"
        "    route: {receiver: slack}\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "      - name: slack\n"
        '        slack_configs: [{channel: "#a"}]\n'
    ),
    source=CHART,
)
def reaches_nobody(context: Context) -> Iterator[Finding]:
    """Yield a fault if critical alerts reach nobody (AM013)."""
    own = context.source.own
    if context.root is None or own is None or not own.pairs:
        return
    if context.elsewhere("route") or context.elsewhere("receivers"):
        return
    if context.source.has_other_route and own.get("route") is None:
        return
    top = context.root.value.pairs.get("receiver", context.root.value)
    where = top if not top.chart else own.pairs.get("route") or own.pairs.get("receivers") or own
    if not any(not one.sink for one in context.receivers):
        if context.source.chart is not None and (own.get("receivers") or own.get("route")):
            place = own.pairs.get("receivers") or own.pairs.get("route") or own
            message = "no receiver sends notifications: nobody is notified of any alert"
            yield fault_at_key("AM013", place, message, "add a receiver with slack_configs or another", "info")
        return
    if context.elsewhere("route", "receiver") or context.elsewhere("route", "routes"):
        return
    hint = "set route.receiver to a receiver that sends, or add a route for them"
    dead = {one.path[-1].number for one in routes.dead(context.root)}
    if not any(_sends(path, context) for path in context.paths if not dead & {one.number for one in path}):
        yield fault_at_key(
            "AM013", where, "no route leads to a receiver that sends: nobody is notified of any alert", hint
        )
        return
    if not context.stack and not any(one.name == "severity" for path in context.paths for one in path[-1].matchers):
        return  # its alerts are not known
    for severity in ("critical", "warning") if context.stack else ("critical",):
        reached = context.root.reached({**_ALERT, "severity": severity})
        if any(_sends(path, context) for path in reached):
            continue
        names = ", ".join(sorted({in_quotes(path[-1].receiver) for path in reached}))
        message = f"alerts with severity {severity} reach nobody: they go to {names}, which sends nothing"
        yield fault_at_key("AM013", where, message, hint)
        return


def _sends(path: tuple[Route, ...], context: Context) -> bool:
    """Return whether a route ends at a receiver that sends, or at one that is reported as missing."""
    name = path[-1].receiver
    return context.sends(name) or name not in context.by_name


@configuration_rule(
    "AM028",
    "warning",
    "a receiver that sends nothing, or that no route uses",
    explanation="""A receiver without integrations drops all alerts, which a name such as null or blackhole shows to be
    intended. That of the root route beside others, or of a route for Watchdog, is info: it is often meant. A receiver
    that no route names is not used (info).""",
    bad=("receivers:\n  - name: team-db\n"),
    good=('receivers:\n  - name: team-db\n    slack_configs: [{channel: "#db"}]\n  - name: "null"\n'),
)
def idle_receivers(context: Context) -> Iterator[Finding]:
    """Yield receivers that send nothing although their name does not say so, and those that no route names (AM028)."""
    used = {path[-1].receiver for path in context.paths}
    routed = any(context.elsewhere("route", key) for key in ("receiver", "routes"))
    for one in context.receivers:
        name = one.value.pairs.get("name")
        if name is None or not one.name or one.value.chart or is_unknown(name):
            continue
        if one.sink and one.name in used and not _sink_name(one.name):
            message = f"the receiver {in_quotes(one.name)} sends nothing: alerts that reach it are dropped"
            hint = 'add slack_configs or another, or name it "null" if that is intended'
            yield fault_at("AM028", name, message, hint, "info" if _may_be_meant(one, context) else None)
        elif not one.sink and one.name not in used and context.root is not None and not routed:
            yield fault_at(
                "AM028",
                name,
                f"no route uses the receiver {in_quotes(one.name)}",
                "add a route, or remove the receiver",
                "info",
            )


def _may_be_meant(receiver: Receiver, context: Context) -> bool:
    """Return whether a receiver that sends nothing is that of the root route, which drops what no other route takes, or
    only gets alerts that are meant for nobody. One with an empty list of integrations is not meant so.
    """
    if "default" in receiver.name.casefold():
        return True
    if receiver.value.pairs.keys() != {"name"} or all(one.sink for one in context.receivers):
        return False
    used = [path for path in context.paths if path[-1].receiver == receiver.name]
    return all(len(path) == 1 or any(_is_for_nobody(one) for route in path for one in route.matchers) for path in used)


def _is_for_nobody(matcher: Matcher) -> bool:
    return matcher.op == "=" and (matcher.name, matcher.value) in _FOR_NOBODY


def _sink_name(name: str) -> bool:
    words = re.split(r"[^a-z]+", name.casefold())
    return name.casefold() in SINKS or any(one in words for one in SINKS) or "blackhole" in name.casefold()


@configuration_rule(
    "AM029",
    "info",
    "keys that are deprecated, or override or repeat each other",
    explanation="""match and match_re are deprecated since 0.22; together with matchers, all of them must match
    (warning). A top-level mute_time_intervals is deprecated since 0.24. icon_emoji overrides icon_url.""",
    bad=("routes:\n  - match: {severity: critical}\n    receiver: slack\n"),
    good=("routes:\n  - matchers: [severity = critical]\n    receiver: slack\n"),
)
def repeated_keys(context: Context) -> Iterator[Finding]:
    """Yield old matchers, old intervals, old matchers next to new ones, and an icon that another overrides (AM029)."""
    for one in context.receivers:
        for _, item in one.integrations:
            if item.get("icon_url") and item.get("icon_emoji"):
                yield fault_at_key("AM029", item.pairs["icon_url"], "icon_emoji overrides icon_url", "keep one of them")
    old: list[Finding] = []
    for value, before, now in _old_matchers(context):
        there = value.pairs[before]
        if value.get(now) is not None:
            message = f"{before} and {now} must both match: they are not alternatives"
            yield fault_at_key("AM029", there, message, f"write all of them under {now}", "warning")
        elif context.source.target.alertmanager >= (0, 22):
            message = f"{before} is deprecated since Alertmanager 0.22"
            old.append(fault_at_key("AM029", there, message, f"use {now}, a list of strings"))
    listed = context.config.pairs.get("mute_time_intervals")
    if listed is not None and not listed.chart and context.source.target.alertmanager >= (0, 24):
        message = "mute_time_intervals is deprecated here since Alertmanager 0.24"
        hint = "rename it to time_intervals; routes keep their mute_time_intervals"
        yield fault_at_key("AM029", listed, message, hint)
    if old:
        first = min(old, key=lambda one: (one.line, one.column))
        others = f" (and {len(old) - 1} more like it)" if len(old) > 1 else ""
        yield replace(first, message=first.message + others)


def _old_matchers(context: Context) -> Iterator[tuple[Value, str, str]]:
    """Yield routes and rules with matchers under an old key, the old key, and the key that replaces it."""
    routes_below = [(path[-1].value, [("match", "matchers"), ("match_re", "matchers")]) for path in context.paths[1:]]
    sides = [(f"{side}_match{suffix}", f"{side}_matchers") for side in ("source", "target") for suffix in ("", "_re")]
    for value, keys in [*routes_below, *((rule.value, sides) for rule in context.inhibitions)]:
        for before, now in keys:
            if before in value.pairs and not value.pairs[before].chart:
                yield value, before, now
