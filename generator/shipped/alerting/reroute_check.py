"""Check that a change to a values file takes no alert from a receiver, unless the spec or the user says so.

A file with routes of the user's is compared before and after: an alert that a receiver loses is a problem, except
Watchdog, and except where the change of the spec does the same to the generated file. ``--yes-reroute`` accepts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...alertmanager.fault import in_quotes
from ...alertmanager.matchers import Matcher
from ...alertmanager.model import Context
from ...alertmanager.reroutes import WATCHDOG_ALERT, Reroute, TooManyLabelsError, compared
from ...alertmanager.source import Source
from ...alertmanager.value import Value, plain_data
from ...behaviour import Checked, Update
from ...errors import Invalid, Problem
from ...finding import Finding
from ...merge import both_sides
from . import adopt
from .file_contexts import FileReading, reading_of
from .helm_values import configuration
from .mounted_secrets import layout_for
from .reroute_messages import ACCEPT, comma_list, reroute_notes, reroute_problems
from .spec_receivers import versions_of

_MAX_TOLD = 3
_ROUTING = ("receiver", "route", "name", "match", "_configs", "continue", "interval", "url", "{", "*")
_FIX = "fix the YAML, or resolve the conflict, in an editor"
_EMPTY = Value("map", "map")
_NOTHING = Context(Source(_EMPTY, None, None, versions_of({})), "", "")  # a configuration that is gone


def check_update(
    update: Update, values: Mapping[str, Any], said: Mapping[str, Any], *, accepted: bool
) -> Checked | None:
    """Return the text to write, and notes on alerts that are routed to other receivers; None if there are conflicts.

    Routes and receivers that are new in the spec, whose explicit settings are ``said``, are added as to an adopted
    file. Raises Invalid for alerts that a receiver loses, if Alertmanager would refuse a file that it loads now, and
    for a file that stays as it is and has no place for what the spec changes.
    """
    if update.merged == update.ours and update.base is not None and not update.is_final:
        adopt.section_place(update.ours, adopt.values_inside(values, update.ours, update.path), update.path)
        return Checked(update.ours)
    try:
        reading = reading_of(update, values)
        before = reading.before(update.ours)
    except Invalid as error:
        if not update.is_final:
            raise
        return _replaced(update, values, said, error, accepted=accepted)
    base, theirs = reading.generated(update.base, reading.old), reading.generated(update.theirs, reading.live)
    is_generated = update.base is not None and [*map(_shape, before)] == [*map(_shape, base)]
    as_merged = is_generated or update.base is None or update.is_final or reading.has_moved
    tried = [update.merged] if as_merged else _tried(update, base, values, said)
    checked = [_Trial(text, update.ours, reading, base, theirs) for text in tried if text is not None]
    if not checked:
        rest = None if as_merged else _rest(update, base, values)
        return None if rest is None else Checked(update.ours, instead=rest)
    one = next((each for each in checked if not (each.lost or each.unknown)), checked[0])
    refused, was_refused = _refusal(one.after), _refusal(before)
    if refused is not None and was_refused is None:
        # Without what is new in the spec there may be a conflict, whose answer decides whether the file is refused.
        rest = None if as_merged or one.text != update.merged else _rest(update, base, values)
        if rest is not None and update.merge(update.base or "", update.ours, rest) is None:
            return Checked(update.ours, instead=rest)
        raise Invalid([_now_refused(refused, update, before)])
    if update.is_trial:
        return Checked(one.text)
    problems = [
        *one.unknown,
        *reroute_problems(one.lost, update, values, before, has_moved=reading.has_moved),
        *one.woken,
    ]
    if problems and not accepted and not is_generated:
        raise Invalid(problems)
    told = [*reroute_notes(one.found)] if any(map(_sends, before)) else []
    told += [each.message for each in one.unknown if not is_generated]
    if refused is not None and update.base is None:
        told.append(f"Alertmanager still refuses the file: line {refused.line}: {refused.message}")
    as_it_is = update.is_final or update.base is None or reading.has_moved
    kept = one.text if as_it_is else adopt.with_kept_mounts(update, one.text, values)
    return Checked(kept, tuple(told))


def _rest(update: Update, base: Sequence[Context], values: Mapping[str, Any]) -> str | None:
    """Return the generated text without the routes and receivers that changed in the spec; None if none did."""
    later = _spec_change(base, values)
    return None if later.is_empty else adopt.rest_of_change(update, later, values)


def _replaced(
    update: Update, values: Mapping[str, Any], said: Mapping[str, Any], error: Invalid, *, accepted: bool
) -> Checked | None:
    """Check a file that nothing can read, and that is replaced: with conflict markers, both of its sides.

    Raises Invalid, at the place that cannot be read, for alerts that may be lost.
    """
    if accepted or update.is_trial:
        return None
    first, sides = error.problems[0], both_sides(update.ours)
    changes = [replace(update, ours=side) for side in sides or ()]
    if not changes and _is_as_generated(update):
        return None
    if not changes or not all(_is_readable(one, values) for one in changes):
        message = f"{first.message}, so that it is not known who would lose alerts"
        raise Invalid([replace(first, path=update.path, message=message, hint=f"{_FIX}, or {ACCEPT}")])
    for one in changes:
        try:
            check_update(one, values, said, accepted=False)
        except Invalid as lost:
            raise Invalid(replace(each, line=first.line, column=1) for each in lost.problems) from None
    return None


def _is_as_generated(update: Update) -> bool:
    """Return whether a text that cannot be parsed has no line about routes or receivers that is not generated."""
    base, ours = (Counter(text.splitlines()) for text in (update.base or "", update.ours))
    has_most = 2 * (base & ours).total() > base.total()  # it is not in another encoding
    return has_most and not any(word in line for line in ours - base for word in _ROUTING)


def _is_readable(update: Update, values: Mapping[str, Any]) -> bool:
    try:
        reading_of(update, values).before(update.ours)
    except Invalid:
        return False
    return True


def _refusal(contexts: Sequence[Context]) -> Finding | None:
    """Return the first fault for which Alertmanager refuses a file, or None."""
    from ...alertmanager.reference_check import refusals  # noqa: PLC0415 - slow to load

    found = [one for each in contexts for one in refusals(each) if one.severity in {None, "error"}]
    return min(found, key=lambda one: (one.line, one.column), default=None)


def _now_refused(fault: Finding, update: Update, before: Sequence[Context]) -> Problem:
    """Return the problem of a file that loads now, and that Alertmanager would refuse after the change."""
    line, column = before[0].config.place if before else (1, 1)
    message = f"Alertmanager would refuse the changed file, and loads the present one: {fault.message}"
    hint = "reset or take other fields" if update.is_final else "settle the conflict for the other side"
    return Problem(update.path, line or 1, column or 1, message, f"{hint}, or edit the file first")


def _tried(
    update: Update, base: Sequence[Context], values: Mapping[str, Any], said: Mapping[str, Any]
) -> Iterator[str | None]:
    """Yield texts for an edited file: routes as generated, then those with a ``continue`` that loses fewer alerts."""
    later = _spec_change(base, values)
    text = None if later.is_empty else adopt.with_spec_change(update, later, values, said)
    yield text or update.merged
    if text and later.gone:
        yield adopt.with_spec_change(update, later, values, said, goes_on=True)


class _Trial:
    """A text to write, and its consequences: the differences, problems, alerts that are lost without being asked."""

    def __init__(
        self, text: str, ours: str, reading: FileReading, base: Sequence[Context], theirs: Sequence[Context]
    ) -> None:
        self.text = text
        self.after = after = reading.after(text)
        self.found, self.unknown = _compared_all(reading.pairs(ours, text), reading.path)
        self.lost = [one for one in self.found if one.lost and not one.watchdog and not _is_asked(one, base, theirs)]
        self.woken = [*_woken(reading.path, (reading.before(ours), after), (base, theirs))] if base else []


def _woken(
    path: str, file: tuple[Sequence[Context], Sequence[Context]], made: tuple[Sequence[Context], Sequence[Context]]
) -> Iterator[Problem]:
    """Yield a problem if Watchdog would reach others than before, and than those of the generated configuration."""
    before, after, base, theirs = (_reached(one, WATCHDOG_ALERT) for one in (*file, *made))
    wanted = theirs if base != theirs else set()
    if (more := after - before - theirs) or not wanted <= after:
        place = file[0][0].root.value.place if file[0] and file[0][0].root else (1, 1)
        reaches, should = (comma_list(sorted(one)) or "nobody" for one in (more or after, theirs))
        message = f"Watchdog would reach {reaches}, not {should}"
        yield Problem(path, *place, message, f"put its route first in the file, or {ACCEPT}")


def _reached(contexts: Sequence[Context], labels: Mapping[str, str]) -> set[str]:
    """Return the receivers that send, and that an alert reaches."""
    ends = ((each, path[-1].receiver) for each in contexts if each.root for path in each.root.reached(labels))
    return {name for each, name in ends if each.sends(name)}


def _compared_all(pairs: Sequence[tuple[Context, Context | None]], path: str) -> tuple[list[Reroute], list[Problem]]:
    """Return the differences between the configurations of two texts, and problems of those that are not comparable."""
    found: list[Reroute] = []
    unknown = []
    for was, then in pairs:
        now = then or _NOTHING
        if not (was.source.readable and now.source.readable):
            unknown.append(_not_compared(path, was, "the configuration cannot be read"))
            continue
        try:
            differences, unsampled = compared(was, now)
            found += differences
            unknown += [_not_compared(path, was, _unsampled(one)) for one in unsampled[:_MAX_TOLD]]
        except TooManyLabelsError:
            unknown.append(_not_compared(path, was, "the routes have too many combinations of matchers"))
    return found, unknown


def _shape(context: Context) -> list[tuple[object, ...]]:
    """Return what decides who gets an alert."""
    return [
        (len(path), path[-1].matchers, path[-1].receiver, path[-1].goes_on, path[-1].mute, path[-1].active)
        for path in context.paths
    ]


def _spec_change(base: Sequence[Context], values: Mapping[str, Any]) -> adopt.SpecChange:
    """Return what changed in a spec since the base was generated."""
    whole = configuration(values)
    now: list[dict[str, Any]] = whole["route"]["routes"]
    made = adopt.context_of({"route": {"receiver": "null", "routes": now}}, layout_for(values))
    routes = made.root.routes if made.root else ()
    old = [route for one in base if one.root for route in one.root.routes]
    known, wanted = ({_conditions(one) for one in each} for each in (old, routes))
    before = [plain_data(one.value) for one in old]
    return adopt.SpecChange(
        before,
        now,
        [one for one, route in list(zip(now, routes, strict=False))[1:] if _conditions(route) not in known],
        [one for one, route in list(zip(before, old, strict=True))[1:] if _conditions(route) not in wanted],
        frozenset({one["name"] for one in whole["receivers"]} - {name for one in base for name in one.by_name}),
    )


def _conditions(route: Any) -> tuple[object, ...]:
    return route.receiver, route.matchers


def _sends(context: Context) -> bool:
    """Return whether a configuration has a receiver that notifies anybody; without one, everything is new."""
    return any(context.sends(name) for name in context.by_name)


def _is_asked(one: Reroute, base: Sequence[Context], theirs: Sequence[Context]) -> bool:
    """Return whether the change of the spec takes an alert from the same receivers in the generated file."""

    def reached(contexts: Sequence[Context], labels: Mapping[str, str]) -> set[str]:
        ends = (path for each in contexts if each.root for path in each.root.reached(labels))
        return {path[-1].receiver for path in ends}

    alerts = [one.labels, *({**one.labels, name: text} for name, every in one.values.items() for text in every)]
    return all(set(one.lost) <= reached(base, each) - reached(theirs, each) for each in alerts)


def _unsampled(matcher: Matcher) -> str:
    return (
        f"no two values of {matcher.name} are known that the regular expression {in_quotes(matcher.value)} tells apart"
    )


def _not_compared(path: str, context: Context, why: str) -> Problem:
    line, column = context.root.value.place if context.root else context.config.place
    message = f"{why}, so that it is not known who would lose alerts"
    return Problem(path, line, column, message, f"put the routes into the file by hand, or {ACCEPT}")
