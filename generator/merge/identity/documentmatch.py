"""Which documents of three streams are the same ones.

Objects by group, kind, namespace and name; then those that moved to another API group, and those that are the only ones
of their kind; then by what they say; and the rest by their place, if there are as many on both sides. What that leaves
open cannot be told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ..syntax.meaning import NOTHING, YamlValue, hashable
from .documentnames import CommentsOf, DocumentSide, is_another, is_renamed
from .likeness import fields_of, is_map, likeness
from .pairing import ALIKE, MARGIN, MAX_WINDOW, NEARLY

LEFT = 20  # documents that are compared with each other, to tell whether their place says which ones they are


@dataclass(frozen=True)
class MatchedDocuments:
    """Tokens of the documents of each side, equal for the same ones; those that are ``open`` cannot be told apart.

    Where all are known ``by_name``, so are those of a result.
    """

    base: Sequence[Hashable]
    ours: Sequence[Hashable]
    theirs: Sequence[Hashable]
    open: frozenset[Hashable] = frozenset()
    by_name: bool = False

    def without(self, tokens: Set[Hashable]) -> MatchedDocuments:
        """Return the matching in which documents of these tokens cannot be told apart."""
        mine, there = (
            [(name, n) if token in tokens else token for n, token in enumerate(side)]
            for name, side in (("ours", self.ours), ("theirs", self.theirs))
        )
        new = (token for token in (*mine, *there) if token not in self.ours and token not in self.theirs)
        return MatchedDocuments(self.base, mine, there, self.open | tokens & {*mine, *there} | {*new})


def single_documents(*, has_base: bool) -> MatchedDocuments:
    """Return the matching of the only documents of three sides."""
    return MatchedDocuments(["only"] if has_base else [], ["only"], ["only"], by_name=True)


def match_documents(
    base: Sequence[YamlValue] | None,
    ours: Sequence[YamlValue],
    theirs: Sequence[YamlValue],
    comments: tuple[CommentsOf, CommentsOf, CommentsOf],
) -> MatchedDocuments:
    """Return which documents of three sides are the same, by what they mean; base is None where there is none."""
    mine, there = DocumentSide(ours, comments[1]), DocumentSide(theirs, comments[2])
    if base is None:
        if len(ours) == len(theirs) == 1:
            return single_documents(has_base=False)
        o: list[Hashable] = [("ours", number) for number in range(len(ours))]
        both = DocumentPairs(mine, there)
        both.adopt()
        t = _named(both.found, o, "theirs", len(theirs))
        return MatchedDocuments([], o, t, _open(both.left(), both.rest()) if both.open else frozenset())
    before = DocumentSide(base, comments[0])
    if len(base) == len(ours) == len(theirs) == 1 and not any(
        is_another(before.names[0], one.names[0]) for one in (mine, there)
    ):
        return single_documents(has_base=True)
    new = DocumentPairs(before, there)
    new.complete()
    came = {there.looks[m] for m in new.rest() if there.names[m] is None and theirs[m] != NOTHING}
    came = came.difference(before.looks) if came else came
    arrived = frozenset(m for m in range(len(ours)) if came and mine.names[m] is None and mine.looks[m] in came)
    old = DocumentPairs(before, mine, {n: there.values[m] for n, m in new.found.items()}, arrived)
    old.follow(there, new.found)
    old.complete()
    return _joined(old, new)


def _joined(old: DocumentPairs, new: DocumentPairs) -> MatchedDocuments:
    """Return the documents of three sides, of which those of base are paired with ours and with theirs."""
    before, mine, there = old.one, old.other, new.other
    tokens: list[Hashable] = [("base", number) for number in range(len(before.values))]
    unclear: set[Hashable] = set()
    for n in range(len(tokens)):
        if not (n in old.found and n in new.found):
            continue
        one, other = old.found[n], new.found[n]
        if mine.look(one) == there.look(other):
            continue
        doubtful = n in old.by_place or n in new.by_place
        renamed = [one for one in (old, new) if n in one.renamed]
        changed = (doubtful or bool(renamed)) and old.is_changed(n, heads=True) and new.is_changed(n)
        if changed and (doubtful or len(renamed) == 2):
            unclear |= {("ours", old.found.pop(n)), ("theirs", new.found.pop(n))}
            continue
        # One under another name may be another one: a side deleted the one and added the other.
        apart = [one for one, third in ((old, new), (new, old)) if one.has_both(n, third)]
        for side in apart or (renamed if changed else []):
            del side.found[n]
    unclear |= _open(old.rest() if old.open else [], new.rest() if new.open else [])
    o, t = _named(old.found, tokens, "ours", len(mine.values)), _named(new.found, tokens, "theirs", len(there.values))
    added = {mine.look(n): token for n, token in enumerate(o) if token == ("ours", n)}
    for n, token in enumerate(t):
        if token == ("theirs", n) and there.look(n) in added:
            t[n] = added.pop(there.look(n))
            unclear -= {t[n], token}
    return MatchedDocuments(tokens, o, t, frozenset(unclear), old.is_by_name and new.is_by_name)


def _open(ours: Sequence[int], theirs: Sequence[int]) -> frozenset[Hashable]:
    return frozenset([*(("ours", n) for n in ours), *(("theirs", n) for n in theirs)])


def _named(found: Mapping[int, int], tokens: list[Hashable], name: str, count: int) -> list[Hashable]:
    other = {there: tokens[one] for one, there in found.items()}
    return [other.get(number, (name, number)) for number in range(count)]


@dataclass
class DocumentPairs:
    """Which documents of a side are which of another; ``aside`` is what became of the first ones on a third.

    Those that have ``arrived`` are what the third side added, and none of the first ones.
    """

    one: DocumentSide
    other: DocumentSide
    aside: Mapping[int, YamlValue] = field(default_factory=dict)
    arrived: Set[int] = frozenset()
    found: dict[int, int] = field(default_factory=dict)
    by_place: set[int] = field(default_factory=set)  # paired only since they stand in the same place
    renamed: set[int] = field(default_factory=set)  # paired under another name, and not clearly the same
    open: bool = False  # whether what is left cannot be told apart

    def __post_init__(self) -> None:
        there = {name: n for n, name in enumerate(self.other.names) if name}
        self.found = {n: there[name] for n, name in enumerate(self.one.names) if name in there}

    @property
    def is_by_name(self) -> bool:
        """Whether all documents have names, and nothing else paired any."""
        mine, there = self.one.names, self.other.names
        return all(mine) and all(there) and all(mine[n] == there[m] for n, m in self.found.items())

    def is_changed(self, n: int, *, heads: bool = False) -> bool:
        """Tell whether a document has other values or comments on the other side; those that head it only if asked."""
        m = self.found[n]
        (head, inside), (its_head, its_inside) = self.one.comments(n), self.other.comments(m)
        return self.one.values[n] != self.other.values[m] or inside != its_inside or (heads and head != its_head)

    def has_both(self, n: int, third: DocumentPairs) -> bool:
        """Tell whether a third side has a document under its own name, and one under the name that it has here."""
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
        """Pair what is called like what became of a document on a third side."""
        there = {self.other.names[m]: m for m in self.rest() if self.other.names[m]}
        for n, m in known.items():
            if n not in self.found and third.names[m] in there:
                self.found[n] = there.pop(third.names[m])

    def adopt(self) -> None:
        """Pair documents that no common version connects."""
        self._by_kind()
        self._by_content(NEARLY)
        left, rest = self.left(), self.rest()
        nameless = [(n, m) for n in left for m in rest if not (self.one.names[n] and self.other.names[m])]
        self.open = bool(nameless) and (not self.found or any(self._likeness(n, m) for n, m in nameless))

    def complete(self) -> None:
        """Pair what names do not."""
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
        """Pair objects that moved to another API group, and then the only ones of a group and kind."""
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
        """Pair the only documents of their kind; one under another name may be another object."""
        if self._lives_on(n, m):
            return
        self.found[n] = m
        if is_another(self.one.names[n], self.other.names[m]) and not self._is_clear(n, m):
            self.renamed.add(n)

    def _is_clear(self, n: int, m: int) -> bool:
        """Tell whether documents under two names are clearly one, as it is or as it became on a third side."""
        alone = len(self.one.values) == len(self.other.values) == 1
        looks = [one for one in (self.one.values[n], self.aside.get(n)) if one is not None]
        return any(is_renamed(one, self.other.values[m], alone=alone) for one in looks)

    def _lives_on(self, n: int, m: int) -> bool:
        """Tell whether one of two objects became one of another kind under its own name, or was one."""
        mine, there = self.one.names[n], self.other.names[m]
        return is_another(mine, there) and (
            any(name and mine and name[2:] == mine[2:] for name in (self.other.names[k] for k in self.rest()))
            or any(name and there and name[2:] == there[2:] for name in (self.one.names[k] for k in self.left()))
        )

    def _by_content(self, least: float = ALIKE) -> None:
        """Pair documents that are alike, each clearly the best one of the other; equal ones are.

        Those that are not both named are ``least`` so much alike.
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
        """Pair equal documents without names in their order, if there are as many on both sides."""
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
        """Tell whether documents in one place are the same: half alike, and more than either is like any other.

        The only ones that are left have to agree in something that no other document has.
        """
        like = self._likeness(n, m)
        least = ALIKE if len(pairs) > 1 else 0.0
        if not like or len(pairs) > LEFT or like < least or (like < NEARLY and not self._is_distinctive(n, m)):
            return False
        if any((n < one) != (m < other) for one, other in self.found.items()):
            return False  # they do not stand in one place
        rivals = [self._likeness(n, other) for _, other in pairs if other != m]
        rivals += [self._likeness(other, m) for other, _ in pairs if other != n]
        return all(one < like for one in rivals)

    def _is_distinctive(self, n: int, m: int) -> bool:
        """Tell whether two documents agree in fields that no other document of either side has all alike."""
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
