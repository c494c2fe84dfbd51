"""Show what ``regenerate`` would change."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from .. import report
from ..change_stat import stat_lines
from ..choice import Choice
from ..errors import invalid
from ..planned import Unit
from .console import out
from .options import Changed, Fmt, Format, Jobs, Paths, Quiet, Root, Shard
from .progress import open_processes
from .selection import (
    open_worktree,
    plan_units,
    settling,
    tell_interrupted,
    tell_surroundings,
)
from .telling import show_units, tell_held, tell_problems

EXAMPLES = (
    "scaffold diff --stat",
    "scaffold diff services/web --strict",
    "scaffold diff --changed-since origin/main --format github",
)


def run_diff(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Report hand edits too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Render every unit and compare it with its lock.")] = False,
    stat: Annotated[
        bool, typer.Option("--stat", help="Only list the files, with the number of changed lines.")
    ] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    jobs: Jobs = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show what regenerate would change.

    Exits with 1 if it would change anything; writes nothing. Use it as a check in CI.
    """
    if stat and fmt is not Format.TEXT:
        raise invalid("--stat", f"is for text, not for --format {fmt}", "leave out one of them")
    worktree = open_worktree(root)
    drifting = tell_interrupted(worktree)
    units: list[Unit] = []
    counts: Counter[str] = Counter()
    total = 0
    planned = plan_units(
        worktree, paths, changed_since, shard, full=verify, downgrade=True, processes=open_processes(jobs, quiet=quiet)
    )
    for unit in planned:
        total += 1
        counts.update(report.count_states([unit]))
        changes = unit.plan.changes if unit.plan else ()
        drifting = drifting or unit.drifts or (strict and any(one.state == "edited" for one in changes))
        told = unit.plan is None or unit.plan.held or report.lock_notes(unit)
        if told or any(report.shown(one, strict=strict) for one in changes):
            units.append(unit)
    if stat:
        for unit in units:
            tell_held(unit)
        out(*stat_lines(units, strict=strict))
    else:
        show_units(units, fmt, settling(Choice(), root, paths, changed_since, shard), strict=strict)
    tell_surroundings(worktree, paths, changed_since, shard)
    if fmt is Format.TEXT and not quiet:
        out(report.summary(counts, total))
    return 2 if tell_problems(units) else int(drifting)
