"""Whether an alert notifies the receivers that are expected, and how it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..nearest import Guesses
from .answer import Answer, Reached, notified_names, route_alert, route_path, shown_place, uncertain, unexpected
from .model import Context

NOBODY = "null"


@dataclass(frozen=True)
class Expectation:
    """What is expected of an alert, and the place where that is written; None for what is not asked.

    ``receivers`` are those that are notified at the time ``at`` and while the alerts of ``firing`` fire; ``muted``
    those that are reached, and muted by a time interval.
    """

    name: str
    line: int
    column: int
    labels: Mapping[str, str]
    receivers: tuple[str, ...] | None = None
    at: datetime | None = None
    firing: tuple[Mapping[str, str], ...] | None = None
    muted: tuple[str, ...] | None = None
    inhibited: bool | None = None


@dataclass(frozen=True)
class ExpectationOutcome:
    """An expectation and what is true: the answer, and the lines of the difference, none if the expectation is met.

    A line is a mark (``-`` expected, ``+`` true, a space for both, ``?`` not known), a text, and a note with a place.
    """

    expectation: Expectation
    answer: Answer
    difference: tuple[tuple[str, str, str], ...]

    @property
    def met(self) -> bool:
        """Whether it is as expected."""
        return not self.difference


def check_expectation(context: Context, expected: Expectation) -> ExpectationOutcome:
    """Compare an expectation with what a configuration does. Raises UnknownZoneError."""
    found = route_alert(context, expected.labels, at=expected.at, firing=expected.firing)
    lines: list[tuple[str, str, str]] = []
    if why := uncertain(found):
        lines.append(("?", why, ""))
    elif expected.receivers is not None and unexpected(found, expected.receivers):
        lines += _receivers(context, found, expected.receivers)
    if expected.muted is not None and not why:
        lines += _muted(context, found, expected.muted)
    if expected.inhibited is not None and not why and expected.inhibited != (found.inhibited == "yes"):
        lines.append(("-", f"inhibited: {str(expected.inhibited).lower()}", ""))
        lines.append(("+", f"inhibited: {str(found.inhibited == 'yes').lower()}", _silenced(context, found)))
    return ExpectationOutcome(expected, found, tuple(lines))


def _receivers(context: Context, found: Answer, expected: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield who is notified and who is expected to be."""
    sending, nobody = notified_names(found)
    wanted = dict.fromkeys(one for one in expected if one not in nobody and one != NOBODY)
    for name in wanted:
        yield (" ", name, "") if name in sending else ("-", name, _absence(context, found, name))
    if not wanted and sending:
        yield "-", NOBODY, "nobody is expected"
    for one in found.notified:
        if one.sends and one.receiver not in wanted:
            yield "+", one.receiver, _way(context, one)
    if not sending:
        ways = [_way(context, one) for one in found.notified]
        yield "+", NOBODY, ways[0] if ways else _silenced(context, found) or "nobody is notified"


def _absence(context: Context, found: Answer, name: str) -> str:
    """Return why a receiver is not notified."""
    reached = [one for one in found.reached if one.receiver == name]
    if name not in context.by_name:
        close = Guesses().nearest(name, context.by_name)
        return "no receiver has this name" + (f": did you mean {close}?" if close else "")
    if reached and found.inhibited == "yes":
        return _silenced(context, found)
    if reached and not reached[0].sends:
        return f"sends nothing   {shown_place(context.by_name[name].value, context)}"
    muting = next((one.muting for one in reached if one.muting and one.muting.muted), None)
    if muting:
        word = "outside of" if muting.outside else "muted in"
        names = ", ".join(one.name for one in muting.by)
        return f"{word} {names}   {shown_place(muting.by[0].value, context)}"
    return "not reached"


def _muted(context: Context, found: Answer, expected: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield which receivers are muted and which are expected to be, if they differ."""
    real = {one.receiver: one for one in found.reached if one.muting is not None and one.muting.muted}
    wanted = dict.fromkeys(one for one in expected if one != NOBODY)
    for name in wanted:
        if name not in real:
            reached = any(one.receiver == name for one in found.reached)
            yield "-", f"muted: {name}", "not muted" if reached else _absence(context, found, name)
    for name, one in real.items():
        if name not in wanted:
            yield "+", f"muted: {name}", _way(context, one)


def _silenced(context: Context, found: Answer) -> str:
    by = found.silenced
    if by is None:
        return "no alert that fires silences it" if found.firing else ""
    return f"silenced by {labels_text(by.alert)}   {shown_place(by.rule.value, context)}"


def _way(context: Context, one: Reached) -> str:
    return f"by {route_path(one.path)}   {shown_place(one.route.value, context)}"


def labels_text(labels: Mapping[str, str]) -> str:
    """Return the labels of an alert in one line."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def expectation_row(one: ExpectationOutcome) -> dict[str, Any]:
    """Return an outcome as JSON data."""
    expected = one.expectation
    sending, _ = notified_names(one.answer)
    row: dict[str, Any] = {"name": expected.name, "line": expected.line, "met": one.met, "notified": sorted(sending)}
    row["difference"] = [
        {"mark": mark, "text": text, "note": note.replace("   ", ", ")} for mark, text, note in one.difference
    ]
    return row
