"""Block collections of ours: the edits that bring theirs' changes into them.

Entries that all sides have in one order divide the three texts into gaps. In a gap are comment and blank lines, and the
entries that came or went. A gap that ours left as it is becomes theirs'; else the lines that theirs changed are looked
for in ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import entries, text
from .align import matches
from .edits import Edit, applied
from .entries import ListConflictError, Merge
from .keys import Token
from .tree import Block, Element, Entry, Line, Tree, is_block
from .values import Value, field_name

if TYPE_CHECKING:
    from .fields import Walk, Where


def merge(walk: Walk, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
    """Merge a collection that ours writes as a block; return what it means then."""
    state = len(walk.edits.made), len(walk.conflicts), len(walk.notes)
    found = entries.matched(walk, where, base, ours, theirs)
    block = walk.ours.block(ours)
    sides = _Sides(walk, found, block, _elements(walk.base, base), _elements(walk.theirs, theirs))
    try:
        entries.decide(walk, where, found, ours, sides.heads())
    except ListConflictError as error:
        del walk.edits.made[state[0] :], walk.conflicts[state[1] :], walk.notes[state[2] :]
        return walk.decided(where, base, ours, theirs, error.reason)
    if not found.order and found.ours:
        return _emptied(walk, ours, theirs, found)
    if found.moved:
        _Reordered(walk, found, sides, state[0]).write()
    else:
        sides.write(where)
    if not found.expected and not found.ours:
        return walk.ours.value(ours.value)
    return found.value


def _elements(tree: Tree | None, entry: Entry | None) -> tuple[Sequence[Element], Block | None]:
    """Return the elements of a collection, and the block they are in."""
    if tree is None or entry is None:
        return [], None
    if is_block(entry.value) or entry.root:
        block = tree.block(entry)
        return block.elements, block
    return tree.children(entry), None


def _emptied(walk: Walk, ours: Entry, theirs: Entry, found: Merge) -> Value:
    """Write what stands for a block whose last entry went."""
    value: Value = [] if found.is_list else {}
    if ours.root:
        block = walk.ours.block(ours)
        gone = block.entries
        empty = theirs.value.start == theirs.value.end
        new = "" if empty else "[]\n" if found.is_list else "{}\n"
        for number, one in enumerate(gone):
            walk.edits.put(one.start, one.end, "" if number else new)
        return ("null", "") if empty else value
    walk.put_part(ours, " []" if found.is_list else " {}", "", [])
    return value


def _comments(walk: Walk, edits: Sequence[Edit], start: int, end: int) -> list[str]:
    """Return the comments in a span of ours after edits in it."""
    found = Counter(walk.ours.comments_in(start, end))
    for one in edits:
        found.subtract(walk.ours.comments_in(one.start, one.end))
        found.update(one.comments)
    return list(found.elements())


@dataclass
class _Gap:
    """What lies between two entries that all sides have: the elements of base, ours and theirs."""

    base: Sequence[Element]
    ours: Sequence[Element]
    theirs: Sequence[Element]
    start: int
    end: int


class _Sides:
    """The elements of three sides of a collection."""

    def __init__(
        self,
        walk: Walk,
        found: Merge,
        block: Block,
        base: tuple[Sequence[Element], Block | None],
        theirs: tuple[Sequence[Element], Block | None],
    ) -> None:
        self.walk = walk
        self.found = found
        self.block = block
        self.base, self.base_block = base
        self.theirs, self.theirs_block = theirs
        self.tokens: dict[int, Token] = {
            id(one): token for side in (found.base, found.ours, found.theirs) for token, one in side.items()
        }
        if not block.entries and theirs[1] is not None:
            block.column = theirs[1].column

    def heads(self) -> dict[Token, list[str]]:
        """Return the comments of ours right above each of its entries that base does not have."""
        known = {one.text for one in self.base if isinstance(one, Line)}
        out: dict[Token, list[str]] = {}
        above: list[str] = []
        for one in self.block.elements:
            if isinstance(one, Line):
                above = [*above, one.text] if one.text else []
            else:
                out[self.tokens[id(one)]] = [comment for comment in above if comment not in known]
                above = []
        return out

    def write(self, where: Where) -> None:
        """Make the edits in each gap."""
        for number, gap in enumerate(self.gaps()):
            since = len(self.walk.edits.made)
            _Filled(self, gap, where).write()
            if number == 0 and self.block.inline and len(self.walk.edits.made) > since:
                self.from_dash(gap, since)

    def from_dash(self, gap: _Gap, since: int) -> None:
        """Make the edits of lines that begin behind a dash as if they began on a line of their own."""
        column, start = self.block.column, self.block.start
        edits = self.walk.edits.taken(since)
        comments = _comments(self.walk, edits, start, gap.end)
        lines = applied(self.walk.ours.text, edits, start, gap.end)
        first = bool(gap.ours) and edits[0].start > start
        lines = lines if first else lines.lstrip(" \n")
        end = gap.end
        if end < self.block.end:  # an entry follows that stays
            line_begins = end > start
            if not lines:
                end += column
            elif not line_begins:
                lines += " " * column
        self.walk.edits.put(start, end, lines, comments)

    def gaps(self) -> Iterator[_Gap]:
        """Yield the gaps, in order."""
        steady = entries.steady(self.found)
        marks = set(steady)
        cut = [self._cut(side, marks) for side in (self.base, self.block.elements, self.theirs)]
        if not self.found.has_base:
            cut[0] = [[] for _ in cut[1]]
        start = self.block.start
        for number in range(len(steady) + 1):
            last = number == len(steady)
            end = self.block.end if last else self.found.ours[steady[number]].start
            yield _Gap(cut[0][number], cut[1][number], cut[2][number], start, end)
            if not last:
                start = self.found.ours[steady[number]].end

    def _cut(self, elements: Sequence[Element], marks: set[Token]) -> list[list[Element]]:
        out: list[list[Element]] = [[]]
        for one in elements:
            if isinstance(one, Entry) and self.tokens[id(one)] in marks:
                out.append([])
            else:
                out[-1].append(one)
        return out

    def look(self, one: Element) -> Hashable:
        """Return what an element is compared by."""
        return ("line", one.text) if isinstance(one, Line) else ("entry", self.tokens[id(one)])

    def text_of(self, one: Element) -> str:
        """Return the lines of an element of theirs at the column of ours."""
        tree = self.walk.theirs
        if isinstance(one, Entry):
            return text.entry_text(tree, one, self.block.column)
        by = self.block.column - (self.theirs_block.column if self.theirs_block else 0)
        return text.shift(f"\n{tree.text[one.start : one.end]}", by)[1:]

    def comments_of(self, one: Element) -> list[str]:
        """Return the comments in an element of theirs."""
        return self.walk.theirs.comments_in(one.start, one.end)


class _Filled:
    """One gap of ours, and what theirs changed in it."""

    def __init__(self, sides: _Sides, gap: _Gap, where: Where) -> None:
        self.sides = sides
        self.walk = sides.walk
        self.found = sides.found
        self.gap = gap
        self.where = where
        self.new = set(self.found.new)
        self.gone = set(self.found.gone)

    def write(self) -> None:
        """Make the edits."""
        gap, look = self.gap, self.sides.look
        comes = any(self.token(one) in self.new for one in gap.theirs)
        goes = any(self.token(one) in self.gone for one in gap.ours)
        before, after = [look(one) for one in gap.base], [look(one) for one in gap.theirs]
        if before == after and not comes and not goes:
            return
        if not self.found.has_base and not comes:
            return
        if self.is_base() and self.becomes_theirs():
            new = "".join(map(self.sides.text_of, gap.theirs))
            self.walk.edits.put(gap.start, gap.end, new, [c for one in gap.theirs for c in self.sides.comments_of(one)])
            return
        for one in gap.ours:
            if self.token(one) in self.gone:
                self.walk.edits.put(one.start, one.end, "")
        self.weave(before, after)

    def token(self, one: Element) -> Token | None:
        """Return the token of an entry; None for a line."""
        return self.sides.tokens[id(one)] if isinstance(one, Entry) else None

    def is_base(self) -> bool:
        """Tell whether ours has here what base has, byte for byte."""
        gap, base = self.gap, self.walk.base
        if (
            base is None
            or not self.sides.base_block
            or not gap.base
            or (self.sides.block.inline and gap.start == self.sides.block.start)
        ):
            return (
                base is not None
                and bool(self.sides.base_block)
                and not gap.base
                and gap.start == gap.end
                and not (self.sides.block.inline and gap.start == self.sides.block.start)
            )
        return self.walk.ours.text[gap.start : gap.end] == base.text[gap.base[0].start : gap.base[-1].end]

    def becomes_theirs(self) -> bool:
        """Tell whether all entries of ours in the gap go, and all of theirs come."""
        return all(self.token(one) in self.gone for one in self.gap.ours if isinstance(one, Entry)) and all(
            self.token(one) in self.new for one in self.gap.theirs if isinstance(one, Entry)
        )

    def weave(self, before: list[Hashable], after: list[Hashable]) -> None:
        """Bring single changes of theirs into a gap that ours changed too."""
        mine = dict(matches(before, [self.sides.look(one) for one in self.gap.ours]))
        i = j = 0
        for bi, tj in [*matches(before, after), (len(before), len(after))]:
            if i < bi or j < tj:
                self.change(range(i, bi), range(j, tj), mine)
            i, j = bi + 1, tj + 1

    def change(self, lost: range, new: range, mine: dict[int, int]) -> None:
        """Bring one change over: elements of base that theirs has no more, and those it has instead."""
        gap = self.gap
        low = next((mine[n] + 1 for n in range(lost.start - 1, -1, -1) if n in mine), 0)
        high = next((mine[n] for n in range(lost.stop, len(gap.base)) if n in mine), len(gap.ours))
        kept = {mine[n] for n in lost if n in mine}
        lines = [n for n in lost if isinstance(gap.base[n], Line)]
        touched = any(n not in mine and said(gap.base[n]) for n in lines)
        rest = [n for n in range(low, high) if n not in kept]
        there = matches([self.sides.look(gap.ours[n]) for n in rest], [self.sides.look(gap.theirs[n]) for n in new])
        kept |= {rest[one] for one, _ in there}  # what both sides have, and base has not
        loose, chunks = self.chunks(new, {new[other] for _, other in there})
        says = any(map(said, loose))
        stays = says and (touched or self.has_own(low, high, kept))
        if stays:
            self.note(loose)
        if stays or (not says and any(n not in kept for n in range(low, high))):
            loose = []
        for n in lines if not stays else ():
            if n in mine:
                self.walk.edits.put(gap.ours[mine[n]].start, gap.ours[mine[n]].end, "")
        # A comment goes above what it stands above in theirs, but in place of one that it replaces.
        at = min((mine[n] for n in lines if n in mine), default=high if loose and said(loose[-1]) else low)
        for chunk in chunks:
            self.insert(chunk, low)
        if loose:
            self.insert(loose, at)

    def has_own(self, low: int, high: int, kept: set[int]) -> bool:
        """Tell whether ours has comments of its own among elements, other than right above an entry of its own."""
        found = above = False
        for n in range(low, high):
            one = self.gap.ours[n]
            if isinstance(one, Entry):
                above = False
            elif not one.text:
                found, above = found or above, False
            elif n not in kept:
                above = True
        return found or above

    def chunks(self, new: range, there: set[int]) -> tuple[list[Element], list[list[Element]]]:
        """Return the lines that belong to no new entry, and each new entry with the lines before it.

        What is ``there`` already is left out.

        Lines right above an entry that ours deleted are in neither.
        """
        loose: list[Element] = []
        chunks: list[list[Element]] = []
        above: list[Element] = []
        for n in new:
            one = self.gap.theirs[n]
            if isinstance(one, Line):
                above += [] if n in there else [one]
            elif self.token(one) in self.new:
                chunks.append([*above, one])
                above = []
            else:
                loose += above
                above = []
        behind = self.gap.theirs[new.stop] if new.stop < len(self.gap.theirs) else None
        deleted = (
            isinstance(behind, Entry)
            and self.token(behind) not in self.found.ours
            and self.token(behind) not in self.new
        )
        if deleted:
            above = above[: len(above) - next((n for n, one in enumerate(above[::-1]) if not one.text), len(above))]  # type: ignore[union-attr]
        return (loose + above if self.found.has_base else []), chunks

    def insert(self, chunk: list[Element], low: int) -> None:
        """Write elements of theirs into ours, at the latest before what follows them in the merged order."""
        ours = self.gap.ours
        at = low
        last = chunk[-1]
        if isinstance(last, Entry):
            order = self.found.order
            place = order.index(self.token(last))
            numbers = {self.token(one): n for n, one in enumerate(ours) if isinstance(one, Entry)}
            before = next((numbers[one] + 1 for one in order[:place][::-1] if one in numbers), 0)
            after = next((numbers[one] for one in order[place:] if one in numbers), len(ours))
            at = min(max(low, before), after)
        offset = ours[at - 1].end if at else self.gap.start
        new = "".join(map(self.sides.text_of, chunk))
        self.walk.edits.put(offset, offset, new, [c for one in chunk for c in self.sides.comments_of(one)])

    def note(self, loose: list[Element]) -> None:
        said = " ".join(one.text for one in loose if isinstance(one, Line) and one.text)
        self.walk.notes.append(f"{field_name(self.where)}: your comment stays, the generated one is {said}")


def said(one: Element) -> str:
    """Return what a line says; nothing for an entry."""
    return one.text if isinstance(one, Line) else ""


class _Reordered:
    """A list that theirs alone reordered: its entries, with the lines above each, in another order."""

    def __init__(self, walk: Walk, found: Merge, sides: _Sides, since: int) -> None:
        self.walk = walk
        self.found = found
        self.sides = sides
        self.edits = walk.edits.taken(since)

    def write(self) -> None:
        """Write the list anew, of the texts of its entries."""
        block = self.sides.block
        top, above, tail = self.split(block.elements)
        mine = {self.sides.tokens[id(one)]: one for one in block.entries}
        _, heads, _ = self.split(self.sides.theirs)
        out = [self.text(one) for one in top]
        gone = [Edit(mine[token].start, mine[token].end, "") for token in self.found.gone]
        comments = _comments(self.walk, [*self.edits, *gone], block.start, block.end)
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

    def split(self, elements: Sequence[Element]) -> tuple[list[Line], dict[Token, list[Element]], list[Line]]:
        """Return the lines at the top, those above each entry, and those at the end."""
        lines: list[Line] = []
        above: dict[Token, list[Element]] = {}
        top: list[Line] = []
        for one in elements:
            if isinstance(one, Line):
                lines.append(one)
                continue
            if not above:
                cut = next((n for n in range(len(lines), 0, -1) if not lines[n - 1].text), 0)
                top, lines = lines[:cut], lines[cut:]
            above[self.sides.tokens[id(one)]] = list(lines)
            lines = []
        return top, above, lines

    def text(self, one: Element) -> str:
        """Return the lines of an element of ours, with the edits in it made."""
        inside = [edit for edit in self.edits if one.start <= edit.start and edit.end <= one.end]
        lines = applied(self.walk.ours.text, inside, one.start, one.end)
        if self.sides.block.inline and one.start == self.sides.block.start:
            return " " * self.sides.block.column + lines
        return lines
