"""Write the changes of theirs into one gap of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from ..identity.itemkeys import EntryToken
from ..syntax.align import aligned
from ..syntax.elements import Element, TextLine, YamlEntry
from ..walk.bound import LOOSE
from ..walk.writer import Place
from .blanks import is_blank, place_blanks, spare_blanks
from .changes import GapChange, Holes, join_changes
from .sides import Gap, Sides

MAX_LOOKED_AT = 100_000  # elements of ours for all changes of a gap; beyond it changes in one place are joined


class Filled:
    """One gap of ours, and the changes of theirs in it."""

    def __init__(self, sides: Sides, gap: Gap, where: Place) -> None:
        self.sides = sides
        self.walk = sides.walk
        self.found = sides.found
        self.gap = gap
        self.where = where
        self.new = sides.new
        self.gone = sides.gone
        self.held = sides.walk.is_held((*where, LOOSE))  # whether its comments and blank lines stay as they are
        self.places: dict[int, int] = {}  # of elements of base in ours
        self.numbers = {self.token(one): n for n, one in enumerate(gap.ours) if isinstance(one, YamlEntry)}

    def write(self) -> None:
        """Write the edits."""
        gap, look = self.gap, self.sides.look
        comes = any(self.token(one) in self.new for one in gap.theirs)
        goes = any(self.token(one) in self.gone for one in gap.ours)
        # Elements that ours deleted and theirs restores are new.
        before = [("gone", self.token(one)) if self.token(one) in self.new else look(one) for one in gap.base]
        after = [look(one) for one in gap.theirs]
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

    def token(self, one: Element) -> EntryToken | None:
        """Return the token of an entry; None for a line."""
        return self.sides.tokens[id(one)] if isinstance(one, YamlEntry) else None

    def is_base(self) -> bool:
        """Return whether ours has the same text here as base."""
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
        """Return whether all entries of ours in the gap go, and all of theirs come."""
        return all(self.token(one) in self.gone for one in self.gap.ours if isinstance(one, YamlEntry)) and all(
            self.token(one) in self.new for one in self.gap.theirs if isinstance(one, YamlEntry)
        )

    def weave(self, before: list[Hashable], after: list[Hashable]) -> None:
        """Write single changes of theirs into a gap that ours changed too; changes of blank lines only are left out."""
        mine = dict(aligned(before, [self.sides.look(one) for one in self.gap.ours]))
        self.walk.entered.append((self.walk.number, (*self.where, LOOSE)))
        if self.has_arrived(before, after):
            self.forget(before, after, mine)
            return
        self.places = self.placed(mine)
        found: list[GapChange] = []
        holes = Holes(mine, len(before), len(self.gap.ours))
        behind = Holes(self.places, len(before), len(self.gap.ours))
        i = j = 0
        for bi, tj in [*aligned(before, after), (len(before), len(after))]:
            if i < bi or j < tj:
                lost = range(i, bi)
                found.append(GapChange(lost, range(j, tj), *holes.around(lost), behind.around(lost)[0]))
            i, j = bi + 1, tj + 1
        if sum(one.high - one.low for one in found) > MAX_LOOKED_AT:
            found = join_changes(found)
        for one in found:
            self.change(one, mine)

    def has_arrived(self, before: list[Hashable], after: list[Hashable]) -> bool:
        """Return whether ours has every entry and comment that is new in theirs."""
        stay = {there for _, there in aligned(before, after)}
        new = [one for n, one in enumerate(self.gap.theirs) if n not in stay]
        if any(self.token(one) in self.new for one in self.gap.theirs):
            return False
        here = Counter(map(line_text, self.gap.ours))
        old = Counter(line_text(one) for n, one in enumerate(self.gap.theirs) if n in stay)
        return all(here[text] >= count + old[text] for text, count in Counter(map(line_text, new)).items() if text)

    def forget(self, before: list[Hashable], after: list[Hashable], mine: dict[int, int]) -> None:
        """Delete the comments of ours that theirs no longer has, except where ours deleted their entry and kept them.

        Blank lines that theirs no longer has are deleted with the elements next to them.
        """
        if self.held:
            return
        stay = {here for here, _ in aligned(before, after)}
        left = Counter(map(line_text, self.gap.theirs))
        goes = {n for n, one in enumerate(self.gap.ours) if self.token(one) in self.gone}
        owner: Element | None = None  # the entry or blank line below
        for n, one in reversed(list(enumerate(self.gap.base))):
            if not line_text(one):
                owner = one
            elif n in stay or n not in mine or left[line_text(one)]:
                continue
            elif not isinstance(owner, YamlEntry) or self.token(owner) in self.found.ours:
                goes.add(mine[n])
                self.walk.edits.put(self.gap.ours[mine[n]].start, self.gap.ours[mine[n]].end, "")
        lost = [n for n, one in enumerate(self.gap.base) if n not in stay and n in mine and is_blank(one)]
        mine = place_blanks(self.gap.ours, mine, lost, goes)
        own = set(range(len(self.gap.ours))) - set(mine.values())
        top = self.gap.start == self.sides.block.start
        for n in spare_blanks(self.gap.ours, goes, {mine[n] for n in lost}, own, top=top):
            self.walk.edits.put(self.gap.ours[n].start, self.gap.ours[n].end, "")

    def placed(self, mine: dict[int, int]) -> dict[int, int]:
        """Return the places of elements of base in ours, including comments that ours changed one for one."""
        out = dict(mine)
        base, ours = self.gap.base, self.gap.ours
        i = j = 0
        for bi, oj in [*sorted(mine.items()), (len(base), len(ours))]:
            if bi - i == oj - j and all(map(line_text, [*base[i:bi], *ours[j:oj]])):
                out.update(zip(range(i, bi), range(j, oj), strict=True))
            i, j = bi + 1, oj + 1
        return out

    def change(self, one: GapChange, mine: dict[int, int]) -> None:
        """Write one change."""
        gap, lost, new, low, high = self.gap, one.lost, one.new, one.low, one.high
        kept = {mine[n] for n in lost if n in mine}
        lines = [n for n in lost if isinstance(gap.base[n], TextLine)]
        touched = any(n not in mine and line_text(gap.base[n]) for n in lines)
        rest = [n for n in range(low, high) if n not in kept]
        there = self.shared(rest, one)
        kept |= {at for at, _ in there}  # elements that both sides have and base does not
        loose, chunks = self.chunks(new, {other for _, other in there}, stays=any(n in mine for n in lines))
        says = any(map(line_text, loose))
        stays = self.held or (says and (touched or self.has_own(low, high, kept)))
        if stays and says and any(line_text(one) for one in gap.ours[low:high]):
            self.note(loose)
        if stays or (not says and any(n not in kept for n in range(low, high))):
            loose = []
        for n in lines if not stays else ():
            if n in mine:
                self.walk.edits.put(gap.ours[mine[n]].start, gap.ours[mine[n]].end, "")
        # A comment is placed above the same element as in theirs, but replaces its predecessor in place.
        at = low
        if loose and line_text(loose[-1]):
            last = next(n for n in new if gap.theirs[n] is loose[-1])
            at = next((place for place, n in there if n > last), high)
        elif loose and chunks and loose[0].start > chunks[-1][-1].start:
            at = self.place(chunks[-1][-1], max(low, one.behind))
        at = min((mine[n] for n in lines if n in mine), default=at)
        for chunk in chunks:
            self.insert(chunk, max(low, one.behind))
        blank = [any(map(is_blank, side[n : n + 1])) for side, n in ((gap.ours, at), (gap.theirs, new.stop))]
        if chunks and not says and blank == [True, False]:
            loose = []  # already has a blank line
        if loose:
            self.insert(loose, at)

    def shared(self, rest: Sequence[int], change: GapChange) -> list[tuple[int, int]]:
        """Return which elements of ours are equal to new ones of theirs.

        A blank line of theirs below a new entry does not match one of ours above the place of that entry.
        """
        ours, theirs, new = self.gap.ours, self.gap.theirs, change.new
        low = max(change.low, change.behind)
        above: list[int] = []
        for n in new:
            place = self.place(theirs[n], low) if self.token(theirs[n]) in self.new else 0
            above.append(max(place, above[-1] if above else 0))
        there: list[tuple[int, int]] = []
        for _ in range(2):
            found = aligned([self.sides.look(ours[n]) for n in rest], [self.sides.look(theirs[n]) for n in new])
            wrong = {rest[at] for at, n in found if is_blank(theirs[new[n]]) and above[n] > rest[at]}
            there = [(rest[at], new[n]) for at, n in found if rest[at] not in wrong]
            if not wrong:
                break
            rest = [n for n in rest if n not in wrong]
        return there

    def has_own(self, low: int, high: int, kept: set[int]) -> bool:
        """Return whether ours has own comments among elements, other than directly above an own entry."""
        found = above = False
        for n in range(low, high):
            one = self.gap.ours[n]
            if isinstance(one, YamlEntry):
                above = False
            elif not one.text:
                found, above = found or above, False
            elif n not in kept:
                above = True
        return found or above

    def chunks(self, new: range, there: set[int], *, stays: bool) -> tuple[list[Element], list[list[Element]]]:
        """Return the lines that do not belong to a new entry, and each new entry with the lines before it.

        Elements that are ``there`` already are left out. So are lines directly above an entry that ours deleted, unless
        what they replace ``stays`` in ours.
        """
        loose: list[Element] = []
        chunks: list[list[Element]] = []
        above: list[Element] = []
        for n in new:
            one = self.gap.theirs[n]
            if isinstance(one, TextLine):
                above += [] if n in there else [one]
            elif self.token(one) in self.new:
                chunks.append([*above, one])
                above = []
            else:
                loose += above
                above = []
        behind = self.gap.theirs[new.stop] if new.stop < len(self.gap.theirs) else None
        deleted = (
            not stays
            and isinstance(behind, YamlEntry)
            and self.token(behind) not in self.found.ours
            and self.token(behind) not in self.new
        )
        if deleted:
            above = above[: len(above) - next((n for n, one in enumerate(above[::-1]) if not one.text), len(above))]  # type: ignore[union-attr]
        if deleted and not any(map(line_text, above)):
            above = []
        return (loose + above if self.found.has_base else []), chunks

    def insert(self, chunk: list[Element], low: int) -> None:
        """Write elements of theirs into ours, before what follows them in the merged order."""
        at = self.place(chunk[-1], low)
        offset = self.gap.ours[at - 1].end if at else self.gap.start
        new = "".join(map(self.sides.text_of, chunk))
        self.walk.edits.put(offset, offset, new, [c for one in chunk for c in self.sides.comments_of(one)])

    def place(self, last: Element, low: int) -> int:
        """Return the element of ours before which a chunk of theirs is written, by its ``last`` element."""
        if not isinstance(last, YamlEntry):
            return low
        if not (self.found.ours or self.found.has_base):  # the first lines of a file of comments stay on top
            return len(self.gap.ours)
        before, after = self.sides.neighbours[self.token(last)]
        return min(max(low, self.numbers.get(before, -1) + 1), self.numbers.get(after, len(self.gap.ours)))

    def note(self, loose: list[Element]) -> None:
        """Add a note that a comment of ours is kept."""
        theirs = " ".join(filter(None, map(line_text, loose)))
        self.walk.remark(self.where, f"your comment is kept; the generated one is {theirs}")


def line_text(one: Element) -> str:
    """Return the text of a line; ``""`` for an entry."""
    return one.text if isinstance(one, TextLine) else ""
