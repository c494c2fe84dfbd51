"""The merge of lists whose items are known by number: what each has to be, where it may stand, what may conflict."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .case import Answer
from .reading import at, canonical, put, same

ABSENT = object()


@dataclass
class Side:
    """The items of one side by number, in order, and which of them have another name than before."""

    items: dict[int, Any]
    renamed: set[int] = field(default_factory=set)

    def insert(self, number: int, item: Any, place: int) -> None:
        """Put an item before what stands at a place."""
        pairs = list(self.items.items())
        pairs.insert(place, (number, item))
        self.items = dict(pairs)

    def order(self, among: set[int] | None = None) -> list[int]:
        """Return the numbers in order, of all items or of some."""
        return [one for one in self.items if among is None or one in among]


class ClashError(Exception):
    """Both sides changed one value, each to something else."""


@dataclass
class Merging:
    """A merge of values, which notes if it went through lists that nothing identifies."""

    unsure: bool = False

    def value(self, base: Any, ours: Any, theirs: Any) -> Any:
        """Return the field-wise merge of three values, ABSENT for none. Raises ClashError."""
        if same_or_absent(ours, theirs) or same_or_absent(theirs, base):
            return ours
        if same_or_absent(ours, base):
            return theirs
        sides = [base, ours, theirs]
        if all(isinstance(one, dict) for one in sides):
            keys = dict.fromkeys([key for one in (ours, theirs) for key in one])
            pairs = ((key, self.value(*(one.get(key, ABSENT) for one in sides))) for key in keys)
            return {key: value for key, value in pairs if value is not ABSENT}
        if all(isinstance(one, list) for one in sides) and len({len(one) for one in sides}) == 1:
            self.unsure = True
            return [self.value(*one) for one in zip(*sides, strict=True)]
        raise ClashError


def same_or_absent(one: Any, other: Any) -> bool:
    """Tell whether two values are the same, or both absent."""
    return one is other or (one is not ABSENT and other is not ABSENT and same(one, other))


@dataclass(frozen=True)
class World:
    """One way to read three lists: which item is which."""

    base: Side
    ours: Side
    theirs: Side
    items: dict[int, Any]
    conflict: Answer

    def faults(self, found: list[Any], *, ordered: bool) -> list[str]:
        """Return what is wrong with the items that came out."""
        if self.conflict == "required":
            return ["a conflict was not reported"]
        if not self.items:
            return []
        numbers = {canonical(item): number for number, item in self.items.items()}
        order = [numbers.get(canonical(one), -1) for one in found]
        if -1 in order:
            return [f"no item should be {canonical(found[order.index(-1)])}"]
        counts = Counter(order)
        out = [f"lost {canonical(item)}" for number, item in self.items.items() if not counts[number]]
        out += [f"twice {canonical(self.items[number])}" for number, count in counts.items() if count > 1]
        return out or (list(self.misplaced(order)) if ordered else [])

    def misplaced(self, order: list[int]) -> Iterator[str]:
        """Yield what stands in the wrong place."""
        moved = _moved(self.base, self.ours) | _moved(self.base, self.theirs)
        renamed = self.ours.renamed | self.theirs.renamed
        if moved & renamed:
            return  # under another name it may be another item, and the one that moved is gone
        there = set(order) & set(self.base.items) & set(self.ours.items) & set(self.theirs.items)
        common = [one for one in order if one in there]
        wanted = [self.ours, self.theirs]
        before = self.base.order(there)
        if self.ours.order(there) == before:
            wanted = [self.theirs]
        elif self.theirs.order(there) == before:
            wanted = [self.ours]
        orders = [side.order(there) for side in wanted]
        if common not in orders and not (len(orders) > 1 and _is_both(before, *orders, common)):
            yield f"the order is {common}, not {orders[0]}"
            return
        for side, other in ((self.ours, self.theirs), (self.theirs, self.ours)):
            foreign = set(other.items) - set(side.items)
            mine = [one for one in order if one not in foreign]
            wanted_order = side.order(set(order))
            for number in set(wanted_order) - set(self.base.items):
                place = wanted_order.index(number)
                if (moved | renamed) & set(wanted_order[max(0, place - 1) : place + 2]):
                    continue  # beside what moved or may be another one now, nothing tells where it belongs
                if not _beside(number, mine, wanted_order, both=not moved):
                    yield f"{canonical(self.items[number])} stands elsewhere: {order}"

    def exact(self) -> list[list[Any]]:
        """Return the lists that are right in every detail, where the order is known."""
        if self.conflict == "required":
            return []
        orders = [
            _inserted(self.base, one, other) for one, other in ((self.ours, self.theirs), (self.theirs, self.ours))
        ]
        orders = [[one for one in order if one in self.items] for order in orders]
        return [
            [self.items[one] for one in order]
            for order in orders
            if len(order) == len(self.items) and not list(self.misplaced(order))
        ]


def _is_both(base: list[int], ours: list[int], theirs: list[int], found: list[int]) -> bool:
    """Tell whether an order is made of what each side moved: of two items, as the side has it that turned them."""

    def first(order: list[int], one: int, other: int) -> int:
        return one if order.index(one) < order.index(other) else other

    for one, other in itertools.combinations(base, 2):
        turned = [first(side, one, other) for side in (ours, theirs) if first(side, one, other) != one]
        if first(found, one, other) != (turned[0] if turned else one):
            return False
    return True


def _beside(number: int, order: list[int], wanted: list[int], *, both: bool) -> bool:
    """Tell whether an item stands behind what it should stand behind, and before what it should stand before."""
    place, target = order.index(number), wanted.index(number)
    behind = order[:place][-1:] == wanted[:target][-1:]
    before = order[place + 1 : place + 2] == wanted[target + 1 : target + 2]
    return behind and before if both else behind or before


def _inserted(base: Side, one: Side, other: Side) -> list[int]:
    """Return the order of the side that reordered, with what the other side inserted behind what it stands behind."""
    there = set(base.items) & set(one.items) & set(other.items)
    if other.order(there) != base.order(there):
        one, other = other, one
    order, before = one.order(), -1
    for number in other.items:
        if number not in one.items and number not in base.items:
            order.insert(order.index(before) + 1 if before in order else 0, number)
        before = number if number in order else before
    return order


@dataclass(frozen=True)
class Wanted:
    """The worlds that three lists can be read as; the first is how they were made."""

    worlds: list[World]

    @property
    def conflict(self) -> Answer:
        """Whether a conflict is right."""
        first = self.worlds[0].conflict
        return first if len(self.worlds) == 1 or first == "wrong" else "allowed"

    def faults(self, found: list[Any], *, ordered: bool = True) -> list[str]:
        """Return what is wrong with the items that came out, of all readings the least; ``ordered`` if order counts."""
        return min((one.faults(found, ordered=ordered) for one in self.worlds), key=len)

    def exact(self) -> list[list[Any]]:
        """Return the lists that are right in every detail."""
        return [one for world in self.worlds for one in world.exact()]


def merged(base: Side, ours: Side, theirs: Side, ids: tuple[str, ...]) -> Wanted:
    """Return what may come of three lists; ``ids`` are the paths that hold what tells items apart."""
    sides = (base, ours, theirs)
    worlds = [_world(*sides)]
    for number, side in enumerate(sides[1:], 1):
        for old, new in _lookalikes(base, side, ids):
            renamed = Side({old if one == new else one: item for one, item in side.items.items()}, side.renamed | {old})
            worlds.append(_world(base, *(renamed if n == number else sides[n] for n in (1, 2))))
        for old, new in _swapped(base, side, ids):
            items = {old if one == new else -1 - old if one == old else one: item for one, item in side.items.items()}
            swapped = Side(items, side.renamed | {old})
            worlds.append(_world(base, *(swapped if n == number else sides[n] for n in (1, 2))))
    return Wanted(worlds)


def _swapped(base: Side, side: Side, ids: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield a renamed and an inserted item of which the latter looks more like the former than that itself."""
    for old in side.renamed & side.items.keys() & base.items.keys():
        for new in side.items.keys() - base.items.keys():
            item = copy.deepcopy(side.items[new])
            for path in ids:
                put(item, path, at(base.items[old], path))
            if same(item, base.items[old]):
                yield old, new


