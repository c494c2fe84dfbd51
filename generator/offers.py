"""Which sides of conflicts can be offered: those with which the template accepts the file. Pure.

A command that is printed works: a side with which the file would be refused whatever the user accepts is not offered;
one with which receivers lose alerts is, with the option that accepts it, and what would discard the user's own
configuration is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .errors import Invalid
from .merge import SIDES, Conflict, Settle, Side
from .question import Question

MAX_JUDGED = 12  # conflicts of a file; each is tried a few times
_WHOSE: dict[Side, str] = {"ours": "yours", "theirs": "the generated one"}
Replan = Callable[[Question], Sequence[Conflict]]


def offered(
    path: str, conflicts: Sequence[Conflict], question: Question, replan: Replan, *, whole: bool
) -> tuple[tuple[Conflict, ...], tuple[Side, ...], tuple[Side, ...]]:
    """Return the conflicts of a file with what can settle them, the sides that cannot be taken for all together, and
    those with which receivers lose alerts.

    Each has in ``barred`` the sides that cannot be taken, and in ``rerouting`` those with which receivers lose alerts,
    with the reason; and in ``resets`` what is reset so that it is gone, if it is refused: the field; or, if the
    ``whole`` file is generated, the narrowest field around it, its document, or the file. Elsewhere what is around a
    field is the user's.
    ``replan`` returns the conflicts that are left for another question, and raises Invalid if the file is refused.
    """
    found = tuple(
        replace(one, resets=_resettable(path, one, question, replan, whole=whole)) if one.refused else one
        for one in conflicts
    )
    if not question.is_judged or len(found) > MAX_JUDGED or any(one.of_lines or one.by_hand for one in found):
        return found, (), ()
    every = tuple(side for side in SIDES if _tried(path, dict.fromkeys(found, side), question, replan))
    if every:
        found = tuple(_judged(path, one, found, question, replan) for one in found)
    found = tuple(_rerouted(path, one, question, replan) for one in found)
    left = [side for side in SIDES if side not in every]
    rerouting = tuple(side for side in left if _lost(path, dict.fromkeys(found, side), question, replan))
    return found, every, rerouting


def _rerouted(path: str, one: Conflict, question: Question, replan: Replan) -> Conflict:
    """Return a conflict with the sides for which the user has to accept that receivers lose alerts."""
    reasons = {side: _lost(path, {one: side}, question, replan) for side in SIDES if side not in one.barred}
    rerouting = tuple(side for side, reason in reasons.items() if reason)
    if not rerouting:
        return one
    whose = " and ".join(_WHOSE[side] for side in rerouting)
    reason = f"{one.reason}; " if one.reason else ""
    return replace(one, rerouting=rerouting, reason=f"{reason}with {whose}, {reasons[rerouting[0]]}")


def _lost(path: str, sides: dict[Conflict, Side], question: Question, replan: Replan) -> str:
    """Return what the user has to accept so that conflicts can be settled so; ``""`` if nothing."""
    found = _tried(path, sides, question, replan, is_trial=False)
    return "" if found and _tried(path, sides, question, replan) else found


def _judged(path: str, one: Conflict, every: Sequence[Conflict], question: Question, replan: Replan) -> Conflict:
    """Return a conflict with the sides that cannot be taken."""
    rest = [each for each in every if each is not one]
    reasons = {side: _refusal(path, one, side, rest, question, replan) for side in SIDES}
    barred = tuple(side for side in SIDES if reasons[side])
    if not barred:
        return one
    whose = " and ".join(_WHOSE[side] for side in barred)
    reason = f"{one.reason}; " if one.reason else ""
    return replace(one, barred=barred, reason=f"{reason}with {whose}, {reasons[barred[0]]}")


def _resettable(path: str, conflict: Conflict, question: Question, replan: Replan, *, whole: bool) -> str | None:
    from .merge.syntax.titles import title_of  # noqa: PLC0415 - only for a conflict

    title, fields = title_of(conflict.field), [conflict.field] if conflict.field else []
    while fields and (end := max(fields[-1].rfind("."), fields[-1].rfind("["))) > len(title):
        fields.append(fields[-1][:end])  # other cuts name no field
    for field in dict.fromkeys((*fields, *([title] if title else ()), "")) if whole else fields[:1]:
        if not field and not question.is_judged:
            return ""
        try:
            left = replan(replace(question, resets={path: frozenset({field})}, markers=False))
        except Invalid:
            continue
        if not field or conflict.field not in {one.field for one in left}:
            return field
    return None


def _refusal(path: str, one: Conflict, side: Side, rest: Sequence[Conflict], question: Question, replan: Replan) -> str:
    """Return why a conflict cannot be settled for a side, however the others are settled; ``""`` if it can."""
    if one.refused and side == "theirs":
        return ""
    found = [_tried(path, {one: side, **dict.fromkeys(rest, other)}, question, replan) for other in SIDES]
    return found[0] if all(found) else ""


def _tried(path: str, sides: dict[Conflict, Side], question: Question, replan: Replan, *, is_trial: bool = True) -> str:
    """Return why the file is refused with conflicts settled so; ``""`` if it is not, or there are other conflicts."""
    was = question.settle.get(path, Settle())
    ours, theirs = ({each.field for each, side in sides.items() if side == way} for way in SIDES)
    settle = Settle(was.ours - theirs | ours, was.theirs - ours | theirs)
    try:
        replan(replace(question, settle={path: settle}, is_trial=is_trial, markers=False))
    except Invalid as error:
        return error.problems[0].message
    return ""
