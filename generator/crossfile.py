"""What a plan says of the files of a unit together: values that fit no more, and notes of the template. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .behaviour import Behaviour
from .errors import Invalid
from .kept_entries import with_kept_entries
from .lock import Lock
from .merge import Conflict, Settle, Side, reset, without
from .plan import Change, Plan
from .question import Question
from .tree import Tree
from .unfit import Unfit, UnitTexts


def across_files(
    plan: Plan, base: Lock | None, ours: Tree, known: Behaviour, values: Mapping[str, Any], question: Question
) -> Plan:
    """Return a plan with what the behaviour of its template finds in the files of the unit together."""
    plan = with_kept_entries(plan, base, ours, question)
    before = {path: one.text for path, one in base.files.items()} if base else {}
    if known.unfit is not None and any(_is_edited(one) for one in plan.changes):
        theirs, merged = (
            {one.path: text for one in plan.changes if (text := getattr(one, side)) is not None}
            for side in ("theirs", "merged")
        )
        now = {one.path: ours[one.moved_from or one.path] for one in plan.changes if one.ours is not None}
        found = known.unfit(values, UnitTexts(before, now, theirs, merged))
        changes = []
        for one in plan.changes:
            for unfit in (each for each in found if each.path == one.path and not one.marked):
                one = _settled(one, unfit, question) if question.policy(one.path) != "once" else one  # noqa: PLW2901
            changes.append(one)
        plan = replace(plan, changes=tuple(changes))
    return plan.noted(known.remarks(values, before, ours))


def _is_edited(change: Change) -> bool:
    return change.ours is not None and change.merged not in (None, change.theirs)


def _settled(change: Change, unfit: Unfit, question: Question) -> Change:
    """Return a change with a value that does not fit: as the user settled it, or as a conflict."""
    if any(one.field.endswith(unfit.field) for one in change.conflicts) or change.merged is None:
        return change
    if unfit.is_known:
        return replace(change, notes=(*change.notes, unfit.kept))
    field, other = _other(change, change.merged, unfit)
    # The note of the merge, which begins with the field, is that it kept the value.
    change = replace(change, notes=tuple(one for one in change.notes if not one.startswith(f"{field}: ")))
    side = question.settle.get(change.path, Settle()).side(field)
    unfit_side: Side = "theirs" if unfit.is_merged else "ours"
    other_side: Side = "ours" if unfit.is_merged else "theirs"
    if side == unfit_side:
        return replace(change, notes=(*change.notes, unfit.kept))
    if side == other_side and other is not None:
        return change if change.conflicts else replace(change, merged=other)
    one = Conflict(field, unfit.line, unfit.base, unfit.ours, unfit.theirs, unfit.reason)
    if other is None:
        one = replace(one, barred=(other_side,))
        change = replace(change, barred=(*change.barred, other_side))
    merged = change.merged if change.conflicts else change.ours
    return replace(change, merged=merged, conflicts=(*change.conflicts, one))


def _other(change: Change, merged: str, unfit: Unfit) -> tuple[str, str | None]:
    """Return the field's full name, and the text with the other side's value; None if nothing else may change."""
    if unfit.fitting is not None:
        return unfit.field, unfit.fitting(merged)
    if unfit.removed:
        try:
            return unfit.field, without(merged, change.path, unfit.removed)
        except Invalid:
            return unfit.field, None
    other = change.ours if unfit.is_merged else change.theirs
    if other is None:
        return unfit.field, None
    for field in (unfit.field, f"document[{unfit.document}].{unfit.field}"):
        try:
            return field, reset(change.base, merged, other, change.path, {field})
        except Invalid:
            continue
    return unfit.field, None
