"""Match the items of three lists: by their keys, else aligned as a sequence."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from ...mergekeys import table
from ...yaml.meaning import YamlValue, hashable
from ..syntax.align import aligned
from .itemkeys import EntryToken, FirstField, KeyFields, key_fields
from .likeness import distinct_fields, is_map
from .pairing import ALIKE, Pairing


@dataclass(frozen=True)
class MatchedItems:
    """Tokens of the items of base, ours and theirs: equal ones are the same item.

    A list that is not ``keyed`` is a sequence; where ``ordered``, the order of the items has meaning.
    """

    base: list[EntryToken]
    ours: list[EntryToken]
    theirs: list[EntryToken]
    keyed: bool
    ordered: bool
    names: Mapping[EntryToken, str]
    pairings: tuple[Pairing, Pairing] | None = None  # of base with ours, and with theirs, for items without keys
    in_fact: bool = False  # keys are not from the table, or items are objects: renames are not followed


def match_items(
    sides: tuple[list[YamlValue] | None, list[YamlValue], list[YamlValue]], entry: Mapping[str, Any] | None
) -> MatchedItems:
    """Return which items of three lists are the same; base is None if there is none."""
    base, ours, theirs = sides
    if entry and entry.get("one") and len(ours) == len(theirs) == len(base or [0]) == 1:
        tokens: list[EntryToken] = [("item", 0)]
        called = [(keys, keys(ours[0])) for keys in key_fields(entry)]
        name = next((keys.name((found, 0)) for keys, found in called if found is not None), "0")
        return MatchedItems(tokens if base else [], tokens, tokens, True, False, {("item", 0): name})
    present = [one for one in sides if one is not None]
    sets = [(keys, [[keys(item) for item in side] for side in present]) for keys in key_fields(entry)]
    sets = [(keys, found) for keys, found in sets if all(None not in side for side in found)]
    sets.sort(
        key=lambda one: any(len(set(side)) < len(side) for side in one[1])
    )  # prefer keys that distinguish all items
    for keys, plain in sets:
        found = [_numbered(side) for side in plain]
        if _agree(present, found):
            names = {token: keys.name(token) for side in found for token in side}
            return MatchedItems(
                found[0] if base is not None else [],
                found[-2],
                found[-1],
                True,
                bool(entry and entry.get("order")),
                names,
                in_fact=bool(entry and entry.get("objects")),
            )
    if entry and "each" in entry:
        each = FirstField(entry["each"])
        keyed = [_numbered([each(item) for item in side]) for side in present]
        names = {token: each.name(token) for side in keyed for token in side if token is not None}
        if any(token is not None for side in keyed for token in side) and _agree(present, keyed):
            return _sequence(sides, keyed, names, bool(entry.get("order")))
    return _in_fact(sides, present) or _sequence(sides, None, {}, True)


def _in_fact(
    sides: tuple[list[YamlValue] | None, list[YamlValue], list[YamlValue]], present: list[list[YamlValue]]
) -> MatchedItems | None:
    """Match items by fields that identify them in fact: every item has them, and they are unique on each side.

    Of several such sets of fields, the one that matches the most items between sides is used.
    """
    if not all(isinstance(item, dict) for side in present for item in side):
        return None
    best: tuple[int, KeyFields, list[list[EntryToken | None]]] | None = None
    items = [item.keys() for side in present for item in side]
    everywhere = {key[1] for key in set(items[0]).intersection(*items[1:])} if items else set()
    for keys in _identifying():
        if not keys.needed <= everywhere:
            continue
        found = [[keys(item) for item in side] for side in present]
        if any(None in side or len(set(side)) < len(side) for side in found):
            continue
        stay = sum(len(set(one) & set(other)) for one, other in combinations(found, 2))
        if stay > (best[0] if best else 0):
            best = stay, keys, [_numbered(side) for side in found]
    if best is None:
        return None
    _, keys, tokens = best
    names = {token: keys.name(token) for side in tokens for token in side}
    return MatchedItems(
        tokens[0] if sides[0] is not None else [], tokens[-2], tokens[-1], True, True, names, in_fact=True
    )


@cache
def _identifying() -> list[KeyFields]:
    """Return the sets of fields that may identify items without being in the table for a list."""
    return key_fields(table()["identifying"])


def _agree(sides: Sequence[list[YamlValue]], found: Sequence[list[EntryToken | None]]) -> bool:
    """Return whether repeated keys occur equally often on every side."""
    counts = [Counter(one[0] for one in side if one is not None) for side in found]  # type: ignore[index]
    repeated = {key for one in counts for key, count in one.items() if count > 1}
    return all(len({one[key] for one in counts}) == 1 for key in repeated)


def _sequence(
    sides: tuple[list[YamlValue] | None, list[YamlValue], list[YamlValue]],
    keyed: list[list[EntryToken | None]] | None,
    names: Mapping[EntryToken, str],
    ordered: bool,
) -> MatchedItems:
    """Align lists as sequences of values."""
    base = sides[0]
    present = [one for one in sides if one is not None]
    unkeyed: list[list[EntryToken | None]] = [[None] * len(one) for one in present]
    looks: list[list[Hashable]] = [
        [token if token is not None else hashable(item) for token, item in zip(tokens, side, strict=True)]
        for tokens, side in zip(keyed or unkeyed, present, strict=True)
    ]
    known = set(names)
    o, t = looks[-2], looks[-1]
    if base is None:
        b = [o[i] for i, _ in aligned(o, t)]
        mine, other = (_tokens(Pairing(b, side, known=known)) for side in (o, t))
        # A base that only results from both sides together does not count.
        return MatchedItems([], *_unified(o, t, mine, other), bool(keyed), ordered, names)
    b = looks[0]
    distinct = distinct_fields(looks, table()["identifying"]["fields"])
    there = Pairing(b, t, distinct=distinct, known=known)
    here = _of_ours(there, o)
    tokens: list[EntryToken] = [look if look in known else ("item", number) for number, look in enumerate(b)]
    unified = _unified(o, t, _tokens(here), _tokens(there))
    return MatchedItems(tokens, *unified, bool(keyed), ordered, names, (here, there))


def _of_ours(there: Pairing, ours: list[Hashable]) -> Pairing:
    """Return the items of base in ours. Items that ours and theirs share are paired equally on both sides."""
    base, before = list(there.base), Counter(there.base)
    mine, counts = Counter(ours), Counter(there.side)
    came = {look for look, count in counts.items() if look not in before and count == mine[look] == 1}
    became = {i: there.side[j] for i, j in there.pairs.items() if there.side[j] != base[i]}
    for i, look in list(became.items()):
        if look not in came or before[base[i]] > 1:
            continue
        # Two items: ours has both next to each other, or they are not alike.
        if mine[base[i]] or (is_map(look) and there.like(i, look) < ALIKE):
            if is_map(look):
                there.split = there.split or there.like(i, look) >= ALIKE
                del there.pairs[i], became[i]
        else:
            base[i] = look
    there_still = set(became.values())
    barred = {n for n, look in enumerate(ours) if look in came and look not in there_still}
    return Pairing(base, ours, became, there.distinct, there.known, barred)


def _tokens(pairing: Pairing) -> list[EntryToken]:
    out: list[EntryToken] = [look if look in pairing.known else None for look in pairing.side]
    for i, j in pairing.pairs.items():
        if out[j] is None:
            out[j] = ("item", i)
    return out


def _unified(
    o: list[Hashable], t: list[Hashable], mine: list[EntryToken], other: list[EntryToken]
) -> tuple[list[EntryToken], list[EntryToken]]:
    """Assign tokens to inserted items: equal ones in the same place are the same.

    For maps, items that only ours still has do not separate places.
    """
    there = set(other)
    gaps: dict[tuple[EntryToken, Hashable], deque[EntryToken]] = {}
    before: EntryToken = None
    common: EntryToken = None
    for number, token in enumerate(mine):
        if token is None:
            mine[number] = ("ours", number)
            place = common if is_map(o[number]) else before
            gaps.setdefault((place, o[number]), deque()).append(mine[number])
        else:
            before = token
            common = token if token in there else common
    before = None
    for number, token in enumerate(other):
        if token is None:
            same = gaps.get((before, t[number]))
            other[number] = same.popleft() if same else ("theirs", number)
        else:
            before = token
    return mine, other


def _numbered(found: list[EntryToken | None]) -> list[EntryToken | None]:
    """Number equal keys."""
    seen: Counter[EntryToken] = Counter()
    out: list[EntryToken | None] = []
    for one in found:
        out.append(None if one is None else (one, seen[one]))
        seen[one] += 1
    return out
