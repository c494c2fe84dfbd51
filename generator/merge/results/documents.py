"""Merge three YAML texts: walk, edit, and verify the result."""

from __future__ import annotations

from ...errors import Invalid
from ..outcome import MAX_PARTS, TOO_LARGE, Merged, Settle, removed_note, whole
from ..syntax import titles
from ..syntax.spantree import SpanTree
from ..walk.writer import Trees
from .attempts import attempt, lost_comments, missing_markers, narrowed

_BLANK = " \t\r\n"
_LARGE = 500_000  # characters, below which no text has too many


def merge_documents(base: str | None, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge three YAML texts with line feeds, also at their ends. A merge that cannot be verified is a conflict."""
    texts = (base or "", ours, theirs)
    read: list[SpanTree] = []
    parts = 0
    for name, text in zip(("base", "yours", "generated"), texts, strict=True):
        try:
            read.append(SpanTree(text, name))
        except Invalid as error:
            problem = error.problems[0]
            line = problem.line if name == "yours" else 1
            return whole(texts, f"{name} {problem.message}", settle, line, takes=name == "yours")
        parts += read[-1].size if len(text) > _LARGE else 0
        if parts > MAX_PARTS:
            return whole(texts, TOO_LARGE, settle)
    trees = Trees(read[0] if texts[0].strip(_BLANK) else None, read[1], read[2])
    several = any(tree and len(tree.documents) > 1 for tree in (trees.base, trees.ours, trees.theirs))
    if not several or not titles.is_vague(settle):
        return _merged(trees, settle)
    seen = _merged(trees, Settle()).conflicts
    while True:
        merged = _merged(trees, settle)
        seen += merged.conflicts
        full = titles.with_documents(settle, seen)
        if full == settle:
            return merged
        settle = full


def _merged(trees: Trees, settle: Settle) -> Merged:
    """Merge three trees."""
    tried = attempt(trees, settle.side)
    conflicts = tried.walk.conflicts
    reason = tried.reason
    if conflicts:
        # Fields that cannot be verified after these are settled are reported together with them.
        told = {one.field for one in conflicts}
        tried = attempt(trees, lambda field: settle.side(field) or ("ours" if field in told else None))
    if tried.reason:
        tried = narrowed(trees, tried)
        if tried.reason and not conflicts:
            base = trees.base.text if trees.base else ""
            return whole((base, trees.ours.text, trees.theirs.text), reason, settle)
    conflicts = [*conflicts, *(one for one in tried.walk.conflicts if one not in conflicts)]
    conflicts += [one for one in tried.walk.kept if settle.side(one.field) is None]
    if conflicts:
        return Merged(trees.ours.text, tuple(sorted(conflicts, key=lambda one: one.line)))
    notes = [f"{one.field}: yours is kept, since {one.reason}" for one in tried.walk.kept]
    if tried.walk.taken:
        notes += map(removed_note, lost_comments(trees, tried.text))
    notes += [f"the generated marker is left out: {one}" for one in missing_markers(trees, tried.text)]
    return Merged(tried.text, notes=(*tried.walk.notes, *notes))
