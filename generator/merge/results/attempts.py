"""Try a merge and verify it, and find the fields that prevent one.

A result is parsed once. It must have the value that the walk computed, and every comment that it should have, and must
not change when it is merged again. If not, the merge is tried again with fields kept as in ours, until the narrowest
ones are found without which the rest can be verified: those are conflicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import Invalid
from ...fits import consistent
from ..descent import streams
from ..descent.fieldwise import merge_entry
from ..entries import together
from ..outcome import TWICE, Side
from ..syntax import parts
from ..syntax.edits import OverlapError, applied
from ..syntax.spantree import SpanTree
from ..walk.bound import LOOSE, Bound, Held, Seen
from ..walk.context import Choose, Walk
from ..walk.writer import Trees

MAX_ATTEMPTS = 40  # to find the narrowest fields; then those found so far are used
MAX_TRIED = 400_000  # characters of all attempts, beyond the minimum number
FEWEST = 5
MAX_ROUNDS = 5  # rounds of new misfits after fields of others were taken from one side
UNSHOWN = "the merge cannot be verified"

SIDES: tuple[Side, Side] = ("ours", "theirs")


@dataclass(frozen=True)
class Attempt:
    """A merge, and why it is wrong; no reason if it is right or has conflicts."""

    walk: Walk
    text: str
    reason: str = ""


def attempt(trees: Trees, choose: Choose, held: frozenset[Held] = frozenset(), reason: str = "") -> Attempt:
    """Merge three trees; fields that are ``held`` are kept as in ours, for the reason given.

    Fields that violate a constraint only together are taken from one side, or are a conflict.
    """
    walk = Walk(trees, choose, merge_entry, held=held, reason=reason)
    found, unfit = _walked(trees, walk, frozenset())
    if not unfit:
        return found
    seen = Seen()
    groups = _together(trees, choose, held, seen)
    walk = Walk(trees, choose, merge_entry, held=held, reason=reason)
    return _walked(trees, walk, together.bind(walk, seen, groups))[0]


def _together(trees: Trees, choose: Choose, held: frozenset[Held], seen: Seen) -> list[Bound]:
    """Return the groups of fields that must come from one side; fills ``seen``."""
    groups: list[Bound] = []
    for _ in range(MAX_ROUNDS):
        before = {one.fields for one in groups}
        for side in SIDES:
            look = Walk(trees, choose, merge_entry, held=held, seen=seen)
            accepted = together.bind(look, seen, groups, side)
            told = [one for one in _unfit(look, streams.merge_streams(look)) if one.name not in accepted]
            groups = together.bound_groups(look, seen, told, groups)
        if before == {one.fields for one in groups}:
            break
    return groups


def _walked(trees: Trees, walk: Walk, accepted: frozenset[str]) -> tuple[Attempt, bool]:
    """Return the merge of a walk, and whether it is wrong because constraints are violated."""
    ours = trees.ours.text
    try:
        expected = streams.merge_streams(walk)
        if walk.conflicts:
            return Attempt(walk, ours), False
        merged = applied(ours, walk.edits.made)
    except OverlapError:
        return Attempt(walk, ours, UNSHOWN), False
    if merged == ours and expected == streams.stream_values(trees.ours):
        return Attempt(walk, ours), False
    if unfit := [one.reason for one in _unfit(walk, expected) if one.name not in accepted]:
        return Attempt(walk, merged, min(unfit)), True
    reason = _wrong(walk, merged, expected)
    return Attempt(walk, _settled(walk, merged) if walk.taken and not reason else merged, reason), False


def _unfit(walk: Walk, expected: streams.Values) -> list[consistent.Misfit]:
    """Return the constraints that a result violates and each side keeps."""
    if not any(map(consistent.is_judged, expected)):
        return []
    ours, theirs = ([tree.value(one) for one in tree.roots] for tree in (walk.ours, walk.theirs))
    base = [walk.base.value(one) for one in walk.base.roots] if walk.base else None
    changed = [consistent.changed_keys(base, one) for one in (ours, theirs)] if base is not None else []
    if not all(changed):
        return []  # one side changed nothing
    if walk.bound or walk.taken or walk.held:  # a part of a side's changes may be missing
        changed = []
    if not (found := consistent.misfits(expected, changed)):
        return []
    known = consistent.misfits([*ours, *theirs])
    if len(expected) == len(ours) == len(theirs) == 1:
        return [one for one in found if one.rule not in {other.rule for other in known}]
    return [one for one in found if one.name not in {other.name for other in known}]


def _settled(walk: Walk, merged: str) -> str:
    """Return a correct merge with the blank lines that merging it again would add around settled fields."""
    again = _again(walk, SpanTree(merged, "merged"), walk.held)
    try:
        streams.merge_streams(again)
        text = applied(merged, again.edits.made)
        same = _said(text) == _said(merged) and streams.stream_values(
            SpanTree(text, "merged")
        ) == streams.stream_values(again.ours)
    except (Invalid, OverlapError):
        return merged
    return text if same else merged


def _said(text: str) -> list[str]:
    return [one for one in text.split("\n") if one.strip()]


def narrowed(trees: Trees, tried: Attempt) -> Attempt:
    """Return a correct merge without the narrowest fields that prevent one, or what was tried."""
    search = _Search(trees, tried)
    roots = [one for one in tried.walk.entered if not one[1]]
    search.narrow(frozenset(roots))
    return search.best or tried


class _Search:
    """A search for the narrowest fields without which the rest of a merge is correct."""

    def __init__(self, trees: Trees, tried: Attempt) -> None:
        self.trees = trees
        self.choose = tried.walk.choose
        self.reason = tried.reason
        self.below: dict[Held, list[Held]] = {}
        for number, where in dict.fromkeys(tried.walk.entered):
            if where:
                self.below.setdefault((number, where[:-1]), []).append((number, where))
        self.best: Attempt | None = None
        self.left = max(FEWEST, min(MAX_ATTEMPTS, MAX_TRIED // max(1, len(trees.ours.text))))

    def narrow(self, held: frozenset[Held]) -> None:
        """Replace fields by the ones below them, as few as are needed."""
        for one in sorted(held):
            rest = held - {one}
            children = self.below.get(one, [])
            if not children or not self.is_right(rest | frozenset(children)):
                continue
            few = self.needed(children, rest)
            held = rest | frozenset(few)
            self.narrow(held)

    def needed(self, fields: Sequence[Held], others: frozenset[Held]) -> list[Held]:
        """Return a minimal set of fields to hold in addition to ``others``; holding all of them is enough."""
        if len(fields) == 1:
            return list(fields)
        half = len(fields) // 2
        parts = fields[:half], fields[half:]
        for part in parts:
            if self.is_right(others | frozenset(part)):
                return self.needed(part, others)
        first = self.needed(parts[0], others | frozenset(parts[1]))
        return first + self.needed(parts[1], others | frozenset(first))

    def is_right(self, held: frozenset[Held]) -> bool:
        """Return whether a merge with these fields held is correct."""
        if not self.left:
            return False
        self.left -= 1
        found = attempt(self.trees, self.choose, held, self.reason)
        if found.reason or found.walk.conflicts:
            return False
        self.best = found
        return True


def _wrong(walk: Walk, merged: str, expected: streams.Values) -> str:
    """Return why a text is not a correct merge, or ``""``."""
    try:
        tree = SpanTree(merged, "merged")
    except Invalid:
        return UNSHOWN
    if (
        streams.stream_values(tree) != expected
        or _comments(tree) != _expected_comments(walk)
        or _is_captured(walk, tree)
    ):
        return UNSHOWN
    if reason := _comment_fault(walk, tree):
        return reason
    held = frozenset(one for one in walk.held if one[1][-1:] != (LOOSE,))  # fields that only have a note must be stable
    again = _again(walk, tree, held, again=True)
    try:
        streams.merge_streams(again)
        stable = not again.conflicts and applied(merged, again.edits.made) == merged
    except OverlapError:
        stable = False
    return "" if stable else TWICE


def _again(walk: Walk, merged: SpanTree, held: frozenset[Held], *, again: bool = False) -> Walk:
    """Return a walk over the result of one; documents keep their names."""
    found = Walk(Trees(walk.base, merged, walk.theirs), walk.choose, walk.descend, held=held, again=again)
    found.titles = {token: title for token, title in walk.titles.items() if token not in walk.mine}
    found.bound, found.matcher = walk.bound, walk.matcher
    return found


def _comment_fault(walk: Walk, tree: SpanTree) -> str:
    """Return the fault of a result's comments: one of ours is lost, or one is duplicated.

    A comment of ours may go if theirs removed it, or with a field for which the user chose theirs.
    """
    b = _comments(walk.base) if walk.base else Counter()
    o, t, merged = (_comments(one) for one in (walk.ours, walk.theirs, tree))
    if not walk.taken and any(merged[one] < count - max(0, b[one] - t[one]) for one, count in o.items()):
        return "the template moved a comment to where you have one"
    if any(count > max(o[one], t[one], o[one] + t[one] - b[one]) for one, count in merged.items()):
        return "both sides moved a comment"
    return ""


def lost_comments(trees: Trees, text: str) -> list[str]:
    """Return the comments of ours that a merged text no longer has, and that theirs did not remove."""
    if not trees.ours.comments:
        return []
    b = _comments(trees.base) if trees.base else Counter()
    lost = _comments(trees.ours) - _comments(SpanTree(text, "merged")) - (b - _comments(trees.theirs))
    return list(lost.elements())


def missing_markers(trees: Trees, text: str) -> list[str]:
    """Return the new markers of theirs that a merged text has nowhere: their place is gone, or written as an alias."""
    b = _comments(trees.base) if trees.base else Counter()
    new = [one for one in _comments(trees.theirs) - b if parts.is_marker(one) and one not in text]
    return sorted(new)


def _comments(tree: SpanTree) -> Counter[str]:
    return Counter(tree.text[start:end] for start, end in tree.comments)


def _expected_comments(walk: Walk) -> Counter[str]:
    """Return the comments of ours without those in edited spans, and with those in the edits."""
    expected = _comments(walk.ours)
    for one in walk.edits.made:
        expected.subtract(walk.ours.comments_in(one.start, one.end))
    expected.update(walk.edits.comments())
    return +expected


def _is_captured(walk: Walk, tree: SpanTree) -> bool:
    """Return whether a new anchor would capture aliases of ours."""
    if not tree.aliases:
        return False
    return any(tree.anchors[name] > walk.ours.anchors[name] > 0 for name in tree.aliases)
