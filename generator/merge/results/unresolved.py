"""Find conflict markers of git and of ``regenerate --markers`` in a text, and resolve them to a side.

Source: git-merge(1), "How conflicts are presented".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ...errors import Invalid
from ...yaml import comments as yaml_comments
from ..outcome import MARKED, Conflict, Merged, Settle, Side, removed_note
from ..syntax.lines import Lines, split_lines

_BEGIN, _BASE, _MIDDLE, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


@dataclass
class _Block:
    """Lines between markers, from ``line`` (counted from 1) to ``end``, which is 0 until it is found."""

    line: int
    ours: Lines
    theirs: Lines
    base: Lines = field(default_factory=list)
    at: str = _BEGIN
    end: int = 0
    name: str = ""  # name of the side below
    has_base: bool = False


def settle_markers(text: str, settle: Settle, known: str = "", *, is_yaml: bool = False) -> Merged:
    """Return a text with the sides that the user chose, or the remaining conflicts, and a note for each own comment of
    YAML that is removed.

    Lines that are also in the ``known`` text are not markers. A conflict is named by its first line. A side can only
    be chosen for complete markers of this tool: those of git are about two branches, neither of which is generated.
    """
    lines = split_lines(text)
    blocks, odd = _blocks(lines, frozenset(split_lines(known)))
    if odd:
        reason = "an incomplete conflict marker is here: resolve it in an editor"
        return Merged(text, (Conflict("", odd, None, text, None, reason, refused=True, column=1, by_hand=True),))
    if foreign := [one for one in blocks if one.name != MARKED[2]]:
        reason = "a conflict of git is marked here: resolve it in an editor or a merge tool"
        return Merged(
            text,
            tuple(
                Conflict("", one.line, None, text, None, reason, refused=True, column=1, by_hand=True)
                for one in foreign
            ),
        )
    own = _own_comments(lines, blocks) if is_yaml else [[] for _ in blocks]
    out: Lines = []
    left: list[Conflict] = []
    notes: list[str] = []
    at = 0
    for one, comments in zip(blocks, own, strict=True):
        side: Side | None = settle.side(str(one.line))
        if side is None:
            left.append(_conflict(one, has_comment=bool(comments)))
            continue
        if side == "theirs":
            notes += map(removed_note, comments)
        out += [*lines[at : one.line - 1], *(one.ours if side == "ours" else one.theirs)]
        at = one.end
    return Merged(text, tuple(left)) if left else Merged("".join([*out, *lines[at:]]), (), tuple(notes))


def upper_and_lower(text: str) -> tuple[str, str] | None:
    """Return a text with the upper and with the lower sides of its conflict markers, also of git's; None if there are
    none, or incomplete ones.
    """
    found = all_sides(text)
    return None if found is None else found[1:]


def all_sides(text: str) -> tuple[str | None, str, str] | None:
    """Return a text with the base, the upper and the lower sides of its conflict markers, also of git's; None if there
    are none, or incomplete ones. The base is None if a conflict is marked without it.
    """
    lines = split_lines(text)
    blocks, odd = _blocks(lines, frozenset())
    if odd or not blocks:
        return None
    base, upper, lower = (_with_side(lines, blocks, side) for side in ("base", "ours", "theirs"))
    return base if all(one.has_base for one in blocks) else None, upper, lower


def _with_side(lines: Lines, blocks: list[_Block], side: str) -> str:
    out: Lines = []
    at = 0
    for one in blocks:
        out += [*lines[at : one.line - 1], *getattr(one, side)]
        at = one.end
    return "".join([*out, *lines[at:]])


def _conflict(block: _Block, *, has_comment: bool) -> Conflict:
    reason = "a conflict is marked here: resolve it in an editor or a merge tool, or take one side"
    if has_comment:
        reason += "; yours contains a comment of yours"
    above, below = "".join(block.ours) or None, "".join(block.theirs) or None
    return Conflict("", block.line, None, above, below, reason, of_lines=True, column=1)


def _own_comments(lines: Lines, blocks: list[_Block]) -> list[list[str]]:
    """Return the comments of each block that only the side of ours has."""
    mine, *others = (_comments(lines, blocks, side) for side in ("ours", "base", "theirs"))
    return [
        list((Counter(own) - (Counter(base) | Counter(theirs))).elements())
        for own, base, theirs in zip(mine, *others, strict=True)
    ]


def _comments(lines: Lines, blocks: list[_Block], side: str) -> list[list[str]]:
    """Return the comments of each block in the text with one side of all blocks; none if that is not YAML."""
    out: Lines = []
    spans: list[tuple[int, int]] = []
    at = 0
    for one in blocks:
        out += lines[at : one.line - 1]
        start = len(out) + 1
        out += getattr(one, side)
        spans.append((start, len(out)))
        at = one.end
    try:
        found = yaml_comments("".join([*out, *lines[at:]]))
    except Invalid:
        found = []
    return [[text for line, text in found if start <= line <= end] for start, end in spans]


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
            one.at, one.has_base = _BASE, True
        elif one and mark == _MIDDLE and one.at != _MIDDLE:
            one.at = _MIDDLE
        elif one:
            {_BEGIN: one.ours, _BASE: one.base}.get(one.at, one.theirs).append(line)
    return found, one.line if one else 0


def _mark(line: str) -> str:
    """Return the marker in a line, or ``""``: seven equal signs alone, or another marker followed by a name."""
    mark, rest = line[:7], line[7:].rstrip("\r\n")
    if mark == _MIDDLE:
        return mark if not rest else ""
    return mark if mark in {_BEGIN, _BASE, _END} and (rest[:1] == " " or (mark == _BASE and not rest)) else ""
