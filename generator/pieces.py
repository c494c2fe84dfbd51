"""Pieces of templates: texts that several templates have, put in before Jinja reads a text.

A line ``{% piece "NAME" %}`` is replaced by the piece's text, indented like the line: a text of ``templates/shared``
by its name, or a file of another shipped template by its path below ``templates``. A piece is Jinja text and may have
pieces; the variable ``at`` has its indentation, for values of several lines. Only names of this installation's pieces
are known, so that a template cannot read another file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """Return the lines of a template's text with its pieces, and where each is from. Raises KeyError.

    A text that is one piece is that piece, with the blanks at its end.
    """
    if name := _whole_name(text):
        return tuple(_lines(assets.piece_text(name), name, 0, _DEPTH))
    found = tuple(islice(_lines(text, "", 0, _DEPTH), _MAX_LINES + 1))
    if len(found) > _MAX_LINES and _MARK in text:
        raise KeyError(f"with its pieces, it has more than {_MAX_LINES} lines")
    return found


def piece_path(piece: str) -> str:
    """Return the path of a piece below ``templates``."""
    return piece if "/" in piece else f"shared/{piece}"


def piece_names(texts: Iterable[str]) -> list[str]:
    """Return the names of the known pieces that texts have, and that these have, sorted."""
    found: set[str] = set()
    waiting = {name for text in texts for name in _named(text)}
    while waiting:
        name = waiting.pop()
        if name not in found and assets.is_piece(name):
            found.add(name)
            waiting |= _named(assets.piece_text(name))
    return sorted(found)


def place_in_pieces(text: str, line: int) -> tuple[str, int]:
    """Return the piece, ``""`` for the text itself, and the line there of a line of a text with its pieces."""
    table = piece_lines(text)
    found = table[min(line, len(table)) - 1]
    return found.piece, found.line


def _named(text: str) -> set[str]:
    lines = text.split("\n") if _MARK in text else ()
    return {name for line in lines if (name := _directive(line)[1])}


def _directive(line: str) -> tuple[str, str]:
    """Return the blanks and the name of a line that stands for a piece; an empty name for any other line."""
    plain = line.lstrip(" ")
    if not (plain.startswith(_MARK) and plain.endswith(_END)):
        return "", ""
    return line[: -len(plain)], plain[len(_MARK) : -len(_END)]


def _whole_name(text: str) -> str:
    """Return the name of the piece that a text consists of; ``""`` for any other text."""
    blanks, name = _directive(text.removesuffix("\n"))
    return "" if blanks or "\n" in name else name


def _lines(text: str, piece: str, indent: int, depth: int) -> Iterator[PieceLine]:
    for number, line in enumerate(text.split("\n"), 1):
        blanks, name = _directive(line)
        if not name:
            yield PieceLine(line, piece, number)
            continue
        if not depth:
            raise KeyError(f"the piece {name!r} has too many pieces in each other")
        inner = indent + len(blanks)
        # A scope of its own, so that a piece sees the values around it and changes none.
        yield PieceLine(f"{{%- with at = {inner} %}}", piece, number)
        below = _lines(assets.piece_text(name).removesuffix("\n"), name, inner, depth - 1)
        yield from (one._replace(text=blanks + one.text if one.text else "") for one in below)
        yield PieceLine("{%- endwith %}", piece, number)
