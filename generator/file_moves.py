"""Which generated files have another path than last time: the template's file tells them apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .lock import Locked
from .question import Question
from .render import Rendered
from .tree import OWNER_LINE, Tree


def moved_targets(
    bases: Mapping[str, Locked], rendered: Rendered, theirs: Tree, ours: Tree, question: Question
) -> dict[str, str]:
    """Map new to old paths of files, also missed ones, that the same template path now renders to an unused path."""
    by_origin = {rendered.origins[path]: path for path in theirs if path not in bases and path not in ours}
    return {
        new: path
        for path, one in bases.items()
        if path not in theirs and (new := by_origin.get(one.origin)) and (path in ours or question.missing(new))
    }


def followed_by_hand(bases: Mapping[str, Locked], rendered: Rendered, theirs: Tree, ours: Tree) -> dict[str, Locked]:
    """Return what was generated last, at the new paths of the files that the user has moved there.

    A file is moved if its old path is gone on disk, and its template path now renders to a path that has a file.
    """
    targets = {rendered.origins[path]: path for path in theirs if path in ours and path not in bases}
    moved = {
        path: new
        for path, one in bases.items()
        if path not in theirs and path not in ours and (new := targets.get(one.origin))
    }
    return {moved.get(path, path): one for path, one in bases.items()}


def with_owner_line(path: str, base: str | None, ours: str, theirs: str) -> tuple[str | None, str]:
    """Return base and ours of a workflow with the first line of theirs, which names its owner.

    Only if ours has that line as in base.
    Comments merge as blocks: with a comment of the user next to it, the line would stay as it is when its unit moves.
    """
    if not path.startswith("/") or base is None or base.partition("\n")[0] != ours.partition("\n")[0]:
        return base, ours
    first = theirs.partition("\n")[0]
    whole = [f"{first}\n{one.partition(chr(10))[2]}" for one in (base, ours)]
    return (whole[0], whole[1]) if first.startswith(OWNER_LINE) else (base, ours)
