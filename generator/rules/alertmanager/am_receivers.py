"""Mistakes around receivers and their names: AM001, AM004, AM012, AM013, AM015, AM016, AM028, AM029."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...alertmanager import routing_tree as routes
from ...alertmanager.fault import Fault, at_key, fault, quoted
from ...alertmanager.model import SINKS, Context, unknown
from ...alertmanager.routing_tree import Route
from ...alertmanager.value import Value
from ...nearest import Guesses

_SILENT = {"slack_configs", "email_configs", "wechat_configs", "rocketchat_configs"}


def unquoted_null(context: Context) -> Iterator[Fault]:
    """Yield the receivers whose name is YAML's nothing (AM001)."""
    hint = 'write it in quotes: "null" is a name, null is nothing'
    roots = [one for one in (context.source.own, context.config) if one is not None]
    done: set[tuple[int, int]] = set()
    for root in roots:
        for value, inherits in _routes(root.get("route"), top=True):
            if value.place in done:
                continue
            done.add(value.place)
            if inherits:
                message = "receiver is nothing, so this route keeps the receiver of the route above, and sends to it"
            else:
                message = "receiver is nothing: the root route has no receiver, and Alertmanager refuses that"
            yield fault("AM001", value, message, hint)
        for one in root.list_of("receivers"):
            name = one.pairs.get("name")
            if name is not None and name.is_null and name.place not in done:
                done.add(name.place)
                yield fault("AM001", name, "the name of this receiver is nothing, and Alertmanager refuses that", hint)


def _routes(route: Value | None, *, top: bool) -> Iterator[tuple[Value, bool]]:
    stack = [(route, top)]
    while stack:
        one, first = stack.pop()
        if one is None or one.shape != "map":
            continue
        there = one.pairs.get("receiver")
        if there is not None and there.is_null:
            yield there, not first
        stack += [(child, False) for child in reversed(one.list_of("routes"))]


def undefined(context: Context) -> Iterator[Fault]:
    """Yield the receivers that routes name and nothing defines (AM004 where a default of the chart does, AM015)."""
    own = context.source.own
    told: set[str] = set()
    names, guesses = _Names(one.name for one in context.receivers if one.name), Guesses()
    for value, _route in context.named():
        if value.text in context.by_name or unknown(value):
            continue
        if value.chart and own is not None:
            where = own.pairs.get("receivers")
            if value.text not in told:
                told.add(value.text)
                message = f"this list replaces the chart's, and the chart's routes still send to {quoted(value.text)}"
                hint = f"add the receiver - name: {value.text!r}" + ("" if value.text != "null" else ", in quotes")
                place = where if where is not None else own
                yield at_key("AM004", place, message, hint)
            continue
        yield fault("AM015", value, f"no receiver is named {quoted(value.text)}", _near(value.text, names, guesses))


class _Names:
    """The names of receivers, and what is asked of them for each name that none has."""

    def __init__(self, names: Iterable[str]) -> None:
        self.every = tuple(names)
        self.folded = {one.strip().casefold(): one for one in reversed(self.every)}
        self.first = ", ".join(sorted(self.every)[:10])


def _near(name: str, names: _Names, guesses: Guesses) -> str:
    same = names.folded.get(name.strip().casefold(), "")
    if same and same.strip() == name.strip():
        return f"{same!r} differs by a space at its end"
    if close := same or guesses.nearest(name, names.every):
        return f"did you mean {close!r}?"
    return f"add it under receivers, or use one of {names.first}" if names.every else "add it under receivers"


def duplicates(context: Context) -> Iterator[Fault]:
    """Yield the second receiver of a name (AM016)."""
    seen: dict[str, Value] = {}
    for one in context.receivers:
        if one.name and one.name in seen:
            hint = f"the other one is in line {seen[one.name].line}: join them, or rename one"
            yield fault("AM016", one.value.pairs["name"], f"the receiver {quoted(one.name)} is defined twice", hint)
        seen.setdefault(one.name, one.value.pairs.get("name", one.value))


def unresolved(context: Context) -> Iterator[Fault]:
    """Yield the integrations that never tell that an alert is over, by default (AM012)."""
    for one in context.receivers:
        for section, item in one.integrations:
            if section.name in _SILENT and item.shape == "map" and "send_resolved" not in item.pairs:
                message = f"{section.title} is not told when an alert is over: send_resolved is false by default here"
                yield fault("AM012", item, message, "write send_resolved: true, or false to say that you mean it")


_ALERT = {
    "alertname": "KubePodCrashLooping",
    "namespace": "default",
    "pod": "app-1",
    "container": "app",
    "job": "kube-state-metrics",
}


