"""Maps to which everybody adds keys of their own, such as annotations: an absent one is an empty one.

Where theirs has no such map any more, only the entries of base go from ours, one by one; those of the user stay.
"""

from __future__ import annotations

from dataclasses import replace

from ... import mergekeys
from ...yaml import Node
from ...yaml.meaning import YamlValue
from ..syntax.elements import YamlEntry, is_block
from ..walk.context import ABSENT, Walk
from ..walk.writer import Place


def emptied_map(walk: Walk, place: Place, base: YamlEntry, ours: YamlEntry) -> YamlEntry | None:
    """Return an empty map in place of the one that theirs deleted, None if it is deleted as a whole.

    That is so for other fields, and where ours is that of base, with its comments.
    """
    if list(place[-2:]) not in mergekeys.table()["open"] or not (is_block(base.value) and is_block(ours.value)):
        return None
    if {base.value.shape, ours.value.shape} != {"map"} or base.value.anchor or ours.value.anchor or walk.base is None:
        return None
    if walk.base.value(base.value) == walk.ours.value(ours.value) and not walk.own_comments(base, ours):
        return None
    empty = Node("map", "map", "", 1, 1, 0, 0, style="flow")
    return YamlEntry(None, empty, 0, 0, 0, 0, ours.column, flow=True)


def descend_open(walk: Walk, place: Place, base: YamlEntry, ours: YamlEntry, empty: YamlEntry) -> YamlValue:
    """Return the merged value of a map that theirs deleted; ABSENT if nothing of ours is left, so that it goes too."""
    state = walk.state()
    value = walk.descend(walk, place, base, ours, empty)
    if value:
        return value
    walk.undo(replace(state, conflicts=len(walk.conflicts), notes=len(walk.notes)))
    return ABSENT
