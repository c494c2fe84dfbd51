"""Find the comments of a YAML text: parsers drop them, so they are found between the scalars."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from .parse import Node, parse

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as the scanner counts lines
_BEFORE = " \t\n\r\x85\u2028\u2029,[]{}:?-"  # characters that a comment may follow


def comments(text: str, documents: Iterable[Node] | None = None) -> list[tuple[int, str]]:
    """Return line (from 1) and text of every comment of ``text``, which must be valid YAML.

    ``documents`` are those of the text, if they have been read, also with aliases expanded: it is not read again then,
    unless merge keys may have taken values out of them.
    """
    if documents is None or "<<" in text or text.startswith("\ufeff"):
        text = text.removeprefix("\ufeff")
        documents = parse(text, "text")
    breaks = [match.end() for match in _BREAK.finditer(text)]
    found = comment_spans(text, documents)
    return [(bisect_right(breaks, start) + 1, text[start:end]) for start, end in found]


def comment_spans(text: str, documents: Iterable[Node]) -> list[tuple[int, int]]:
    """Return start and end of every comment of ``text``, in order: from ``#`` outside scalars to the line's end."""
    found: list[tuple[int, int]] = []
    at = 0

    def between(low: int, high: int) -> None:
        start = text.find("#", low, high)
        while start >= 0:
            behind = start + 1
            if start == low or text[start - 1] in _BEFORE:  # else it is in an anchor or a tag
                line = _BREAK.search(text, start, high)
                behind = line.start() if line else high
                found.append((start, start + len(text[start:behind].rstrip())))
            start = text.find("#", behind, high)

    for start, end, block in sorted(set(_leaves(documents))):  # a value of an anchor may be there again
        between(at, start)
        at = end
        if block:  # a comment may follow the header
            line = _BREAK.search(text, start, end)
            between(start, line.start() if line else end)
    between(at, len(text))
    return found


def _leaves(documents: Iterable[Node]) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of every node that is not a collection, in order, and whether it is a block scalar."""
    stack = list(documents)[::-1]
    while stack:
        node = stack.pop()
        if node.pairs:
            for key, value in reversed(node.pairs):
                stack.append(value)
                stack.append(key)
        elif node.items:
            stack.extend(node.items[::-1])
        elif node.shape in {"scalar", "alias"}:
            yield node.start, node.end, node.style in {"|", ">"}
