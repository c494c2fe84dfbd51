"""Merge flow collections of ours."""

from __future__ import annotations

import re

from ...yaml.meaning import YamlValue, dressed
from ..entries import deciding
from ..entries.collection import ListConflictError, MergedEntries
from ..identity.itemkeys import EntryToken
from ..syntax import reindent
from ..syntax.edits import Inside, applied
from ..syntax.elements import YamlEntry, is_block
from ..walk.context import Walk
from ..walk.writer import Place
from . import flownotes

_COMMA = re.compile(r"[ \t\n]*,")
_COMMA_BEHIND = re.compile(r"[ \t]*,")
_REST = re.compile(r"[ \t]*(#[^\n]*)?\n")


def merge_flow(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
    """Merge a collection that is in flow style in ours; return its value."""
    state = walk.state()
    found = deciding.match_entries(walk, where, base, ours, theirs)
    try:
        deciding.decide_entries(walk, where, found, ours, {})
    except ListConflictError as error:
        walk.undo(state)
        return walk.decided(where, base, ours, theirs, error.reason)
    if not found.ours and found.new and not ours.flow and not ours.root and is_block(theirs.value):
        _opened(walk, ours, theirs, found)
    elif found.moved or (found.gone and found.new):
        _rewritten(walk, ours, found, state.edits)
    else:
        if found.gone:
            _delete(walk, ours, found)
        if found.new:
            _insert(walk, where, ours, found)
        flownotes.merge_flow_comments(walk, where, found)
    return dressed(found.value, ours.value)


def _opened(walk: Walk, ours: YamlEntry, theirs: YamlEntry, found: MergedEntries) -> None:
    """Write the first entries of an empty collection as a block."""
    block = walk.theirs.block(theirs)
    column = ours.column + block.column - theirs.column if not theirs.root else ours.column + 2
    lines: list[str] = []
    comments: list[str] = []
    above: list[str] = []
    new = {id(found.theirs[token]) for token in found.new}
    for one in block.elements:
        if not isinstance(one, YamlEntry):
            above.append(reindent.shift(f"\n{walk.theirs.text[one.start : one.end]}", column - block.column)[1:])
        elif id(one) in new:
            lines += [*above, reindent.entry_text(walk.theirs, one, column)]
            comments += walk.theirs.comments_in(block.start if not comments else one.start, one.end)
            above = []
        else:
            above = []
    walk.put_part(ours, reindent.properties(walk.ours, ours.value), "\n" + "".join(lines).removesuffix("\n"), comments)


def _rewritten(walk: Walk, ours: YamlEntry, found: MergedEntries, since: int) -> None:
    """Write all entries again, in the merged order."""
    inside = Inside(walk.edits.taken(since))
    node = ours.value
    parts = []
    for token in found.order:
        if token in found.ours:
            one = found.ours[token]
            parts.append(applied(walk.ours.text, inside.of(one.body, one.end), one.body, one.end))
        else:
            parts.append(reindent.flow_entry_text(walk.theirs, found.theirs[token]))
    children = list(found.ours.values())
    start, end = (children[0].body, children[-1].end) if children else (node.end - 1, node.end - 1)
    walk.edits.put(start, end, ", ".join(parts))


def _delete(walk: Walk, ours: YamlEntry, found: MergedEntries) -> None:
    """Delete entries with their commas, and with their lines if they have separate ones."""
    source = walk.ours.text
    every = list(found.ours.items())
    gone = set(found.gone)
    left = [one for token, one in every if token not in gone]
    if not left:
        walk.edits.put(every[0][1].body, every[-1][1].end, "")
        comma = _COMMA.match(source, every[-1][1].end)
        if comma:
            walk.edits.put(every[-1][1].end, comma.end(), "")
        return
    for number, (token, one) in enumerate(every):
        if token not in gone:
            continue
        comma = _COMMA.match(source, one.end)
        behind = comma.end() if comma else one.end
        line = reindent.line_start(source, one.body)
        rest = _REST.match(source, behind)
        if line is not None and rest and line > ours.value.start and (comma or number + 1 == len(every)):
            walk.edits.put(line, rest.end(), "")
        elif number + 1 < len(every) and comma:
            following = every[number + 1][1].body
            between = source[behind:following]
            end = following if not between.strip() else behind + len(between) - len(between.lstrip(" "))
            walk.edits.put(one.body, end, "")
        else:  # the last one: with the comma of the remaining entry before it
            before = next((other.end for tok, other in every[:number][::-1] if tok not in gone), None)
            start = (
                before
                if before is not None
                and not source[before : one.body].strip(" ,\n\t")
                and number
                and every[number - 1][0] not in gone
                else one.body
            )
            walk.edits.put(start, one.end, "")


def _insert(walk: Walk, where: Place, ours: YamlEntry, found: MergedEntries) -> None:
    """Insert entries of theirs, each after its predecessor in the merged order."""
    source = walk.ours.text
    node = ours.value
    texts = {token: reindent.flow_entry_text(walk.theirs, found.theirs[token]) for token in found.new}
    if not found.ours:
        walk.edits.put(
            node.start + source[node.start : node.end].rindex("{" if not found.is_list else "[") + 1,
            node.end - 1,
            ", ".join(texts.values()),
        )
        return
    before: YamlEntry | None = None
    first = next(iter(found.ours.values()))
    leading: list[EntryToken] = []
    for token in found.order:
        if token in found.ours:
            if before is None and leading:
                _insert_first(walk, where, ours, first, [(found.theirs[one], texts[one]) for one in leading])
            before = found.ours[token]
        elif before is None:
            leading.append(token)
        elif not _insert_behind(walk, ours, before, found.theirs[token], texts[token]):
            flownotes.note_left_out(walk, (*where, found.name_of(token, found.theirs[token])), found.theirs[token])


def _insert_first(
    walk: Walk, where: Place, ours: YamlEntry, first: YamlEntry, new: list[tuple[YamlEntry, str]]
) -> None:
    """Insert entries before the first one; on separate lines if that one is."""
    line = reindent.line_start(walk.ours.text, first.body)
    if line is None or line <= ours.value.start:
        walk.edits.put(first.body, first.body, "".join(f"{one}, " for _, one in new))
        for entry, _ in new:
            flownotes.note_left_out(walk, where, entry)
        return
    space = walk.ours.text[line : first.body]
    lines, comments = "", []
    for entry, one in new:
        above, end_of_line, said = flownotes.new_lines(walk.theirs, entry, space) if entry.flow else ("", "", [])
        lines += f"{above}{space}{one},{end_of_line}\n"
        comments += said
    walk.edits.put(line, line, lines, comments)


def _insert_behind(walk: Walk, ours: YamlEntry, before: YamlEntry, entry: YamlEntry, new: str) -> bool:
    """Insert an entry after another; return whether its comments were inserted too."""
    source, node = walk.ours.text, ours.value
    line = reindent.line_start(source, before.body)
    comma = _COMMA_BEHIND.match(source, before.end)
    behind = comma.end() if comma else before.end
    rest = _REST.match(source, behind)
    if line is None or line <= node.start or not rest:
        walk.edits.put(before.end, before.end, f", {new}")
        return False
    if not comma:
        walk.edits.put(before.end, before.end, ",")
    space = " " * (before.body - line)
    above, end_of_line, comments = flownotes.new_lines(walk.theirs, entry, space) if entry.flow else ("", "", [])
    walk.edits.put(rest.end(), rest.end(), f"{above}{space}{new}{',' if comma else ''}{end_of_line}\n", comments)
    return True
