"""The changes of theirs in a gap, and their places in ours."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class GapChange:
    """Elements of base that theirs replaced, and their replacement.

    In ours they are between ``low`` and ``high``, and after ``behind``, the elements known to precede them.
    """

    lost: range
    new: range
    low: int
    high: int
    behind: int


class Holes:
    """The places in ours where absent elements of base would be: between those that ours has."""

    def __init__(self, places: dict[int, int], count: int, end: int) -> None:
        self.low = [0] * (count + 1)
        for n in range(count):
            self.low[n + 1] = places[n] + 1 if n in places else self.low[n]
        self.high = [end] * (count + 1)
        for n in range(count - 1, -1, -1):
            self.high[n] = places.get(n, self.high[n + 1])

    def around(self, lost: range) -> tuple[int, int]:
        """Return the first and the last place of elements."""
        return self.low[lost.start], self.high[lost.stop]


def join_changes(changes: list[GapChange]) -> list[GapChange]:
    """Return changes, those in the same place of ours joined."""
    out: list[GapChange] = []
    for one in changes:
        last = out[-1] if out else None
        if last and (last.low, last.high) == (one.low, one.high):
            lost, new = range(last.lost.start, one.lost.stop), range(last.new.start, one.new.stop)
            out[-1] = replace(last, lost=lost, new=new)
        else:
            out.append(one)
    return out
