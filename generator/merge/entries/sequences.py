"""Check whether the changes of both sides to a list can be combined, and put its items in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

from ...yaml.meaning import hashable
from ..identity.itemkeys import EntryToken
from ..identity.pairing import Pairing
from ..syntax.align import rising
from ..syntax.elements import YamlEntry
from ..syntax.spantree import SpanTree
from ..walk.context import Walk
from .collection import ListConflictError, MergedEntries

UNCERTAIN = "it cannot be determined which of the generated items it is"


def check_list(walk: Walk, merge: MergedEntries) -> None:
    """Raise ListConflictError if both sides changed one place of an ordered list, or moved the same item."""
    if not merge.is_list:
        return
    if not merge.keyed:
        _check_moves(walk, merge)
        for token, one in merge.ours.items():
            sides = (merge.base.get(token), one, merge.theirs.get(token))
            if _is_in_place(merge, token):
                continue  # the item is the conflict, not the list
            if all(sides) and all(side.value.shape == "scalar" for side in sides if side):
                values = walk.looks(*sides)
                if all(values.count(value) == 1 for value in values) and one.value.style != "|":
                    raise ListConflictError("")
    if merge.ordered and (walk.base or not merge.keyed):  # without any base, items that only theirs has are added
        mine = _insertions(merge.ours, merge.theirs, merge)
        if mine & _insertions(merge.theirs, merge.ours, merge):
            raise ListConflictError("both sides added items in the same place, and the order matters")


def _is_in_place(merge: MergedEntries, token: EntryToken) -> bool:
    """Return whether both sides certainly pair an item of base; the user's comment on it may then stay."""
    if not merge.pairings or not (isinstance(token, tuple) and token[0] == "item"):
        return False
    number = token[1]
    return all((one.is_replaced(number) and one.is_clear(number)) or one.is_certain(number) for one in merge.pairings)


def doubtful(walk: Walk, merge: MergedEntries) -> set[EntryToken]:
    """Return the items that both sides changed and that are not certainly identified on each side."""
    out: set[EntryToken] = set()
    if not merge.pairings:
        return out
    here, there = merge.pairings
    if there.split:
        raise ListConflictError(UNCERTAIN)
    for token, one in merge.base.items():
        if not (isinstance(token, tuple) and token[0] == "item"):
            continue
        number = token[1]
        sides = (merge.ours.get(token), merge.theirs.get(token))
        b, o, t = walk.looks(one, *sides)
        if all(sides) and o == t:
            # Both have the same item in its place; but it may be new, and the old one may be next to it in theirs.
            paired = number in there.pairs and number in here.pairs  # items may also be identified by key
            if paired and o != b and not _is_one(here, there, number):
                raise ListConflictError(UNCERTAIN)
            continue
        # A side may have kept another one of equal items: then this one counts as changed.
        if not (_is_touched(walk, one, sides[0], walk.ours) or _is_touched(walk, one, sides[1], walk.theirs)):
            continue
        if not all(
            _is_touched(walk, one, side, tree) or not pairing.is_clear(number)
            for side, tree, pairing in ((sides[0], walk.ours, here), (sides[1], walk.theirs, there))
        ):
            continue
        if not all(one.is_certain(number) or one.is_only(number) for one in merge.pairings):
            if not any(sides):
                raise ListConflictError(UNCERTAIN)
            out.add(token)
        elif not any(sides):
            _check_moved(here, there, number)
    return out


def _is_one(here: Pairing, there: Pairing, number: int) -> bool:
    """Return whether the replacement of an item on both sides is certain, and no neighbour is as similar."""
    if not here.is_clear(number) or (there.is_repeated(number) and not there.is_clear(number)):
        return False
    return there.rivals(number) <= here.looks and there.rivals(number, here) <= there.looks


