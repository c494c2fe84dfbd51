"""AM002: receivers of Watchdog, the alert that always fires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ...alertmanager import logic
from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import fault_at_key, in_quotes
from ...alertmanager.matchers import Matcher
from ...alertmanager.model import Context, Receiver
from ...alertmanager.routing_tree import Route
from ...alertmanager.value import Value
from ...finding import Finding
from .configured import CHART, configuration_rule

WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
_HEARTBEAT = re.compile(r"watch.?dog|heart.?beat|dead.?man|snitch|health.?check|\bdms\b", re.IGNORECASE)
# Certain and likely signs that the alerts are those of kube-prometheus.
_STACK = re.compile(r"InfoInhibitor|/etc/alertmanager/(?:config|secrets|configmaps)/")
_KUBERNETES = re.compile(r"\bKube[A-Z]\w+|\bnamespace\b")


@configuration_rule(
    "AM002",
    "warning",
    "Watchdog reaches a person",
    explanation="""The alert Watchdog of kube-prometheus-stack always fires, to show that alerting works. Its route is
    lost when values define routes, since Helm replaces lists; or an earlier route matches it; or its matcher does
    not match. It should only reach a heartbeat: who gets it learns to overlook alerts. In a file that is not of the
    chart, the rule applies only if Watchdog is named, or the paths are those of Prometheus Operator.""",
    bad=(
        "alertmanager:\n"
        "  config:\n"
        "    route:\n"
        "      receiver: slack\n"
        "      routes:\n"
        "        - matchers: [alertname = watchdog]\n"
        '          receiver: "null"\n'
        "    receivers:\n"
        '      - name: "null"\n'
        "      - name: slack\n"
        '        slack_configs: [{channel: "#a"}]\n'
    ),
    good=(
        "alertmanager:\n"
        "  config:\n"
        "    route:\n"
        "      receiver: slack\n"
        "      routes:\n"
        "        - matchers: [alertname = Watchdog]\n"
        '          receiver: "null"\n'
        "    receivers:\n"
        '      - name: "null"\n'
        "      - name: slack\n"
        '        slack_configs: [{channel: "#a"}]\n'
    ),
    source=CHART,
)
def watchdog_reaches_people(context: Context) -> Iterator[Finding]:
    """Yield the routes by which Watchdog reaches a person (AM002)."""
    if context.root is None or context.source.own is None:
        return
    mentions = [
        path for path in context.paths[1:] if any("watchdog" in one.value.casefold() for one in path[-1].matchers)
    ]
    severity = _severity(context, bool(mentions))
    if severity == "off":
        return
    for path in context.root.reached(WATCHDOG):
        receiver = context.by_name.get(path[-1].receiver)
        if receiver is None or receiver.sink or _nothing_above(path) or _is_heartbeat(path, receiver, context):
            continue
        where, why = _why(path, mentions, context)
        sent = " and ".join(sorted({section.title for section, _ in receiver.integrations}))
        message = f"Watchdog, which always fires, reaches {in_quotes(receiver.name)} ({sent}): {why}"
        hint = 'add a first route with the matcher alertname = "Watchdog" and the receiver "null" or a heartbeat'
        yield fault_at_key("AM002", where, message, hint, severity)


def _severity(context: Context, mentioned: bool) -> Literal["off", "warning", "info"]:
    """Return the severity by how certain it is that Watchdog is among the alerts."""
    if context.stack or mentioned:
        return "warning"
    if context.source.chart is not None and not context.source.chart.rules:
        return "off"  # the chart's alerts are disabled
    if "null" in context.by_name or _STACK.search(context.text):
        return "warning"
    return "info" if _KUBERNETES.search(context.text) else "off"


def _nothing_above(path: tuple[Route, ...]) -> bool:
    """Return whether a receiver on the path is null, which AM001 reports."""
    return any(one.value.pairs.get("receiver", Value("map")).is_null for one in path)


def _is_heartbeat(path: tuple[Route, ...], receiver: Receiver, context: Context) -> bool:
    """Return whether a receiver is a heartbeat: by its name, or because only Watchdog is sent to it."""
    if _HEARTBEAT.search(receiver.name):
        return True
    for other in context.paths:
        if other[-1].receiver == receiver.name and not _pins(other):
            return False
    return _pins(path)


def _pins(path: tuple[Route, ...]) -> bool:
    names = logic.possible([one for route in path for one in route.matchers], "alertname")
    return names is not None and "Watchdog" in names and len(names) < 4


def _why(path: tuple[Route, ...], mentions: list[tuple[Route, ...]], context: Context) -> tuple[Value, str]:
    """Return the place of the cause, and its description."""
    own = context.source.own or context.config
    last = path[-1]
    for mention in mentions:
        route = mention[-1]
        for one in route.matchers:
            if "watchdog" in one.value.casefold() and not one.holds(WATCHDOG):
                return routes.matcher_place(route, one), f"{one} does not match it{_slip(one)}"
    for mention in mentions:
        route = mention[-1]
        if route is last:
            return route.value, "its route sends to it, and so do routes of other alerts"
        if route.goes_on and all(one.holds(WATCHDOG) for one in route.matchers):
            return route.value.pairs.get("continue", route.value), "continue: true passes it on after its own route"
        if all(one.holds(WATCHDOG) for one in route.matchers):
            return last.value, f"this route matches it before its own route in line {route.value.line}"
        missed = next(one for one in route.matchers if not one.holds(WATCHDOG))
        return routes.matcher_place(
            route, missed
        ), f'its route also requires {missed}, but Watchdog has only alertname and severity="none"'
    if len(path) > 1 and last.matchers:
        return last.value, f"{routes.describe(last.matchers)} matches it, and no earlier route does"
    top = own.pairs.get("route")
    listed = top.pairs.get("routes") if top is not None else None
    if listed is not None and not listed.chart and len(path) == 1:
        return (
            listed,
            "this list replaces the chart's, which has a route for it" if context.stack else "no route matches it",
        )
    return (top if top is not None else own), "no route matches it"


def _slip(one: Matcher) -> str:
    if one.op == "=" and "|" in one.value:
        return ": alternatives need =~"
    if one.value.strip("'\"") == "Watchdog" and one.value != "Watchdog":
        return ": only double quotes around the whole value are not part of it"
    if one.value.strip() == "Watchdog" and one.op == "=":
        return ": the space is part of the value"
    return ": case matters" if one.value.casefold() == "watchdog" else ""
