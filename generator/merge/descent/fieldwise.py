"""Descend through three trees field by field: compute the merged value, and the edits of ours that produce it.

Three comparisons decide every field (as in jj's merge kernel): if a side equals base, the other one is taken; equal
sides agree; collections are merged by entries; the rest is a conflict. Collections descend by ``walk.descend``, which
is ``merge_entry``.
"""

from __future__ import annotations

from ... import mergekeys
from ...yaml.meaning import NOTHING, YamlValue
from ..layout import blocks, flows, scalars
from ..outcome import OWN, Side
from ..syntax import parts, reindent
from ..syntax.elements import YamlEntry, is_block
from ..syntax.spantree import OddError
from ..walk.context import Walk
from ..walk.writer import Place, end_of_line_comment


def merge_entry(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge an entry that both sides have; return its merged value."""
    b = walk.base.text[base.body : base.end] if walk.base and base else None
    o, t = walk.ours.text[ours.body : ours.end], walk.theirs.text[theirs.body : theirs.end]
    into = walk.goes_into(where)
    if base and b == t and base.column == theirs.column and base.flow == theirs.flow and not into:
        return walk.ours.value(ours.value)
    by = ours.column - theirs.column
    if ours.flow == theirs.flow and (o == t if not by else o == reindent.shift(t, by)):
        return walk.ours.value(ours.value)
    walk.entered.append((walk.number, where))
    if (where or walk.title) and walk.is_held(where):
        return walk.keep(where, base, ours, theirs)
    same = base and o == b and base.column == ours.column and not ours.flow and not ours.root
    if same and not into and not walk.is_shared(ours.value):
        new = reindent.entry_text(walk.theirs, theirs, ours.column)[ours.column :]
        walk.edits.put(ours.body, ours.end, new, walk.theirs.comments_in(theirs.body, theirs.end))
        return walk.theirs.value(theirs.value)
    side = _marker_side(walk, where, base, ours, theirs)
    if side == "ours":
        return walk.ours.value(ours.value)
    if ours.whole or theirs.whole or (base and base.whole):
        return _as_a_whole(walk, where, base, ours, theirs, taken=side == "theirs")
    walk.merge_end_of_line(where, base, ours, theirs, taken=side == "theirs")
    value = _value(walk, where, base, ours, theirs)
    walk.write_end_of_line(where, ours)
    return value


def _marker_side(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> Side | None:
    """Return the side that is kept where a new marker for a bot has no place beside the value of ours, or None.

    A marker is only read if it is the whole comment of a line, and without it no bot updates the value.
    """
    if theirs.flow or base is None or base.flow or walk.base is None:
        return None
    b, o, t = (end_of_line_comment(*one) for one in ((walk.base, base), (walk.ours, ours), (walk.theirs, theirs)))
    if t == b or not parts.is_marker(t):
        return None
    if ours.flow or ours.whole or ours.value.shape == "alias":
        end = ours.value.end
        if t in walk.ours.text[end : walk.ours.line_end(end)]:
            return None
        style = "an alias" if ours.value.shape == "alias" else "a flow collection" if ours.flow else "an explicit key"
        reason = f"{t} cannot be written in {style}: write yours in block style, key and value on one line"
        _, value, new = walk.values(base, ours, theirs)
        return walk.clash(where, base, ours, theirs, reason, final=ours.flow or value != new, comment=True)
    if o in (t, b):
        return None
    reason = f"{t} has to be the only comment of its line: move yours to the line above"
    return walk.clash(where, base, ours, theirs, reason, comment=True)


def _as_a_whole(
    walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry, *, taken: bool
) -> YamlValue:
    """Merge an entry as a single value; ``taken``: that of theirs, by the user's choice."""
    b, o, t = walk.values(base, ours, theirs)
    if t in (b, o) and not taken:
        return o
    safe = taken or (o == b and not (walk.own_comments(base, ours) or walk.is_shared(ours.value) or ours.root))
    if not safe and (walk.clash(where, base, ours, theirs, final=ours.root) == "ours"):
        return o
    new = reindent.entry_text(walk.theirs, theirs, ours.column)[ours.column :]
    walk.edits.put(ours.body, ours.end, new, walk.theirs.comments_in(theirs.body, theirs.end))
    return t


def _value(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge the values of entries; return the merged value."""
    b, o, t = walk.values(base, ours, theirs)
    if not isinstance(o, dict | list) and t in (b, o) and not ours.root:
        return o
    if t == NOTHING and (base is None or (o == NOTHING and not (walk.theirs.comments or walk.ours.comments))):
        return o
    if t not in (o, b) and _is_shared_here(walk, where, base, ours, theirs):
        return o
    if _are_collections(base, ours, theirs):
        if t in (b, o) and (t == o or not walk.goes_into(where)):
            return _comments_only(walk, where, base, ours, theirs)
        whole = where and where[-1] in mergekeys.table()["whole"] and o != b
        if not whole:
            return _collection(walk, where, base, ours, theirs)
    elif t in (b, o):
        return o
    if o == b:
        if not walk.own_comments(base, ours, end_of_line=False):
            return walk.replace(ours, theirs)
        return walk.decided(where, base, ours, theirs, OWN)
    merged = scalars.merge_scalar(walk, where, base, ours, theirs)
    return merged if merged is not None else walk.decided(where, base, ours, theirs)


def _is_shared_here(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> bool:
    """Return whether a change would also change other places through an anchor, which is a conflict."""
    node = ours.value
    is_whole = node.anchor in walk.shared
    if is_whole or (walk.is_shared(node) and not _are_collections(base, ours, theirs)):
        walk.clash(where, base, ours, theirs, walk.shared_reason(node, whole=is_whole), final=True)
        return True
    if node.shape == "alias" and (base is None or base.value.shape != "alias"):
        return walk.clash(where, base, ours, theirs, walk.alias_reason(node)) == "ours"
    return False


def _are_collections(base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> bool:
    """Return whether all sides are collections of one type; an empty document counts as an empty collection."""
    sides = [one for one in (base, ours, theirs) if one and not _is_empty_root(one)]
    shapes = {one.value.shape for one in sides}
    marks = {(one.value.tag, one.value.anchor) for one in (base or ours, theirs) if not _is_empty_root(one)}
    if len(shapes) > 1 or not shapes <= {"map", "list"} or len(marks) > 1:
        return False
    if _is_empty_root(ours):
        return _is_empty_root(theirs) or is_block(theirs.value)
    return not _is_empty_root(theirs) or (base is not None and is_block(ours.value))


def _comments_only(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge the comments of collections with equal values."""
    o = walk.ours.value(ours.value)
    if walk.again and not walk.theirs.comments and not (walk.base and walk.base.comments):
        return o  # blank lines are merged once, where ours is base
    state = walk.state()
    value = _collection(walk, where, base, ours, theirs)
    conflicts = walk.conflicts[state.conflicts :]
    if value != o or (conflicts and not any(one.comment for one in conflicts)):
        walk.undo(state)
    return o


def _collection(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge two maps or two lists."""

    try:
        if is_block(ours.value) or _is_empty_root(ours):
            return blocks.merge_block(walk, where, base, ours, theirs)
        return flows.merge_flow(walk, where, base, ours, theirs)
    except OddError:
        return walk.decided(where, base, ours, theirs)


def _is_empty_root(entry: YamlEntry) -> bool:
    """Return whether an entry is a document without content."""
    return entry.root and entry.value.shape == "scalar" and entry.value.start == entry.value.end