def _lookalikes(base: Side, side: Side, ids: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield a deleted and an inserted item that differ in nothing but in what tells them apart: it may be a rename."""
    for old in base.items.keys() - side.items.keys():
        for new in side.items.keys() - base.items.keys():
            item = copy.deepcopy(side.items[new])
            for path in ids:
                put(item, path, at(base.items[old], path))
            if same(item, base.items[old]):
                yield old, new


def _world(base: Side, ours: Side, theirs: Side) -> World:
    """Return what comes of three lists whose items are known by number."""
    items: dict[int, Any] = {}
    conflict: Answer = "allowed" if _meet(base, ours, theirs) else "wrong"
    for number in dict.fromkeys([*base.items, *ours.items, *theirs.items]):
        sides = [one.items.get(number, ABSENT) for one in (base, ours, theirs)]
        merging = Merging()
        try:
            item = merging.value(*sides)
        except ClashError:
            if number in ours.renamed & theirs.renamed:
                return World(base, ours, theirs, {}, "allowed")  # or each deleted it, and added another one
            renamed = number in ours.renamed | theirs.renamed and ABSENT in sides
            if not renamed:
                return World(base, ours, theirs, {}, "required")
            item, conflict = next(one for one in sides[1:] if one is not ABSENT), "allowed"
        both = not any(same_or_absent(one, sides[0]) for one in sides[1:])
        if merging.unsure or (both and number in ours.renamed | theirs.renamed):
            conflict = "allowed"
        if item is not ABSENT:
            items[number] = item
    return World(base, ours, theirs, items, conflict)


def _meet(base: Side, ours: Side, theirs: Side) -> bool:
    """Tell whether both sides put items into one place, or both moved items, or one moved what the other is beside."""
    there = set(base.items) & set(ours.items) & set(theirs.items)
    moved = [_moved(base, one) for one in (ours, theirs)]
    if moved[0] and moved[1]:
        return True
    fixed = there - ours.renamed - theirs.renamed - moved[0] - moved[1]
    if any(
        _before(ours, one, fixed) != _before(theirs, one, fixed) for one in set(ours.items) & set(theirs.items) - there
    ):
        return True  # both inserted it, in different places
    gaps = [_gaps(base, one, fixed, both) for one, both in ((ours, moved[0]), (theirs, moved[1]))]
    lost = [set(base.items) - set(one.items) for one in (theirs, ours)]
    # What one side moved, the other deleted: nothing tells where the move ends.
    return bool(gaps[0] & gaps[1] or moved[0] & lost[0] or moved[1] & lost[1])


def _before(side: Side, number: int, fixed: set[int]) -> int:
    """Return which item, of those that stay where they are, an item stands behind."""
    order = list(side.items)
    return next((one for one in reversed(order[: order.index(number)]) if one in fixed), -1)


def _moved(base: Side, side: Side) -> set[int]:
    """Return what a side may have moved: all between the first and the last place that differs."""
    there = set(base.items) & set(side.items)
    before, after = base.order(there), side.order(there)
    places = [n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return set(before[places[0] : places[-1] + 1]) if places else set()


def _gaps(base: Side, side: Side, fixed: set[int], moved: set[int]) -> set[int]:
    """Return behind which items, that stay where they are, a side put or renamed or moved something."""
    found, before = set(), -1
    for number in side.items:
        if number in fixed:
            before = number
        elif number not in base.items or number in side.renamed | moved:
            found.add(before)
    return found
