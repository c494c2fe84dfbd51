"""Pair the items of two versions of a list without keys, and decide which pairs are certain.

Items that are unique on both sides are anchors. Between two anchors lies a window, in which items are paired so that
the sum of similarities is the highest. A pair is certain if every pairing of the window without it has a clearly lower
sum, and if neither of its items is nearly as similar to another one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from ..syntax.align import MAX_DEPTH, aligned, unique_pairs
from .likeness import MOSTLY, is_map, is_named_alike, likeness, ruled_out
from .windows import Window, best_pairs

MAX_WINDOW = 2_500  # product of the items on both sides of a window: in larger ones only equal items are paired
MAX_COMPARED = 20_000  # comparisons per list, to decide whether pairs are certain
ALIKE = 0.5  # similarity below which two items are not the same
NEARLY = 0.8  # similarity that is not accidental
MARGIN = 0.15  # by which a pair must be more similar than any other with its items, unless they stand alone

Item = Hashable


@dataclass
class Pairing:
    """The items of base that a side still has: ``pairs`` maps places in base to places on the side.

    ``aside`` is what items of base became on the other side: an item may be similar to that instead. Items that differ
    in the fields ``distinct`` are never paired. Items in ``known`` have a key: only equal ones are paired.
    """

    base: Sequence[Item]
    side: Sequence[Item]
    aside: Mapping[int, Item] = field(default_factory=dict)
    distinct: Sequence[Hashable] = ()
    known: Set[Item] = frozenset()
    barred: Set[int] = frozenset()  # places on the side that are not in base
    pairs: dict[int, int] = field(default_factory=dict)
    split: bool = False  # an item may have become the one next to it on the other side
    windows: list[Window] = field(default_factory=list)
    compared: int = 0

    def __post_init__(self) -> None:
        stack = [(0, len(self.base), 0, len(self.side), 0)]
        while stack:
            i1, i2, j1, j2, depth = stack.pop()
            if self.base[i1:i2] == self.side[j1:j2]:
                self.pairs.update(zip(range(i1, i2), range(j1, j2), strict=True))
                continue
            if i1 == i2 or j1 == j2:
                continue
            anchors = unique_pairs(self.base, self.side, (i1, i2, j1, j2)) if depth < MAX_DEPTH else []
            if not anchors:
                self._window(i1, i2, j1, j2)
                continue
            self.pairs.update(anchors)
            for i, j in [*anchors, (i2, j2)]:
                stack.append((i1, i, j1, j, depth + 1))
                i1, j1 = i + 1, j + 1

    def like(self, i: int, item: Item) -> float:
        """Return the similarity of an item of a side to one of base, or to what became of that."""
        one = self.base[i]
        if one == item:
            return 1.0
        if one in self.known or item in self.known or ruled_out(one, item, self.distinct):
            return 0.0
        other = self.aside.get(i)
        return max(likeness(one, item), likeness(other, item) if other is not None else 0.0)

    def is_certain(self, i: int) -> bool:
        """Return whether the pair of an item of base is certain, or its deletion if it has none."""
        j = self.pairs.get(i)
        margin = 0.0 if self.is_replaced(i) else MARGIN
        if j is not None and self.base[i] != self.side[j] and not self._isbest_pairs(i, j, margin):
            return False
        return self.is_clear(i)

    def is_replaced(self, i: int) -> bool:
        """Return whether an item of base and one of the side are alone between the same two anchors."""
        window = self._around(i)
        return window is not None and window.i2 - window.i1 == window.j2 - window.j1 == 1

    def is_only(self, i: int) -> bool:
        """Return whether an item of base and its pair are the only ones, and share a field, or have one field each."""
        if i not in self.pairs or len(self.base) != 1 or len(self.side) != 1 or not self.like(i, self.side[0]):
            return False
        one, other = self.base[0], self.side[0]
        if not (isinstance(one, frozenset) and isinstance(other, frozenset)):
            return True
        return bool(one & other) or len(one) == len(other) == 1

    def is_clear(self, i: int) -> bool:
        """Return whether no other pairing of the window of an item of base is nearly as good."""
        window = self._around(i)
        return window is None or (bool(window.alike) and self._is_clear(window, i, self.pairs.get(i)))

    def is_repeated(self, i: int) -> bool:
        """Return whether an item of base occurs several times in it."""
        return self._counts[0][self.base[i]] > 1

    def elsewhere(self, i: int) -> set[Item] | None:
        """Return the new items of the side that an unpaired item of base may have become.

        None if there are too many to compare.
        """
        new = self._unknown
        return {one for one in new if self.like(i, one) >= MOSTLY} if self._may_compare(len(new)) else None

    def has_moved(self, i: int) -> bool | None:
        """Return whether an item of base is among the new ones: under the same name, or with additions.

        None if there are too many to compare.
        """
        one = self.base[i]
        if not isinstance(one, frozenset):
            return False
        if not self._may_compare(len(self.new)):
            return None
        return any(
            isinstance(item, frozenset) and (one < item or is_named_alike(one, item, self.distinct))
            for item in self.new
        )

    def rivals(self, i: int, among: Pairing | None = None) -> set[Item]:
        """Return the new items that are nearly as similar to an item of base as its pair.

        Those of the side, or of another pairing with the same base, of at least half similarity.
        """
        limit = self.like(i, self.side[self.pairs[i]]) - MARGIN
        limit = max(limit, ALIKE) if among else limit
        new = (among or self)._unknown
        return {item for item in new if self.like(i, item) > limit} if self._may_compare(len(new)) else new

    @cached_property
    def new(self) -> list[Item]:
        """The unpaired items of the side."""
        taken = set(self.pairs.values())
        return [item for j, item in enumerate(self.side) if j not in taken]

    @cached_property
    def _unknown(self) -> set[Item]:
        """The new items of the side that have no key."""
        return {item for item in self.new if item not in self.known}

    @cached_property
    def _same(self) -> set[int]:
        """The places on the side of unchanged items."""
        return {n for m, n in self.pairs.items() if self.base[m] == self.side[n]}

    @cached_property
    def looks(self) -> frozenset[Item]:
        """The items of the side as a set."""
        return frozenset(self.side)

    def _may_compare(self, count: int) -> bool:
        """Count comparisons; return whether they are within the limit."""
        self.compared += count
        return self.compared <= MAX_COMPARED

    def _around(self, i: int) -> Window | None:
        """Return the window that an item of base is in, or None for an anchor."""
        at = bisect_right(self._starts, i) - 1
        window = self._sorted[at] if at >= 0 else None
        return window if window and window.i1 <= i < window.i2 else None

    @cached_property
    def _sorted(self) -> list[Window]:
        return sorted(self.windows, key=lambda one: one.i1)

    @cached_property
    def _starts(self) -> list[int]:
        return [one.i1 for one in self._sorted]

    # --- Pairs --------------------------------------------------------------------------------------------------------

    def _window(self, i1: int, i2: int, j1: int, j2: int) -> None:
        if (i2 - i1) * (j2 - j1) > MAX_WINDOW:
            self.windows.append(Window(i1, i2, j1, j2, ()))
            found = [(i1 + i, j1 + j) for i, j in aligned(self.base[i1:i2], self.side[j1:j2])]
        else:
            alike = [[self._weighed(i, j) for j in range(j1, j2)] for i in range(i1, i2)]
            window = Window(i1, i2, j1, j2, alike)
            self.windows.append(window)
            found = best_pairs(window)
        self.pairs.update(found)
        for i, j in [*found, (i2, j2)]:
            lost = [n for n in range(i1, i) if self.base[n] not in self.known]
            come = [n for n in range(j1, j) if self.side[n] not in self.known and n not in self.barred]
            if len(lost) == len(come):  # equal numbers on both sides: one may have become the other
                rest = zip(lost, come, strict=True)
                self.pairs.update((one, other) for one, other in rest if self._may_pair(one, other))
            i1, j1 = i + 1, j + 1

    def _weighed(self, i: int, j: int) -> float:
        """Return the similarity that a pair counts in a window."""
        if self.base[i] != self.side[j] and not self._may_pair(i, j):
            return 0.0
        alike = self.like(i, self.side[j])
        return alike if alike >= ALIKE else 0.0

    def _may_pair(self, i: int, j: int) -> bool:
        one, other = self.base[i], self.side[j]
        if j in self.barred or one in self.known or other in self.known:
            return False
        if one != other and self._counts[0][other] >= self._counts[1][other]:
            return False  # an unchanged item of base that moved
        return is_map(one) == is_map(other) and not ruled_out(one, other, self.distinct)

    @cached_property
    def _counts(self) -> tuple[Counter[Item], Counter[Item]]:
        """The number of each item in base and on the side."""
        return Counter(self.base), Counter(self.side)

    # --- Certainty ----------------------------------------------------------------------------------------------------

    def _isbest_pairs(self, i: int, j: int, margin: float) -> bool:
        """Return whether a pair is similar, and by a margin more than its items are to any others."""
        alike = self.like(i, self.side[j])
        if alike < ALIKE or not self._may_compare(0) or (alike < NEARLY and not self._is_distinctive(i, j)):
            return False
        others = [n for n, one in enumerate(self.base) if one != self.base[i]]
        rest = [n for n, one in enumerate(self.side) if n not in self._same and one != self.side[j]]
        if not self._may_compare(len(others) + len(rest)):
            return False
        rivals = [*(self.like(n, self.side[j]) for n in others), *(self.like(i, self.side[n]) for n in rest)]
        return all(one < alike and one <= alike - margin for one in rivals)

    def _is_distinctive(self, i: int, j: int) -> bool:
        """Return whether two maps share a set of fields that no other item of either side has."""
        one, other, third = self.base[i], self.side[j], self.aside.get(i)
        if not (isinstance(one, frozenset) and isinstance(other, frozenset)):
            return True
        if not self._may_compare(len(self.base) + len(self.side)):
            return False
        both = (one & other) or (third & other if isinstance(third, frozenset) else frozenset())
        rest = [item for n, item in enumerate(self.base) if n != i and isinstance(item, frozenset)]
        rest += [item for n, item in enumerate(self.side) if n != j and isinstance(item, frozenset) and item != one]
        return bool(both) and not any(both <= item for item in rest)

    def _is_clear(self, window: Window, i: int, j: int | None) -> bool:
        """Return whether every pairing of a window with another pair for an item is clearly worse."""
        forward, backward = window.sums
        row, here = i - window.i1, self.side[j] if j is not None else None
        columns = range(window.j2 - window.j1)
        if not self._may_compare(len(columns)):
            return False
        others = [
            forward[row][n] + window.alike[row][n] + backward[row + 1][n + 1]
            for n in columns
            if window.alike[row][n] and (j is None or self.side[window.j1 + n] != here)
        ]
        if j is not None:
            others += [forward[row][n] + backward[row + 1][n] for n in range(len(columns) + 1)]
        return not others or max(others) <= backward[0][0] - MARGIN
