"""Edits of a text: spans with what comes in their place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """What comes in place of a span, and the comments that are in it."""

    start: int
    end: int
    text: str
    comments: tuple[str, ...] = ()


class OverlapError(Exception):
    """Two edits of one place."""


class Edits:
    """The edits of one text, collected in any order."""

    def __init__(self) -> None:
        self.made: list[Edit] = []

    def put(self, start: int, end: int, text: str, comments: Iterable[str] = ()) -> None:
        """Note that ``text`` comes in place of a span."""
        self.made.append(Edit(start, end, text, tuple(comments)))

    def taken(self, since: int) -> list[Edit]:
        """Return the edits made since there were ``since`` of them, and forget them."""
        found = self.made[since:]
        del self.made[since:]
        return found

    def comments(self) -> Counter[str]:
        """Return the comments that come with the edits."""
        return Counter(comment for one in self.made for comment in one.comments)


class Inside:
    """Edits by where they are."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.edits = sorted(edits, key=lambda one: (one.start, one.end))
        self.starts = [one.start for one in self.edits]

    def of(self, start: int, end: int) -> list[Edit]:
        """Return the edits inside a span."""
        found = self.edits[bisect_left(self.starts, start) : bisect_right(self.starts, end)]
        return [one for one in found if one.end <= end]


def applied(text: str, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
    """Return a span of a text with edits made in it; raise OverlapError where two meet or one leaves it."""
    end = len(text) if end is None else end
    out = []
    at = start
    for one in sorted(edits, key=lambda one: (one.start, one.end)):
        if one.start < at or one.end > end:
            raise OverlapError
        out += [text[at : one.start], one.text]
        at = one.end
    return "".join([*out, text[at:end]])
