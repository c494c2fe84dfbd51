"""Check names and routes of a configuration: undefined names, duplicates, keys of the root route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..finding import Finding
from ..fix import Fix
from ..nearest import Guesses, name_list
from . import config_check, durations, intervals
from .details import filled_later
from .fault import fault_at, fault_at_key, in_quotes, quoting_fix
from .matchers import CLASSIC_NAME
from .model import Context, is_unknown
from .value import Value, truth


def refusals(context: Context) -> Iterator[Finding]:
    """Yield all faults of a configuration that Alertmanager or the operator refuses."""
    yield from config_check.key_faults(context.config, context.source.target, partial=context.source.partial)
    for one in (_nulls, _undefined, _duplicates, _zero, _roots, _labels, _intervals):
        yield from one(context)
    yield from intervals.interval_refusals(context.config, context.source.target)


def routing_refusals(context: Context) -> Iterator[Finding]:
    """Yield the faults for which Alertmanager has no routing tree: without those of integrations and ``global``."""
    parts = {key: one for key, one in context.config.pairs.items() if key not in _ELSEWHERE}
    if (listed := parts.get("receivers")) is not None:
        parts["receivers"] = replace(listed, items=tuple(_named_only(one) for one in listed.items))
    config = replace(context.config, pairs=parts)
    yield from refusals(Context(replace(context.source, config=config), context.text, context.path))


_ELSEWHERE = frozenset({"global", "templates", "tracing"})


def _named_only(receiver: Value) -> Value:
    return replace(receiver, pairs={key: one for key, one in receiver.pairs.items() if key == "name"})


def named_null_fix(value: Value) -> Fix | None:
    """Return the fix of the word null, which is meant as the name of a receiver; ``~`` or nothing may mean any."""
    return quoting_fix(value) if value.source == "null" else None


NULL_HINT = 'write it in quotes: "null" is a name, null is no value'


def _nulls(context: Context) -> Iterator[Finding]:
    """Yield a root route whose receiver is null, and receivers whose name is (AM001).

    Helm removes keys that are null, so that the configuration no longer has them, but the user's part has.
    """
    done: set[tuple[int, int]] = set()
    for root in (context.source.own, context.config):
        if root is None:
            continue
        route = root.get("route")
        named = [(route.pairs.get("receiver") if route is not None else None, _NO_RECEIVER)]
        named += [(one.pairs.get("name"), _NO_NAME) for one in root.list_of("receivers")]
        for value, message in named:
            if value is not None and value.is_null and value.place not in done:
                done.add(value.place)
                yield fault_at("AM001", value, message, NULL_HINT, fix=named_null_fix(value))


_NO_RECEIVER = "receiver is null: the root route has no receiver, which Alertmanager refuses"
_NO_NAME = "the name of this receiver is null, which Alertmanager refuses"


def _zero(context: Context) -> Iterator[Finding]:
    """Yield intervals of zero (AM018)."""
    for path in context.paths:
        for key in ("group_interval", "repeat_interval"):
            there = path[-1].value.get(key)
            if there is not None and durations.prometheus(there.text) == 0:
                message = f"{key} is {in_quotes(there.text)}, but must not be zero"
                yield fault_at("AM018", there, message, "write a time such as 5m")


def _undefined(context: Context) -> Iterator[Finding]:
    """Yield undefined receivers of routes: AM004 for defaults of the chart, else AM015."""
    own = context.source.own
    told: set[str] = set()
    names, guesses = _Names(one.name for one in context.receivers if one.name), Guesses()
    if any(filled_later(one.name) for one in context.receivers):
        return  # which may be the receiver of any route
    for value, _route in context.named():
        if value.text in context.by_name or is_unknown(value):
            continue
        if context.source.partial and (value.chart or context.elsewhere("receivers")):
            continue
        if value.chart and own is not None:
            where = own.pairs.get("receivers")
            if value.text not in told:
                told.add(value.text)
                message = (
                    f"this list replaces the chart's, but the chart's routes still send to {in_quotes(value.text)}"
                )
                hint = f"add the receiver - name: {value.text!r}" + ("" if value.text != "null" else ", in quotes")
                place = where if where is not None else own
                yield fault_at_key("AM004", place, message, hint)
            continue
        yield fault_at(
            "AM015", value, f"no receiver is named {in_quotes(value.text)}", _near(value.text, names, guesses)
        )


class _Names:
    """The names of receivers, prepared for hints about unknown names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.every = tuple(names)
        self.folded = {one.strip().casefold(): one for one in reversed(self.every)}
        self.first = ", ".join(sorted(self.every)[:10])


