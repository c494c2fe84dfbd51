"""Fields of a map that exclude each other: each set is merged as one field."""

from __future__ import annotations

from typing import Any

from ... import mergekeys
from ..identity.itemkeys import EntryToken
from ..outcome import Conflict, Side
from ..syntax.display import shown_value
from ..walk.context import Walk
from ..walk.writer import Place
from .collection import MergedEntries


def choose_alternatives(walk: Walk, where: Place, merge: MergedEntries) -> dict[EntryToken, Side]:
    """Return the side for the fields of each set that both sides changed differently."""
    names = tuple(one for one in where if not one.startswith("["))
    every: list[Any] = list(dict.fromkeys([*merge.ours, *merge.theirs, *merge.base]))
    fields = [token[1] for token in every if token[0] == "str"]
    out: dict[EntryToken, Side] = {}
    for one in mergekeys.exclusive(walk.families, names, fields):
        tokens = [token for token in every if token[0] == "str" and token[1] in one.fields]
        if not any(token in out for token in tokens) and _meet(walk, merge, tokens, one):
            have = "go together" if one.together else "exclude each other"
            reason = f"{', '.join(sorted(token[1] for token in tokens))} {have}"
            out.update(dict.fromkeys(tokens, settle_set(walk, where, merge, tokens, reason)))
    return out


def _meet(walk: Walk, merge: MergedEntries, tokens: list[Any], fields: mergekeys.Exclusive) -> bool:
    """Return whether both sides changed a set, and not within the same fields of it."""
    b, o, t = (
        {token: tree.value(side[token].value) for token in tokens if token in side} if tree else {}
        for tree, side in ((walk.base, merge.base), (walk.ours, merge.ours), (walk.theirs, merge.theirs))
    )
    if b in (o, t) or o == t:
        return False
    if o.keys() == t.keys():  # within the same fields; undecidable for several that exclude each other
        return len(o) > 1 and not fields.together
    both = o.keys() & t.keys()
    # One side only added to the fields of the other: that fits together.
    added = both in (o.keys(), t.keys()) and b.keys() <= both and all(o[token] == t[token] for token in both)
    return not (fields.together and both and added)


def settle_set(walk: Walk, where: Place, merge: MergedEntries, tokens: list[Any], reason: str) -> Side:
    """Return the side that the user chose for a set of fields, or record the conflict."""
    mine = next((token for token in tokens if token in merge.ours), tokens[0])
    name = walk.field((*where, mine[1]))
    side = walk.choose(name)
    if side:
        walk.taken = walk.taken or side == "theirs"
        return side
    shown = []
    for entries in (merge.base, merge.ours, merge.theirs):
        values = [f"{token[1]}: {shown_value(entries[token].value)}" for token in tokens if token in entries]
        shown.append("{" + ", ".join(values) + "}" if values else None)
    near = merge.ours.get(mine) or next(iter(merge.ours.values()), None)
    line = (near.key or near.value).line if near else 1
    walk.conflicts.append(Conflict(name, line, shown[0], shown[1], shown[2], reason))
    return "ours"
