"""Suggest the closest known name for a misspelt one, at a bounded cost, and format lists of names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

MAX_LENGTH = 100  # of a name to find suggestions for
_MAX_LISTED = 20
_TRIED = 3
_COST = 20  # of comparing two names letter by letter
_STEM = 5  # letters that two forms of one word begin with: create and creation
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PARTED = re.compile(r"[^A-Za-z0-9]+")
_NUMBERS = re.compile(r"[0-9]+")


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
            if is_misspelt(name, one):
                return one
        return ""


def is_misspelt(name: str, known: str) -> bool:
    """Tell whether a name is another one, as a reader would say: few letters of its words are mistyped, or it is in
    another case, or lacks one of several words. Names that differ in a number or in a whole word are two.
    """
    if _NUMBERS.findall(name) != _NUMBERS.findall(known):
        return False
    plain, wanted = (_PARTED.sub("", one).lower() for one in (name, known))
    if plain == wanted:
        return True
    words, others = ([one.lower() for one in _WORDS.findall(x)] for x in (name, known))
    if len(words) == len(others):
        return all(x == y or _is_slip(x, y, is_part=len(words) > 1) for x, y in zip(words, others, strict=True))
    if len(words) > 1 and any([*others[:i], *others[i + 1 :]] == words for i in range(len(others))):
        return True
    return _distance(plain, wanted) <= min(len(plain), len(wanted)) // 5  # where words begin is not clear


def _is_slip(word: str, known: str, *, is_part: bool) -> bool:
    """Tell whether a word is another with few letters mistyped, or another form of it; a part has words beside it."""
    distance, length = _distance(word, known), min(len(word), len(known))
    counted = max(len(word), len(known)) if is_part else length
    if distance <= (counted > 2) + (length > 5) + (length > 9):
        return True
    stem = next((i for i, (one, other) in enumerate(zip(word, known, strict=False)) if one != other), length)
    return distance < _STEM <= stem and stem >= 0.6 * max(len(word), len(known))


def _distance(name: str, known: str) -> int:
    """Return how many letters were mistyped: added, left out, replaced or swapped."""
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(name, 1):
        above, before, row = before, row, [i]
        for j, other in enumerate(known, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and name[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def suggestion(name: str, known: Collection[str], what: str) -> str:
    """Return a hint for a name that is not among the known ones: the closest one, else all of them."""
    close = Guesses().nearest(name, known)
    return f"did you mean {close!r}?" if close else f"{what}: {name_list(known)}"


def name_list(names: Iterable[str], most: int = _MAX_LISTED) -> str:
    """Return sorted names separated by commas; of more than ``most``, the first ones and the number of others."""
    every = sorted(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
