"""Write a list that only theirs reordered."""

from __future__ import annotations

from collections.abc import Sequence

from ..entries.collection import MergedEntries
from ..identity.itemkeys import EntryToken
from ..syntax.edits import Edit, Inside, applied
from ..syntax.elements import Element, TextLine
from ..walk.context import Walk
from .sides import Sides, comments_after


class Reordered:
    """A list that only theirs reordered: its entries, with the lines above each, in another order."""

    def __init__(self, walk: Walk, found: MergedEntries, sides: Sides, since: int) -> None:
        self.walk = walk
        self.found = found
        self.sides = sides
        self.edits = walk.edits.taken(since)
        self.inside = Inside(self.edits)

    def write(self) -> None:
        """Write the list from the texts of its entries."""
        block = self.sides.block
        top, above, tail = self.split(block.elements)
        mine = {self.sides.tokens[id(one)]: one for one in block.entries}
        _, heads, _ = self.split(self.sides.theirs)
        out = [self.text(one) for one in top]
        gone = [Edit(one.start, one.end, "") for token in self.found.gone for one in (*above[token], mine[token])]
        comments = comments_after(self.walk, [*self.edits, *gone], block.start, block.end)
        for token in self.found.order:
            if token in mine:
                out += [self.text(one) for one in above[token]]
                out.append(self.text(mine[token]))
            else:
                chunk = [*heads[token], self.found.theirs[token]]
                out += map(self.sides.text_of, chunk)
                comments += [c for one in chunk for c in self.sides.comments_of(one)]
        out += [self.text(one) for one in tail]
        new = "".join(out)
        self.walk.edits.put(block.start, block.end, new.lstrip(" ") if block.inline else new, comments)

    def split(
        self, elements: Sequence[Element]
    ) -> tuple[list[TextLine], dict[EntryToken, list[Element]], list[TextLine]]:
        """Return the lines at the top, those above each entry, and those at the end."""
        lines: list[TextLine] = []
        above: dict[EntryToken, list[Element]] = {}
        top: list[TextLine] = []
        for one in elements:
            if isinstance(one, TextLine):
                lines.append(one)
                continue
            if not above:
                cut = next((n for n in range(len(lines), 0, -1) if not lines[n - 1].text), 0)
                top, lines = lines[:cut], lines[cut:]
            above[self.sides.tokens[id(one)]] = list(lines)
            lines = []
        return top, above, lines

    def text(self, one: Element) -> str:
        """Return the lines of an element of ours, with the edits in it applied."""
        lines = applied(self.walk.ours.text, self.inside.of(one.start, one.end), one.start, one.end)
        if self.sides.block.inline and one.start == self.sides.block.start:
            return " " * self.sides.block.column + lines
        return lines
