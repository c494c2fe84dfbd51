"""Align two sequences, in time that grows linearly with their length."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

MAX_PRODUCT = 90_000  # of the lengths of two ranges without a unique element: longer ones are not compared
MAX_DEPTH = 40  # of nested ranges: ranges that unique elements have not divided by then are compared, or left unaligned
PAIRS = 4  # of equal elements for each element, in all compared ranges, beyond those of one


def aligned(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the positions of equal elements, rising on both sides.

    Equal beginnings and ends first, then elements that are unique on each side (as in patience diff), then the rest.
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
        anchors = unique_pairs(one, other, (i1, i2, j1, j2)) if depth < MAX_DEPTH else []
        if not anchors:
            left -= equal(one[i1:i2], other[j1:j2]) if (i2 - i1) * (j2 - j1) <= MAX_PRODUCT else 0
            out += _compared(one, other, (i1, i2, j1, j2)) if left >= 0 else []
            continue
        out += anchors
        for i, j in [*anchors, (i2, j2)]:
            stack.append((i1, i, j1, j, depth + 1))
            i1, j1 = i + 1, j + 1
    return sorted(out)


def equal(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return the number of pairs of equal elements, which is the cost of a comparison."""
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


def unique_pairs(
    one: Sequence[Hashable], other: Sequence[Hashable], span: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Return the positions of elements that are unique in a span of both, as many as rise on both sides."""
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
