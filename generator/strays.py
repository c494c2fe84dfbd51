"""Workflows that a deleted unit left behind."""

from __future__ import annotations

from collections.abc import Iterator

from . import repository
from .choice import Choice
from .errors import Invalid
from .merge import Conflict
from .moved_units import MovedUnits
from .plan import Change, Plan
from .planned import Unit
from .tree import SPEC_NAME, join
from .worktree import Worktree


def stray_units(worktree: Worktree, choice: Choice, moved: MovedUnits) -> Iterator[Unit]:
    """Yield deleted units whose workflow still exists; only a person can decide that it is no longer needed.

    Settled for theirs, or reset, the workflow is deleted; for ours it loses its first line, and its owner. The workflow
    of a unit that was moved is not stray: it moves with the unit.
    """
    for path, gone in repository.stray_workflows(worktree.root):
        if join(gone, SPEC_NAME) in worktree.left_out or moved.continues(f"/{path}", gone):
            continue
        try:
            text = worktree.read(path) or ""
        except Invalid as error:
            yield Unit(gone, None, error.problems)
            continue
        side = "theirs" if choice.resets(path) else choice.settle(path).side("")
        merged = None if side == "theirs" else disowned(text) if side == "ours" else text
        reason = f"its spec {join(gone, SPEC_NAME)} is gone"
        conflicts = () if side else (Conflict("", 1, None, text, None, reason),)
        change = Change(f"/{path}", "", text, None, merged, conflicts=conflicts)
        yield Unit(gone, Plan(gone, "gone", (change,)))


def disowned(workflow: str) -> str:
    """Return a workflow without its first line, which names the unit that it belongs to."""
    return workflow.partition("\n")[2]
