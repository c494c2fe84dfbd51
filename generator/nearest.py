"""Suggest the closest known name for a misspelt one, at a bounded cost, and format lists of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

MAX_LENGTH = 100  # of a name to find suggestions for
_MAX_LISTED = 20


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

        return next(iter(get_close_matches(name, possible, 1, cutoff)), "")


def suggestion(name: str, known: Collection[str], what: str) -> str:
    """Return a hint for a name that is not among the known ones: the closest one, else all of them."""
    close = Guesses().nearest(name, known)
    return f"did you mean {close!r}?" if close else f"{what}: {name_list(known)}"


def name_list(names: Iterable[str], most: int = _MAX_LISTED) -> str:
    """Return sorted names separated by commas; of more than ``most``, the first ones and the number of others."""
    every = sorted(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
