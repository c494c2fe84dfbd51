"""A text as a tree whose nodes have spans of lines.

The text of a block collection is divided into elements without a gap: its entries (pairs or items), and the comment and
blank lines between them. So everything outside the edits is kept, byte for byte.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from ...yaml import Document, Node, comment_spans, parse_stream
from ...yaml.meaning import NOTHING, YamlValue, aliases, anchors, nodes_of, value_of
from .elements import Block, Element, StreamPart, TextLine, YamlEntry, is_block
from .resolved import ResolvedValues

_SKIPPED = re.compile(r"[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ ]*")
_BLANK_OR_COMMENT = frozenset(" \t\n#")  # first characters of lines that may belong to the entry above
_COLON = re.compile(r"[ \t]*:")


class OddError(Exception):
    """The text of a collection cannot be divided into entries."""


class SpanTree:
    """A text, its documents, and the spans of their parts. Only parsing is done at once, all else on demand."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.documents = parse_stream(text, name) if text.strip(" \t\r\n") else []
        self.roots = [one.root for one in self.documents]
        self._values: dict[int, YamlValue] = {
            id(one): NOTHING for one in self.roots if one.shape == "scalar" and one.start == one.end and not one.anchor
        }
        self._blocks: dict[int, Block] = {}
        self._flows: dict[int, list[YamlEntry]] = {}

    def value(self, node: Node) -> YamlValue:
        """Return the value of a node."""
        return value_of(node, self._values)

    @cached_property
    def resolved(self) -> ResolvedValues:
        """The values of nodes with aliases and merge keys resolved."""
        return ResolvedValues(self.roots)

    @property
    def size(self) -> int:
        """The number of nodes and lines, each of which takes time and memory."""
        return self.text.count("\n") + nodes_of(self.roots)

    @cached_property
    def aliases(self) -> dict[str, int]:
        """The number of aliases of each anchor."""
        return dict(aliases(self.roots)) if "*" in self.text else {}

    @cached_property
    def anchors(self) -> Counter[str]:
        """The number of definitions of each anchor."""
        return Counter(name for root in self.roots for name in anchors(root)) if "&" in self.text else Counter()

    @cached_property
    def comments(self) -> list[tuple[int, int]]:
        """Start and end of every comment, in order."""
        return comment_spans(self.text, self.roots) if "#" in self.text else []

    def comments_in(self, start: int, end: int) -> list[str]:
        """Return the comments that begin in a span."""
        return [self.text[one:other] for one, other in self.comment_spans_in(start, end)]

    def comment_spans_in(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return start and end of the comments that begin in a span."""
        every = self.comments
        return every[bisect_left(every, (start,)) : bisect_left(every, (end,))] if every else []

    def line_end(self, offset: int) -> int:
        """Return the offset of the line break of a line."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def behind(self, offset: int) -> int:
        """Return the start of the line after that of ``offset``."""
        return min(self.line_end(offset) + 1, len(self.text))

    def column(self, offset: int) -> int:
        """Return the column of an offset, counted from 0."""
        return offset - self.text.rfind("\n", 0, offset) - 1

    def is_first(self, offset: int) -> bool:
        """Return whether only blanks precede an offset in its line."""
        return not self.text[self.text.rfind("\n", 0, offset) + 1 : offset].strip()

    def note(self, entry: YamlEntry) -> tuple[int, int] | None:
        """Return start and end of the end-of-line comment of an entry, with the space before it."""
        if entry.flow or entry.whole or entry.root or not self.comments:
            return None
        value = entry.value
        if is_block(value):
            if self.compact(entry):
                return None
            low = entry.sep
        else:
            low = value.start if value.style in {"|", ">"} else entry.last
        high = self.line_end(low)
        at = bisect_left(self.comments, (low,))
        if at == len(self.comments) or self.comments[at][0] >= high:
            return None
        start, end = self.comments[at]
        while start > low and self.text[start - 1] in " \t":
            start -= 1
        return start, end

    def compact(self, entry: YamlEntry) -> bool:
        """Return whether a block collection starts on the line of the entry that contains it."""
        return not entry.root and self.line_end(entry.sep) == self.line_end(entry.value.first)

    def part(self, entry: YamlEntry) -> tuple[str, str, list[str]]:
        """Return the text of a value after its colon or dash: on that line, and below it; and its comments.

        The end-of-line comment of the entry is left out.
        """
        text, low, high = self.text, entry.sep, entry.last
        if entry.flow:
            return f" {text[entry.value.start : entry.value.end]}", "", []
        if not is_block(entry.value) and entry.value.style not in {"|", ">"}:
            return text[low:high], "", self.comments_in(low, high)
        if is_block(entry.value):
            high = max(high, entry.end - 1)
        note = self.note(entry)
        line = min(self.line_end(low), high)
        comments = self.comments_in(low, high)
        if note:
            comments.remove(text[slice(*note)].strip())
        return text[low : note[0] if note else line].rstrip(" \t"), text[line:high], comments

    # --- Cutting ------------------------------------------------------------------------------------------------------

    def children(self, entry: YamlEntry) -> list[YamlEntry]:
        """Return the entries of a collection. Raises OddError if its text cannot be divided into entries."""
        node = entry.value
        if node.style == "flow" or node.shape not in {"map", "list"}:
            known = self._flows.get(id(node))
            if known is None:
                known = self._flows[id(node)] = self.flow_entries(node)
            return known
        return self.block(entry).entries

    def flow_entries(self, node: Node) -> list[YamlEntry]:
        """Return the entries of a flow collection."""
        column = 0
        out = []
        for key, value in node.pairs:
            colon = _COLON.match(self.text, key.end)
            sep = colon.end() if colon else key.end
            whole = self.text[key.start - 1 : key.start] == "?" or bool(
                re.search(r"\?\s+\Z", self.text[max(0, key.start - 9) : key.start])
            )
            out.append(YamlEntry(key, value, key.start, key.start, sep, max(value.end, sep), column, True, whole))
        for one in node.items:
            out.append(YamlEntry(None, one, one.start, one.start, one.start, one.end, column, True))
        return out

    def block(self, entry: YamlEntry) -> Block:
        """Return the elements of a block collection, or of a document without one."""
        known = self._blocks.get(id(entry))
        if known is None:
            known = self._blocks[id(entry)] = self._cut(entry)
        return known

    def _cut(self, entry: YamlEntry) -> Block:
        node = entry.value
        if not is_block(node):
            return self._scalar_block(entry)
        inline = self.compact(entry)
        start = node.first if inline else entry.body if entry.root else self.behind(entry.sep)
        entries = list(self._entries(node, start, entry.end, inline))
        return Block(self._woven(start, entry.end, entries), start, entry.end, self.column(node.first), inline)

    def _scalar_block(self, entry: YamlEntry) -> Block:
        """Divide a document whose root is not a block collection: its lines, and the root among them."""
        node = entry.value
        entries = []
        if node.start < node.end:
            start = self.text.rfind("\n", 0, node.start) + 1
            body = max(start, entry.body)
            one = YamlEntry(None, node, body, node.start, node.start, self.behind(node.end), 0)
            entries.append(one)
        return Block(self._woven(entry.body, entry.end, entries), entry.body, entry.end, 0, False)

    def _entries(self, node: Node, start: int, limit: int, inline: bool) -> Iterator[YamlEntry]:
        text = self.text
        body = behind = node.first
        column = self.column(body)
        for number, one in enumerate(node.pairs or node.items):
            key, value = one if isinstance(one, tuple) else (None, one)
            if number:
                body = self._next(key, behind, column)
            sep, whole = body + 1, False
            if key is not None:
                sep, whole = self._colon(key) if body == key.start else (body, True)
            line = body if number == 0 and inline else body - column
            entry = YamlEntry(key, value, line, body, sep, 0, column, False, whole)
            behind = value.end if value.end > sep else sep
            if value.style == "block":
                entry.end = min(self._foot(entry), limit)
                entry.whole = whole or not self._is_plain(entry)
            else:
                entry.end = min(text.find("\n", behind) + 1 or len(text), limit)
            yield entry

    def _colon(self, key: Node) -> tuple[int, bool]:
        """Return the first possible offset of a key's value, and whether the key has no colon."""
        if self.text[key.end : key.end + 1] == ":":
            return key.end + 1, False
        colon = _COLON.match(self.text, key.end)
        return (colon.end(), False) if colon else (key.start, True)

    def _next(self, key: Node | None, behind: int, column: int) -> int:
        """Return the start of the next entry of a block collection."""
        if key is not None:
            line = key.start - column
            if self.text[line - 1 : line] == "\n" and self.text.find("\n", line, key.start) < 0:
                return key.start
        skipped = _SKIPPED.match(self.text, behind)
        if skipped is None or self.column(skipped.end()) != column:
            raise OddError
        return skipped.end()

    def _foot(self, entry: YamlEntry) -> int:
        """Return the end of an entry's lines, including comments below it that are indented deeper."""
        end = at = self.behind(entry.last)
        if self.text[end : end + 1] not in _BLANK_OR_COMMENT:
            return end
        while at < len(self.text):
            line = self.line_end(at)
            row = self.text[at:line]
            said = row.lstrip(" ")
            at = min(line + 1, len(self.text))
            if said.startswith("#") and len(row) - len(said) > entry.column:
                end = at
            elif said.strip():
                break
            if line == len(self.text):
                break
        return end

    def _is_plain(self, entry: YamlEntry) -> bool:
        """Return whether only comments are between the line of an entry and the collection below it."""
        if self.compact(entry):
            return self.text[entry.sep : entry.value.first].strip(" ") == ""
        skipped = _SKIPPED.match(self.text, self.line_end(entry.sep))
        return skipped is not None and skipped.end() == entry.value.first

    def _woven(self, start: int, end: int, entries: Iterable[YamlEntry]) -> list[Element]:
        out: list[Element] = []
        at = start
        for entry in entries:
            out += self._lines(at, entry.start)
            out.append(entry)
            at = entry.end
        return [*out, *self._lines(at, end)]

    def _lines(self, start: int, end: int) -> Iterator[TextLine]:
        while start < end:
            line = min(self.line_end(start) + 1, end)
            yield TextLine(start, line, self.text[start:line].strip())
            start = line

    # --- Documents ----------------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> list[StreamPart]:
        """The documents with the lines that belong to them, without a gap."""
        out = []
        if not self.documents:
            nothing = Node("scalar", "null", "", 1, 1, 0, 0)
            self._values[id(nothing)] = NOTHING
            end = len(self.text)
            root = YamlEntry(None, nothing, 0, 0, 0, end, 0, root=True)
            return [StreamPart(Document(nothing, 0, 0, end, False, False), 0, 0, end, end, root)]
        starts = [0, *(self.text.rfind("\n", 0, one.start) + 1 for one in self.documents[1:])]
        for number, one in enumerate(self.documents):
            start = starts[number]
            end = starts[number + 1] if number + 1 < len(starts) else len(self.text)
            body = start
            if one.explicit:
                rest = self.text[one.content : self.line_end(one.content)].strip(" \t")
                body = one.content if rest and rest[0] != "#" else self.behind(one.content)
            tail = self.text.rfind("\n", 0, one.end) + 1 if one.closed else end
            root = YamlEntry(None, one.root, body, body, body, max(tail, body), 0, root=True)
            if body and self.text[body - 1] != "\n":
                root.whole = True
            if is_block(one.root) and one.root.start != one.root.first:
                root.whole = True
            out.append(StreamPart(one, start, body, max(tail, body), end, root))
        return out
