"""Mistakes in the routing tree: AM002, AM010, AM019, AM022, AM025, AM026, AM030, AM034."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from ...alertmanager import durations, intervals, logic
from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import Fault, at_key, fault, quoted
from ...alertmanager.matchers import CLASSIC_NAME, Matcher
from ...alertmanager.model import Context, Receiver, unknown
from ...alertmanager.routing_tree import Route
from ...alertmanager.value import Value
from ...nearest import listed

WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
_HEARTBEAT = re.compile(r"watch.?dog|heart.?beat|dead.?man|snitch|health.?check|\bdms\b", re.IGNORECASE)
# Signs that the alerts are those of kube-prometheus, certain and likely.
_STACK = re.compile(r"InfoInhibitor|/etc/alertmanager/(?:config|secrets|configmaps)/")
_KUBERNETES = re.compile(r"\bKube[A-Z]\w+|\bnamespace\b")


def watchdog(context: Context) -> Iterator[Fault]:
    """Yield the routes by which Watchdog, which always fires, reaches a person (AM002)."""
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
        message = f"Watchdog, which always fires, reaches {quoted(receiver.name)} ({sent}): {why}"
        hint = 'let the first route have the matcher alertname = "Watchdog" and the receiver "null" or a heartbeat'
        yield at_key("AM002", where, message, hint, severity)


def _severity(context: Context, mentioned: bool) -> Literal["off", "error", "warning", "info"]:
    """Return how certain it is that Watchdog is among the alerts."""
    if context.stack or mentioned:
        return "error"
    if context.source.chart is not None and not context.source.chart.rules:
        return "off"  # the chart's alerts are switched off
    if "null" in context.by_name or _STACK.search(context.text):
        return "warning"
    return "info" if _KUBERNETES.search(context.text) else "off"


def _nothing_above(path: tuple[Route, ...]) -> bool:
    """Tell whether a receiver on the way is nothing: that is told already."""
    return any(one.value.pairs.get("receiver", Value("map")).is_null for one in path)


def _is_heartbeat(path: tuple[Route, ...], receiver: Receiver, context: Context) -> bool:
    """Tell whether a receiver is there for Watchdog: by its name, or because nothing else is sent to it."""
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
    """Return the place of the cause, and the cause."""
    own = context.source.own or context.config
    last = path[-1]
    for mention in mentions:
        route = mention[-1]
        for one in route.matchers:
            if "watchdog" in one.value.casefold() and not one.holds(WATCHDOG):
                return _matcher_place(route, one), f"{one} does not match it{_slip(one)}"
    for mention in mentions:
        route = mention[-1]
        if route is last:
            return route.value, "that is where its route sends, and other alerts too"
        if route.goes_on and all(one.holds(WATCHDOG) for one in route.matchers):
            return route.value.pairs.get("continue", route.value), "continue: true sends it on from its own route"
        if all(one.holds(WATCHDOG) for one in route.matchers):
            return last.value, f"this route takes it before its own, in line {route.value.line}"
        missed = next(one for one in route.matchers if not one.holds(WATCHDOG))
        return _matcher_place(
            route, missed
        ), f'its route also wants {missed}, and Watchdog has only alertname and severity="none"'
    if len(path) > 1 and last.matchers:
        return last.value, f"{routes.describe(last.matchers)} takes it, and no route before"
    top = own.pairs.get("route")
    listed = top.pairs.get("routes") if top is not None else None
    if listed is not None and not listed.chart and len(path) == 1:
        return (
            listed,
            "this list replaces the chart's, which has a route for it" if context.stack else "no route takes it",
        )
    return (top if top is not None else own), "no route takes it"


def _slip(one: Matcher) -> str:
    if one.op == "=" and "|" in one.value:
        return ": alternatives need =~"
    if one.value.strip("'\"") == "Watchdog" and one.value != "Watchdog":
        return ": the quotes are part of the value, which only double quotes around the whole of it are not"
    if one.value.strip() == "Watchdog" and one.op == "=":
        return ": the space is part of the value"
    return ": case matters" if one.value.casefold() == "watchdog" else ""


def _matcher_place(route: Route, one: Matcher) -> Value:
    for key in ("match", "match_re"):
        there = route.value.get(key, one.name)
        if there is not None and there.text == one.value:
            return there
    for item in route.value.list_of("matchers"):
        if one.name in item.text and one.value.replace("\\", "")[:20] in item.text.replace("\\", ""):
            return item
    return route.value


def unreachable(context: Context) -> Iterator[Fault]:
    """Yield routes that nothing reaches: behind one that takes all (AM010), or contradictory (AM025)."""
    if context.root is None:
        return
    for one in routes.dead(context.root):
        route = one.path[-1]
        if route.value.chart or any(unknown(each) for each in route.value.scalars()):
            continue
        if one.pair is not None:
            first, second = one.pair
            above = second in route.matchers and first not in route.matchers
            both = f"{first} and {second} exclude each other" if first is not second else f"{first} matches nothing"
            where = ", the first from a route above" if above else ""
            hint = "write =~ with alternatives for one of several values, or remove the route"
            yield fault("AM025", _matcher_place(route, second), f"no alert reaches this route: {both}{where}", hint)
        elif one.before is not None:
            before = one.before
            takes = routes.describe(before.matchers) if before.matchers else "one without matchers"
            message = f"no alert reaches this route: {takes} in line {before.value.line} takes them all before"
            yield fault("AM010", route.value, message, "put this route first, or give that one continue: true")
    for rule in context.inhibitions:
        for side in (rule.source, rule.target):
            pair = logic.contradiction(side)
            if pair and not rule.value.chart:
                message = f"this inhibit rule never applies: {pair[0]} and {pair[1]} exclude each other"
                yield fault("AM025", rule.value, message, "write =~ with alternatives for one of several values")


def timings(context: Context) -> Iterator[Fault]:
    """Yield intervals that Alertmanager does not keep as written, or refuses (AM018, AM019)."""
    part = context.source.chart.part if context.source.chart else Value("map")
    kept = durations.prometheus(part.text_of("alertmanagerSpec", "retention") or "120h") or 432_000_000
    for path in context.paths:
        route = path[-1]
        times = route.timings
        group, repeat = (durations.prometheus(times[key]) for key in ("group_interval", "repeat_interval"))
        own = [route.value.pairs[key] for key in ("repeat_interval", "group_interval") if key in route.value.pairs]
        for key in ("group_interval", "repeat_interval"):
            there = route.value.get(key)
            if there is not None and durations.prometheus(there.text) == 0:
                yield fault(
                    "AM018", there, f"{key} is {quoted(there.text)}, and may not be zero", "write a time such as 5m"
                )
        if not own or not group or not repeat or own[0].chart:
            continue
        if repeat < group:
            message = (
                f"repeat_interval {times['repeat_interval']} is shorter than group_interval {times['group_interval']}"
            )
            yield fault(
                "AM019", own[0], message, "a message is repeated at every group_interval at most: make it longer"
            )
        elif repeat > kept and "repeat_interval" in route.value.pairs:
            message = f"repeat_interval {times['repeat_interval']} is longer than Alertmanager remembers what it sent"
            yield fault("AM019", own[0], message, "write at most 120h, or raise the retention", "info")


def plain_words(context: Context) -> Iterator[Fault]:
    """Yield regular expressions that match less than they seem to (AM026)."""
    for route in (path[-1] for path in context.paths[1:]):
        for one in route.matchers:
            if one.op not in {"=~", "!~"} or route.value.chart:
                continue
            where = _matcher_place(route, one)
            if re.search(r"[A-Za-z0-9_-]\*", one.value) and ".*" not in one.value and "[" not in one.value:
                message = f"{one}: * repeats the letter before it, and is no wildcard"
                yield fault("AM026", where, message, "write .* for anything", "warning")
            elif re.fullmatch(r"[A-Za-z0-9_ -]+", one.value):
                message = f"{one} matches {quoted(one.value)} and nothing longer: the whole value must match"
                yield fault(
                    "AM026",
                    where,
                    message,
                    f"write {'=' if one.op == '=~' else '!='}, or {one.value}.* for what begins with it",
                )


def roots(context: Context) -> Iterator[Fault]:
    """Yield what the root route may not have or lacks (AM030), and groupings that are refused (AM034)."""
    config = context.config
    route = config.get("route")
    if config.shape == "map" and (route is None or not route.pairs):
        yield fault("AM030", config.pairs.get("route", config), "there is no root route", "add route with a receiver")
        return
    if route is None or route.shape != "map":
        return
    own = context.source.own.get("route") if context.source.own else None
    nothing = any(one is not None and one.pairs.get("receiver", Value("map")).is_null for one in (route, own))
    if not route.text_of("receiver") and not nothing:
        yield at_key(
            "AM030", route, "the root route has no receiver", "name the receiver of all alerts that no route takes"
        )
    for key in ("match", "match_re", "matchers", "mute_time_intervals", "active_time_intervals", "continue"):
        there = route.get(key)
        if there is not None and (there.pairs or there.items or there.text == "true"):
            yield at_key(
                "AM030", there, f"the root route may not have {key}", "it takes every alert: put this in a route below"
            )
    target = context.source.target
    utf8 = target.utf8 and target.operator is None
    for path in context.paths:
        yield from _grouping(path[-1].value, utf8=utf8)
    for rule in context.inhibitions:
        for one in rule.value.list_of("equal"):
            if (
                one.shape == "scalar"
                and not (utf8 and one.text)
                and not CLASSIC_NAME.match(one.text)
                and not unknown(one)
            ):
                yield fault("AM034", one, f"{quoted(one.text)} is no label name", _LETTERS)


_LETTERS = "write letters, digits and _; names in UTF-8 need Alertmanager 0.27 without the operator"


def _grouping(value: Value, *, utf8: bool) -> Iterator[Fault]:
    seen: set[str] = set()
    items = value.list_of("group_by")
    for one in items:
        if one.shape != "scalar" or unknown(one):
            continue
        if one.text in seen and one.text != "...":
            yield fault("AM034", one, f"group_by has {quoted(one.text)} twice", "remove one")
        elif one.text == "..." and any(each.text != "..." for each in items):
            yield fault("AM034", one, "'...' means all labels, and stands alone", "remove the others, or this")
        elif one.text != "..." and not (utf8 and one.text) and not CLASSIC_NAME.match(one.text):
            yield fault("AM034", one, f"{quoted(one.text)} is no label name", _LETTERS)
        seen.add(one.text)


def times(context: Context) -> Iterator[Fault]:
    """Yield time intervals that are undefined or wrong (AM022), or never active (AM023)."""
    yield from intervals.faults(context.config, date.today().year)
    known = {one.name for one in intervals.intervals(context.config)}
    names = f"there are {listed(known)}" if known else "define it under time_intervals"
    for path in context.paths:
        for key in ("mute_time_intervals", "active_time_intervals"):
            for one in path[-1].value.list_of(key):
                if one.shape == "scalar" and one.text not in known and not unknown(one):
                    yield fault("AM022", one, f"no time interval is named {quoted(one.text)}", names)
