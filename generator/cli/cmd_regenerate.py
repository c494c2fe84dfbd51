"""Update every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from .. import report
from ..choice import Call
from ..errors import Invalid, Problem
from ..planned import Unit
from ..tree import join
from ..writes import schema_writes, writes_of
from .console import err, out
from .options import Changed, Fmt, Format, Jobs, Ours, Paths, Quiet, Reset, Root, Shard, Theirs, YesReroute
from .progress import open_processes
from .selection import (
    check_places,
    finish_interrupted,
    open_worktree,
    plan_units,
    read_choice,
    settling,
    tell_surroundings,
)
from .telling import show_units, tell_notes, tell_problems, tell_resets, tell_settled, tell_writes

EXAMPLES = (
    "scaffold regenerate",
    "scaffold regenerate services/web --dry-run",
    "scaffold regenerate --theirs=services/web/deploy/deployment.yaml",
)


def run_regenerate(
    paths: Paths = None,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="Write conflicts into the files as conflict markers, for a merge tool.")
    ] = False,
    yes_reroute: YesReroute = False,
    downgrade: Annotated[
        bool, typer.Option("--downgrade", help="Also update units that a newer scaffold has updated.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    jobs: Jobs = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Update the files of every unit, and keep hand edits.

    A unit with a conflict is not changed.
    """
    worktree = open_worktree(root)
    processes = open_processes(jobs, quiet=quiet)
    choice = read_choice(ours, theirs, reset, reroute=yes_reroute)
    call = settling(choice, root, paths, changed_since, shard, markers=markers, downgrade=downgrade)
    selected = partial(
        plan_units, worktree, paths, changed_since, shard, choice=choice, markers=markers, processes=processes
    )
    if dry_run:
        units = list(selected(downgrade=True))
        check_places(choice, units)
        show_units(units, fmt, call)
        tell_surroundings(worktree, paths, changed_since, shard)
        return _previewed(units, fmt, quiet)
    with worktree.alone(err):
        finish_interrupted(worktree)
        units = list(selected(downgrade=downgrade))
        check_places(choice, units)
        changes = writes_of(units, schema_writes(worktree))
        applied = worktree.apply(changes)
    if fmt is Format.TEXT:
        tell_writes(applied.written, quiet)
        tell_settled(units, quiet)
        tell_resets(units, call, quiet)
        tell_notes(units, quiet)
        tell_surroundings(worktree, paths, changed_since, shard)
    _show_unfinished(units, fmt, call)
    if fmt is Format.TEXT and not quiet:
        out(report.outcome(units))
    return _code(units, applied.left)


def _previewed(units: Sequence[Unit], fmt: Format, quiet: bool) -> int:
    if fmt is Format.TEXT and not quiet:
        out(f"nothing was written: {report.outcome(units, would=True)}")
    return 2 if tell_problems(units) else 0


def _show_unfinished(units: Sequence[Unit], fmt: Format, call: Call) -> None:
    unfinished = [one for one in units if one.plan and one.plan.is_unfinished]
    # What was settled in the other units is written now. To name it again would be an error where the file is gone.
    left = [join(unit.name, change.path) for unit in unfinished if unit.plan for change in unit.plan.changes]
    show_units(unfinished, fmt, replace(call, choice=call.choice.within(left)), done=units)


def _code(units: Sequence[Unit], left: Sequence[Problem]) -> int:
    """Return the exit code after the problems of units. Raises Invalid for files that could not be written."""
    has_problems = tell_problems(units)
    if left:
        raise Invalid(left)
    return 2 if has_problems else int(any(unit.plan and unit.plan.is_unfinished for unit in units))
