"""Decide which entries of three collections stay, go and come, and in which order; not how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ... import mergekeys
from ...yaml.meaning import key_value
from ..identity.itemkeys import EntryToken
from ..identity.itemmatch import match_items
from ..outcome import OWN, Side
from ..syntax.elements import YamlEntry
from ..syntax.spantree import OddError
from ..walk.context import ABSENT, Walk
from ..walk.writer import Place
from . import alternatives, open_maps, renames, sequences, split_images, together
from .collection import ListConflictError, MergedEntries


def match_entries(
    walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry
) -> MergedEntries:
    """Return the entries of three collections by token."""
    trees = (walk.base, walk.ours, walk.theirs)
    found = [tree.children(one) if tree and one else [] for tree, one in zip(trees, (base, ours, theirs), strict=True)]
    has_base = base is not None
    if not any(one and one.value.shape == "list" for one in (base, ours, theirs)):
        b, o, t = ({key_value(one.key): one for one in side if one.key is not None} for side in found)
        if sum(map(len, (b, o, t))) < sum(map(len, found)):  # the same key in two spellings: 1 and 0x1, ~ and null
            raise OddError
        renamed = renames.undo_key_renames(walk, b, o, t) if has_base else renames.Renamed(o, t)
        return MergedEntries(
            b, renamed.ours, t, keyed=True, ordered=False, is_list=False, has_base=has_base, renamed=renamed
        )
    values = [
        [walk.look(tree, one.value) for one in side] if tree else [] for tree, side in zip(trees, found, strict=True)
    ]
    names = tuple(one for one in where if not one.startswith("["))
    lists = (values[0] if has_base else None, values[1], values[2])
    same = match_items(lists, mergekeys.entry_for(walk.families, names))
    b, o, t = (
        dict(zip(tokens, side, strict=False))
        for tokens, side in zip((same.base, same.ours, same.theirs), found, strict=True)
    )
    renamed = renames.Renamed(o, t)
    if has_base and same.keyed:
        renamed = renames.undo_renames(walk, b, o, t, in_fact=same.in_fact)
    return MergedEntries(
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


def decide_entries(
    walk: Walk, where: Place, merge: MergedEntries, ours: YamlEntry, heads: dict[EntryToken, list[str]]
) -> None:
    """Decide about every entry, and merge those that both sides have.

    ``heads`` are comments of ours directly above its entries that base does not have. Raises ListConflictError.
    """
    if merge.renamed and merge.renamed.clash:
        raise ListConflictError(merge.renamed.clash)
    sequences.check_list(walk, merge)
    sides = {} if merge.is_list else _of_sets(walk, where, merge)
    sides |= together.bound_sides(walk, where, merge)
    doubtful = sequences.doubtful(walk, merge) if merge.is_list else set()
    for token, one in merge.ours.items():
        place = (*where, merge.name_of(token, one))
        before, after = merge.base.get(token), merge.theirs.get(token)
        if token in doubtful and token not in sides:
            final = walk.is_shared(one.value)
            sides[token] = walk.clash(place, before, one, after, sequences.UNCERTAIN, final=final)
            if sides[token] == "theirs":
                walk.note_gone(place, before, one, after)
        if token in sides:
            _take(walk, merge, token, one, sides[token])
        elif after is not None:
            merge.expected[token] = walk.descend(walk, place, before, one, after)
        elif before is not None and _goes(walk, place, merge, token, heads.get(token, [])):
            merge.gone.append(token)
        elif token not in merge.expected:
            merge.expected[token] = walk.ours.value(one.value)
    _add_new(walk, where, merge, ours, sides)
    sequences.arrange(merge)
    together.note_items(walk, where, merge)


def _add_new(walk: Walk, where: Place, merge: MergedEntries, ours: YamlEntry, sides: Mapping[EntryToken, Side]) -> None:
    """Decide about the entries that only theirs has."""
    for token, one in merge.theirs.items():
        if token in merge.ours or sides.get(token) == "ours":
            continue
        before = merge.base.get(token)
        if before is not None and token not in sides:
            b, t = walk.base.value(before.value) if walk.base else None, walk.theirs.value(one.value)
            place = (*where, merge.name_of(token, one))
            if b == t or walk.clash(place, before, None, one, _gone(merge, token), near=ours) == "ours":
                continue
        merge.new.append(token)
        merge.expected[token] = walk.theirs.value(one.value)


def _goes(walk: Walk, place: Place, merge: MergedEntries, token: EntryToken, head: Sequence[str]) -> bool:
    """Return whether an entry that theirs no longer has is deleted; of an open map, only the entries of base go."""
    before, one = merge.base[token], merge.ours[token]
    empty = open_maps.emptied_map(walk, place, before, one)
    if empty is None:
        return is_deleted(walk, place, before, one, head, _new_name(merge, token))
    value = open_maps.descend_open(walk, place, before, one, empty)
    if value == ABSENT:
        return True
    merge.expected[token] = value
    return False


def _of_sets(walk: Walk, where: Place, merge: MergedEntries) -> dict[EntryToken, Side]:
    """Return the side for the fields of a map that are merged as one."""
    return split_images.choose_split_images(walk, where, merge) | alternatives.choose_alternatives(walk, where, merge)


def _take(walk: Walk, merge: MergedEntries, token: EntryToken, ours: YamlEntry, side: Side) -> None:
    """Take an entry of ours unchanged, or as in theirs."""
    theirs = merge.theirs.get(token)
    if side == "ours":
        merge.expected[token] = walk.ours.value(ours.value)
    elif theirs is None:
        merge.gone.append(token)
    else:
        merge.expected[token] = walk.as_theirs(ours, theirs)


def _gone(merge: MergedEntries, token: EntryToken) -> str:
    """Return the reason of a conflict about an entry that theirs changed, and that is not in ours.

    An adopted file may never have had it, so it need not be the user who deleted it.
    """
    name = merge.renamed.by_ours.get(token) if merge.renamed else None
    return "your file does not have it" + (f", or has it under the name {_called(merge, name)}" if name else "")


def _called(merge: MergedEntries, token: EntryToken) -> str:
    """Return the name of an entry."""
    return merge.names[token] if token in merge.names else str(token[1])  # type: ignore[index]


def _new_name(merge: MergedEntries, token: EntryToken) -> str:
    """Return a reason with the name that the template may have given to an entry that it no longer has."""
    name = merge.renamed.by_theirs.get(token) if merge.renamed else None
    return "" if name is None else f"the template deleted it, or renamed it to {_called(merge, name)}"


def is_deleted(walk: Walk, place: Place, before: YamlEntry, ours: YamlEntry, head: Sequence[str], renamed: str) -> bool:
    """Return whether an entry that theirs no longer has is deleted."""
    b, o, _ = walk.values(before, ours, None)
    if walk.is_shared(ours.value):
        return walk.clash(place, before, ours, None, walk.shared_reason(ours.value), final=True) == "theirs"
    own = o != b or head or walk.own_comments(before, ours)
    reason = renamed if o != b else OWN
    return not own or walk.clash(place, before, ours, None, reason) == "theirs"
