"""Render answers and routing trees as lines, each a list of pieces with a role for colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from .answer import Answer, Reached, Silencer, line_of, reason, route_path, shown_place
from .expectation import ExpectationOutcome, labels_text
from .intervals import intervals
from .model import Context
from .muting import Muting
from .routing_tree import Dead, Route, dead, describe
from .value import Value

Line = list[tuple[str, str]]  # of printable.Line; roles: "", receiver, nobody, dead, reached, dim


def answer_lines(found: Answer, context: Context) -> Iterator[Line]:
    """Yield the lines that describe how an alert is routed."""
    known = {each.name: each.value for each in intervals(context.config)}
    for one in found.reached:
        yield from _reached(one, context, known, found.at)
    if found.unknown is not None:
        place = f"   {shown_place(found.unknown.value, context)}"
        yield [("dead", "  it is not known whether a route with a placeholder takes it"), ("dim", place)]
    for silencer in found.silencers:
        yield [("", f"  {_silencer(silencer)}"), ("dim", f"   {shown_place(silencer.rule.value, context)}")]
    by = found.silenced
    if by is not None:
        alert = labels_text(by.alert)
        text = {
            "yes": f"silenced now by {alert}",
            "order": f"may be silenced now by {alert}, if that alert arrives after this one",
            "unknown": "silenced now or not: this inhibit rule has a placeholder",
        }[by.result]
        yield [("dead", f"  {text}"), ("dim", f"   {shown_place(by.rule.value, context)}")]
    elif found.firing is not None:
        yield [("", "  not silenced by the alerts that fire")]


def _silencer(one: Silencer) -> str:
    what = " and ".join(str(each) for each in one.wanted) if one.wanted else "any labels"
    unless = f" that does not match {describe(one.unless)}" if one.unless else ""
    last = ", if it arrives after this one" if one.last else ""
    return f"silenced while an alert fires with {what}{unless}{last}"


def _reached(one: Reached, context: Context, known: Mapping[str, Value], at: datetime | None) -> Iterator[Line]:
    if one.sends:
        yield [("receiver", one.receiver), ("", f"  {', '.join(one.sends)}")]
    elif one.receiver in context.by_name:
        yield [("nobody", one.receiver), ("", "  sends nothing: the alert reaches nobody")]
    else:
        yield [("dead", one.receiver or "no receiver"), ("", "  is not defined")]
    route = one.route
    yield [("", f"  by {route_path(one.path)}"), ("dim", f"   {shown_place(route.value, context)}")]
    by = "all labels" if route.group_by is None else ", ".join(route.group_by) or "nothing: all alerts are one group"
    key = ", ".join(f'{name}="{value}"' for name, value in one.group.items())
    yield [("", f"  grouped by {by}" + (f": {key}" if key else ""))]
    times = route.timings
    first, more, again = times["group_wait"], times["group_interval"], times["repeat_interval"]
    yield [("", f"  first message after {first}, changes after {more}, repeated after {again}")]
    for names, word in ((route.mute, "muted in"), (route.active, "only in")):
        for name in names:
            place = f"   {shown_place(known[name], context)}" if name in known else "   not defined"
            yield [("", f"  {word} {name}"), ("dim", place)]
    if one.muting is not None and at is not None:
        yield [("dead" if one.muting.muted else "", f"  {_muting(one, one.muting, at)}")]


def _muting(one: Reached, muting: Muting, at: datetime) -> str:
    names = ", ".join(each.name for each in (*muting.by, *muting.unknown))
    until = f", until {time_text(muting.until)}" if muting.until else ""
    if muting.muted is None:
        return f"at {time_text(at)} muted or not: it is not known whether {names} is active"
    if muting.muted:
        return f"muted at {time_text(at)}, {'outside of' if muting.outside else 'in'} {names}{until}"
    if one.route.mute or one.route.active:
        return f"not muted at {time_text(at)}{until}"
    return f"not muted at {time_text(at)}: the route has no time intervals"


def time_text(at: datetime) -> str:
    """Return a time in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def expectation_lines(one: ExpectationOutcome, path: str) -> Iterator[Line]:
    """Yield the lines about an expectation that is not met; ``path`` is its file."""
    yield [("", f"{path}:{one.expectation.line}: {one.expectation.name}")]
    width = max(len(text) for _, text, _ in one.difference)
    for mark, text, note in one.difference:
        role = {"-": "removed", "+": "added"}.get(mark, "")
        yield [(role, f"  {mark} {text.ljust(width) if note else text}"), ("dim", f"   {note}" if note else "")]


def tree_lines(context: Context, found: Answer | None) -> Iterator[Line]:
    """Yield the lines of the routing tree; the routes that an alert ends at are marked."""
    if context.root is None:
        return
    marked = {one.route.number for one in found.reached} if found else set()
    unreachable = {one.path[-1].number: one for one in dead(context.root)}
    stack: list[tuple[Route, str, str, bool]] = [(context.root, "", "", False)]
    above: dict[int, Route] = {}
    while stack:
        route, before, behind, is_dead = stack.pop()
        why = unreachable.get(route.number)
        yield _branch(route, above.get(route.number), before, context, marked, why, inherited=is_dead)
        is_dead = is_dead or why is not None
        last = len(route.routes) - 1
        for number in range(last, -1, -1):
            child = route.routes[number]
            above[child.number] = route
            turn, space = ("└── ", "    ") if number == last else ("├── ", "│   ")
            stack.append((child, behind + turn, behind + space, is_dead))


def _branch(
    route: Route,
    parent: Route | None,
    before: str,
    context: Context,
    marked: set[int],
    why: Dead | None,
    *,
    inherited: bool,
) -> Line:
    receiver = context.by_name.get(route.receiver)
    role = "dead" if receiver is None else "nobody" if receiver.sink else "receiver"
    text = "route" if parent is None else describe(route.matchers) if route.matchers else "{} every alert"
    line: Line = [("dim", before)]
    if route.number in marked:
        line.append(("reached", "● "))
    line += [("dead" if why or inherited else "", text), ("", " → "), (role, route.receiver or "no receiver")]
    if receiver is None:
        line.append(("dead", " (not defined)"))
    elif receiver.sink:
        line.append(("dim", " (sends nothing)"))
    else:
        titles = dict.fromkeys(section.title for section, _ in receiver.integrations)
        line.append(("dim", f" ({', '.join(titles)})"))
    notes = list(_notes(route, parent))
    if notes:
        line.append(("dim", "  " + "  ".join(notes)))
    line.append(("dim", f"  {shown_place(route.value, context) if parent is None else _line(route.value)}"))
    if why is not None:
        line.append(("dead", f"  unreachable: {reason(why)}"))
    return line


def _notes(route: Route, parent: Route | None) -> Iterator[str]:
    if route.goes_on:
        yield "continue"
    if parent is None or route.group_by != parent.group_by:
        yield "by all labels" if route.group_by is None else f"by {','.join(route.group_by) or 'nothing'}"
    before: Mapping[str, str] = parent.timings if parent else {}
    if route.timings != before:
        yield "/".join(route.timings.values())
    for names, word in ((route.mute, "muted in"), (route.active, "only in")):
        if names:
            yield f"{word} {','.join(names)}"


def _line(value: Value) -> str:
    line = line_of(value)
    return f"{value.origin}:{line}" if line else "the chart's default"
