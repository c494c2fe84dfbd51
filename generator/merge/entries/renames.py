"""Find renamed items, which by their keys look like a deletion and an addition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from ... import mergekeys
from ...yaml.meaning import YamlValue, hashable
from ..identity.itemkeys import EntryToken
from ..identity.likeness import MOSTLY, distinct_fields, likeness, weight
from ..identity.pairing import Pairing
from ..syntax.align import aligned
from ..syntax.elements import YamlEntry
from ..syntax.spantree import SpanTree
from ..walk.context import Walk

EntriesByToken = dict[EntryToken, YamlEntry]
LEAST = 4  # minimum of scalars under a key to recognise them under another key


@dataclass
class Renamed:
    """Ours and theirs with renamed items under their old tokens, and the renames that were not followed."""

    ours: EntriesByToken
    theirs: EntriesByToken
    by_ours: dict[EntryToken, EntryToken] = field(default_factory=dict)
    by_theirs: dict[EntryToken, EntryToken] = field(default_factory=dict)
    clash: str = ""  # why the names of both sides cannot be combined


@dataclass(frozen=True)
class _Replacement:
    """The replacement of an item of base, and whether it is certainly the same item.

    It is the ``only`` choice if at least as many items were added there as were deleted.
    """

    token: EntryToken
    certain: bool
    only: bool


def undo_renames(
    walk: Walk, base: EntriesByToken, ours: EntriesByToken, theirs: EntriesByToken, *, in_fact: bool
) -> Renamed:
    """Return ours and theirs with renamed items under their old tokens, where that is safe.

    A rename of an item that the other side did not change is merged as a new name, which keeps the rest as written.
    If the other side changed the item, the rename is followed if its content shows that it is the same item, and if
    items are not identified ``in_fact`` only. An item that both sides renamed is one item, not two.
    """
    if walk.base is None or all(token in base for token in (*ours, *theirs)):
        return Renamed(ours, theirs)
    tokens: tuple[dict[EntryToken, EntryToken], dict[EntryToken, EntryToken]] = {}, {}
    out = Renamed(ours, theirs)
    new = _replaced((walk.base, walk.theirs), base, theirs, {})
    became = {token: hashable(walk.theirs.value(one.value)) for token, one in theirs.items() if token in base}
    became.update((token, hashable(walk.theirs.value(theirs[one.token].value))) for token, one in new.items())
    come = _replaced((walk.base, walk.ours), base, ours, became)
    for token, one in base.items():
        here, there = come.get(token), new.get(token)
        if here and there:
            if here.token != there.token and _is_composite(token):
                out.clash = "both sides changed the key of an item"
            if here.token != there.token or here.certain or there.certain:
                tokens[0][here.token] = tokens[1][there.token] = token
        elif there and there.token not in ours:
            entry = theirs[there.token]
            if (
                token in ours
                and (
                    (there.only and _is_renamed(walk, one, ours[token], entry))
                    or (there.certain and not in_fact and _edited(walk, one, ours[token]))
                )
            ) or (token not in ours and there.certain):
                tokens[1][there.token] = token
            else:
                out.by_theirs[token] = there.token
        elif here and here.token not in theirs:
            entry = ours[here.token]
            if token in theirs and (
                _is_renamed_by_ours(walk, one, entry, theirs[token]) or (here.certain and not in_fact)
            ):
                tokens[0][here.token] = token
            else:
                out.by_ours[token] = here.token
    out.ours = {tokens[0].get(token, token): one for token, one in ours.items()}
    out.theirs = {tokens[1].get(token, token): one for token, one in theirs.items()}
    return out


def undo_key_renames(walk: Walk, base: EntriesByToken, ours: EntriesByToken, theirs: EntriesByToken) -> Renamed:
    """Return ours with keys of a map that only the user renamed under their old tokens.

    A rename is followed if theirs still has the old key, and the content shows that it is the same.
    """
    if walk.base is None or all(token in ours for token in base):
        return Renamed(ours, theirs)
    became = {token: hashable(walk.theirs.value(one.value)) for token, one in theirs.items() if token in base}
    come = _replaced((walk.base, walk.ours), base, ours, became)
    there = _replaced((walk.base, walk.theirs), base, theirs, {})
    both = [
        token
        for token, new in come.items()
        if token in there and new.token != there[token].token and new.certain and there[token].certain
    ]
    if any(_leaves(walk, base[token]) >= LEAST for token in both):
        return Renamed(ours, theirs, clash="both sides renamed a key")
    tokens = {
        new.token: token
        for token, new in come.items()
        if token in theirs and new.token not in theirs and new.certain and _leaves(walk, base[token]) >= LEAST
    }
    by_ours = {token: new.token for token, new in come.items() if new.token not in tokens and new.certain}
    return Renamed({tokens.get(token, token): one for token, one in ours.items()}, theirs, by_ours)


def _leaves(walk: Walk, entry: YamlEntry) -> int:
    return (
        weight(hashable(walk.base.value(entry.value)))
        if walk.base and isinstance(walk.base.value(entry.value), dict)
        else 0
    )


def _is_composite(token: EntryToken) -> bool:
    """Return whether an item is identified by several fields together."""
    return isinstance(token, tuple) and isinstance(token[0], tuple) and len(token[0]) > 1


def _edited(walk: Walk, base: YamlEntry, ours: YamlEntry) -> bool:
    b, o, _ = walk.values(base, ours, None)
    return bool(b != o)


def _is_renamed_by_ours(walk: Walk, base: YamlEntry, ours: YamlEntry, theirs: YamlEntry) -> bool:
    """Return whether ours is base under another name, and theirs is base."""
    b, o, t = walk.values(base, ours, theirs)
    return bool(t == b and (mostly_alike(b, o) or (isinstance(b, tuple) and isinstance(o, tuple))))


def _replaced(
    trees: tuple[SpanTree, SpanTree], base: EntriesByToken, side: EntriesByToken, became: Mapping[EntryToken, Hashable]
) -> dict[EntryToken, _Replacement]:
    """Return which items of base have another name on a side: those with a similar new item in their place.

    An item may be similar to what ``became`` of it on the other side instead.
    """
    old, new = list(base), list(side)
    looks = {token: hashable(trees[0].value(one.value)) for token, one in base.items() if token not in side}
    there = {token: hashable(trees[1].value(one.value)) for token, one in side.items() if token not in base}
    fields = mergekeys.table()["identifying"]["fields"]
    distinct = (
        distinct_fields([[hashable(trees[1].value(one.value)) for one in side.values()]], fields)
        if looks and there
        else ()
    )
    out: dict[EntryToken, _Replacement] = {}
    i = j = 0
    for bi, sj in [*aligned(old, new), (len(old), len(new))]:
        lost = [token for token in old[i:bi] if token in looks]
        come = [token for token in new[j:sj] if token in there]
        if lost and come:
            aside = {n: became[token] for n, token in enumerate(lost) if token in became}
            pairing = Pairing([looks[token] for token in lost], [there[token] for token in come], aside)
            for one, other in pairing.pairs.items():
                its = pairing.side[other]
                same = any(_is_same(mine, its, distinct) for mine in (pairing.base[one], aside.get(one)))
                certain = same and pairing.is_certain(one)
                out[lost[one]] = _Replacement(come[other], certain, len(lost) <= len(come))
        i, j = bi + 1, sj + 1
    return out


def _is_same(one: Hashable, other: Hashable, distinct: Sequence[Hashable]) -> bool:
    """Return whether two maps are the same item: by most of the content, or by another distinctive field."""
    if not (isinstance(one, frozenset) and isinstance(other, frozenset)):
        return False
    mine, there = dict(one), dict(other)
    return likeness(one, other) >= MOSTLY or any(mine.get(key, 0) == there.get(key, 1) for key in distinct)


def _is_renamed(walk: Walk, base: YamlEntry, ours: YamlEntry, theirs: YamlEntry) -> bool:
    """Return whether theirs is base under another name, and ours is base.

    If half or more of the item changes, its comments are replaced too, so ours must not have own comments there.
    """
    b, o, t = walk.values(base, ours, theirs)
    if o != b or type(t) is not type(b):
        return False
    if not isinstance(b, dict):
        return isinstance(b, tuple)
    if len(b) == 1 and t.keys() == b.keys():
        return all(isinstance(value, tuple) for value in (*b.values(), *t.values()))
    action, other = (str(one.get(("str", "uses"), "?")).partition("@")[0] for one in (b, t))
    if mostly_alike(b, t) or (action == other != "?"):
        return True
    changed = [value for key, value in t.items() if value != b.get(key)]
    if t.keys() == b.keys() and len(changed) == 1 and isinstance(changed[0], tuple):
        own = _has_own_lines(walk, base, ours)
    else:
        own = walk.own_comments(base, ours)
    return any(t.get(key) == value for key, value in b.items()) and (not own or walk.choose("") == "theirs")


def _has_own_lines(walk: Walk, base: YamlEntry, ours: YamlEntry) -> bool:
    """Return whether an item of ours has comment lines that base does not have."""

    def lines(tree: SpanTree, entry: YamlEntry) -> Counter[str]:
        spans = tree.comment_spans_in(entry.body, entry.end)
        return Counter(tree.text[start:end] for start, end in spans if tree.is_first(start))

    mine = lines(walk.ours, ours)
    return bool(mine and walk.base and mine - lines(walk.base, base))


def mostly_alike(one: YamlValue, other: YamlValue) -> bool:
    """Return whether more than half of two maps is the same."""
    return isinstance(one, dict) and isinstance(other, dict) and likeness(hashable(one), hashable(other)) > 0.5
