"""A unit as planned, or what kept it from being planned."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Invalid, Problem
from .plan import Plan
from .tree import SPEC_NAME, join


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as planned: its plan, or what is wrong with it, and the text of its lock on disk.

    ``bug`` is an error that only a bug of ours can cause; the other units are planned all the same.
    """

    name: str
    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    lock_text: str | None = None
    bug: Exception | None = None


def failed(name: str, error: Exception) -> Unit:
    """Return the unit that an error left without a plan: what is wrong with it, or the bug that it met."""
    path = join(name, SPEC_NAME)
    if isinstance(error, Invalid):
        return Unit(name, None, error.problems)
    if isinstance(error, RecursionError | MemoryError):
        message = "cannot be planned: its spec, lock or files are nested too deeply or are too large"
        return Unit(name, None, (Problem(path, 1, 1, message, "make them smaller"),))
    message = f"is skipped because of a bug in scaffold: {type(error).__name__}"
    return Unit(name, None, (Problem(path, 1, 1, message, "report it with this unit's folder"),), bug=error)
