"""Show the state of units and files."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import report
from ..choice import Choice
from ..tree import join
from .console import out, out_json
from .options import Changed, Fmt, Format, Jobs, Paths, Quiet, Root, Shard
from .progress import open_processes
from .selection import open_worktree, plan_units, settling, tell_interrupted
from .telling import show_units, tell_problems

EXAMPLES = (
    "scaffold status",
    "scaffold status services --all",
    "scaffold status services --format json",
)


def run_status(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    jobs: Jobs = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
    everything: Annotated[bool, typer.Option("--all", help="Show clean files and units too.")] = False,
) -> int:
    """Show the state of units and files that are not clean.

    Counts all of them. With -q only units, and no counts.
    """
    worktree = open_worktree(root)
    tell_interrupted(worktree)
    processes = open_processes(jobs, quiet=quiet)
    units = list(plan_units(worktree, paths, changed_since, shard, downgrade=True, processes=processes))
    call = settling(Choice(), root, paths, changed_since, shard)
    if fmt is Format.JSON:
        out_json([row for unit in units for row in report.change_rows(unit, call, everything=True)])
    elif fmt is Format.GITHUB:
        show_units(units, fmt, call)
    else:
        for unit in units:
            if unit.plan is None:
                continue
            changes = [one for one in unit.plan.changes if everything or one.state != "clean" or one.drifts]
            if not (changes or everything or unit.plan.held or report.lock_notes(unit)):
                continue
            held = ", held" if unit.plan.held else ""
            out(f"{unit.name} ({unit.plan.template}): {report.state_counts(report.count_states([unit]))}{held}")
            out(*report.lock_lines(unit))
            for change in changes if not quiet else ():
                out([("", "  "), (change.state, f"{change.state:<9}"), ("", f" {join(unit.name, change.path)}")])
        if not quiet:
            out(report.summary(report.count_states(units), len(units)))
    return 2 if tell_problems(units) else 0