def _check_moved(here: Pairing, there: Pairing, number: int) -> None:
    """Raise if an item is gone from its place on both sides, and one of them has a version of it elsewhere."""
    mine, generated = here.elsewhere(number), there.elsewhere(number)
    if mine is None or generated is None:
        raise ListConflictError(UNCERTAIN)
    if generated and not mine:
        raise ListConflictError("you deleted an item that the template moved and changed")
    if mine and generated:
        if mine & generated:
            return
        raise ListConflictError("both sides moved an item, and changed it")
    moved = here.has_moved(number), there.has_moved(number)
    if None in moved:
        raise ListConflictError(UNCERTAIN)
    if mine or (moved[0] and not moved[1]):
        raise ListConflictError("the template deleted an item that you moved and changed")


def _is_touched(walk: Walk, base: YamlEntry, one: YamlEntry | None, tree: SpanTree) -> bool:
    """Return whether a side changed or deleted an item; a comment that only ours has counts too."""
    if one is None or walk.base is None:
        return True
    if walk.look(tree, one.value) != walk.base.value(base.value):
        return True
    if tree is walk.theirs:
        return False
    spans = (tree.comments_in(one.body, one.end), walk.base.comments_in(base.body, base.end))
    return bool(Counter(spans[0]) - Counter(spans[1]))


def _insertions(
    side: dict[EntryToken, YamlEntry], other: dict[EntryToken, YamlEntry], merge: MergedEntries
) -> set[EntryToken]:
    """Return the common entries after which a side inserted something."""
    found: set[EntryToken] = set()
    before: EntryToken = None
    for token in side:
        if token in other and (token in merge.base or not merge.has_base):
            before = token
        elif token not in other and token not in merge.base:
            found.add(before)
    return found


def _check_moves(walk: Walk, merge: MergedEntries) -> None:
    """Raise if a side moved an item (a deletion and an insertion) that the other side also changed."""
    _check_order(walk, merge)

    def inserted(
        side: dict[EntryToken, YamlEntry], other: dict[EntryToken, YamlEntry], tree: SpanTree
    ) -> Counter[object]:
        return Counter(
            hashable(walk.look(tree, one.value))
            for token, one in side.items()
            if token not in merge.base and token not in other
        )

    if not walk.base:
        return
    mine, other = inserted(merge.ours, merge.theirs, walk.ours), inserted(merge.theirs, merge.ours, walk.theirs)
    if mine & other:
        raise ListConflictError("both sides moved or added the same item")
    for new, side, rest in ((mine, merge.ours, merge.theirs), (other, merge.theirs, merge.ours)):
        if not new:
            continue
        for token, one in merge.base.items():
            if token not in side and token not in rest and hashable(walk.base.value(one.value)) in new:
                raise ListConflictError("one side moved an item that the other deleted")


def _check_order(walk: Walk, merge: MergedEntries) -> None:
    """Raise if both sides changed the order of the items that are unique on all sides."""
    if not walk.base:
        return
    sides = ((walk.base, merge.base), (walk.ours, merge.ours), (walk.theirs, merge.theirs))
    looks = [[hashable(walk.look(tree, one.value)) for one in side.values()] for tree, side in sides]
    counts = [Counter(one) for one in looks]
    b, o, t = ([one for one in side if all(count[one] == 1 for count in counts)] for side in looks)
    if b not in (o, t) and o != t:
        raise ListConflictError("both sides changed the order")


def arrange(merge: MergedEntries) -> None:
    """Put the entries in the order of ours, or of theirs if only theirs changed it, with the new ones in place."""
    kept = [token for token in merge.ours if token in merge.expected]
    if merge.is_list and (common := _moved(merge, kept)):
        merge.moved = True
        wanted = iter(common)
        known = set(common)
        groups: dict[EntryToken, list[EntryToken]] = {None: []}
        before: EntryToken = None
        for token in kept:
            if token in known:
                before = token
                groups[token] = []
            else:
                groups[before].append(token)
        kept = [*groups[None], *(one for token in wanted for one in (token, *groups[token]))]
    if merge.ordered:
        reason = "the template added an item between two that you moved apart"
        _check_places(merge.theirs, kept, set(merge.new), reason)
        mine = {token for token in merge.ours if token not in merge.theirs}
        if merge.moved:
            known = set(kept)
            there = [token for token in merge.theirs if token in known]
            _check_places(merge.ours, there, mine, "you added an item between two that the template moved apart")
    merge.order = _placed(merge, kept)


