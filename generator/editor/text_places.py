"""Places in a text as editors count them: lines from 0, and units of an encoding in the line.

Source: Language Server Protocol 3.17, "Text Documents", "Position" and "PositionEncodingKind": a line ends with LF,
CRLF or CR, and a position counts code units of UTF-16, or of the encoding that was agreed on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_END = re.compile("\r\n|[\r\n]")
_UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


class TextPlace(NamedTuple):
    """A line, from 0, and the number of units before the place in it."""

    line: int
    character: int


class Span(NamedTuple):
    """A part of a text: the offsets of its start, and behind its end."""

    start: int
    end: int


@dataclass(frozen=True)
class PlacedText:
    """A text whose places are counted in units of an encoding."""

    text: str
    encoding: Encoding = "utf-16"

    @cached_property
    def starts(self) -> list[int]:
        """The offset at which each line starts."""
        return [0, *(one.end() for one in _END.finditer(self.text))]

    @property
    def line_break(self) -> str:
        """The first line break of the text, LF without one."""
        found = _END.search(self.text)
        return found[0] if found else "\n"

    def line_of(self, offset: int) -> int:
        """Return the line, from 0, of an offset."""
        return bisect_right(self.starts, min(max(offset, 0), len(self.text))) - 1

    def span_of(self, line: int) -> Span:
        """Return where a line is, without its end; lines beyond the last are empty."""
        if not 0 <= line < len(self.starts):
            return Span(len(self.text), len(self.text))
        start = self.starts[line]
        behind = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        if line + 1 < len(self.starts):
            behind -= 2 if self.text[behind - 2 : behind] == "\r\n" else 1
        return Span(start, behind)

    def offset(self, line: int, character: int) -> int:
        """Return the offset of a place; beyond the end of a line it is that end, inside a character its start."""
        start, behind = self.span_of(max(line, 0))
        units = max(character, 0)
        if units >= (behind - start) * 4:
            return behind
        part = self.text[start:behind]
        if part.isascii() or self.encoding == "utf-32":
            return min(start + units, behind)
        codec, size = _UNITS[self.encoding]
        before = part.encode(codec, "surrogatepass")[: units * size]
        return start + len(before.decode(codec, "ignore"))

    def place(self, offset: int) -> TextPlace:
        """Return the place of an offset."""
        line = self.line_of(offset)
        start, behind = self.span_of(line)
        part = self.text[start : min(offset, behind)]
        codec, size = _UNITS[self.encoding]
        return TextPlace(line, len(part) if part.isascii() else len(part.encode(codec, "surrogatepass")) // size)
