"""The entries of three collections: which stay, go and come, and in which order; not how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from .. import mergekeys
from . import exclusive, keys, renames
from .align import rising
from .conflict import OWN, Side
from .elements import Entry
from .keys import Token
from .pairing import Pairing
from .tree import OddError, Tree
from .values import Value, hashable, key_of, show

if TYPE_CHECKING:
    from .fields import Walk, Where


@dataclass
class Merge:
    """What becomes of the entries of three collections, by token."""

    base: dict[Token, Entry]
    ours: dict[Token, Entry]
    theirs: dict[Token, Entry]
    keyed: bool
    ordered: bool
    is_list: bool
    has_base: bool
    names: dict[Token, str] = field(default_factory=dict)
    pairings: tuple[Pairing, Pairing] | None = None
    renamed: renames.Renamed | None = None
    expected: dict[Token, Value] = field(default_factory=dict)
    gone: list[Token] = field(default_factory=list)
    new: list[Token] = field(default_factory=list)
    order: list[Token] = field(default_factory=list)
    moved: bool = False

    @cached_property
    def numbers(self) -> dict[Token, int]:
        """The place of each entry: in ours, else in theirs, else in base."""
        out: dict[Token, int] = {}
        for side in (self.ours, self.theirs, self.base):
            for number, token in enumerate(side):
                out.setdefault(token, number)
        return out

    @property
    def value(self) -> Value:
        """What the collection means."""
        if self.is_list:
            return [self.expected[token] for token in self.order]
        return {
            key_of(entry.key): value
            for token, value in self.expected.items()
            if (entry := self.ours.get(token) or self.theirs[token]).key is not None
        }


UNCERTAIN = "which of the generated items it is cannot be told"


class ListConflictError(Exception):
    """Both sides changed a list in a way that only one of them can have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def matched(walk: Walk, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Merge:
    """Return the entries of three collections by token."""
    trees = (walk.base, walk.ours, walk.theirs)
    found = [tree.children(one) if tree and one else [] for tree, one in zip(trees, (base, ours, theirs), strict=True)]
    has_base = base is not None
    if not any(one and one.value.shape == "list" for one in (base, ours, theirs)):
        b, o, t = ({key_of(one.key): one for one in side if one.key is not None} for side in found)
        if sum(map(len, (b, o, t))) < sum(map(len, found)):  # the same key in two writings: 1 and 0x1, ~ and null
            raise OddError
        renamed = renames.keys_undone(walk, b, o, t) if has_base else renames.Renamed(o, t)
        return Merge(b, renamed.ours, t, keyed=True, ordered=False, is_list=False, has_base=has_base, renamed=renamed)
    values = [[tree.value(one.value) for one in side] if tree else [] for tree, side in zip(trees, found, strict=True)]
    names = tuple(one for one in where if not one.startswith("["))
    lists = (values[0] if has_base else None, values[1], values[2])
    same = keys.match(lists, mergekeys.rule(walk.families, names))
    b, o, t = (
        dict(zip(tokens, side, strict=False))
        for tokens, side in zip((same.base, same.ours, same.theirs), found, strict=True)
    )
    renamed = renames.Renamed(o, t)
    if has_base and same.keyed:
        renamed = renames.undone(walk, b, o, t, in_fact=same.in_fact)
    return Merge(
        b,
        renamed.ours,
        renamed.theirs,
        keyed=same.keyed,
        ordered=same.ordered,
        is_list=True,
        has_base=has_base,
        names=dict(same.names),
        pairings=same.pairings,
        renamed=renamed,
    )


def decide(walk: Walk, where: Where, merge: Merge, ours: Entry, heads: dict[Token, list[str]]) -> None:
    """Decide on every entry, merging those that both sides have.

    ``heads`` are the comments of ours right above its entries that are not base's. Raises ListConflictError.
    """
    _check_sequence(walk, merge)
    sides = {} if merge.is_list else exclusive.decide(walk, where, merge)
    doubtful = _doubtful(walk, merge) if merge.is_list else set()
    for token, one in merge.ours.items():
        place = (*where, part(merge, token, one))
        before, after = merge.base.get(token), merge.theirs.get(token)
        if token in sides:
            _take(walk, merge, token, one, sides[token])
        elif token in doubtful and walk.clash(place, before, one, after, UNCERTAIN) == "ours":
            merge.expected[token] = walk.ours.value(one.value)
        elif after is not None:
            merge.expected[token] = walk.entry(place, before, one, after)
        elif before is not None and deleted(walk, place, before, one, heads.get(token, []), _new_name(merge, token)):
            merge.gone.append(token)
        else:
            merge.expected[token] = walk.ours.value(one.value)
    for token, one in merge.theirs.items():
        if token in merge.ours or sides.get(token) == "ours":
            continue
        before = merge.base.get(token)
        if before is not None and token not in sides:
            b, t = walk.base.value(before.value) if walk.base else None, walk.theirs.value(one.value)
            place = (*where, part(merge, token, one))
            if b == t or walk.clash(place, before, None, one, _gone(merge, token), near=ours) == "ours":
                continue
        merge.new.append(token)
        merge.expected[token] = walk.theirs.value(one.value)
    _arrange(merge)


def _take(walk: Walk, merge: Merge, token: Token, ours: Entry, side: Side) -> None:
    """Take an entry of ours as it is, or as theirs has it."""
    theirs = merge.theirs.get(token)
    if side == "ours":
        merge.expected[token] = walk.ours.value(ours.value)
    elif theirs is None:
        merge.gone.append(token)
    else:
        merge.expected[token] = walk.as_theirs(ours, theirs)


def _gone(merge: Merge, token: Token) -> str:
    """Return why an entry that theirs changed is not in ours."""
    name = merge.renamed.by_ours.get(token) if merge.renamed else None
    return "you deleted it" if name is None else f"you deleted it, or renamed it to {_called(merge, name)}"


def _called(merge: Merge, token: Token) -> str:
    """Return the name of an entry."""
    return merge.names[token] if token in merge.names else str(token[1])  # type: ignore[index]


def _new_name(merge: Merge, token: Token) -> str:
    """Return what the template may have renamed an entry to, that it has no more."""
    name = merge.renamed.by_theirs.get(token) if merge.renamed else None
    return "" if name is None else f"the template deleted it, or renamed it to {_called(merge, name)}"


def deleted(walk: Walk, place: Where, before: Entry, ours: Entry, head: Sequence[str], renamed: str) -> bool:
    """Tell whether an entry that theirs has no more goes."""
    b, o, _ = walk.values(before, ours, None)
    if walk.is_shared(ours.value):
        name = next(one for one in walk.shared)
        return walk.clash(place, before, ours, None, f"other places share it through {name}", final=True) == "theirs"
    own = o != b or head or walk.own_comments(before, ours)
    reason = renamed if o != b else OWN
    return not own or walk.clash(place, before, ours, None, reason) == "theirs"


def part(merge: Merge, token: Token, entry: Entry) -> str:
    """Return what an entry is called in the path of a field."""
    if entry.key is not None:
        return entry.key.text if entry.key.shape == "scalar" else str(show(entry.key))
    return f"[{merge.names[token] if token in merge.names else merge.numbers[token]}]"


def _check_sequence(walk: Walk, merge: Merge) -> None:
    """Raise where both sides changed one place of a list whose order has meaning, or moved the same item."""
    if not merge.is_list:
        return
    if not merge.keyed:
        _check_moves(walk, merge)
        for token, one in merge.ours.items():
            sides = (merge.base.get(token), one, merge.theirs.get(token))
            if all(sides) and all(side.value.shape == "scalar" for side in sides if side):
                values = walk.values(*sides)
                if all(values.count(value) == 1 for value in values) and one.value.style != "|":
                    raise ListConflictError("")
    if merge.ordered and (walk.base or not merge.keyed):  # where there is no base at all, what only theirs has is added
        mine = _insertions(merge.ours, merge.theirs, merge)
        if mine & _insertions(merge.theirs, merge.ours, merge):
            raise ListConflictError("both sides added to one place of it, and its order has meaning")


def _doubtful(walk: Walk, merge: Merge) -> set[Token]:
    """Return the items that both sides changed, and of which it is not certain on each side which ones they are."""
    out: set[Token] = set()
    if not merge.pairings:
        return out
    here, there = merge.pairings
    for token, one in merge.base.items():
        if not (isinstance(token, tuple) and token[0] == "item"):
            continue
        number = token[1]
        sides = (merge.ours.get(token), merge.theirs.get(token))
        b, o, t = walk.values(one, *sides)
        if all(sides) and o == t:
            # Both put the same in its place; but it may be another one, and itself what theirs has beside it.
            paired = number in there.pairs and number in here.pairs  # an item may also be the same by its key
            if paired and o != b and not (here.is_clear(number) and there.rivals(number) <= set(here.side)):
                raise ListConflictError(UNCERTAIN)
            continue
        if not _is_touched(walk, one, sides[0], walk.ours) or not _is_touched(walk, one, sides[1], walk.theirs):
            continue
        if not (here.is_certain(number) and there.is_certain(number)):
            if not any(sides):
                raise ListConflictError(UNCERTAIN)
            out.add(token)
        elif not any(sides) and there.is_elsewhere(number) and not here.is_elsewhere(number):
            raise ListConflictError("you deleted an item that the template moved and changed")
        elif not any(sides) and here.has_moved(number) and not there.has_moved(number):
            raise ListConflictError("the template deleted an item that you moved and changed")
    return out


def _is_touched(walk: Walk, base: Entry, one: Entry | None, tree: Tree) -> bool:
    """Tell whether a side changed an item, or deleted it; a comment that base has not counts too."""
    if one is None or walk.base is None:
        return True
    if tree.value(one.value) != walk.base.value(base.value):
        return True
    spans = (tree.comments_in(one.body, one.end), walk.base.comments_in(base.body, base.end))
    return bool(Counter(spans[0]) - Counter(spans[1]))


def _insertions(side: dict[Token, Entry], other: dict[Token, Entry], merge: Merge) -> set[Token]:
    """Return behind which common entries a side inserted something of its own."""
    found: set[Token] = set()
    before: Token = None
    for token in side:
        if token in other and (token in merge.base or not merge.has_base):
            before = token
        elif token not in other and token not in merge.base:
            found.add(before)
    return found


def _check_moves(walk: Walk, merge: Merge) -> None:
    """An item that a side moved is a deletion and an insertion: the other side must have left it alone."""
    _check_order(walk, merge)

    def inserted(side: dict[Token, Entry], other: dict[Token, Entry], tree: object) -> Counter[object]:
        return Counter(
            hashable(tree.value(one.value))  # type: ignore[attr-defined]
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


def _check_order(walk: Walk, merge: Merge) -> None:
    """Raise where both sides brought the items that all of them have once into an order of their own."""
    if not walk.base:
        return
    sides = ((walk.base, merge.base), (walk.ours, merge.ours), (walk.theirs, merge.theirs))
    looks = [[hashable(tree.value(one.value)) for one in side.values()] for tree, side in sides]
    counts = [Counter(one) for one in looks]
    b, o, t = ([one for one in side if all(count[one] == 1 for count in counts)] for side in looks)
    if b not in (o, t) and o != t:
        raise ListConflictError("both sides changed the order")


def _arrange(merge: Merge) -> None:
    """Put the entries in order: ours', or theirs' where theirs alone changed it, and the new ones where they belong."""
    kept = [token for token in merge.ours if token in merge.expected]
    if merge.is_list and (common := _moved(merge, kept)):
        merge.moved = True
        wanted = iter(common)
        known = set(common)
        groups: dict[Token, list[Token]] = {None: []}
        before: Token = None
        for token in kept:
            if token in known:
                before = token
                groups[token] = []
            else:
                groups[before].append(token)
        kept = [*groups[None], *(one for token in wanted for one in (token, *groups[token]))]
    if merge.ordered:
        _check_places(merge, kept)
    merge.order = _placed(merge, kept)


def _check_places(merge: Merge, kept: list[Token]) -> None:
    """Raise where what theirs inserted between two items of a list has no place, since ours moved one of them."""
    new, there = set(merge.new), set(merge.theirs)
    common = [token for token in kept if token in there]
    follows = dict(zip([None, *common], [*common, None], strict=True))
    before: Token = None
    waiting = False
    for token in [*merge.theirs, None]:
        if token in new:
            waiting = True
        elif token is None or token in follows:
            if waiting and follows[before] != token:
                raise ListConflictError("the template added an item between two that you moved apart")
            before, waiting = token, False


def _moved(merge: Merge, kept: list[Token]) -> list[Token]:
    """Return the common entries in the order that theirs alone gave them, or nothing."""
    there = set(kept)
    both = [token for token in merge.theirs if token in there]
    common = [token for token in both if token in merge.base or not merge.has_base]
    known = set(common)
    o = [token for token in kept if token in known]
    if o == common:
        if merge.ordered and merge.has_base and both != [token for token in kept if token in set(both)]:
            raise ListConflictError("both sides added the same item, in two places")
        return []
    b = [token for token in merge.base if token in known]
    if merge.has_base and o == b:
        return both
    if merge.ordered and not (merge.has_base and b == common):
        raise ListConflictError("both sides changed the order")
    return []


def _placed(merge: Merge, kept: list[Token]) -> list[Token]:
    """Return the order with what theirs inserted: behind what it stands behind there, and behind what ours inserted."""
    if not merge.new:
        return kept
    new = set(merge.new)
    there = set(kept)
    behind: dict[Token, list[Token]] = {}
    first: list[Token] = []  # before the first entry that both have
    before: Token = None
    for token in merge.theirs:
        if token in new:
            (behind.setdefault(before, []) if before is not None else first).append(token)
        elif token in there:
            before = token
    following = next((token for token in merge.theirs if token in there), None)
    out: list[Token] = []
    waiting: list[Token] = []
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


def steady(merge: Merge) -> list[Token]:
    """Return the entries that all sides have in the same order."""
    common = [token for token in merge.ours if token in merge.theirs and (token in merge.base or not merge.has_base)]
    for side in (merge.theirs, merge.base) if merge.has_base else (merge.theirs,):
        at = {token: number for number, token in enumerate(side)}
        order = [at[token] for token in common]
        if any(one > other for one, other in pairwise(order)):
            common = [common[n] for n in rising(order)]
    return common
