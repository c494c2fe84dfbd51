"""Three-way merge of lines by the merge3 library, and the division of conflicts that consist of several changes.

A division is only a proposal, which the caller verifies.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from merge3 import Merge3

from ..outcome import Settle, Side
from .align import aligned, equal

Lines = list[str]


@dataclass(frozen=True)
class Hunk:
    """Lines that both sides changed. ``line`` is the first of them in ours, from 1."""

    base: Lines
    ours: Lines
    theirs: Lines
    line: int


Segment = Lines | Hunk


# Texts that have more lines, or more pairs of equal lines, are aligned by their unique lines first.
MAX_LINES = 1_500
MAX_EQUAL = 40_000


class _Matcher(difflib.SequenceMatcher[str]):
    """A SequenceMatcher without the heuristic that treats frequent lines as noise, and never in quadratic time.

    A plain SequenceMatcher scans all lines again for each block that it finds.
    """

    def __init__(self, isjunk: None, a: Lines, b: Lines) -> None:
        self.one, self.other = a, b
        self.opcodes = None  # computed on demand

    def get_matching_blocks(self) -> list[difflib.Match]:
        """Return the blocks of lines that are equal, and an empty one at the end."""
        if len(self.one) + len(self.other) <= MAX_LINES and equal(self.one, self.other) <= MAX_EQUAL:
            super().__init__(None, self.one, self.other, autojunk=False)
            return self.slid(super().get_matching_blocks())
        blocks: list[difflib.Match] = []
        a = b = size = 0
        for i, j in aligned(self.one, self.other):
            if (i, j) == (a + size, b + size):
                size += 1
                continue
            blocks += [difflib.Match(a, b, size)] if size else []
            a, b, size = i, j, 1
        blocks += [difflib.Match(a, b, size)] if size else []
        return self.slid([*blocks, difflib.Match(len(self.one), len(self.other), 0)])

    def slid(self, blocks: list[difflib.Match]) -> list[difflib.Match]:
        """Return blocks with lines that only one text has moved down as far as possible, as git does.

        So insertions of both sides in one place meet there, next to whichever of several equal lines they are.
        """
        out = [difflib.Match(0, 0, 0)]
        for a, b, size in blocks:
            last = out[-1]
            low, other = last.a + last.size, last.b + last.size
            by = 0
            if low == a and other < b:
                while by < size and self.other[other + by] == self.other[b + by]:
                    by += 1
            elif low < a and other == b:
                while by < size and self.one[low + by] == self.one[a + by]:
                    by += 1
            out[-1] = difflib.Match(last.a, last.b, last.size + by)
            if by < size or a + size == len(self.one):
                out.append(difflib.Match(a + by, b + by, size - by))
        return [one for one in out[:-1] if one.size] + [difflib.Match(len(self.one), len(self.other), 0)]


def split_lines(text: str) -> Lines:
    """Return the lines of a text with their newlines."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def merge_lines(base: str, ours: str, theirs: str, *, finer: bool) -> list[Segment]:
    """Return the merge as lines that are decided and hunks that are not, in order.

    An empty base is replaced by the lines that both sides have in common.
    """
    b, o, t = split_lines(base), split_lines(ours), split_lines(theirs)
    if not b:
        b = [line for block in _Matcher(None, o, t).get_matching_blocks() for line in o[block.a : block.a + block.size]]
    segments: list[Segment] = []
    for region in Merge3(b, o, t, sequence_matcher=_Matcher).merge_regions():  # type: ignore[arg-type]
        match region:
            case ("conflict", int(b1), int(b2), o1, o2, t1, t2):
                hunk = Hunk(b[b1:b2], o[o1:o2], t[t1:t2], o1 + 1)
                segments += _refined(hunk) if finer else [hunk]
            case ("unchanged", start, end):
                segments.append(b[start:end])
            case ("b", start, end):
                segments.append(t[start:end])
            case (_, start, end):
                segments.append(o[start:end])
    return segments


def hunks(segments: Iterable[Segment]) -> list[Hunk]:
    """Return the undecided hunks."""
    return [one for one in segments if isinstance(one, Hunk)]


