"""The result of planning a unit: its plan, or why it cannot be planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .errors import Invalid, Problem
from .plan import Change, Plan
from .tree import SPEC_NAME, join


@dataclass(frozen=True, slots=True)
class Unit:
    """A planned unit: its plan or its problems, and the text of its lock on disk.

    ``unsettled``: that lock has a conflict of git. ``newer_tool`` is the release that wrote it, if the plan rewrites it
    and the running release is older. ``bug`` is an exception that only a bug in scaffold can cause; the other units are
    planned regardless.
    """

    name: str
    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    lock_text: str | None = None
    bug: Exception | None = None
    unsettled: bool = False
    newer_tool: str = ""

    @property
    def drifts(self) -> bool:
        """Whether the unit makes ``diff`` exit 1."""
        return self.unsettled or bool(self.plan and self.plan.drifts)


def failure_of(name: str, error: Exception) -> Unit:
    """Return the unit that an exception left without a plan, with its problems or the bug."""
    path = join(name, SPEC_NAME)
    if isinstance(error, Invalid):
        return Unit(name, None, error.problems)
    if isinstance(error, RecursionError | MemoryError):
        message = "cannot be planned: its spec, lock or files are nested too deeply or are too large"
        return Unit(name, None, (Problem(path, 1, 1, message, "make them smaller"),))
    message = f"is skipped because of a bug in scaffold: {type(error).__name__}"
    return Unit(name, None, (Problem(path, 1, 1, message, "report it with this unit's folder"),), bug=error)


def twin_of(name: str, twin: str) -> Unit:
    """Return the unit whose folder many systems take for that of another unit."""
    specs = f"{join(twin, SPEC_NAME)} and {join(name, SPEC_NAME)}"
    how = "only in case" if twin.casefold() == name.casefold() else "only in how they are written"
    message = f"{specs} differ {how}, so they render the same paths on many systems"
    hint = "rename one; for a new unit, choose another --dir"
    return Unit(name, None, (Problem(join(name, SPEC_NAME), 1, 1, message, hint),))


def slim(unit: Unit) -> Unit:
    """Return a unit whose clean files have blank texts: they are neither shown nor written, and need no memory."""
    plan = unit.plan
    if plan is None:
        return unit
    changes = tuple(_blank(one) if one.state == "clean" and not one.drifts else one for one in plan.changes)
    return replace(unit, plan=replace(plan, changes=changes), lock_text=unit.lock_text if plan.lock else None)


def _blank(change: Change) -> Change:
    return Change(change.path, "", "", "", "", change.mode, notes=change.notes, reset=change.reset)


@contextmanager
def paths_in(unit: str) -> Iterator[None]:
    """Make the paths in problems of a unit's files relative to the root."""
    try:
        yield
    except Invalid as error:
        raise Invalid(replace(one, path=join(unit, one.path)) for one in error.problems) from None
