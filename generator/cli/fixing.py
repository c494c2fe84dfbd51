"""Fix findings: plan the edits, show or write them, and say what is fixed and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from .. import config, report
from ..config import Config
from ..errors import Invalid, Problem
from ..journal import OF_USER
from ..pipeline import read_config
from ..plan import Change
from ..printable import Line
from ..ready import with_dot_dir
from ..validation import FixPlan, Outcome, Selection, plan_fixes
from ..worktree import Worktree, Write
from .console import err, out
from .selection import finish_interrupted


def fix_findings(
    selection: Selection,
    outcome: Outcome,
    problems: Sequence[Problem],
    check: Callable[[Selection], Outcome],
    *,
    dry_run: bool,
) -> FixPlan:
    """Fix those of a run's findings that have one right answer, or only show how; return what was planned.

    Raises Invalid, without a change, if a file cannot be written or was changed meanwhile.
    """
    worktree = Worktree(selection.base)
    has_config = selection.is_root and worktree.has(config.PATH)
    settings = read_config(worktree) if has_config else Config({})
    plan = plan_fixes(selection, settings, outcome, problems, check)
    if dry_run:
        for one in plan.files:
            out(*report.diff_lines("", Change(one.path, one.before, one.before, one.after, one.after)))
    elif plan.files:
        with with_dot_dir(worktree.root), worktree.alone(err):
            finish_interrupted(worktree)
            writes = [Write(one.path, one.before, one.after, unit=OF_USER) for one in plan.files]
            applied = worktree.apply(writes, together=True)
        if applied.left:
            raise Invalid(applied.left)
    return plan


def fixed_lines(plan: FixPlan, *, dry_run: bool) -> list[Line]:
    """Return the lines that say what a run fixed, and what it did not."""
    lines: list[Line] = []
    for one in plan.files:
        rules = Counter(each.rule for each in one.fixed)
        parts = ", ".join(f"{rule}{f' ({count})' if count > 1 else ''}" for rule, count in sorted(rules.items()))
        lines.append(f"{'would fix' if dry_run else 'fixed'} {one.path}: {parts}")
    for problem, why in plan.left:
        lines.append(f"{problem.path}:{problem.line}:{problem.column}: not fixed: {problem.rule}: {why}")
    if not lines:
        lines.append("nothing to fix: no finding has one right answer")
    return lines
