"""What users can cause: problems with a place, a reason and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

# What code may ask of a fault: its words are for people, and nothing but a test compares them.
Code = Literal["", "duplicate-key", "symbolic-link"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, what, and what to do.

    ``path`` is relative to the root with ``/``, or a command line option; ``line`` and ``column`` count from 1, 0 means
    that there is no place. ``code`` names the fault for code that treats it in its own way, ``""`` where none does.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    rule: str = ""
    severity: str = "error"
    code: Code = field(default="", compare=False)


class Invalid(Exception):  # noqa: N818 - a state of the user's input, not an error of ours
    """Input that cannot be used. Carries every problem found, and the exit code 2."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in self.problems))


class TooLarge(Invalid):
    """Input beyond a limit of ours: nothing is known to be wrong with it."""


def invalid(path: str, message: str, hint: str = "", *, line: int = 0, column: int = 0, code: Code = "") -> Invalid:
    """Return an :class:`Invalid` with one problem."""
    return Invalid(Problem(path, line, column, message, hint, code=code))
