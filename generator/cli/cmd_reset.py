"""Give edits up: files, fields or lines become as they were generated last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..choice import Call, split_place
from ..discard import Discarded, plan_discards
from ..errors import Invalid, Problem
from ..generated_unit import files_below
from ..pipeline import Pipeline, read_config
from ..planned import Unit
from ..worktree import Worktree
from ..writes import writes_of
from .console import err, out
from .options import Fmt, Format, Quiet, Root, YesReroute
from .selection import finish_interrupted, open_worktree
from .telling import show_units

EXAMPLES = (
    "scaffold reset services/web/deploy/deployment.yaml",
    "scaffold reset services/web/deploy/deployment.yaml:spec.replicas --dry-run",
    "scaffold reset services/web/deploy",
)


def run_reset(
    places: Annotated[
        list[str],
        typer.Argument(help="File, or its field or line, or a folder with generated files.", metavar="PATH[:FIELD]..."),
    ],
    yes_reroute: YesReroute = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be discarded.")] = False,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Give edits up, and show what is lost.

    The files become as they were generated last. Nothing else changes.
    """
    worktree = open_worktree(root)
    call = Call(words=("scaffold", "reset"))
    if dry_run:
        units = _planned(worktree, places, reroute=yes_reroute)
        if fmt is Format.TEXT:
            _tell(units, places, call, quiet=False)
        else:
            show_units(units, fmt, call)
        return 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        units = _planned(worktree, places, reroute=yes_reroute)
        applied = worktree.apply(writes_of(units))
    if fmt is Format.TEXT:
        _tell(units, places, call, quiet=quiet)
    else:
        show_units(units, fmt, call)
    if applied.left:
        raise Invalid(applied.left)
    return 0


def _planned(worktree: Worktree, places: Sequence[str], *, reroute: bool) -> list[Unit]:
    """Return the plans of the units with the named places. Raises Invalid with every problem of a place."""
    pipeline = Pipeline(worktree, read_config(worktree))
    found: list[Discarded] = []
    problems: list[Problem] = []
    for one in places:
        try:
            name, what = split_place(one)
            found += [Discarded(file, what) for file in files_below(pipeline, name, Path.cwd(), whole=not what)]
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return plan_discards(found, reroute=reroute)


def _tell(units: Sequence[Unit], places: Sequence[str], call: Call, *, quiet: bool) -> None:
    """Print the diffs of what is discarded."""
    if quiet:
        return
    count = 0
    for unit in units:
        for change in unit.plan.changes if unit.plan else ():
            if change.writes:
                count += 1
                out(*report.change_lines(unit, change, call))
    if not count:
        out(f"{', '.join(places)}: no edits")