def _check_places(side: Iterable[EntryToken], kept: list[EntryToken], new: set[EntryToken], reason: str) -> None:
    """Raise if two items that a side inserted something between are no longer neighbours."""
    there = set(side)
    common = [token for token in kept if token in there and token not in new]
    follows = dict(zip([None, *common], [*common, None], strict=True))
    before: EntryToken = None
    waiting = False
    for token in [*side, None]:
        if token in new:
            waiting = True
        elif token is None or token in follows:
            if waiting and follows[before] != token:
                raise ListConflictError(reason)
            before, waiting = token, False


def _moved(merge: MergedEntries, kept: list[EntryToken]) -> list[EntryToken]:
    """Return the common entries in the order of theirs if only theirs changed it, or nothing."""
    there = set(kept)
    both = [token for token in merge.theirs if token in there]
    common = [token for token in both if token in merge.base or not merge.has_base]
    known, shared = set(common), set(both)
    o = [token for token in kept if token in known]
    if o == common:
        if merge.ordered and merge.has_base and both != [token for token in kept if token in shared]:
            raise ListConflictError("both sides added the same item, in two places")
        return []
    b = [token for token in merge.base if token in known]
    if merge.has_base and o == b:
        if merge.ordered:
            _check_twins([token for token in kept if token in shared], both, known)
        return both
    if merge.ordered and not (merge.has_base and b == common):
        raise ListConflictError("both sides changed the order")
    return []


def _check_twins(ours: Sequence[EntryToken], theirs: Sequence[EntryToken], common: Container[EntryToken]) -> None:
    """Raise if both sides added an item with different neighbours to a list that theirs reordered."""
    neighbours = []
    for side in (ours, theirs):
        pairs = zip([None, *side[:-1]], [*side[1:], None], strict=True)
        neighbours.append(dict(zip(side, pairs, strict=True)))
    for token in ours:
        (behind, before), there = neighbours[0][token], neighbours[1][token]
        if token not in common and behind != there[0] and before != there[1]:
            raise ListConflictError("both sides added the same item, in two places")


def _placed(merge: MergedEntries, kept: list[EntryToken]) -> list[EntryToken]:
    """Return the order with insertions of theirs, after the same entries as in theirs and after insertions of ours."""
    if not merge.new:
        return kept
    new = set(merge.new)
    there = set(kept)
    behind: dict[EntryToken, list[EntryToken]] = {}
    first: list[EntryToken] = []  # before the first entry that both have
    before: EntryToken = None
    for token in merge.theirs:
        if token in new:
            (behind.setdefault(before, []) if before is not None else first).append(token)
        elif token in there:
            before = token
    following = next((token for token in merge.theirs if token in there), None)
    out: list[EntryToken] = []
    waiting: list[EntryToken] = []
    for token in kept:
        mine = token not in merge.theirs and token not in merge.base
        if waiting and not mine:
            out += waiting
            waiting = []
        if first and token == following:
            out += first
            first = []
        out.append(token)
        waiting += behind.pop(token, [])
    return [*out, *waiting, *first]


def steady(merge: MergedEntries) -> list[EntryToken]:
    """Return the entries that all sides have in the same order."""
    common = [token for token in merge.ours if token in merge.theirs and (token in merge.base or not merge.has_base)]
    for side in (merge.theirs, merge.base) if merge.has_base else (merge.theirs,):
        at = {token: number for number, token in enumerate(side)}
        order = [at[token] for token in common]
        if any(one > other for one, other in pairwise(order)):
            common = [common[n] for n in rising(order)]
    return common
