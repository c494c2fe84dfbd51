"""What theirs changed in a gap of ours, and where in ours that would be."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class GapChange:
    """Elements of base that theirs has no more, and those it has instead.

    In ours they are between ``low`` and ``high``, ``behind`` what is known to stand before them.
    """

    lost: range
    new: range
    low: int
    high: int
    behind: int


class Holes:
    """Where elements of base that have no place in ours would be: between those that have one."""

    def __init__(self, places: dict[int, int], count: int, end: int) -> None:
        self.low = [0] * (count + 1)
        for n in range(count):
            self.low[n + 1] = places[n] + 1 if n in places else self.low[n]
        self.high = [end] * (count + 1)
        for n in range(count - 1, -1, -1):
            self.high[n] = places.get(n, self.high[n + 1])

    def around(self, lost: range) -> tuple[int, int]:
        """Return where elements may begin, and what is behind them."""
        return self.low[lost.start], self.high[lost.stop]


def join_changes(changes: list[GapChange]) -> list[GapChange]:
    """Return changes with those in one place of ours as one."""
    out: list[GapChange] = []
    for one in changes:
        last = out[-1] if out else None
        if last and (last.low, last.high) == (one.low, one.high):
            lost, new = range(last.lost.start, one.lost.stop), range(last.new.start, one.new.stop)
            out[-1] = replace(last, lost=lost, new=new)
        else:
            out.append(one)
    return out
