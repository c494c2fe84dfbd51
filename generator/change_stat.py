"""The files that differ, and how many lines regenerating adds and removes in each. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import report
from .file_diff import unified
from .plan import Change
from .planned import Unit
from .printable import Line
from .tree import join


def stat_lines(units: Sequence[Unit], *, strict: bool = False) -> Iterator[Line]:
    """Yield a line for each file that ``diff`` shows, with its state and the changed lines, and one with the totals."""
    every = [(unit.name, change) for unit in units for change in (unit.plan.changes if unit.plan else ())]
    rows = [
        (change.state, join(unit, change.path), _changed_lines(unit, change))
        for unit, change in every
        if report.shown(change, strict=strict)
    ]
    width = max((len(path) for _, path, _ in rows), default=0)
    for state, path, (plus, minus) in rows:
        counts = [("added", f"+{plus}"), ("", " "), ("removed", f"-{minus}")]
        yield [(state, f"{state:<9}"), ("", f" {path:<{width}} "), *counts]
    plus, minus = (sum(counts[side] for _, _, counts in rows) for side in (0, 1))
    yield f"{len(rows)} file{'' if len(rows) == 1 else 's'}, +{plus} -{minus}"


def _changed_lines(unit: str, change: Change) -> tuple[int, int]:
    """Return how many lines regenerating adds and removes; none for a conflict."""
    lines = unified(unit, change).split("\n")
    lines = lines[next((number for number, one in enumerate(lines) if one.startswith("@@")), len(lines)) :]
    return sum(one.startswith("+") for one in lines), sum(one.startswith("-") for one in lines)
