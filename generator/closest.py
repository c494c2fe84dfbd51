"""Which word a wrong one may have been meant for. The one home of ``difflib``, whose cost is bounded here.

To compare two words costs some ten microseconds, and a file can have thousands of wrong words and of words to choose
from. So only the first words are compared, and for each list of them so many times: who has a hundred wrong words
sees what is wrong from the first ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

MAX_LENGTH = 100  # characters of a word
MAX_KNOWN = 500  # words of a list
MAX_COMPARED = 20_000  # pairs of words, for one list of known ones


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like ``word``, or ``""``: none is, or too much has been compared already."""
    import difflib  # noqa: PLC0415 - only for what is wrong

    words = tuple(one for one in islice(known, MAX_KNOWN) if len(one) <= MAX_LENGTH)
    count = _compared(words)
    if len(word) > MAX_LENGTH or count[0] > MAX_COMPARED:
        return ""
    count[0] += len(words)
    return next(iter(difflib.get_close_matches(word, words, 1, cutoff)), "")


@lru_cache(maxsize=256)
def _compared(_words: tuple[str, ...]) -> list[int]:
    """Return how many have been compared for a list, to be counted up."""
    return [0]
