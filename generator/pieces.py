"""Pieces of templates: texts of ``templates/shared`` that several templates have, put in before Jinja reads a text.

A line ``{% piece "NAME" %}`` is replaced by the piece's text, indented like the line. A piece is Jinja text and may
have pieces; the variable ``at`` has its indentation, for values of several lines. Only names of this installation's
pieces are known, so that a template cannot read another file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

from . import assets

_MARK, _END = '{% piece "', '" %}'
_DEPTH = 8
_MAX_LINES = 200_000


class PieceLine(NamedTuple):
    """A line of a text with its pieces: the piece that it is from, ``""`` for the text itself, and its line there."""

    text: str
    piece: str
    line: int


def with_pieces(text: str) -> str:
    """Return a template's text with its pieces. Raises KeyError for an unknown piece."""
    return "\n".join(one.text for one in piece_lines(text)) if _MARK in text else text


@cache
def piece_lines(text: str) -> tuple[PieceLine, ...]:
    """Return the lines of a template's text with its pieces, and where each is from. Raises KeyError."""
    found = tuple(islice(_lines(text, "", 0, _DEPTH), _MAX_LINES + 1))
    if len(found) > _MAX_LINES and _MARK in text:
        raise KeyError(f"with its pieces, it has more than {_MAX_LINES} lines")
    return found


def place_in_pieces(text: str, line: int) -> tuple[str, int]:
    """Return the piece, ``""`` for the text itself, and the line there of a line of a text with its pieces."""
    table = piece_lines(text)
    found = table[min(line, len(table)) - 1]
    return found.piece, found.line


def _lines(text: str, piece: str, indent: int, depth: int) -> Iterator[PieceLine]:
    for number, line in enumerate(text.split("\n"), 1):
        plain = line.lstrip(" ")
        if not (plain.startswith(_MARK) and plain.endswith(_END)):
            yield PieceLine(line, piece, number)
            continue
        blanks, name = line[: -len(plain)], plain[len(_MARK) : -len(_END)]
        if not depth:
            raise KeyError(f"the piece {name!r} has too many pieces in each other")
        inner = indent + len(blanks)
        # A scope of its own, so that a piece sees the values around it and changes none.
        yield PieceLine(f"{{%- with at = {inner} %}}", piece, number)
        below = _lines(assets.shared_text(name).removesuffix("\n"), name, inner, depth - 1)
        yield from (one._replace(text=blanks + one.text if one.text else "") for one in below)
        yield PieceLine("{%- endwith %}", piece, number)
