"""Edits of a text: spans and their replacements."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of a span, and the comments in the replacement."""

    start: int
    end: int
    text: str
    comments: tuple[str, ...] = ()


class OverlapError(Exception):
    """Two edits overlap."""


class Edits:
    """The edits of one text, collected in any order."""

    def __init__(self) -> None:
        self.made: list[Edit] = []

    def put(self, start: int, end: int, text: str, comments: Iterable[str] = ()) -> None:
        """Add an edit that replaces a span with ``text``."""
        self.made.append(Edit(start, end, text, tuple(comments)))

    def taken(self, since: int) -> list[Edit]:
        """Remove and return the edits after the first ``since`` ones."""
        found = self.made[since:]
        del self.made[since:]
        return found

    def comments(self) -> Counter[str]:
        """Return the comments that come with the edits."""
        return Counter(comment for one in self.made for comment in one.comments)


class Inside:
    """Edits sorted by position, to look up those in a span."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.edits = sorted(edits, key=lambda one: (one.start, one.end))
        self.starts = [one.start for one in self.edits]

    def of(self, start: int, end: int) -> list[Edit]:
        """Return the edits inside a span."""
        found = self.edits[bisect_left(self.starts, start) : bisect_right(self.starts, end)]
        return [one for one in found if one.end <= end]


def applied(text: str, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
    """Return a span of a text with edits applied. Raises OverlapError if two overlap or one leaves the span."""
    end = len(text) if end is None else end
    out = []
    at = start
    for one in sorted(edits, key=lambda one: (one.start, one.end)):
        if one.start < at or one.end > end:
            raise OverlapError
        out += [text[at : one.start], one.text]
        at = one.end
    return "".join([*out, text[at:end]])
