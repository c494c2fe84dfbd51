"""Merge the comments of a multi-line flow collection: at the end of its entries' lines, and above entries.

Changes of theirs are written where ours has the entry on a separate line; for others a note is added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..entries.collection import MergedEntries
from ..syntax import reindent
from ..syntax.elements import YamlEntry
from ..syntax.spantree import SpanTree
from ..walk.context import Walk
from ..walk.writer import Place

_END_OF_LINE = re.compile(r"([ \t]*,)?([ \t]*)(#[^\n]*)?(?=\n)")


@dataclass(frozen=True)
class FlowComments:
    """The comments of an entry: directly above it, and at the end of its line."""

    above: tuple[str, ...] = ()
    end_of_line: str = ""


def flow_comments(tree: SpanTree, entry: YamlEntry) -> FlowComments:
    """Return the comments of an entry in a flow collection."""
    if not tree.comments:
        return FlowComments()
    found = _END_OF_LINE.match(tree.text, entry.end)
    end_of_line = found.group(3) or "" if found else ""
    start = reindent.line_start(tree.text, entry.body)
    above: list[str] = []
    while start:
        before = tree.text.rfind("\n", 0, start - 1) + 1
        line = tree.text[before : start - 1].strip()
        if not line.startswith("#"):
            break
        above.append(line)
        start = before
    return FlowComments(tuple(above[::-1]), end_of_line.rstrip())


def merge_flow_comments(walk: Walk, where: Place, found: MergedEntries) -> None:
    """Merge the comments at entries that all sides have."""
    if walk.base is None or not (walk.theirs.comments or walk.base.comments):
        return
    for token, ours in found.ours.items():
        base, theirs = found.base.get(token), found.theirs.get(token)
        if base is None or theirs is None or not theirs.flow or not base.flow:
            continue
        b, o, t = flow_comments(walk.base, base), flow_comments(walk.ours, ours), flow_comments(walk.theirs, theirs)
        place = (*where, found.name_of(token, ours))
        if t.end_of_line not in (b.end_of_line, o.end_of_line):
            _put_end_of_line(walk, place, ours, b.end_of_line == o.end_of_line, t.end_of_line)
        if t.above not in (b.above, o.above):
            _put_above(walk, place, ours, b.above == o.above, o.above, t.above)


def new_lines(tree: SpanTree, entry: YamlEntry, space: str) -> tuple[str, str, list[str]]:
    """Return the comment lines above a new entry, its end-of-line comment, and the comments in both."""
    one = flow_comments(tree, entry)
    above = "".join(f"{space}{line}\n" for line in one.above)
    behind = [one.end_of_line] if one.end_of_line else []
    return above, "".join(f" {comment}" for comment in behind), [*one.above, *behind]


def note_left_out(walk: Walk, place: Place, theirs: YamlEntry) -> None:
    """Add a note about the comments of a new entry that cannot be written."""
    one = flow_comments(walk.theirs, theirs) if theirs.flow else FlowComments()
    if comments := " ".join(filter(None, (*one.above, one.end_of_line))):
        walk.remark(place, f"the generated comment is left out: {comments}")


def _put_end_of_line(walk: Walk, place: Place, ours: YamlEntry, free: bool, new: str) -> None:
    found = _END_OF_LINE.match(walk.ours.text, ours.end)
    if not free or found is None:
        walk.remark(place, f"the generated comment is left out: {new or 'none'}")
        return
    start = found.end(1) if found.group(1) else ours.end
    walk.edits.put(start, found.end(), f"{found.group(2) or ' '}{new}" if new else "", [new] if new else [])


def _put_above(
    walk: Walk, place: Place, ours: YamlEntry, free: bool, old: tuple[str, ...], new: tuple[str, ...]
) -> None:
    line = reindent.line_start(walk.ours.text, ours.body)
    if not free or not line:
        walk.remark(place, f"the generated comment is left out: {' '.join(new) or 'none'}")
        return
    start = line
    for _ in old:
        start = walk.ours.text.rfind("\n", 0, start - 1) + 1
    space = walk.ours.text[line : ours.body]
    walk.edits.put(start, line, "".join(f"{space}{one}\n" for one in new), new)
