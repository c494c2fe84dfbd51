"""Check AlertmanagerConfig resources: what Prometheus Operator leaves out, or what then breaks all configurations.

Source: pkg/alertmanager/validation and pkg/alertmanager/operator.go of prometheus-operator, which leave one resource
out, and Alertmanager's own checks of the generated configuration, which keep the old configuration for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..finding import Finding
from ..nearest import Guesses, name_list
from . import anchored
from .calendar_names import DAYS, MONTHS
from .config_resources import MAX_DEPTH, ConfigResource, is_match_type, matcher_text, time_interval_key
from .details import filled_later
from .fault import fault_at, fault_at_key, in_quotes
from .matchers import MatcherError, parse_matchers
from .resource_receivers import integration_faults
from .value import Value, truth

_LEFT_OUT = "the operator leaves the whole resource out"
_BREAKS = "Alertmanager refuses the whole generated configuration, of all resources"
_TIME = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}\Z")


def resource_faults(resource: ConfigResource) -> Iterator[Finding]:
    """Yield the faults of a resource, each with the id of its rule: AMC001 to AMC005, AMC008."""
    spec = resource.spec
    names = [one for one in spec.list_of("receivers") if one.shape == "map"]
    yield from _duplicates(names, "AMC001", "receiver", _LEFT_OUT)
    intervals = [one for one in spec.list_of(time_interval_key(spec)) if one.shape == "map"]
    yield from _intervals(intervals, used=spec.get("route") is not None)
    known = {one.text_of("name") for one in names}, {one.text_of("name") for one in intervals}
    route = spec.get("route")
    if route is not None and route.shape == "map":
        yield from _top(route)
        yield from _routes(route, *known)
    elif names:
        message = "the receivers are not used: the resource has no route"
        yield fault_at_key("AMC008", spec.pairs["receivers"], message, "add route with a receiver", "warning")
    for one in spec.list_of("inhibitRules"):
        for key in ("sourceMatch", "targetMatch"):
            yield from _matchers(one, key)
    for one in names:
        yield from integration_faults(one)


def _duplicates(items: list[Value], rule: str, what: str, effect: str) -> Iterator[Finding]:
    seen: dict[str, Value] = {}
    for one in items:
        name = one.text_of("name")
        if name in seen and name:
            message = f"the {what} {in_quotes(name)} is duplicated: {effect}"
            yield fault_at(rule, one.pairs["name"], message, "rename one", other=seen[name].line)
        seen.setdefault(name, one.pairs.get("name", one))


def _top(route: Value) -> Iterator[Finding]:
    if not route.text_of("receiver"):
        message = f"the first route has no receiver: {_LEFT_OUT}"
        yield fault_at_key("AMC001", route, message, "set the receiver of alerts that no other route takes")
    found = route.get("continue")
    if found is not None and truth(found) is False:
        message = "continue has no effect here: the operator sets continue: true for the first route of a resource"
        yield fault_at_key("AMC008", found, message, "remove it", "info")


def _routes(top: Value, receivers: set[str], intervals: set[str]) -> Iterator[Finding]:
    stack, guesses = [(top, 1)], Guesses()
    while stack:
        route, depth = stack.pop()
        named = route.get("receiver")
        if named is not None and named.text and named.text not in receivers and not filled_later(named.text):
            close = guesses.nearest(named.text, tuple(receivers))
            hint = f"did you mean {close!r}?" if close else f"use one of {name_list(receivers)}, or add it"
            message = f"no receiver of this resource is named {in_quotes(named.text)}: {_LEFT_OUT}"
            yield fault_at("AMC001", named, message, hint if receivers else "add it under receivers")
        yield from _matchers(route, "matchers")
        yield from _grouping(route)
        for key in ("muteTimeIntervals", "activeTimeIntervals"):
            for one in route.list_of(key):
                if one.shape == "scalar" and one.text not in intervals and not filled_later(one.text):
                    message = f"no time interval of this resource is named {in_quotes(one.text)}: {_LEFT_OUT}"
                    yield fault_at("AMC004", one, message, "define it in the spec, or remove it")
        if depth < MAX_DEPTH:
            stack += [(one, depth + 1) for one in reversed(route.list_of("routes")) if one.shape == "map"]


def _grouping(route: Value) -> Iterator[Finding]:
    seen: set[str] = set()
    items = route.list_of("groupBy")
    for one in items:
        if one.text in seen:
            yield fault_at("AMC003", one, f"groupBy: {in_quotes(one.text)} is duplicated: {_LEFT_OUT}", "remove one")
        elif not one.text:
            yield fault_at("AMC003", one, f"groupBy has an empty label name: {_BREAKS}", "remove it")
        elif one.text == "..." and len(items) > 1:
            message = f"'...' means all labels, and must be the only entry: {_LEFT_OUT}"
            yield fault_at("AMC003", one, message, "keep only this or the others")
        seen.add(one.text)


def _matchers(value: Value, key: str) -> Iterator[Finding]:
    """Yield faults of matchers; of inhibit rules the operator checks none, so that Alertmanager meets them."""
    effect = _LEFT_OUT if key == "matchers" else _BREAKS
    for one in value.list_of(key):
        if one.shape != "map":
            continue
        op, name, pattern = one.get("matchType"), one.text_of("name"), one.get("value")
        if op is not None and op.text and not is_match_type(op.text) and not filled_later(op.text):
            message = f"matchType is {in_quotes(op.text)}, not one of =, !=, =~, !~: {effect}"
            yield fault_at("AMC002", op, message, "use one of them")
        elif not _is_readable(one):
            message = f"{in_quotes(name)} is not a label name: {_BREAKS}"
            yield fault_at("AMC002", one, message, "set name to the label to compare")
        sort = op.text if op is not None and op.text else "=~" if one.text_of("regex") == "true" else "="
        if sort not in {"=~", "!~"} or pattern is None or filled_later(pattern.text):
            continue
        if reason := anchored.pattern_fault(pattern.text):
            message = f"{in_quotes(pattern.text)} is not a valid regular expression: {reason}: {_BREAKS}"
            yield fault_at("AMC002", pattern, message, "write an RE2 expression")


def _is_readable(matcher: Value) -> bool:
    """Return whether Alertmanager reads a matcher as the operator writes it, apart from its regular expression."""
    plain = replace(matcher, pairs={key: one for key, one in matcher.pairs.items() if key == "name"})
    try:
        return len(parse_matchers(matcher_text(plain), utf8=True)) == 1
    except MatcherError:
        return False


def _intervals(intervals: list[Value], *, used: bool) -> Iterator[Finding]:
    """Yield faults of time intervals; they are ``used`` if the resource has a route."""
    if used:
        yield from _duplicates(intervals, "AMC004", "time interval", _BREAKS)
    for one in intervals:
        parts = one.list_of("timeIntervals")
        if not one.text_of("name"):
            yield fault_at("AMC004", one, f"the time interval has no name: {_LEFT_OUT}", "add name")
        elif used and not parts:
            message = f"the time interval has no timeIntervals, and loses its name: {_BREAKS}"
            yield fault_at("AMC004", one, message, "add timeIntervals with times or days")
        for part in parts:
            yield from _part(part)


def _part(part: Value) -> Iterator[Finding]:
    for one in part.list_of("times"):
        start, end = one.text_of("startTime"), one.text_of("endTime")
        if filled_later(start) or filled_later(end):
            continue
        if not (_TIME.match(start) and _TIME.match(end)):
            message = f"{in_quotes(f'{start}-{end}')} are not two times of day: {_LEFT_OUT}"
            yield fault_at("AMC004", one, message, 'write startTime: "09:00" and endTime: "17:00"')
        elif start >= end:
            message = f"{start} to {end} crosses midnight: {_LEFT_OUT}"
            yield fault_at("AMC004", one, message, "write two entries, one up to 24:00 and one from 00:00")
    for one in part.list_of("daysOfMonth"):
        yield from _days(one)
    for key, names, first in (("weekdays", DAYS, 0), ("months", MONTHS, 1), ("years", (), 0)):
        for one in part.list_of(key):
            if one.shape == "scalar" and not filled_later(one.text) and not _is_range(one.text, names, first):
                message = f"{in_quotes(one.text)} is not valid in {key}: {_LEFT_OUT}"
                hint = f"write names such as {names[1]}:{names[3]}" if names else "write years such as 2030:2031"
                yield fault_at("AMC004", one, message, hint)


def _is_range(text: str, names: tuple[str, ...], first: int) -> bool:
    parts = text.split(":")
    if len(parts) > 2:
        return False
    found = []
    for one in parts:
        if one.lower() in names:
            found.append(names.index(one.lower()) + first)
        elif _NUMBER.match(one):
            found.append(int(one))
        else:
            return False
    low, high = (first, len(names) - 1 + first) if names else (-(1 << 31), 1 << 31)
    return found[0] <= found[-1] and all(low <= one <= high for one in found)


def _days(one: Value) -> Iterator[Finding]:
    texts = one.text_of("start") or "0", one.text_of("end") or "0"
    if not all(_NUMBER.match(text) for text in texts):
        return  # the schema reports it
    start, end = map(int, texts)
    outside = any(day == 0 or not -31 <= day <= 31 for day in (start, end))
    begin, until = (28 + start if start < 0 else start), (28 + end if end < 0 else end)
    if outside or (start < 0 < end) or begin > until:
        message = f"{start} to {end} are not days of a month in order: {_LEFT_OUT}"
        yield fault_at("AMC004", one, message, "write 1 to 31, or -1 to -31 from the end")
