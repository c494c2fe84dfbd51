"""Pieces of rendered output that know their line in the template, and those of them that a filter leaves. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class TracedPiece(NamedTuple):
    """A piece of output: the line of the template that produced it, and the filters of the expression that did.

    ``filters`` is None for the template's own text, which may have several lines and begins in ``line``. ``is_cut``
    says of other pieces that the expression produced further lines, which are in other pieces.
    """

    line: int
    text: str
    filters: tuple[str, ...] | None
    is_cut: bool = False

    @property
    def spans(self) -> bool:
        """Whether an expression produced this piece and has text in several lines."""
        return self.filters is not None and (self.is_cut or "\n" in self.text[:-1])


def filtered_pieces(
    inside: Sequence[TracedPiece], text: str, line: int, filters: tuple[str, ...]
) -> Iterator[TracedPiece]:
    """Yield the pieces of the text that the filters of a block in ``line`` made of the pieces inside.

    Lines that are the same apart from blanks at their ends are from where they were. Other lines are from the block's
    line, those between two such lines in one piece.
    """
    whole = "".join(one.text for one in inside)
    if text == whole:
        yield from inside
        return
    from .merge.syntax.align import aligned  # noqa: PLC0415 - only for a filter that changes its text

    before, after = _lines_with_ends(whole), _lines_with_ends(text)
    pairs = aligned([one.strip() for one in before], [one.strip() for one in after])
    known = _TextOfPieces.of(inside)
    starts = [0, *accumulate(map(len, before))]
    at = 0
    for run in _runs(pairs, before, after):
        if at < run.new:
            yield TracedPiece(line, "".join(after[at : run.new]), filters)
        start, end = starts[run.old], starts[run.old + run.size]
        if run.is_same:
            yield from known.between(start, end)
        else:
            yield from known.reindented(start, before[run.old], after[run.new])
        at = run.new + run.size
    if at < len(after):
        yield TracedPiece(line, "".join(after[at:]), filters)


def _lines_with_ends(text: str) -> list[str]:
    """Return the lines of a text, each with the line feed that ends it; the last one may have none."""
    *ended, last = text.split("\n")
    return [*(f"{one}\n" for one in ended), *([last] if last else [])]


class _LeftLines(NamedTuple):
    """Lines of the text inside, from ``old``, that a filter left, from ``new``; one with other blanks is alone."""

    old: int
    new: int
    size: int
    is_same: bool


def _runs(pairs: Iterable[tuple[int, int]], before: Sequence[str], after: Sequence[str]) -> Iterator[_LeftLines]:
    """Yield the runs of pairs of lines, which rise on both sides."""
    first, next_old, next_new = (0, 0), 0, 0  # the run so far, of lines that are the same
    for old, new in pairs:
        is_same = before[old] == after[new]
        if not (is_same and old == next_old and new == next_new):
            if first[0] < next_old:
                yield _LeftLines(*first, next_old - first[0], True)
            first = (old, new)
        if is_same:
            next_old, next_new = old + 1, new + 1
        else:
            yield _LeftLines(old, new, 1, False)
            first, next_old, next_new = (0, 0), 0, 0
    if first[0] < next_old:
        yield _LeftLines(*first, next_old - first[0], True)


@dataclass(frozen=True)
class _TextOfPieces:
    """The text of pieces, each of which begins at its place in ``starts``."""

    pieces: Sequence[TracedPiece]
    starts: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[TracedPiece]) -> _TextOfPieces:
        return cls(pieces, [0, *accumulate(len(one.text) for one in pieces)])

    def between(self, start: int, end: int) -> Iterator[TracedPiece]:
        """Yield the pieces of a part of the text, the first and the last one cut."""
        for number in range(bisect_right(self.starts, start) - 1, len(self.pieces)):
            piece, at = self.pieces[number], self.starts[number]
            if at >= end:
                return
            first = max(start - at, 0)
            part = piece.text[first : end - at]
            if len(part) == len(piece.text):
                yield piece
            else:
                line = piece.line + (piece.text.count("\n", 0, first) if piece.filters is None else 0)
                yield TracedPiece(line, part, piece.filters, piece.spans)

    def reindented(self, start: int, before: str, after: str) -> Iterator[TracedPiece]:
        """Yield the pieces of a line that begins at ``start``, with the blanks around its visible text that it now has.

        Those blanks are no text of the template any more, and are from the line of what is beside them.
        """
        visible = before.strip()
        first = start + len(before) - len(before.lstrip())
        kept = list(self.between(first, first + len(visible)) if visible else self.between(start, start + len(before)))
        lead, tail = after[: len(after) - len(after.lstrip())], after[len(after.rstrip()) :]
        if lead:
            yield TracedPiece(kept[0].line, lead, ())
        if visible:
            yield from kept
        if visible and tail:
            yield TracedPiece(kept[-1].line, tail, ())
