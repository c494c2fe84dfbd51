"""The commands over units: regenerate, diff, status, list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from .. import report, spec
from ..choice import Choice
from ..errors import Invalid
from ..pipeline import Unit, failed
from ..tree import SPEC_NAME, join
from ..writes import schema_writes, writes_of
from .console import err, out, out_json
from .options import Changed, Fmt, Format, ListFormat, Ours, Paths, Quiet, Reset, Root, Shard, Theirs
from .selection import (
    check_places,
    finish_interrupted,
    open_worktree,
    plan_units,
    read_choice,
    settling,
    tell_interrupted,
    unit_names,
)
from .telling import show_units, tell_notes, tell_problems, tell_resets, tell_writes


def regenerate(
    paths: Paths = None,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="Write conflicts into the files, with git's markers, for a merge tool.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Bring every unit up to date. Your edits stay; a unit with a conflict is not touched."""
    worktree = open_worktree(root)
    choice = read_choice(ours, theirs, reset)
    call = settling(choice, root, paths, changed_since, shard, markers=markers)
    if dry_run:
        units = list(plan_units(worktree, paths, changed_since, shard, choice=choice, markers=markers))
        check_places(choice, units)
        show_units(units, fmt, call)
        return 2 if tell_problems(units) else 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        units = list(plan_units(worktree, paths, changed_since, shard, choice=choice, markers=markers))
        check_places(choice, units)
        changes = writes_of(units, schema_writes(worktree))
        applied = worktree.apply(changes)
    if fmt is Format.TEXT:
        tell_writes(applied.written, quiet)
        tell_resets(units, call, quiet)
        tell_notes(units)
    show_units([one for one in units if one.plan and one.plan.is_unfinished], fmt, call, done=units)
    if fmt is Format.TEXT and not quiet:
        out(report.outcome(units))
    code = _code(units)
    if applied.left:
        raise Invalid(applied.left)
    return code


def diff(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Edits by hand are findings too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Render everything, trust no digest.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show what regenerate would do, and exit 1 if that is anything. Writes nothing: the gate for CI."""
    worktree = open_worktree(root)
    tell_interrupted(worktree)
    units: list[Unit] = []
    counts: Counter[str] = Counter()
    total, drifting = 0, False
    for unit in plan_units(worktree, paths, changed_since, shard, full=verify):
        total += 1
        counts.update(report.count_states([unit]))
        changes = unit.plan.changes if unit.plan else ()
        drifting = (
            drifting or bool(unit.plan and unit.plan.drifts) or (strict and any(c.state == "edited" for c in changes))
        )
        if unit.plan is None or unit.plan.held or any(report.shown(one, strict=strict) for one in changes):
            units.append(unit)
    show_units(units, fmt, settling(Choice(), root, paths, changed_since, shard), strict=strict)
    if fmt is Format.TEXT and not quiet:
        out(report.summary(counts, total))
    return 2 if tell_problems(units) else int(drifting)


def status(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show the state of every unit and file."""
    worktree = open_worktree(root)
    units = list(plan_units(worktree, paths, changed_since, shard))
    call = settling(Choice(), root, paths, changed_since, shard)
    if fmt is Format.JSON:
        out_json([row for unit in units for row in report.change_rows(unit, call, everything=True)])
    elif fmt is Format.GITHUB:
        show_units(units, fmt, call)
    else:
        for unit in units:
            if unit.plan is None:
                continue
            states = report.count_states([unit])
            held = ", held" if unit.plan.held else ""
            out(f"{unit.name} ({unit.plan.template}): {', '.join(f'{n} {s}' for s, n in sorted(states.items()))}{held}")
            if not quiet:
                for change in unit.plan.changes:
                    out(f"  {change.state:<9} {join(unit.name, change.path)}")
        out(report.summary(report.count_states(units), len(units)))
    return 2 if tell_problems(units) else 0


def list_units(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Annotated[ListFormat, typer.Option("--format", help="How to print the result.")] = ListFormat.TEXT,
) -> int:
    """List the units, or as a matrix for GitHub Actions the end-to-end tests to run."""
    worktree = open_worktree(root)
    if fmt is ListFormat.GITHUB_MATRIX:
        from .matrix import list_matrix  # noqa: PLC0415

        return list_matrix(worktree, paths, changed_since, shard)
    rows, bad = [], []
    for name in unit_names(worktree, paths, changed_since, shard):
        path = join(name, SPEC_NAME)
        try:
            read = spec.read(worktree.read(path) or "", path)
            rows.append({"unit": name, "template": read.template, "name": str(read.data.get("name", ""))})
        except Exception as error:
            bad.append(failed(name, error))
    if fmt is ListFormat.JSON:
        out_json(rows)
    else:
        for row in rows:
            out(f"{row['unit']}  {row['template']}")
    return 2 if tell_problems(bad) else 0


def _code(units: Sequence[Unit]) -> int:
    if tell_problems(units):
        return 2
    return int(any(unit.plan and unit.plan.is_unfinished for unit in units))
