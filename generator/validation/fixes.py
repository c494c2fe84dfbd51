"""Apply the fixes of findings to the texts of files: exact edits, which change nothing but their spans. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import Invalid, Problem
from ..fix import Fix
from ..merge.syntax.edits import Edit, OverlapError, applied
from ..yaml import Node, parse, walk_nodes

# Fixes of a file that are tried one by one if they do not work together, and characters that are read for that.
_MOST_TRIED = 100
_MOST_READ = 4_000_000


@dataclass(frozen=True)
class FixedText:
    """A text with the fixes of some findings, which are ``done``; the others are ``left``."""

    text: str
    done: tuple[Problem, ...] = ()
    left: tuple[Problem, ...] = ()


def fixed_text(text: str, problems: Sequence[Problem]) -> FixedText:
    """Return a file's text with the fixes of its findings, as far as each changes only the value in its span."""
    try:
        documents = parse(text, "text", several_merges=True)
    except Invalid:
        return FixedText(text, left=tuple(problems))
    shared = _shared_spans(documents)
    usable = [one for one in problems if one.fix is not None and _fits(text, one.fix, shared)]
    done = usable if (result := _edited(text, documents, usable)) is not None else []
    if result is None:
        for one in usable[: min(_MOST_TRIED, _MOST_READ // (len(text) + 1))]:
            if (tried := _edited(text, documents, [*done, one])) is not None:
                result, done = tried, [*done, one]
    kept = {id(one) for one in done}
    return FixedText(result or text, tuple(done), tuple(one for one in problems if id(one) not in kept))


def _fits(text: str, fix: Fix, shared: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a fix is for this text, changes it, and is in no value that is used elsewhere too."""
    is_there = text[fix.start : fix.end] == fix.old and fix.old != fix.new
    before = bisect_right(shared, (fix.end, len(text)))
    return is_there and not (before and shared[before - 1][1] >= fix.start)


def _edited(text: str, documents: Sequence[Node], problems: Iterable[Problem]) -> str | None:
    """Return a text with fixes, or None if more would change than the values in their spans."""
    fixes = {one.fix for one in problems if one.fix is not None}
    try:
        result = applied(text, [Edit(one.start, one.end, one.new) for one in fixes])
        found = parse(result, "text", several_merges=True)
    except (OverlapError, Invalid):
        return None
    spans = sorted((one.start, one.end) for one in fixes)
    same = len(found) == len(documents) and all(map(_is_same, documents, found, [spans] * len(found)))
    return result if same else None


def _is_same(old: Node, new: Node, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether two documents have the same values, but for scalars that are where a fix is."""
    stack = [(old, new)]
    while stack:
        one, other = stack.pop()
        if (one.shape, one.anchor, len(one.pairs), len(one.items)) != (
            other.shape, other.anchor, len(other.pairs), len(other.items),
        ):  # fmt: skip
            return False
        differs = (one.tag, one.text) != (other.tag, other.text)
        if differs and (one.shape != "scalar" or not any(a <= one.end and one.start <= b for a, b in spans)):
            return False
        stack += zip(one.items, other.items, strict=True)
        for pair, new_pair in zip(one.pairs, other.pairs, strict=True):
            stack += zip(pair, new_pair, strict=True)
    return True


def _shared_spans(documents: Iterable[Node]) -> list[tuple[int, int]]:
    """Return the spans of anchored nodes that aliases repeat, in order; of those in another only the outer one."""
    found: list[tuple[int, int]] = []
    for span in sorted(span for one in documents for span in _anchored_spans(one)):
        if not found or span[1] > found[-1][1]:
            found.append(span)
    return found


def _anchored_spans(document: Node) -> Iterator[tuple[int, int]]:
    nodes = list(walk_nodes(document))
    names = {one.text for one in nodes if one.shape == "alias"}
    yield from ((one.start, one.end) for one in nodes if one.anchor and one.anchor in names)
