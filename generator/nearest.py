"""Suggest the closest known name for a misspelt one, at a bounded cost, and format lists of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

MAX_LENGTH = 100  # of a name to find suggestions for
_MAX_LISTED = 20
_TRIED = 3
_COST = 20  # of comparing two names letter by letter
_SURE = 0.8  # a lower ratio is reached by names that only have letters in common: template and examples


@dataclass
class Guesses:
    """The remaining budget for suggestions in the findings of a file, in character comparisons.

    The default is enough for a thousand misspelt names among a hundred known ones; later names get no suggestion.
    """

    left: int = 20_000_000

    def nearest(self, name: str, known: Collection[str], cutoff: float = 0.6) -> str:
        """Return the known name closest to ``name``, ``""`` if none is close or the budget is used up."""
        if self.left <= 0 or len(name) > MAX_LENGTH:
            return ""
        possible = [one for one in known if len(one) <= MAX_LENGTH]
        self.left -= (len(name) + 1) * (sum(map(len, possible)) + len(known))
        from difflib import get_close_matches  # noqa: PLC0415 - only for misspelt names

        for one in get_close_matches(name, possible, _TRIED, cutoff):
            self.left -= _COST * len(name) * len(one)
            if cutoff >= _SURE or get_close_matches(name, [one], 1, _SURE) or _is_slip(name, one):
                return one
        return ""


def _is_slip(name: str, known: str) -> bool:
    """Tell whether a name is another with few letters mistyped: added, left out, replaced or swapped."""
    most = (max(len(name), len(known)) + 2) // 3
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(name, 1):
        above, before, row = before, row, [i]
        for j, other in enumerate(known, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and name[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1] <= most


def suggestion(name: str, known: Collection[str], what: str) -> str:
    """Return a hint for a name that is not among the known ones: the closest one, else all of them."""
    close = Guesses().nearest(name, known)
    return f"did you mean {close!r}?" if close else f"{what}: {name_list(known)}"


def name_list(names: Iterable[str], most: int = _MAX_LISTED) -> str:
    """Return sorted names separated by commas; of more than ``most``, the first ones and the number of others."""
    every = sorted(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
