"""Print the results for units: problems, writes and differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import report
from ..choice import Call
from ..planned import Unit
from ..tree import LOCK_NAME, join
from ..worktree import Write
from .console import annotate, err, in_actions, out, out_json
from .options import Format

if TYPE_CHECKING:
    from ..units.mentions import Mention

_HELD = "its spec changed; remove hold in .scaffold/config.yaml to regenerate it"


def tell_problems(units: Sequence[Unit]) -> bool:
    """Print every problem of ``units``, and return whether there was one. Raises the first bug of the units."""
    problems = dict.fromkeys(problem for unit in units for problem in unit.problems)  # units share the config's
    for problem in problems:
        err(*report.problem_output(problem))
        if in_actions():
            annotate([report.problem_annotation(problem)], to_stderr=True)
    for unit in units:
        if unit.bug:
            raise unit.bug
    return bool(problems)


def tell_writes(changes: Sequence[Write], quiet: bool) -> None:
    """Print the files that a run created, changed and deleted, except locks."""
    if quiet:
        return
    for one in changes:
        if one.path.rpartition("/")[2] == LOCK_NAME:
            continue
        verb = "deleted" if one.after is None else "created" if one.before is None else "updated"
        out(f"{verb} {one.path}")


def tell_settled(units: Sequence[Unit], quiet: bool) -> None:
    """Print the locks with a conflict that a run has settled."""
    for unit in units if not quiet else ():
        if unit.unsettled and unit.plan and not unit.plan.blocked:
            out(f"settled {join(unit.name, LOCK_NAME)}")


def tell_resets(units: Sequence[Unit], call: Call, quiet: bool) -> None:
    """Print the diff of what a run discarded."""
    for unit in units if not quiet else ():
        for change in unit.plan.changes if unit.plan and not (unit.plan.blocked or unit.plan.held) else ():
            if change.reset and change.writes:
                out(*report.change_lines(unit, change, call))


def show_units(
    units: Sequence[Unit], fmt: Format, call: Call, *, strict: bool = False, done: Sequence[Unit] | None = None
) -> None:
    """Print what differs; after a run that wrote, only conflicts, or as JSON all of ``done``.

    ``call`` is the command that settles what the user has settled so far.
    """
    if fmt is Format.JSON:
        shown = units if done is None else done
        out_json([row for unit in shown for row in report.change_rows(unit, call, everything=False, strict=strict)])
        return
    for unit in units:
        if fmt is Format.GITHUB:
            annotate(report.change_annotations(unit))
            continue
        if unit.plan is None:
            continue
        tell_held(unit)
        out(*(report.lock_lines(unit) if done is None or unit.plan.blocked else ()))
        for change in unit.plan.changes:
            if report.shown(change, strict=strict) and (done is None or change.conflicts or change.marked):
                out(*report.change_lines(unit, change, call))
    if fmt is Format.TEXT:
        out(*report.all_lines(units, call))


def tell_held(unit: Unit) -> None:
    """Print that a unit's spec changed, if the config holds the unit."""
    if unit.plan is not None and unit.plan.held:
        out([("held", "held     "), ("", f" {unit.name}: {_HELD}")])


def tell_mentions(title: str, mentions: Sequence[Mention]) -> None:
    """Print the lines that name what a run moved or removed, for the user to change; nothing without any."""
    if mentions:
        out(title, *(f"    {one.shown}" for one in mentions))


def tell_notes(units: Sequence[Unit], quiet: bool) -> None:
    """Print the decisions that the merge made without asking."""
    for unit in units if not quiet else ():
        for change in unit.plan.changes if unit.plan and not unit.plan.blocked else ():
            for note in change.notes:
                err(f"note: {join(unit.name, change.path)}: {note}")
