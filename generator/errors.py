"""Errors caused by user input: problems with a place, a message and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .fix import Fix

# Identifies a fault for code: messages are for people, and only tests compare them.
Code = Literal["", "duplicate-key", "symbolic-link"]


@dataclass(frozen=True, order=True)
class Problem:
    """A problem: its place, the message, and a hint that says what to do.

    ``path`` is relative to the root with ``/``, or a command line option; ``line`` and ``column`` count from 1, 0 means
    none. ``code`` identifies the fault for code that handles it specially, ``""`` if none does. ``fix`` is the one
    right change of the file's text, if there is one.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    rule: str = ""
    severity: str = "error"
    code: Code = field(default="", compare=False)
    fix: Fix | None = field(default=None, compare=False)


class Invalid(Exception):  # noqa: N818 - a state of the user's input, not a program error
    """Input that cannot be used. Carries every problem found, and the exit code 2."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in self.problems))


class TooLarge(Invalid):
    """Input beyond a size limit; otherwise it may be valid."""


def invalid(path: str, message: str, hint: str = "", *, line: int = 0, column: int = 0, code: Code = "") -> Invalid:
    """Return an :class:`Invalid` with one problem."""
    return Invalid(Problem(path, line, column, message, hint, code=code))
