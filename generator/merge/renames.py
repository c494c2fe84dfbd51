"""Items that were renamed: what a key takes for one item gone and another one come."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .align import matches, pairs, share_of
from .elements import Entry
from .keys import Token
from .tree import Tree
from .values import Value, hashable

if TYPE_CHECKING:
    from .fields import Walk

Side = dict[Token, Entry]


def undone(walk: Walk, base: Side, ours: Side, theirs: Side) -> tuple[Side, Side]:
    """Return ours and theirs with renamed items under their old tokens, where that is safe.

    To rename an item is to delete it and to add another one. Where the other side has left the old one alone, that is
    the same as a new name for the old one, which keeps how the rest is written. What both sides renamed is one item,
    not two.
    """
    if walk.base is None or all(token in base for token in (*ours, *theirs)):
        return ours, theirs
    tokens: dict[Token, Token] = {}
    come = _replaced((walk.base, walk.ours), base, {one: ours[one] for one in ours if one in base or one not in theirs})
    new = _replaced(
        (walk.base, walk.theirs), base, {one: theirs[one] for one in theirs if one in base or one not in ours}
    )
    for token, one in base.items():
        here, other = come.get(token), new.get(token)
        if here is not None and other is not None:
            tokens[here] = tokens[other] = token
        elif other is not None and token in ours and _is_renamed(walk, one, ours[token], theirs[other]):
            tokens[other] = token
        elif here is not None and token in theirs and _is_renamed_by_ours(walk, one, ours[here], theirs[token]):
            tokens[here] = token
    mine = {tokens.get(token, token): one for token, one in ours.items()}
    return mine, {tokens.get(token, token): one for token, one in theirs.items()}


def _is_renamed_by_ours(walk: Walk, base: Entry, ours: Entry, theirs: Entry) -> bool:
    """Tell whether ours is base under another name, and theirs is base."""
    b, o, t = walk.values(base, ours, theirs)
    return bool(t == b and (alike(b, o) or (isinstance(b, tuple) and isinstance(o, tuple))))


def _replaced(trees: tuple[Tree | None, Tree], base: Side, side: Side) -> dict[Token, Token]:
    """Return which items of base have another name on a side: those that others like them stand in the place of."""
    old, new = list(base), list(side)
    out: dict[Token, Token] = {}
    i = j = 0
    for bi, sj in [*matches(old, new), (len(old), len(new))]:
        lost = [token for token in old[i:bi] if token not in side]
        come = [token for token in new[j:sj] if token not in base]
        if lost and come and trees[0]:
            looks = [hashable(trees[0].value(base[token].value)) for token in lost]
            there = [hashable(trees[1].value(side[token].value)) for token in come]
            out.update((lost[one], come[other]) for one, other in pairs(looks, there))
        i, j = bi + 1, sj + 1
    return out


def _is_renamed(walk: Walk, base: Entry, ours: Entry, theirs: Entry) -> bool:
    """Tell whether theirs is base under another name, and ours is base.

    An item of which half or less stays takes the comments in it along, so ours may have none there.
    """
    b, o, t = walk.values(base, ours, theirs)
    if o != b or type(t) is not type(b):
        return False
    if not isinstance(b, dict):
        return isinstance(b, tuple)
    if len(b) == 1 and t.keys() == b.keys():
        return all(isinstance(value, tuple) for value in (*b.values(), *t.values()))
    action, other = (str(one.get(("str", "uses"), "?")).partition("@")[0] for one in (b, t))
    if alike(b, t) or (action == other != "?"):
        return True
    changed = [value for key, value in t.items() if value != b.get(key)]
    if t.keys() == b.keys() and len(changed) == 1 and isinstance(changed[0], tuple):
        own = _has_own_lines(walk, base, ours)
    else:
        own = walk.own_comments(base, ours)
    return any(t.get(key) == value for key, value in b.items()) and (not own or walk.choose("") == "theirs")


def _has_own_lines(walk: Walk, base: Entry, ours: Entry) -> bool:
    """Tell whether lines of comment are in an item of ours that base does not have."""

    def lines(tree: Tree, entry: Entry) -> Counter[str]:
        spans = tree.comment_spans_in(entry.body, entry.end)
        return Counter(tree.text[start:end] for start, end in spans if tree.is_first(start))

    mine = lines(walk.ours, ours)
    return bool(mine and walk.base and mine - lines(walk.base, base))


def alike(one: Value, other: Value) -> bool:
    """Tell whether more than half of two maps is the same."""
    return isinstance(one, dict) and isinstance(other, dict) and share_of(one, other) > 0.5