def resolved_text(segments: Iterable[Segment], side: Side) -> str:
    """Return the text of a merge, with undecided hunks taken from one side."""
    out: Lines = []
    for one in segments:
        out += one if not isinstance(one, Hunk) else one.ours if side == "ours" else one.theirs
    return "".join(out)


def settled_hunks(segments: Iterable[Segment], settle: Settle) -> list[Segment]:
    """Return the segments with the hunks that the user settled, by line number or with the whole file."""
    out: list[Segment] = []
    for one in segments:
        side = settle.side(str(one.line)) if isinstance(one, Hunk) else None
        out.append(one if side is None or not isinstance(one, Hunk) else one.ours if side == "ours" else one.theirs)
    return out


def is_stable(base: str, ours: str, theirs: str, text: str) -> bool:
    """Return whether merging a merged text again leaves it unchanged."""
    again = merge_lines(base, text, theirs, finer=False)
    return (not hunks(again) and resolved_text(again, "ours") == text) or ours in _without(base, text, theirs)


def has_arrived(base: str, ours: str, theirs: str) -> bool:
    """Return whether ours already contains what theirs changed.

    Frequent lines (blank ones, a repeated call) may be aligned differently once a change of theirs is applied, so that
    merging again would insert it a second time. So the change is removed and merged again: ours has it if the result
    is ours.
    """
    return any(
        not hunks(again) and resolved_text(again, "ours") == ours
        for text in _without(base, ours, theirs)
        if text != ours
        for again in [merge_lines(base, text, theirs, finer=False)]
    )


def _without(base: str, ours: str, theirs: str) -> Iterator[str]:
    """Yield ours without the changes of theirs; where changes of both meet, without them and with them."""
    segments = merge_lines(theirs, ours, base, finer=False)
    yield resolved_text(segments, "theirs")
    if hunks(segments):
        yield resolved_text(segments, "ours")


def with_markers(segments: Iterable[Segment], names: tuple[str, str, str]) -> str:
    """Return the merge with git's markers, base included, around undecided hunks; names of base, ours, theirs."""
    out: Lines = []
    for one in segments:
        if isinstance(one, Hunk):
            out += [f"<<<<<<< {names[1]}\n", *_ended(one.ours), f"||||||| {names[0]}\n", *_ended(one.base)]
            out += ["=======\n", *_ended(one.theirs), f">>>>>>> {names[2]}\n"]
        else:
            out += one
    return "".join(out)


def _refined(hunk: Hunk) -> list[Segment]:
    """Divide a hunk if one side changed lines one for one, and the other added or removed lines around them."""
    b, o, t = hunk.base, hunk.ours, hunk.theirs
    if len(b) == len(o) == len(t):
        return [_one(*three, hunk.line + n) for n, three in enumerate(zip(b, o, t, strict=True))]
    if not b:  # both added lines: those of one may be among those of the other
        for large, small in ((o, t), (t, o)):
            if _is_inside(small, large):
                return [large]
    for near, far in ((o, t), (t, o)):
        woven = _woven(b, near, far) if b and len(near) == len(b) else None
        if woven is not None:
            return [woven]
    return [hunk]


def _is_inside(small: Lines, large: Lines) -> bool:
    """Return whether lines occur among others contiguously; strings are searched in linear time."""
    if small and not small[-1].endswith("\n"):
        return large[-len(small) :] == small
    return f"\n{''.join(small)}" in f"\n{''.join(large)}"


def _one(base: str, ours: str, theirs: str, line: int) -> Segment:
    if theirs in (ours, base):
        return [ours]
    return [theirs] if ours == base else Hunk([base], [ours], [theirs], line)


def _woven(base: Lines, near: Lines, far: Lines) -> Lines | None:
    """Put the changes of ``far`` into ``near``, which has a line for each of ``base``; None if they overlap."""
    out: Lines = []
    for tag, i1, i2, j1, j2 in _Matcher(None, base, far).get_opcodes():
        if tag == "equal":
            out += near[i1:i2]
        elif near[i1:i2] == base[i1:i2]:
            out += far[j1:j2]
        else:
            return None
    return out


def _ended(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1] if lines[-1].endswith("\n") else f"{lines[-1]}\n"] if lines else []
