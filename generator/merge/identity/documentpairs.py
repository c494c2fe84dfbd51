"""Pair the documents of two sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, field

from ...yaml.meaning import NOTHING, YamlValue, hashable
from .documentnames import DocumentSide, is_another, is_renamed
from .likeness import fields_of, is_map, likeness
from .pairing import ALIKE, MARGIN, MAX_WINDOW, NEARLY

LEFT = 20  # documents that are compared with each other, to decide whether position identifies them


@dataclass
class DocumentPairs:
    """The pairs of documents of two sides; ``aside`` is what became of them on a third side.

    Those that have ``arrived`` were added by the third side, and are never paired.
    """

    one: DocumentSide
    other: DocumentSide
    aside: Mapping[int, YamlValue] = field(default_factory=dict)
    arrived: Set[int] = frozenset()
    found: dict[int, int] = field(default_factory=dict)
    by_place: set[int] = field(default_factory=set)  # paired only by position
    renamed: set[int] = field(default_factory=set)  # paired under another name, not clearly the same
    open: bool = False  # the documents that are left cannot be identified

    def __post_init__(self) -> None:
        there = {name: n for n, name in enumerate(self.other.names) if name}
        self.found = {n: there[name] for n, name in enumerate(self.one.names) if name in there}

    def copy(self) -> DocumentPairs:
        """Return a copy from which pairs may be removed."""
        out = copy(self)
        out.found = dict(self.found)
        return out

    @property
    def is_by_name(self) -> bool:
        """Whether all documents have names and were paired by name."""
        mine, there = self.one.names, self.other.names
        return all(mine) and all(there) and all(mine[n] == there[m] for n, m in self.found.items())

    def is_changed(self, n: int, *, heads: bool = False) -> bool:
        """Return whether a document has other values or comments on the other side; its head only if ``heads``."""
        m = self.found[n]
        (head, inside), (its_head, its_inside) = self.one.comments(n), self.other.comments(m)
        return self.one.values[n] != self.other.values[m] or inside != its_inside or (heads and head != its_head)

    def has_both(self, n: int, third: DocumentPairs) -> bool:
        """Return whether the third side has the document under its own name, and one under its name here."""
        name = self.other.names[self.found[n]]
        kept = self.one.names[n] == third.other.names[third.found[n]]
        return kept and name in third.other.names and is_another(self.one.names[n], name)

    def left(self) -> list[int]:
        """Return the documents of the one side that are not paired."""
        return [n for n in range(len(self.one.values)) if n not in self.found]

    def rest(self) -> list[int]:
        """Return the documents of the other side that are not paired."""
        taken = self.arrived | set(self.found.values())
        return [m for m in range(len(self.other.values)) if m not in taken]

    def follow(self, third: DocumentSide, known: Mapping[int, int]) -> None:
        """Pair documents by the names that they have on a third side."""
        there = {self.other.names[m]: m for m in self.rest() if self.other.names[m]}
        for n, m in known.items():
            if n not in self.found and third.names[m] in there:
                self.found[n] = there.pop(third.names[m])

    def adopt(self) -> None:
        """Pair documents of two sides without a common base."""
        self._by_kind()
        self._by_content(NEARLY)
        left, rest = self.left(), self.rest()
        nameless = [(n, m) for n in left for m in rest if not (self.one.names[n] and self.other.names[m])]
        self.open = bool(nameless) and (not self.found or any(self._likeness(n, m) for n, m in nameless))

    def complete(self) -> None:
        """Pair documents that names do not pair."""
        if len(self.one.values) == len(self.other.values) == 1:
            self._pair(0, 0)
            return
        self._by_kind()
        self._by_content()
        left, rest = self.left(), self.rest()
        if left and len(left) == len(rest):
            pairs = list(zip(left, rest, strict=True))
            unlike = [(n, m) for n, m in pairs if self.one.values[n] != self.other.values[m]]
            for n, m in pairs:
                if not (self.one.names[n] and self.other.names[m]):
                    self.found[n] = m
                    self.by_place |= {n} if (n, m) in unlike and not self._is_likely(n, m, unlike) else set()
        elif left and rest:
            self.open = any(self.one.names[n] is None for n in left) or any(self.other.names[m] is None for m in rest)

    def _by_kind(self) -> None:
        """Pair objects that moved to another API group, then those that are unique in group and kind."""
        for part, alone in ((slice(1, None), self.one.names), (slice(0, 2), None)):
            every = (
                (self.one.names, self.other.names)
                if alone is not None
                else ([self.one.names[n] for n in self.left()], [self.other.names[m] for m in self.rest()])
            )
            counts = [Counter(name[part] for name in names if name) for names in every]
            there = {name[part]: m for m in self.rest() if (name := self.other.names[m])}
            for n in self.left():
                name = self.one.names[n]
                if name and name[part] in there and all(count[name[part]] == 1 for count in counts):
                    self._pair(n, there[name[part]])

    def _pair(self, n: int, m: int) -> None:
        """Pair two documents; one under another name may be another object."""
        if self._lives_on(n, m):
            return
        self.found[n] = m
        if is_another(self.one.names[n], self.other.names[m]) and not self._is_clear(n, m):
            self.renamed.add(n)

    def _is_clear(self, n: int, m: int) -> bool:
        """Return whether documents under two names are clearly the same, as they are or became on a third side."""
        alone = len(self.one.values) == len(self.other.values) == 1
        looks = [one for one in (self.one.values[n], self.aside.get(n)) if one is not None]
        return any(is_renamed(one, self.other.values[m], alone=alone) for one in looks)

    def _lives_on(self, n: int, m: int) -> bool:
        """Return whether one of two objects exists under its own name with another kind."""
        mine, there = self.one.names[n], self.other.names[m]
        return is_another(mine, there) and (
            any(name and mine and name[2:] == mine[2:] for name in (self.other.names[k] for k in self.rest()))
            or any(name and there and name[2:] == there[2:] for name in (self.one.names[k] for k in self.left()))
        )

    def _by_content(self, least: float = ALIKE) -> None:
        """Pair equal documents, and similar ones if each is clearly the best match of the other.

        Documents that are not both named need a similarity of ``least``.
        """
        if not (self.left() and self.rest()):
            return
        self._by_equality()
        left = [n for n in self.left() if self.one.values[n] != NOTHING]
        rest = [m for m in self.rest() if self.other.values[m] != NOTHING]
        if len(left) * len(rest) > MAX_WINDOW:
            return
        likes = {(n, m): self._likeness(n, m) for n in left for m in rest}
        best: dict[tuple[str, int], list[float]] = {}
        for (n, m), like in likes.items():
            for side in (("one", n), ("other", m)):
                best[side] = sorted([*best.get(side, []), like])[-2:]
        for (n, m), like in likes.items():
            rivals = [value for side in (("one", n), ("other", m)) for value in best[side][:-1]]
            is_best = like == best["one", n][-1] == best["other", m][-1]
            named = bool(self.one.names[n] and self.other.names[m])
            if is_best and like >= (ALIKE if named else least) and all(value <= like - MARGIN for value in rivals):
                if not (named or like >= NEARLY or self._is_distinctive(n, m)):
                    continue
                self.found[n] = m
                if named and not self._is_clear(n, m):
                    self.renamed.add(n)

    def _by_equality(self) -> None:
        """Pair equal documents without names in order, if both sides have the same number."""
        pairs = list(zip(self.left(), self.rest(), strict=False))
        if len(self.left()) == len(self.rest()) and all(self._is_equal(n, m) for n, m in pairs):
            self.found.update(pairs)
            return
        sides: tuple[dict[Hashable, list[int]], dict[Hashable, list[int]]] = {}, {}
        for side, numbers, found in ((self.one, self.left(), sides[0]), (self.other, self.rest(), sides[1])):
            for n in numbers:
                if side.names[n] is None and side.values[n] != NOTHING:
                    found.setdefault(side.looks[n], []).append(n)
        for look, mine in sides[0].items():
            if len(there := sides[1].get(look, [])) == len(mine):
                self.found.update(zip(mine, there, strict=True))

    def _is_equal(self, n: int, m: int) -> bool:
        value = self.one.values[n]
        return not (self.one.names[n] or self.other.names[m]) and value == self.other.values[m] and value != NOTHING

    def _is_likely(self, n: int, m: int, pairs: Sequence[tuple[int, int]]) -> bool:
        """Return whether documents at one position are the same: half similar, and more than to any other.

        If they are the only ones left, they must share a field that no other document has.
        """
        like = self._likeness(n, m)
        least = ALIKE if len(pairs) > 1 else 0.0
        if not like or len(pairs) > LEFT or like < least or (like < NEARLY and not self._is_distinctive(n, m)):
            return False
        if any((n < one) != (m < other) for one, other in self.found.items()):
            return False  # they are at different positions
        rivals = [self._likeness(n, other) for _, other in pairs if other != m]
        rivals += [self._likeness(other, m) for other, _ in pairs if other != n]
        return all(one < like for one in rivals)

    def _is_distinctive(self, n: int, m: int) -> bool:
        """Return whether two documents share a set of fields that no other document of either side has."""
        mine, there = self.one.looks[n], self.other.looks[m]
        if not (is_map(there) and is_map(mine)):
            return True
        sides = self.one.fields[n], fields_of(hashable(self.aside.get(n)))
        both = next((common for one in sides if (common := one & self.other.fields[m])), None)
        rest = [self.one.fields[k] for k, one in enumerate(self.one.looks) if k != n and one != mine]
        rest += [self.other.fields[k] for k, one in enumerate(self.other.looks) if k != m and one != mine]
        return both is not None and not any(both <= one for one in rest)

    def _likeness(self, n: int, m: int) -> float:
        looks = [self.one.values[n], self.aside.get(n)]
        there = self.other.looks[m]
        return max((likeness(hashable(one), there) for one in looks if one not in (None, NOTHING)), default=0.0)
