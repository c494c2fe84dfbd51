"""What a misspelt name was probably meant to be, at a bounded cost, and names as messages list them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

MAX_LENGTH = 100  # of a name that somebody may have misspelt
_MAX_LISTED = 20


@dataclass
class Guesses:
    """How much of guessing is left for the findings of a file: characters compared with characters.

    It is enough for a thousand misspelt names among a hundred known ones; the names behind are told of without a guess.
    """

    left: int = 20_000_000

    def nearest(self, name: str, known: Collection[str], cutoff: float = 0.6) -> str:
        """Return the known name that is most like another one, ``""`` where none is or nothing is left."""
        if self.left <= 0 or len(name) > MAX_LENGTH:
            return ""
        possible = [one for one in known if len(one) <= MAX_LENGTH]
        self.left -= (len(name) + 1) * (sum(map(len, possible)) + len(known))
        from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

        return next(iter(get_close_matches(name, possible, 1, cutoff)), "")


def listed(names: Iterable[str], most: int = _MAX_LISTED) -> str:
    """Return names in order, separated by commas; of very many the first, and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
