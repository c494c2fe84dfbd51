"""Show the state of units and files."""

from __future__ import annotations

from .. import report
from ..choice import Choice
from ..tree import join
from .console import out, out_json
from .options import Changed, Fmt, Format, Paths, Quiet, Root, Shard
from .selection import open_worktree, plan_units, settling
from .telling import show_units, tell_problems

EXAMPLES = (
    "scaffold status",
    "scaffold status services --format json",
)


def run_status(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show the state of every unit and file."""
    worktree = open_worktree(root)
    units = list(plan_units(worktree, paths, changed_since, shard, downgrade=True))
    call = settling(Choice(), root, paths, changed_since, shard)
    if fmt is Format.JSON:
        out_json([row for unit in units for row in report.change_rows(unit, call, everything=True)])
    elif fmt is Format.GITHUB:
        show_units(units, fmt, call)
    else:
        for unit in units:
            if unit.plan is None:
                continue
            held = ", held" if unit.plan.held else ""
            out(f"{unit.name} ({unit.plan.template}): {report.state_counts(report.count_states([unit]))}{held}")
            out(*report.lock_lines(unit))
            if not quiet:
                for change in unit.plan.changes:
                    out(f"  {change.state:<9} {join(unit.name, change.path)}")
        out(report.summary(report.count_states(units), len(units)))
    return 2 if tell_problems(units) else 0
