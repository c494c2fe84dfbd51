"""A fault in a file that rules look at, before it becomes a problem of a path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .fix import Fix

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """A fault at a line and column, counted from 1; ``severity`` is set if it differs from the rule's.

    ``code`` is the id of the rule that reports it, if one check finds the faults of several rules.
    ``other`` is the line of a conflicting value, or 0. ``fix`` is the one right change of the file's text, if there is
    one. ``path`` is set if the place is in another file.
    """

    line: int
    column: int
    message: str
    hint: str = ""
    severity: Severity | None = None
    code: str = ""
    other: int = 0
    fix: Fix | None = None
    path: str = ""


_MOST_LINES = 3  # that a message names


def also(lines: Iterable[int]) -> str:
    """Return the end of a message for the first of several lines with one cause: which the others are."""
    first, *others = dict.fromkeys(lines)
    more = f" and {len(others) - _MOST_LINES} more" if len(others) > _MOST_LINES else ""
    shown = ", ".join(map(str, others[:_MOST_LINES]))
    return f" (also in line{'s' * (len(others) > 1)} {shown}{more})" if first and others else ""


def told(one: Finding) -> str:
    """Return the message of a finding with its other place."""
    return f"{one.message}: see line {one.other}" if one.other else one.message
