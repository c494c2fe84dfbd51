"""Decide which blank lines of ours are deleted with the elements next to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..syntax.elements import Element, TextLine, YamlEntry


def is_blank(one: Element) -> bool:
    """Return whether an element is a blank line."""
    return isinstance(one, TextLine) and not one.text


def place_blanks(ours: Sequence[Element], mine: dict[int, int], lost: Sequence[int], goes: set[int]) -> dict[int, int]:
    """Return the places of elements of base in ours; of equal blank lines the ``lost`` one is next to a deletion."""
    out, taken, near = dict(mine), set(mine.values()), set(goes)
    for n in (*reversed(lost), *lost):
        for there in (out[n], out.get(n + 1, -1) - 1, out.get(n - 1, -2) + 1):
            free = 0 <= there < len(ours) and (there == out[n] or there not in taken) and is_blank(ours[there])
            if free and not near.isdisjoint({there - 1, there + 1}):
                out[n] = there
                taken.add(there)
                near.add(there)
                break
    return out


def spare_blanks(ours: Sequence[Element], goes: set[int], blank: set[int], own: set[int], *, top: bool) -> set[int]:
    """Return which ``blank`` lines are deleted with the elements next to them.

    Those that separate the user's ``own`` lines from others stay, unless another blank line does that. At the ``top``
    of a collection there is nothing to separate.
    """
    out: set[int] = set()
    for runs, places in groupby(range(len(ours)), lambda n: n in goes or n in blank):
        run = list(places)
        if runs and not goes.isdisjoint(run):
            out |= blank.intersection(run)
            out -= set() if top and not run[0] else _dividing(ours, run, goes, own)
    return out


def _dividing(ours: Sequence[Element], run: Sequence[int], goes: set[int], own: set[int]) -> set[int]:
    """Return the blank lines of a run that stay as separators when the rest of it goes."""
    before, behind = run[0] - 1, run[-1] + 1
    if any(0 <= n < len(ours) and is_blank(ours[n]) for n in (before, behind)):
        return set()
    cut = [list(places) for gone, places in groupby(run, lambda n: n in goes) if not gone]
    leads, ends = run[0] not in goes, run[-1] not in goes
    if before in own:
        return set(cut[-1]) if ends else set()
    follows = next((n for n in range(behind, len(ours)) if isinstance(ours[n], YamlEntry)), -1)
    if leads and follows in own:
        return set(cut[0])
    return set(cut[-1]) if ends and behind in own else set()
