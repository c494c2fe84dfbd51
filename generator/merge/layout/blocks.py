"""Merge block collections of ours.

Entries that all sides have in one order divide the three texts into gaps. A gap has comment and blank lines, and the
entries that came or went. A gap that is the same in base and ours becomes that of theirs; else the lines that theirs
changed are looked up in ours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ...yaml.meaning import NOTHING, YamlValue, dressed
from ..entries import deciding
from ..entries.collection import ListConflictError, MergedEntries
from ..outcome import OWN
from ..syntax import reindent
from ..syntax.edits import applied
from ..syntax.elements import YamlEntry
from ..walk.context import Walk
from ..walk.writer import Place
from .gaps import Filled
from .reorder import Reordered
from .sides import Gap, Sides, comments_after, elements_of


def merge_block(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge a collection that is a block in ours; return its value."""
    state = walk.state()
    found = deciding.match_entries(walk, where, base, ours, theirs)
    block = walk.ours.block(ours)
    sides = Sides(walk, found, block, elements_of(walk.base, base), elements_of(walk.theirs, theirs))
    try:
        deciding.decide_entries(walk, where, found, ours, sides.heads())
    except ListConflictError as error:
        walk.undo(state)
        return walk.decided(where, base, ours, theirs, error.reason)
    sides.decided()
    if not found.order and found.ours:
        last = max(one.end for one in found.ours.values())  # the other comments went with the entries, by decision
        known = walk.base.comments_in(base.body, base.end) if walk.base and base else []
        own = Counter(walk.ours.comments_in(last, ours.end)) - Counter(known)
        if own and walk.clash(where, base, ours, theirs, OWN) == "ours":
            walk.undo(replace(state, conflicts=len(walk.conflicts)))
            return walk.ours.value(ours.value)
        return _emptied(walk, ours, theirs, found)
    if found.moved:
        Reordered(walk, found, sides, state.edits).write()
    else:
        _write(sides, where)
    if not found.expected and not found.ours:
        return walk.ours.value(ours.value)
    return dressed(found.value, ours.value)


def _emptied(walk: Walk, ours: YamlEntry, theirs: YamlEntry, found: MergedEntries) -> YamlValue:
    """Write an empty collection instead of a block whose last entry was deleted."""
    value: YamlValue = [] if found.is_list else {}
    if ours.root:
        block = walk.ours.block(ours)
        gone = block.entries
        empty = theirs.value.start == theirs.value.end
        new = "" if empty else "[]\n" if found.is_list else "{}\n"
        for number, one in enumerate(gone):
            walk.edits.put(one.start, one.end, "" if number else new)
        return NOTHING if empty else value
    walk.put_part(ours, reindent.properties(walk.ours, ours.value) + (" []" if found.is_list else " {}"), "", [])
    return dressed(value, ours.value)


def _write(sides: Sides, where: Place) -> None:
    """Write the edits of each gap."""
    if sides.moved:
        _write_heads(sides)
    for number, gap in enumerate(sides.gaps()):
        since = len(sides.walk.edits.made)
        Filled(sides, gap, where).write()
        if number == 0 and sides.block.inline and len(sides.walk.edits.made) > since:
            _from_dash(sides, gap, since)


def _write_heads(sides: Sides) -> None:
    """Merge the comments directly above entries that are not in the same order on all sides."""
    base, ours, theirs = (sides.above(side) for side in (sides.base, sides.block.elements, sides.theirs))
    for token in sides.moved:
        b, o, t = ([one.text for one in side[token]] for side in (base, ours, theirs))
        if t in (b, o) or o != b:
            continue
        new = "".join(map(sides.text_of, theirs[token]))
        end = sides.found.ours[token].start
        start = ours[token][0].start if ours[token] else end
        sides.walk.edits.put(start, end, new, [c for one in theirs[token] for c in sides.comments_of(one)])


def _from_dash(sides: Sides, gap: Gap, since: int) -> None:
    """Adjust edits of lines that start after a dash as if they started on a separate line."""
    column, start = sides.block.column, sides.block.start
    edits = sides.walk.edits.taken(since)
    comments = comments_after(sides.walk, edits, start, gap.end)
    lines = applied(sides.walk.ours.text, edits, start, gap.end)
    first = bool(gap.ours) and edits[0].start > start
    lines = lines if first else lines.lstrip(" \n")
    end = gap.end
    if end < sides.block.end:  # a remaining entry follows
        line_begins = end > start
        if not lines:
            end += column
        elif not line_begins:
            lines += " " * column
    sides.walk.edits.put(start, end, lines, comments)