def nobody(context: Context) -> Iterator[Fault]:
    """Yield a configuration under which critical alerts reach nobody (AM013)."""
    own = context.source.own
    if context.root is None or own is None or not own.pairs:
        return
    top = context.root.value.pairs.get("receiver", context.root.value)
    where = top if not top.chart else own.pairs.get("route") or own.pairs.get("receivers") or own
    if not any(not one.sink for one in context.receivers):
        if context.source.chart is not None and (own.get("receivers") or own.get("route")):
            place = own.pairs.get("receivers") or own.pairs.get("route") or own
            message = "no receiver sends anything: nobody is told of any alert"
            yield at_key("AM013", place, message, "add a receiver with slack_configs or another", "info")
        return
    hint = "name a receiver that sends at route.receiver, or add a route for them"
    dead = {one.path[-1].number for one in routes.dead(context.root)}
    if not any(_sends(path, context) for path in context.paths if not dead & {one.number for one in path}):
        yield at_key("AM013", where, "no route leads to a receiver that sends: nobody is told of any alert", hint)
        return
    if not context.stack and not any(one.name == "severity" for path in context.paths for one in path[-1].matchers):
        return  # what its alerts look like is not known
    for severity in ("critical", "warning") if context.stack else ("critical",):
        reached = context.root.reached({**_ALERT, "severity": severity})
        if any(_sends(path, context) for path in reached):
            continue
        names = ", ".join(sorted({quoted(path[-1].receiver) for path in reached}))
        message = f"alerts of severity {severity} reach nobody: they go to {names}, which sends nothing"
        yield at_key("AM013", where, message, hint)
        return


def _sends(path: tuple[Route, ...], context: Context) -> bool:
    """Tell whether a route ends at a receiver that sends, or at one that is told to be missing."""
    name = path[-1].receiver
    return context.sends(name) or name not in context.by_name


def empty(context: Context) -> Iterator[Fault]:
    """Yield receivers that send nothing and do not say so by their name, and those that no route names (AM028)."""
    used = {path[-1].receiver for path in context.paths}
    for one in context.receivers:
        name = one.value.pairs.get("name")
        if name is None or not one.name or one.value.chart or unknown(name):
            continue
        if one.sink and one.name in used and not _sink_name(one.name):
            message = f"the receiver {quoted(one.name)} sends nothing: alerts that reach it are dropped"
            hint = 'add slack_configs or another, or call it "null" if that is meant'
            mild = "info" if re.search(r"default", one.name, re.IGNORECASE) else None
            yield fault("AM028", name, message, hint, mild)  # type: ignore[arg-type]
        elif not one.sink and one.name not in used and context.root is not None:
            yield fault(
                "AM028", name, f"no route sends to the receiver {quoted(one.name)}", "add a route, or remove it", "info"
            )


def _sink_name(name: str) -> bool:
    words = re.split(r"[^a-z]+", name.casefold())
    return name.casefold() in SINKS or any(one in words for one in SINKS) or "blackhole" in name.casefold()


def together(context: Context) -> Iterator[Fault]:
    """Yield old matchers (the first of them), old beside new ones, and an icon that another hides (AM029)."""
    old: list[Fault] = []
    for one in _together(context):
        if "deprecated" in one.message:
            old.append(one)
        else:
            yield one
    if old:
        first = min(old, key=lambda one: (one.line, one.column))
        others = f" (and {len(old) - 1} more like it)" if len(old) > 1 else ""
        yield replace(first, message=first.message + others)


def _together(context: Context) -> Iterator[Fault]:
    for one in context.receivers:
        for section, item in one.integrations:
            if (
                section.name in {"slack_configs", "mattermost_configs"}
                and item.get("icon_url")
                and item.get("icon_emoji")
            ):
                yield at_key("AM029", item.pairs["icon_url"], "icon_emoji hides icon_url", "keep one of them")
    olds = [("match", "matchers"), ("match_re", "matchers")]
    for path in context.paths[1:]:
        yield from _old(path[-1].value, olds, context)
    sides = [(f"{side}_match{suffix}", f"{side}_matchers") for side in ("source", "target") for suffix in ("", "_re")]
    for rule in context.inhibitions:
        yield from _old(rule.value, sides, context)


def _old(value: Value, keys: list[tuple[str, str]], context: Context) -> Iterator[Fault]:
    for old, new in keys:
        there = value.pairs.get(old)
        if there is None or there.chart:
            continue
        if value.get(new) is not None:
            hint = f"write all of them under {new}"
            yield at_key(
                "AM029", there, f"{old} and {new} must both hold: they do not add to each other", hint, "warning"
            )
        elif context.source.target.alertmanager >= (0, 22):
            hint = f"write it as {new}, a list of texts"
            yield at_key("AM029", there, f"{old} is deprecated since Alertmanager 0.22", hint)
