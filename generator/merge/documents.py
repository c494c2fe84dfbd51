"""The merge of three YAML texts: walked, edited, and shown to be right.

The result is parsed once. It has to mean what the walk says, to have every comment that it should have, and to change
no more when it is merged again: what cannot be shown is a conflict.
"""

from __future__ import annotations

from collections import Counter

from ..errors import Invalid
from . import streams
from .conflict import MAX_PARTS, TOO_LARGE, Merged, Settle, whole
from .edits import OverlapError, applied
from .fields import Walk
from .tree import Tree

_BLANK = " \t\r\n"
_LARGE = 500_000  # characters, below which no text has too many


def merge(base: str | None, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge three YAML texts with line feeds, at their ends too. What cannot be shown to be right is a conflict."""
    texts = (base or "", ours, theirs)
    trees: list[Tree] = []
    parts = 0
    for name, text in zip(("base", "yours", "generated"), texts, strict=True):
        try:
            trees.append(Tree(text, name))
        except Invalid as error:
            problem = error.problems[0]
            line = problem.line if name == "yours" else 1
            return whole(texts, f"{name} {problem.message}", settle, line, takes=name == "yours")
        parts += trees[-1].size if len(text) > _LARGE else 0
        if parts > MAX_PARTS:
            return whole(texts, TOO_LARGE, settle)
    walk = Walk(trees[0] if texts[0].strip(_BLANK) else None, trees[1], trees[2], settle.side)
    try:
        expected = streams.merge(walk)
        if walk.conflicts:
            return Merged(ours, tuple(sorted(walk.conflicts, key=lambda one: one.line)))
        merged = applied(ours, walk.edits.made)
    except OverlapError:
        return whole(texts, "the merge cannot be shown to be right", settle)
    if merged == ours and expected == streams.values(trees[1]):
        return Merged(ours, notes=tuple(walk.notes))
    reason = _wrong(walk, merged, expected, settle)
    return whole(texts, reason, settle) if reason else Merged(merged, notes=tuple(walk.notes))


def _wrong(walk: Walk, merged: str, expected: streams.Values, settle: Settle) -> str:
    """Return why a text is not the merge, or nothing."""
    try:
        tree = Tree(merged, "merged")
    except Invalid:
        return "the merge cannot be shown to be right"
    if streams.values(tree) != expected or _comments(tree) != _expected_comments(walk) or _is_captured(walk, tree):
        return "the merge cannot be shown to be right"
    if reason := _comment_fault(walk, tree):
        return reason
    again = Walk(walk.base, tree, walk.theirs, settle.side, again=True)
    try:
        streams.merge(again)
        stable = not again.conflicts and applied(merged, again.edits.made) == merged
    except OverlapError:
        stable = False
    return "" if stable else "merging twice would differ from merging once"


def _comment_fault(walk: Walk, tree: Tree) -> str:
    """Return what is wrong with the comments of a result: one of ours that is gone, or one that came twice.

    A comment of ours may go if theirs took it away, or with what the user chose theirs for.
    """
    b = _comments(walk.base) if walk.base else Counter()
    o, t, merged = (_comments(one) for one in (walk.ours, walk.theirs, tree))
    if not walk.taken and any(merged[one] < count - max(0, b[one] - t[one]) for one, count in o.items()):
        return "the comment that the template moved meets one of yours"
    if any(count > max(o[one], t[one], o[one] + t[one] - b[one]) for one, count in merged.items()):
        return "both sides moved a comment"
    return ""


def _comments(tree: Tree) -> Counter[str]:
    return Counter(tree.text[start:end] for start, end in tree.comments)


def _expected_comments(walk: Walk) -> Counter[str]:
    """Return the comments of ours, without those in spans that are edited, and with those that come with the edits."""
    expected = _comments(walk.ours)
    for one in walk.edits.made:
        expected.subtract(walk.ours.comments_in(one.start, one.end))
    expected.update(walk.edits.comments())
    return +expected


def _is_captured(walk: Walk, tree: Tree) -> bool:
    """Tell whether an anchor that came would take over aliases of ours."""
    if not tree.aliases:
        return False
    return any(tree.anchors[name] > walk.ours.anchors[name] > 0 for name in tree.aliases)
