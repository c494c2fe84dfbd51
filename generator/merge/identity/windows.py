"""Items between two anchors of two lists, and the best way to pair them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_GUESS = 1e-6  # tolerance: of two equally good pairings the one with more pairs is used


@dataclass
class Window:
    """Items between two anchors: ``base[i1:i2]`` and ``side[j1:j2]``; ``alike`` is empty if there are too many."""

    i1: int
    i2: int
    j1: int
    j2: int
    alike: Sequence[Sequence[float]]

    @cached_property
    def sums(self) -> tuple[list[list[float]], list[list[float]]]:
        """The highest sums of similarities of all beginnings, and of all ends, of the window."""
        return _sums(self)


def _sums(window: Window) -> tuple[list[list[float]], list[list[float]]]:
    """Return the highest sums of similarities of all beginnings, and of all ends, of a window."""
    rows, columns = len(window.alike), window.j2 - window.j1
    forward = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    backward = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows):
        for j in range(columns):
            both = forward[i][j] + window.alike[i][j]
            forward[i + 1][j + 1] = max(both, forward[i][j + 1], forward[i + 1][j])
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            both = backward[i + 1][j + 1] + window.alike[i][j]
            backward[i][j] = max(both, backward[i + 1][j], backward[i][j + 1])
    return forward, backward


def best_pairs(window: Window) -> list[tuple[int, int]]:
    """Return the pairs with the highest sum of similarities, rising on both sides; the first ones of several."""
    alike, backward = window.alike, window.sums[1]
    rows, columns = len(alike), window.j2 - window.j1
    out = []
    i = j = 0
    while i < rows and j < columns:
        if alike[i][j] and backward[i][j] <= backward[i + 1][j + 1] + alike[i][j] + _GUESS:
            out.append((window.i1 + i, window.j1 + j))
            i, j = i + 1, j + 1
        elif backward[i][j] == backward[i + 1][j]:
            i += 1
        else:
            j += 1
    return out
