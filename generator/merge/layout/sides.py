"""The elements of three sides of a block collection, and the gaps between the entries that all sides have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..entries import sequences
from ..entries.collection import MergedEntries
from ..identity.itemkeys import EntryToken
from ..syntax import reindent
from ..syntax.edits import Edit
from ..syntax.elements import Block, Element, TextLine, YamlEntry, is_block
from ..syntax.spantree import SpanTree
from ..walk.context import Walk


@dataclass
class Gap:
    """The elements of base, ours and theirs between two entries that all sides have."""

    base: Sequence[Element]
    ours: Sequence[Element]
    theirs: Sequence[Element]
    start: int
    end: int


class Sides:
    """The elements of three sides of a collection."""

    def __init__(
        self,
        walk: Walk,
        found: MergedEntries,
        block: Block,
        base: tuple[Sequence[Element], Block | None],
        theirs: tuple[Sequence[Element], Block | None],
    ) -> None:
        self.walk = walk
        self.found = found
        self.block = block
        self.base, self.base_block = base
        self.theirs, self.theirs_block = theirs
        self.new: set[EntryToken] = set()  # new entries
        self.gone: set[EntryToken] = set()  # deleted entries
        self.steady: list[EntryToken] = []  # those that all sides have in the same order
        self.moved: set[EntryToken] = set()  # those that all sides have, but not in the same order
        self.tokens: dict[int, EntryToken] = {
            id(one): token for side in (found.base, found.ours, found.theirs) for token, one in side.items()
        }
        if not found.ours and theirs[1] is not None:
            block.column = theirs[1].column

    def decided(self) -> None:
        """Apply the decisions about the entries."""
        found = self.found
        self.new, self.gone = set(found.new), set(found.gone)
        self.steady = sequences.steady(found)
        common = {token for token in found.ours if token in found.theirs and token in found.base}
        self.moved = common - set(self.steady) if len(common) > len(self.steady) else set()

    @cached_property
    def neighbours(self) -> dict[EntryToken, tuple[EntryToken | None, EntryToken | None]]:
        """The entries of ours before and after each new one in the merged order."""
        out: dict[EntryToken, tuple[EntryToken | None, EntryToken | None]] = {}
        before: EntryToken | None = None
        waiting: list[EntryToken] = []
        for token in self.found.order:
            if token in self.new:
                waiting.append(token)
                out[token] = before, None
                continue
            for one in waiting:
                out[one] = out[one][0], token
            before, waiting = token, []
        return out

    def heads(self) -> dict[EntryToken, list[str]]:
        """Return the comments of ours directly above each of its entries that base does not have."""
        known = {one.text for one in self.base if isinstance(one, TextLine)}
        above = self.above(self.block.elements)
        return {token: [one.text for one in lines if one.text not in known] for token, lines in above.items()}

    def above(self, elements: Sequence[Element]) -> dict[EntryToken, list[TextLine]]:
        """Return the comment lines directly above each entry."""
        out: dict[EntryToken, list[TextLine]] = {}
        lines: list[TextLine] = []
        for one in elements:
            if isinstance(one, YamlEntry):
                out[self.tokens[id(one)]] = lines
                lines = []
            elif one.text:
                lines.append(one)
            else:
                lines = []
        return out

    def gaps(self) -> Iterator[Gap]:
        """Yield the gaps, in order."""
        steady, marks = self.steady, set(self.steady)
        cut = [self._cut(side, marks) for side in (self.base, self.block.elements, self.theirs)]
        if not self.found.has_base:
            cut[0] = [[] for _ in cut[1]]
        start = self.block.start
        for number in range(len(steady) + 1):
            last = number == len(steady)
            end = self.block.end if last else self.found.ours[steady[number]].start
            yield Gap(cut[0][number], cut[1][number], cut[2][number], start, end)
            if not last:
                start = self.found.ours[steady[number]].end

    def _cut(self, elements: Sequence[Element], marks: set[EntryToken]) -> list[list[Element]]:
        """Divide elements into gaps; in base and theirs, moved entries are left out, with the comments above them."""
        out: list[list[Element]] = [[]]
        for one in elements:
            token = self.tokens[id(one)] if isinstance(one, YamlEntry) else None
            if token is not None and token in marks:
                out.append([])
            elif token is not None and token in self.moved and elements is not self.block.elements:
                while out[-1] and isinstance(out[-1][-1], TextLine) and out[-1][-1].text:
                    out[-1].pop()
            else:
                out[-1].append(one)
        return out

    def look(self, one: Element) -> Hashable:
        """Return the key by which an element is compared."""
        return ("line", one.text) if isinstance(one, TextLine) else ("entry", self.tokens[id(one)])

    def text_of(self, one: Element) -> str:
        """Return the lines of an element of theirs at the column of ours."""
        tree = self.walk.theirs
        if isinstance(one, YamlEntry):
            return reindent.entry_text(tree, one, self.block.column)
        by = self.block.column - (self.theirs_block.column if self.theirs_block else 0)
        return reindent.shift(f"\n{tree.text[one.start : one.end]}", by)[1:]

    def comments_of(self, one: Element) -> list[str]:
        """Return the comments in an element of theirs."""
        return self.walk.theirs.comments_in(one.start, one.end)


def elements_of(tree: SpanTree | None, entry: YamlEntry | None) -> tuple[Sequence[Element], Block | None]:
    """Return the elements of a collection, and the block they are in."""
    if tree is None or entry is None:
        return [], None
    if is_block(entry.value) or (entry.root and entry.value.style != "flow"):
        block = tree.block(entry)
        return block.elements, block
    return tree.children(entry), None


def comments_after(walk: Walk, edits: Sequence[Edit], start: int, end: int) -> list[str]:
    """Return the comments in a span of ours after edits in it."""
    found = Counter(walk.ours.comments_in(start, end))
    for one in edits:
        found.subtract(walk.ours.comments_in(one.start, one.end))
        found.update(one.comments)
    return list(found.elements())
