"""Which elements of two sequences correspond, in time that grows with their length."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

MAX_PRODUCT = 90_000  # of the lengths of two stretches without a unique element: longer ones are not compared
MAX_DEPTH = 40  # of stretches in stretches: what unique elements have not told apart by then is compared, or left
PAIRS = 4  # of equal elements for each element, in all stretches that are compared, beyond those of one

MAX_SIMILAR = 2_500  # the same of items that are compared one by one


def matches(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the positions of equal elements, rising on both sides.

    Equal beginnings and ends first, then what is there once on each side (as in patience diff), then the rest.
    """
    out: list[tuple[int, int]] = []
    stack = [(0, len(one), 0, len(other), 0)]
    left = MAX_PRODUCT + PAIRS * (len(one) + len(other))
    while stack:
        i1, i2, j1, j2, depth = stack.pop()
        while i1 < i2 and j1 < j2 and one[i1] == other[j1]:
            out.append((i1, j1))
            i1, j1 = i1 + 1, j1 + 1
        while i1 < i2 and j1 < j2 and one[i2 - 1] == other[j2 - 1]:
            i2, j2 = i2 - 1, j2 - 1
            out.append((i2, j2))
        if i1 == i2 or j1 == j2:
            continue
        anchors = _unique(one, other, (i1, i2, j1, j2)) if depth < MAX_DEPTH else []
        if not anchors:
            left -= equal(one[i1:i2], other[j1:j2]) if (i2 - i1) * (j2 - j1) <= MAX_PRODUCT else 0
            out += _compared(one, other, (i1, i2, j1, j2)) if left >= 0 else []
            continue
        out += anchors
        for i, j in [*anchors, (i2, j2)]:
            stack.append((i1, i, j1, j, depth + 1))
            i1, j1 = i + 1, j + 1
    return sorted(out)


def pairs(
    lost: Sequence[Hashable], new: Sequence[Hashable], aside: Sequence[Hashable] | None = None
) -> list[tuple[int, int]]:
    """Return which of the items that stood in a place are which of those that stand there now.

    Maps of which half is the same are the same item, as many as can be in order; what is left between those is paired
    one by one where it is as much on both sides. ``aside`` is what the items became on another side.
    """
    found = _similar(lost, new, aside or lost) if len(lost) * len(new) <= MAX_SIMILAR else []
    out: list[tuple[int, int]] = []
    i = j = 0
    for one, other in [*found, (len(lost), len(new))]:
        if one - i == other - j:
            out += zip(range(i, one), range(j, other), strict=True)
        if one < len(lost):
            out.append((one, other))
        i, j = one + 1, other + 1
    return out


def _similar(lost: Sequence[Hashable], new: Sequence[Hashable], aside: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the pairs of items alike that are alike the most, rising on both sides."""
    best = [[0] * (len(new) + 1) for _ in range(len(lost) + 1)]
    alike = [
        [max(_likeness(one, other), _likeness(third, other) if third is not one else 0) for other in new]
        for one, third in zip(lost, aside, strict=True)
    ]
    for i in range(len(lost) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            with_both = best[i + 1][j + 1] + alike[i][j] if alike[i][j] else 0
            best[i][j] = max(with_both, best[i + 1][j], best[i][j + 1])
    out = []
    i = j = 0
    while i < len(lost) and j < len(new):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return out


def _likeness(one: Hashable, other: Hashable) -> int:
    """Return how much of two maps is the same, in percent: from half on, or that they have the same keys."""
    if not (isinstance(one, frozenset) and isinstance(other, frozenset)):
        return 0
    percent = round(100 * share_of(one, other))
    return percent if percent >= 50 else int({key for key, _ in one} == {key for key, _ in other})


def share_of(one: Mapping[Any, Any] | frozenset[Any], other: Mapping[Any, Any] | frozenset[Any]) -> float:
    """Return how much of two maps, or of the pairs of maps, is the same, from 0 to 1."""
    mine, there = dict(one), dict(other)
    every = mine.keys() | there.keys()
    both = 0.0
    for key in mine.keys() & there.keys():
        a, b = mine[key], there[key]
        if a == b:
            both += 1
        elif isinstance(a, dict | frozenset) and isinstance(b, dict | frozenset):
            both += share_of(a, b)
    return both / len(every) if every else 0


def equal(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many pairs of equal elements there are: what a comparison costs."""
    there = Counter(other)
    return sum(count * there[element] for element, count in Counter(one).items())


def rising(numbers: Sequence[int]) -> list[int]:
    """Return the positions of a longest rising subsequence."""
    tails: list[int] = []
    values: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        place = bisect_left(values, number)
        before.append(tails[place - 1] if place else -1)
        if place == len(tails):
            tails.append(at)
            values.append(number)
        else:
            tails[place], values[place] = at, number
    out = []
    at = tails[-1] if tails else -1
    while at >= 0:
        out.append(at)
        at = before[at]
    return out[::-1]


def _unique(
    one: Sequence[Hashable], other: Sequence[Hashable], span: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    i1, i2, j1, j2 = span
    counts = Counter(one[i1:i2]), Counter(other[j1:j2])
    there = {other[j]: j for j in range(j1, j2) if counts[1][other[j]] == 1}
    pairs = [(i, there[one[i]]) for i in range(i1, i2) if counts[0][one[i]] == 1 and one[i] in there]
    return [pairs[n] for n in rising([j for _, j in pairs])]


def _compared(
    one: Sequence[Hashable], other: Sequence[Hashable], span: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    i1, i2, j1, j2 = span
    if (i2 - i1) * (j2 - j1) > MAX_PRODUCT:
        return []
    found = difflib.SequenceMatcher(None, one[i1:i2], other[j1:j2], autojunk=False).get_matching_blocks()
    return [(i1 + block.a + n, j1 + block.b + n) for block in found for n in range(block.size)]
