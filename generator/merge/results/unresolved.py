"""Find conflict markers of git and of ``regenerate --markers`` in a text, and resolve them to a side.

Source: git-merge(1), "How conflicts are presented".
"""

from __future__ import annotations

from dataclasses import dataclass

from ..outcome import MARKED, Conflict, Settle, Side
from ..syntax.lines import Lines, split_lines

_BEGIN, _BASE, _MIDDLE, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


@dataclass
class _Block:
    """Lines between markers, from ``line`` (counted from 1) to ``end``, which is 0 until it is found."""

    line: int
    ours: Lines
    theirs: Lines
    at: str = _BEGIN
    end: int = 0
    name: str = ""  # name of the side below


def settle_markers(text: str, settle: Settle, known: str = "") -> tuple[str, tuple[Conflict, ...]]:
    """Return a text with the sides that the user chose, and the remaining conflicts.

    Lines that are also in the ``known`` text are not markers. A conflict is named by its first line. A side can only
    be chosen for complete markers of this tool: those of git are about two branches, neither of which is generated.
    """
    lines = split_lines(text)
    blocks, odd = _blocks(lines, frozenset(split_lines(known)))
    if odd:
        reason = "an incomplete conflict marker is here: resolve it in an editor"
        return text, (Conflict("", odd, None, text, None, reason, refused=True, column=1, by_hand=True),)
    if foreign := [one for one in blocks if one.name != MARKED[2]]:
        reason = "a conflict of git is marked here: resolve it in an editor or a merge tool"
        return text, tuple(
            Conflict("", one.line, None, text, None, reason, refused=True, column=1, by_hand=True) for one in foreign
        )
    out: Lines = []
    left: list[Conflict] = []
    at = 0
    for one in blocks:
        side: Side | None = settle.side(str(one.line))
        if side is None:
            reason = "a conflict is marked here: resolve it in an editor or a merge tool, or take one side"
            above, below = "".join(one.ours) or None, "".join(one.theirs) or None
            left.append(Conflict("", one.line, None, above, below, reason, of_lines=True, column=1))
            continue
        out += [*lines[at : one.line - 1], *(one.ours if side == "ours" else one.theirs)]
        at = one.end
    return (text, tuple(left)) if left else ("".join([*out, *lines[at:]]), ())


def _blocks(lines: Lines, known: frozenset[str]) -> tuple[list[_Block], int]:
    """Return the blocks between markers, and the line of the first incomplete one, or 0."""
    found: list[_Block] = []
    one: _Block | None = None
    for number, line in enumerate(lines, 1):
        mark = "" if line in known else _mark(line)
        if mark == _BEGIN:
            if one:
                return found, one.line
            one = _Block(number, [], [])
        elif mark == _END:
            if one is None or one.at != _MIDDLE:
                return found, number
            one.end, one.name = number, line[7:].strip()
            found.append(one)
            one = None
        elif one and mark == _BASE and one.at == _BEGIN:
            one.at = _BASE
        elif one and mark == _MIDDLE and one.at != _MIDDLE:
            one.at = _MIDDLE
        elif one and one.at != _BASE:
            (one.ours if one.at == _BEGIN else one.theirs).append(line)
    return found, one.line if one else 0


def _mark(line: str) -> str:
    """Return the marker in a line, or ``""``: seven equal signs alone, or another marker followed by a name."""
    mark, rest = line[:7], line[7:].rstrip("\r\n")
    if mark == _MIDDLE:
        return mark if not rest else ""
    return mark if mark in {_BEGIN, _BASE, _END} and (rest[:1] == " " or (mark == _BASE and not rest)) else ""
