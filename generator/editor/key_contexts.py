"""Where a cursor is in a YAML text that is being written, which may not parse: by indentation alone.

Block collections only: inside flow collections, quoted text and block scalars there is no context.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .text_places import PlacedText, Span

Path = tuple[str | int, ...]

MAX_LINES = 20_000
_MAX_LINE = 2_000  # characters that are looked at
_DASH = re.compile(r"-(?=[ \t]|$) *+")
# Keys in quotes have no escapes; a plain key has no colon and no number sign in it.
_KEY = re.compile(
    r"(?:\"([^\"\\]*+)\"[ \t]*+|'([^']*+)'[ \t]*+"
    r"|((?:[^\s\"'#&*!|>%@`\[\]{},?:-]|[?-](?=[^\s:#]))[^:#\n]*+)):(?=[ \t]|$)"
)
_NO_WORD = re.compile(r"^[\"'\[{&*!|>#]|\s")  # what begins something else than a plain word, or ends it
_TOKEN_END = re.compile(r"[\s:#]|$")
_BLOCK = re.compile(r"(?:[&!]\S*+[ \t]++)*+[|>][-+0-9]*+[ \t]*+(?:#.*)?$")


@dataclass(frozen=True)
class KeyContext:
    """What is written at a cursor: a key or item in the collection at ``path``, or the value of the key at its end.

    ``written`` is the part of it before the cursor, ``span`` what a completion replaces, ``siblings`` are the other
    keys of the map. ``is_item``: the cursor is behind a dash, where a scalar may be too.
    """

    sort: Literal["key", "value"]
    path: Path
    written: str
    span: Span
    siblings: frozenset[str] = frozenset()
    is_item: bool = False
    has_colon: bool = False


@dataclass(frozen=True)
class _Line:
    """The structure of a line: columns of its dashes, its key with its column, and the column of what follows."""

    dashes: tuple[int, ...]
    key: str | None
    column: int
    rest: int
    is_marker: bool = False

    @property
    def first(self) -> int:
        """The column at which it begins."""
        return self.dashes[0] if self.dashes else self.column


def key_context(text: PlacedText, offset: int) -> KeyContext | None:
    """Return what is written at an offset, or None if that is not known."""
    number = text.line_of(offset)
    if number >= MAX_LINES:
        return None
    lines = [_line_text(text, one) for one in range(min(len(text.starts), MAX_LINES))]
    start, whole = text.starts[number], lines[number]
    before, line = whole[: offset - start], _structure(whole)
    if offset - start > len(whole) or "\t" in before or line.is_marker or before.lstrip().startswith("#"):
        return None
    indent = line.column if whole.strip() else len(before)
    if len(before) < indent or before.endswith("-") or number in _in_blocks(lines):
        return None
    above, below = _structures(lines, number)
    own = _Line(line.dashes, None, indent, indent)
    path = _path_of(own, above)
    if line.key is not None and len(before) >= line.rest:
        if below and (below[0].first > indent or below[0].dashes[:1] == (indent,)):
            return None  # its value is below
        return _value_context((*path, line.key), whole, before, line, start)
    written = before[indent:]
    if _NO_WORD.search(written):
        return None
    behind = _TOKEN_END.search(whole, len(before))
    end = behind.start() if behind and line.key is None else len(whole[: line.rest - 1].rstrip())
    return KeyContext(
        "key",
        path,
        written,
        Span(start + indent, start + max(end, len(before))),
        _siblings(own, above, below),
        is_item=bool(line.dashes),
        has_colon=line.key is not None,
    )


def key_at(text: PlacedText, offset: int) -> tuple[Path, Span] | None:
    """Return the path of the key at an offset, and where the key is."""
    number = text.line_of(offset)
    if number >= MAX_LINES:
        return None
    lines = [_line_text(text, one) for one in range(number + 1)]
    line, start = _structure(lines[number]), text.starts[number]
    if line.key is None or number in _in_blocks(lines) or not line.column <= offset - start < line.rest:
        return None
    above, _ = _structures(lines, number)
    own = _Line(line.dashes, None, line.column, line.column)
    return (*_path_of(own, above), line.key), Span(start + line.column, start + line.rest - 1)


def _value_context(path: Path, whole: str, before: str, line: _Line, start: int) -> KeyContext | None:
    """Return the context of a value behind its key, on the same line; None without a blank between them."""
    behind_key = before[line.rest :]
    written = behind_key.lstrip(" ")
    if behind_key == written or _NO_WORD.search(written):
        return None
    rest = whole[len(before) :].partition(" #")[0].rstrip()
    return KeyContext("value", path, written, Span(start + len(before) - len(written), start + len(before) + len(rest)))


def _line_text(text: PlacedText, number: int) -> str:
    start, end = text.span_of(number)
    part = text.text[start : min(end, start + _MAX_LINE)]
    return part.replace("\ufeff", " ", 1) if number == 0 else part


def _structure(line: str) -> _Line:
    at = len(line) - len(line.lstrip(" "))
    if at == 0 and (line[:3] in {"---", "..."} and line[3:4] in {"", " "}):
        return _Line((), None, 0, 0, is_marker=True)
    dashes = []
    while found := _DASH.match(line, at):
        dashes.append(at)
        at = found.end()
    key = _KEY.match(line, at)
    if key is None:
        return _Line(tuple(dashes), None, at, at)
    return _Line(tuple(dashes), next(one for one in key.groups() if one is not None).rstrip(), at, key.end())


def _in_blocks(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the lines that are inside block scalars."""
    found = set()
    deeper = -1  # lines indented more than this are in the block
    for number, one in enumerate(lines):
        indent = len(one) - len(one.lstrip(" "))
        if deeper >= 0 and (indent > deeper or not one.strip()):
            found.add(number)
            continue
        deeper = -1
        line = _structure(one)
        if _BLOCK.match(one[line.rest :].lstrip(" ")):
            deeper = line.column if line.key is not None else (line.dashes[-1] if line.dashes else -1)
    return frozenset(found)


def _structures(lines: Sequence[str], number: int) -> tuple[list[_Line], list[_Line]]:
    """Return the lines with structure above a line, nearest first, and below it, of the same document."""
    inside = _in_blocks(lines)

    def each(numbers: Sequence[int]) -> Iterator[_Line]:
        for one in numbers:
            stripped = lines[one].strip()
            if not stripped or stripped[0] == "#" or one in inside:
                continue
            line = _structure(lines[one])
            if line.is_marker:
                return
            yield line

    return list(each(range(number - 1, -1, -1))), list(each(range(number + 1, len(lines))))


def _path_of(own: _Line, above: Sequence[_Line]) -> Path:
    """Return the path of the collection that has the key or item of a line."""
    path: list[str | int] = []
    column, in_list = own.column, False
    for line in (own, *above):
        if line.key is not None and (line.column < column or (in_list and line.column == column)):
            path.append(line.key)
            column, in_list = line.column, False
        for dash in reversed(line.dashes):
            if dash < column:
                path.append(0)
                column, in_list = dash, True
        if column == 0 and not in_list:
            break
    return tuple(reversed(path))


def _siblings(own: _Line, above: Sequence[_Line], below: Sequence[_Line]) -> frozenset[str]:
    """Return the other keys of the map that has the key of a line."""
    found = set()
    for line in above if not own.dashes else ():
        if line.key is not None and line.column == own.column:
            found.add(line.key)
        if line.first < own.column:
            break
    for line in below:
        if line.first < own.column:
            break
        if line.key is not None and not line.dashes and line.column == own.column:
            found.add(line.key)
    return frozenset(found)
