"""Replace values of ours by those of theirs, and merge their end-of-line comments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...yaml.meaning import YamlValue
from ..syntax import reindent, titles
from ..syntax.edits import Edits
from ..syntax.elements import YamlEntry, is_block
from ..syntax.spantree import SpanTree
from ..syntax.titles import field_name

Place = tuple[str, ...]


@dataclass(frozen=True)
class Trees:
    """The trees of base, ours and theirs; base is None if there is none."""

    base: SpanTree | None
    ours: SpanTree
    theirs: SpanTree


class Writer:
    """Three trees, the edits of ours, and notes for the user. ``base`` is None if there is none."""

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.base = trees.base
        self.ours = trees.ours
        self.theirs = trees.theirs
        self.edits = Edits()
        self.notes: list[str] = []
        self.title = ""  # name of the document in the paths of its fields
        self._end_of_line: dict[int, str] = {}

    def field(self, where: Place) -> str:
        """Return the path of a place for messages."""
        return titles.with_title(self.title, field_name(where))

    def remark(self, where: Place, text: str) -> None:
        """Add a note about a field."""
        name = self.field(where)
        self.notes.append(f"{name}: {text}" if name else text)

    def as_theirs(self, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
        """Replace the value of ours with that of theirs, if they differ."""
        value = self.theirs.value(theirs.value)
        return value if self.ours.value(ours.value) == value else self.replace(ours, theirs)

    def replace(self, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
        """Replace the value of ours with that of theirs; its end-of-line comment is kept."""
        value = self.theirs.value(theirs.value)
        tree, old, new = self.theirs, ours.value, theirs.value
        if ours.flow:
            self.put_inline(ours, reindent.flow_text(tree, new))
            return value
        if ours.root:
            return self.replace_root(ours, theirs)
        by = ours.column - theirs.column
        if not any(is_block(one) or one.style in {"|", ">"} for one in (old, new)):
            self.put_inline(ours, reindent.value_text(tree, new, by))
            return value
        first, rest, comments = tree.part(theirs)
        if old.style in {"|", ">"} and new.style in {"|", ">"}:  # keep the user's indentation
            indents = reindent.body_indent(self.ours, old), reindent.body_indent(tree, new)
            by = indents[0] - indents[1] if indents[0] is not None and indents[1] is not None else by
        self.put_part(ours, first, reindent.shift(rest, by), comments)
        return value

    def replace_root(self, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
        """Replace the root of ours with that of theirs."""
        spans = []
        for tree, one in ((self.ours, ours), (self.theirs, theirs)):
            block = is_block(one.value)
            low = one.value.first if block else one.value.start
            spans.append((low, max(one.end - 1, low) if block else one.value.end, tree.column(low)))
        (low, high, column), (start, end, other) = spans
        if not column and not other and not self.ours.text[ours.body : low].strip():
            low, start = ours.body, theirs.body  # with the lines above it
        new = reindent.shift(self.theirs.text[start:end], column - other)
        self.edits.put(low, high, new, self.theirs.comments_in(start, end))
        return self.theirs.value(theirs.value)

    def put_inline(self, ours: YamlEntry, new: str) -> None:
        """Replace a scalar or flow value with another one."""
        old = ours.value
        if old.start < old.end and old.end > ours.sep:
            low = old.start if new else ours.sep
            self.edits.put(low, old.end, new)
        elif new:
            self.edits.put(ours.sep, ours.sep, f" {new}")

    def put_part(self, ours: YamlEntry, first: str, rest: str, comments: Iterable[str]) -> None:
        """Replace the text after the colon or dash of an entry: ``first`` on its line, and ``rest`` below it."""
        note = self.ours.note(ours)
        comment = self._end_of_line.pop(id(ours), None)
        if comment is None:
            comment = self.ours.text[slice(*note)] if note else ""
        high = ours.end - 1 if is_block(ours.value) else max(ours.last, note[1] if note else 0)
        mine = [comment.strip()] if comment.strip() else []
        self.edits.put(ours.sep, high, first + comment + rest, [*mine, *comments])

    def merge_end_of_line(
        self, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry, *, taken: bool = False
    ) -> None:
        """Merge the end-of-line comment of an entry, before its value is written; ``taken``: that of theirs wins."""
        if ours.flow or theirs.flow or (base and base.flow):
            return
        b = end_of_line_comment(self.base, base) if self.base and base else ""
        o, t = end_of_line_comment(self.ours, ours), end_of_line_comment(self.theirs, theirs)
        if t in (b, o) or base is None:
            return
        if o != b and not taken:
            self.remark(where, f"your comment is kept; the generated one is {t or 'gone'}")
            return
        note = self.theirs.note(theirs)
        self._end_of_line[id(ours)] = self.theirs.text[slice(*note)] if note else ""

    def write_end_of_line(self, where: Place, ours: YamlEntry) -> None:
        """Write the end-of-line comment of an entry, unless it was written with its value."""
        new = self._end_of_line.pop(id(ours), None)
        if new is None:
            return
        note = self.ours.note(ours)
        if is_block(ours.value) and self.ours.compact(ours):
            self.remark(where, f"the generated comment is left out: {new.strip() or 'none'}")
            return
        if note is None:
            low = (
                ours.sep if is_block(ours.value) else ours.value.start if ours.value.style in {"|", ">"} else ours.last
            )
            high = self.ours.line_end(low)
            note = low + len(self.ours.text[low:high].rstrip()), high
        self.edits.put(*note, new, [new.strip()] if new.strip() else [])


def end_of_line_comment(tree: SpanTree, entry: YamlEntry) -> str:
    """Return the end-of-line comment of an entry, or ``""``."""
    note = tree.note(entry)
    return tree.text[slice(*note)].strip() if note else ""
