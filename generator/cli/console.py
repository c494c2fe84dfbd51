"""The one place that prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from .. import report
from ..pipeline import Unit
from ..tree import LOCK_NAME, join
from ..worktree import Write
from .options import Format


def tell_problems(units: Sequence[Unit]) -> bool:
    """Print every problem of ``units``, and return whether there was one. Raises the first bug that one of them met."""
    problems = [problem for unit in units for problem in unit.problems]
    for problem in problems:
        err(report.problem_text(problem))
        if os.environ.get("GITHUB_ACTIONS") == "true":
            err(report.annotation("error", problem.path, problem.line, "scaffold", problem.message), command=True)
    for unit in units:
        if unit.bug:
            raise unit.bug
    return bool(problems)


def tell_writes(changes: Sequence[Write], quiet: bool) -> None:
    """Print which files a run made, changed and deleted; locks go without saying."""
    if quiet:
        return
    for one in changes:
        if one.path.rpartition("/")[2] == LOCK_NAME:
            continue
        verb = "deleted" if one.after is None else "created" if one.before is None else "updated"
        out(f"{verb} {one.path}")


def show_units(
    units: Sequence[Unit], fmt: Format, quiet: bool, *, strict: bool = False, done: Sequence[Unit] | None = None
) -> None:
    """Print what is not as it should be; after a run that wrote only conflicts, but as JSON all of ``done``."""
    if fmt is Format.JSON:
        shown = units if done is None else done
        out(report.dump([row for unit in shown for row in report.change_rows(unit, everything=False, strict=strict)]))
        return
    for unit in units:
        if fmt is Format.GITHUB:
            for line in report.change_annotations(unit):
                out(line, command=True)
            continue
        if unit.plan is None:
            continue
        if unit.plan.held:
            out(f"held      {unit.name}: its spec changed; take it off hold in .scaffold/config.yaml to regenerate it")
        for change in unit.plan.changes:
            if report.shown(change, strict=strict) and (done is None or change.conflicts):
                text = report.change_text(unit, change).rstrip("\n")
                out(report.coloured(report.safe(text)) if has_colour() else text)


def tell_notes(units: Sequence[Unit]) -> None:
    """Print what merging decided without asking."""
    for unit in units:
        for change in unit.plan.changes if unit.plan and not unit.plan.blocked else ():
            for note in change.notes:
                err(f"note: {join(unit.name, change.path)}: {note}")


def has_colour() -> bool:
    """Tell whether the result goes to a terminal that is to have colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def waiting(lock: str) -> None:
    """Say why nothing happens yet."""
    err(f"waiting for another scaffold run, which holds {lock}")


def out(text: str, *, command: bool = False) -> None:
    """Print a result; file text in it cannot reach the terminal's or the runner's commands."""
    _print(sys.stdout, text, command)


def err(text: str, *, command: bool = False) -> None:
    """Print a message about the run."""
    _print(sys.stderr, text, command)


def _print(stream: Any, text: str, command: bool) -> None:
    if not (command or (has_colour() and "\x1b[" in text)):
        text = report.safe(text, in_actions=os.environ.get("GITHUB_ACTIONS") == "true")
    data = f"{text}\n".encode("utf-8", "backslashreplace")
    stream.flush()
    stream.buffer.write(data)
    stream.flush()
