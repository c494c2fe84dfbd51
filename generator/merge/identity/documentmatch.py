"""Match the documents of three streams.

Objects match by group, kind, namespace and name; then if they moved to another API group, or are the only ones of their
kind; then by similarity; and the rest by position, if both sides have the same number. What remains is open.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from ...yaml.meaning import NOTHING, YamlValue
from .documentnames import CommentsOf, DocumentSide, is_another
from .documentpairs import DocumentPairs


@dataclass(frozen=True)
class MatchedDocuments:
    """Tokens of the documents of each side, equal for the same ones; those that are ``open`` cannot be identified.

    If all are matched ``by_name``, the documents of a result are too.
    """

    base: Sequence[Hashable]
    ours: Sequence[Hashable]
    theirs: Sequence[Hashable]
    open: frozenset[Hashable] = frozenset()
    by_name: bool = False

    def without(self, tokens: Set[Hashable]) -> MatchedDocuments:
        """Return the matching with the documents of these tokens open."""
        mine, there = (
            [(name, n) if token in tokens else token for n, token in enumerate(side)]
            for name, side in (("ours", self.ours), ("theirs", self.theirs))
        )
        new = (token for token in (*mine, *there) if token not in self.ours and token not in self.theirs)
        return MatchedDocuments(self.base, mine, there, self.open | tokens & {*mine, *there} | {*new})


def single_documents(*, has_base: bool) -> MatchedDocuments:
    """Return the matching of three sides with one document each."""
    return MatchedDocuments(["only"] if has_base else [], ["only"], ["only"], by_name=True)


class DocumentMatcher:
    """Matches the documents of ours with those of base and theirs; base is None if there is none.

    Base and theirs are compared only once.
    """

    def __init__(
        self,
        base: Sequence[YamlValue] | None,
        theirs: Sequence[YamlValue],
        comments: tuple[CommentsOf, CommentsOf],
    ) -> None:
        self.base = DocumentSide(base, comments[0]) if base is not None else None
        self.theirs = DocumentSide(theirs, comments[1])

    def match(self, ours: Sequence[YamlValue], comments: CommentsOf) -> MatchedDocuments:
        """Return which documents of the three sides are the same."""
        before, mine, there = self.base, DocumentSide(ours, comments), self.theirs
        if before is None:
            return _adopted(mine, there)
        if len(before.values) == len(ours) == len(there.values) == 1 and not any(
            is_another(before.names[0], one.names[0]) for one in (mine, there)
        ):
            return single_documents(has_base=True)
        new, came = self._new
        new = new.copy()
        arrived = frozenset(m for m in range(len(ours)) if came and mine.names[m] is None and mine.looks[m] in came)
        old = DocumentPairs(before, mine, {n: there.values[m] for n, m in new.found.items()}, arrived)
        old.follow(there, new.found)
        old.complete()
        return _joined(old, new)

    @cached_property
    def _new(self) -> tuple[DocumentPairs, Set[Hashable]]:
        """The pairs of base and theirs, and the values of new documents of theirs without a name."""
        if self.base is None:
            raise ValueError("there is no base")
        new, there = DocumentPairs(self.base, self.theirs), self.theirs
        new.complete()
        came = {there.looks[m] for m in new.rest() if there.names[m] is None and there.values[m] != NOTHING}
        return new, came.difference(self.base.looks) if came else came


def _adopted(mine: DocumentSide, there: DocumentSide) -> MatchedDocuments:
    """Return which documents of two sides are the same if there is no base."""
    if len(mine.values) == len(there.values) == 1:
        return single_documents(has_base=False)
    o: list[Hashable] = [("ours", number) for number in range(len(mine.values))]
    both = DocumentPairs(mine, there)
    both.adopt()
    t = _named(both.found, o, "theirs", len(there.values))
    return MatchedDocuments([], o, t, _open(both.left(), both.rest()) if both.open else frozenset())


def _joined(old: DocumentPairs, new: DocumentPairs) -> MatchedDocuments:
    """Return the matching of three sides from the pairs of base with ours and with theirs."""
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
        # A document under another name may be a new one: a side deleted one and added the other.
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
