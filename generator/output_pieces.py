"""Pieces of rendered output that know their line in the template, and those of them that a filter leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    if text == "".join(one.text for one in inside):
        yield from inside
        return
    from .merge.syntax.align import aligned  # noqa: PLC0415 - only for a filter that changes its text

    before, after = _by_line(inside), _lines_with_ends(text)
    pairs = aligned(["".join(one.text for one in each).strip() for each in before], [one.strip() for one in after])
    at = 0
    for old, new in [*pairs, (len(before), len(after))]:
        if at < new:
            yield TracedPiece(line, "".join(after[at:new]), filters)
        if new < len(after):
            yield from _reindented(before[old], after[new])
        at = new + 1


def _lines_with_ends(text: str) -> list[str]:
    """Return the lines of a text, each with the line feed that ends it; the last one may have none."""
    *ended, last = text.split("\n")
    return [*(f"{one}\n" for one in ended), *([last] if last else [])]


def _by_line(pieces: Iterable[TracedPiece]) -> list[list[TracedPiece]]:
    """Return the pieces of each line, after those with text of several lines are cut."""
    lines: list[list[TracedPiece]] = []
    is_ended = True
    for piece in pieces:
        for number, part in enumerate(_lines_with_ends(piece.text)):
            if is_ended:
                lines.append([])
            line = piece.line + (number if piece.filters is None else 0)
            lines[-1].append(TracedPiece(line, part, piece.filters, piece.spans))
            is_ended = part.endswith("\n")
    return lines


def _reindented(pieces: Sequence[TracedPiece], text: str) -> Iterator[TracedPiece]:
    """Yield the pieces of a line that has become ``text``, with other blanks before and after what is visible."""
    known = "".join(one.text for one in pieces)
    if text == known:
        yield from pieces
        return
    visible = known.strip()
    start = len(known) - len(known.lstrip())
    end = start + len(visible)
    kept, at = [], 0
    for one in pieces:
        part = one.text[max(start - at, 0) : max(end - at, 0)]
        kept += [one._replace(text=part)] if part else []
        at += len(one.text)
    first, last = (kept[0].line, kept[-1].line) if kept else (pieces[0].line, pieces[-1].line)
    # The blanks are no text of the template any more, and no filter's that is worth naming.
    yield TracedPiece(first, text[: len(text) - len(text.lstrip())], ())
    yield from kept
    yield TracedPiece(last, text[len(text.rstrip()) :] if visible else "", ())
