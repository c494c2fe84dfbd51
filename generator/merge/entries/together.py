"""Merge fields that violate a constraint together as one field, all of them from one side.

Violations are known by paths in the result. A walk that descends into everything finds the entries of these paths on
each side; the merge is then repeated with these fields bound to a side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...fits.consistent import Misfit
from ...fits.paths import FieldPath, PathStep, Spot, spots, text_of
from ...yaml.meaning import value_of
from ..identity.itemkeys import EntryToken
from ..outcome import Conflict, Side
from ..syntax import titles
from ..syntax.display import shown_value
from ..syntax.titles import field_name
from ..walk.bound import Bound, Held, Seen, ThreeEntries
from ..walk.context import Walk
from ..walk.writer import Place
from .collection import MergedEntries


def bound_sides(walk: Walk, around: Place, merge: MergedEntries) -> dict[EntryToken, Side]:
    """Return the side for each entry that is bound to one; record the entries if the walk looks for them."""
    if walk.seen is None and not walk.bound:
        return {}
    both = {**merge.theirs, **merge.ours}
    places = {token: (walk.number, (*around, merge.name_of(token, one))) for token, one in both.items()}
    if walk.seen is not None:
        walk.seen.inside.add((walk.number, around))
        walk.seen.titles[walk.number] = walk.title
        for token, held in places.items():
            walk.seen.entries[held] = merge.base.get(token), merge.ours.get(token), merge.theirs.get(token)
    return {token: walk.bound[held] for token, held in places.items() if held in walk.bound}


def note_items(walk: Walk, around: Place, merge: MergedEntries) -> None:
    """Record the names of the items of a list, if the walk looks for them."""
    if walk.seen is not None and merge.is_list:
        both = {**merge.theirs, **merge.ours}
        walk.seen.items[walk.number, around] = [merge.name_of(token, both[token]) for token in merge.order]


def bound_groups(walk: Walk, seen: Seen, faults: Iterable[Misfit], known: Iterable[Bound]) -> list[Bound]:
    """Return the recorded fields of misfits in which the sides differ, in groups; those with a common field are joined.

    ``known`` are the groups that are bound already.
    """
    groups = [(set(one.fields), one.reason, set(one.names)) for one in known]
    for fault in faults:
        found = {place for one in fault.fields for place in _places(seen, fault.document, one)}
        found = {one for one in found if not _is_alike(walk, seen.entries[one])}
        reason, names = fault.reason, {fault.name}
        for one in [group for group in groups if group[0] & found]:
            found, reason, names = found | one[0], one[1], names | one[2]
            groups.remove(one)
        if found:
            groups.append((found, reason, names))
    order = {place: number for number, place in enumerate(seen.entries)}
    return [
        Bound(
            tuple(sorted(places, key=lambda one: _first(walk, seen.entries[one], order[one]))), reason, frozenset(names)
        )
        for places, reason, names in groups
    ]


def _first(walk: Walk, entries: ThreeEntries, order: int) -> tuple[bool, bool, int]:
    """Sort fields that only ours changed to the front: those that both changed are separate conflicts."""
    b, o, t = walk.values(*entries)
    both = b not in (o, t) and not (isinstance(o, list | dict) and isinstance(t, list | dict))
    return both, o == b, order


def _is_alike(walk: Walk, entries: ThreeEntries) -> bool:
    _, o, t = walk.values(*entries)
    return bool(o == t)


def _places(seen: Seen, document: int, path: FieldPath) -> Iterator[Held]:
    """Yield the recorded field of a path in the result, or the narrowest one around it."""
    number = seen.numbers[document]
    if number is None:
        return
    where: Place = ()
    for step in path:
        part = _part(seen, (number, where), step)
        if part is None or (number, (*where, part)) not in seen.entries:
            if (number, where) in seen.inside:
                return  # no side has it
            break
        where = (*where, part)
    if where:
        yield number, where


def _part(seen: Seen, around: Held, step: PathStep) -> str | None:
    """Return the name of a step of a path in the walk, or None if it was not recorded."""
    if isinstance(step, str):
        return step
    if isinstance(step, int):
        names = seen.items.get(around, [])
        return names[step] if step < len(names) else None
    number, where = around
    for (of, place), entries in seen.entries.items():
        if of == number and len(place) == len(where) + 1 and place[:-1] == where:
            values = [value_of(one.value) for one in entries if one]
            if any(text_of(spot.value) == step.text for one in values for spot in spots(Spot((), one), step.field)):
                return place[-1]
    return None


def bind(walk: Walk, seen: Seen, groups: Iterable[Bound], trial: Side | None = None) -> frozenset[str]:
    """Bind fields to the sides that the user chose, or to ours with a conflict; return the misfits that are accepted.

    Accepted are misfits of fields for each of which the user chose a side, not the same for all. On ``trial`` fields
    are bound to that side without conflicts.
    """
    accepted: set[str] = set()
    for group in groups:
        every = [
            (titles.with_title(seen.titles.get(number, ""), field_name(where)), seen.entries[number, where])
            for number, where in group.fields
        ]
        chosen = [walk.choose(name) for name, _ in every]
        if None not in chosen and len(set(chosen)) > 1:
            accepted |= group.names
            continue
        side = chosen[0] or trial
        if side is None:
            walk.conflicts.append(_conflict(every, group.reason))
        walk.taken = walk.taken or side == "theirs"
        for held, own in zip(group.fields, chosen, strict=True):
            walk.bound[held] = own or side or "ours"
    return frozenset(accepted)


def _conflict(every: Sequence[tuple[str, ThreeEntries]], reason: str) -> Conflict:
    """Return the conflict about a group of fields."""

    def shown(side: int) -> str | None:
        there = [(name.rpartition(".")[2], entries[side]) for name, entries in every]
        values = [f"{name}: {shown_value(one.value)}" for name, one in there if one is not None]
        return "{" + ", ".join(values) + "}" if values else None

    first = next((entries[1] for _, entries in every if entries[1]), None)
    line = (first.key or first.value).line if first else 1
    rest = ", ".join(name for name, _ in every[1:])
    return Conflict(
        every[0][0], line, shown(0), shown(1), shown(2), f"{reason}; also affected: {rest}" if rest else reason
    )