def _near(name: str, names: _Names, guesses: Guesses) -> str:
    same = names.folded.get(name.strip().casefold(), "")
    if same and same.strip() == name.strip():
        return f"{same!r} differs by a trailing space"
    if close := same or guesses.nearest(name, names.every):
        return f"did you mean {close!r}?"
    return f"add it under receivers, or use one of {names.first}" if names.every else "add it under receivers"


def _duplicates(context: Context) -> Iterator[Finding]:
    """Yield receivers with a name that is already used (AM016)."""
    seen: dict[str, Value] = {}
    for one in context.receivers:
        if one.name and one.name in seen:
            message = f"the receiver {in_quotes(one.name)} is duplicated"
            other = seen[one.name].line
            yield fault_at("AM016", one.value.pairs["name"], message, "merge them, or rename one", other=other)
        seen.setdefault(one.name, one.value.pairs.get("name", one.value))


def _roots(context: Context) -> Iterator[Finding]:
    """Yield forbidden and missing keys of the root route (AM030)."""
    config = context.config
    route = config.get("route")
    if config.shape == "map" and (route is None or not route.pairs):
        yield fault_at(
            "AM030", config.pairs.get("route", config), "the root route is missing", "add route with a receiver"
        )
        return
    if route is None or route.shape != "map":
        return
    own = context.source.own.get("route") if context.source.own else None
    nothing = any(one is not None and one.pairs.get("receiver", Value("map")).is_null for one in (route, own))
    if not route.text_of("receiver") and not nothing and not context.elsewhere("route", "receiver"):
        yield fault_at_key(
            "AM030", route, "the root route has no receiver", "set the receiver of alerts that no other route matches"
        )
    for key in ("match", "match_re", "matchers", "mute_time_intervals", "active_time_intervals", "continue"):
        there = route.get(key)
        takes_empty = key == "matchers" and context.source.target.operator is None
        items = [] if there is None else [one for one in there.items if not (takes_empty and one.is_null)]
        if there is not None and (there.pairs or items or truth(there)):
            yield fault_at_key(
                "AM030",
                there,
                f"the root route must not have {key}",
                "move it to a route below: this one matches every alert",
            )


def _labels(context: Context) -> Iterator[Finding]:
    """Yield faults of group_by, and of labels of inhibit rules (AM034)."""
    versions = context.source.target
    utf8 = versions.utf8 and versions.operator is None
    for path in context.paths:
        yield from _grouping(path[-1].value, utf8=utf8)
    for rule in context.inhibitions:
        for one in rule.value.list_of("equal"):
            if (
                one.shape == "scalar"
                and not (utf8 and one.text)
                and not CLASSIC_NAME.match(one.text)
                and not is_unknown(one)
            ):
                yield fault_at("AM034", one, f"{in_quotes(one.text)} is not a label name", _LETTERS)


_LETTERS = "write letters, digits and _; names in UTF-8 need Alertmanager 0.27 without the operator"


def _grouping(value: Value, *, utf8: bool) -> Iterator[Finding]:
    seen: set[str] = set()
    items = value.list_of("group_by")
    for one in items:
        if one.shape != "scalar" or is_unknown(one):
            continue
        if one.text in seen and one.text != "...":
            yield fault_at("AM034", one, f"group_by: {in_quotes(one.text)} is duplicated", "remove one")
        elif one.text == "..." and any(each.text != "..." for each in items):
            yield fault_at(
                "AM034", one, "'...' means all labels, and must be the only entry", "keep only this or the others"
            )
        elif one.text != "..." and not (utf8 and one.text) and not CLASSIC_NAME.match(one.text):
            yield fault_at("AM034", one, f"{in_quotes(one.text)} is not a label name", _LETTERS)
        seen.add(one.text)


def _intervals(context: Context) -> Iterator[Finding]:
    """Yield undefined time intervals of routes (AM022)."""
    if context.elsewhere("time_intervals"):
        return
    known = {one.name for one in intervals.intervals(context.config)}
    names = f"use one of {name_list(known)}, or define it" if known else "define it under time_intervals"
    for path in context.paths:
        for key in ("mute_time_intervals", "active_time_intervals"):
            for one in path[-1].value.list_of(key):
                if one.shape == "scalar" and one.text not in known and not is_unknown(one):
                    yield fault_at("AM022", one, f"no time interval is named {in_quotes(one.text)}", names)
