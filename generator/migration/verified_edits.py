"""Check that edits of a manifest change nothing but what they are for: by its values and by its comments."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..errors import Invalid
from ..merge.syntax.edits import Edit, OverlapError, applied
from ..rules import File
from ..rules.recognise import recognise
from ..yaml import Node, comment_spans, parse, walk_nodes
from .plan_of_migration import Migrated


def edited_text(file: File, parts: Sequence[Migrated]) -> str | None:
    """Return a file's text with the edits of its objects, or None if it would not mean what is expected."""
    made = {edit for one in parts for edit in one.edits}
    try:
        text = applied(file.text, [Edit(*one) for one in made])
    except OverlapError:
        return None
    found = recognise(file.path, text, named=True)
    documents = found.file.documents if found.file else ()
    gone = {key for one in parts for key in one.gone}
    if len(documents) != len(file.documents):
        return None
    if not all(_is_same(old, new, gone) for old, new in zip(file.documents, documents, strict=True)):
        return None
    wanted = Counter(_comments(file.text))
    wanted.subtract(comment for one in parts for comment in one.dropped)
    wanted.update(comment for one in parts for comment in one.added)
    return text if +wanted == Counter(_comments(text)) and min(wanted.values(), default=0) >= 0 else None


def _comments(text: str) -> list[str]:
    return [text[start:end] for start, end in comment_spans(text, parse(text, "text", several_merges=True))]


def _is_same(old: Node, new: Node, gone: Collection[int]) -> bool:
    """Tell whether a document has the values of an older one, apart from the pairs with the keys that are gone."""
    stack = [(old, new)]
    while stack:
        one, other = stack.pop()
        if (one.shape, one.tag, one.text, len(one.items)) != (other.shape, other.tag, other.text, len(other.items)):
            return False
        kept = [pair for pair in one.pairs if id(pair[0]) not in gone]
        if len(kept) != len(other.pairs):
            return False
        stack += zip(one.items, other.items, strict=True)
        for (key, value), (new_key, new_value) in zip(kept, other.pairs, strict=True):
            stack += [(key, new_key), (value, new_value)]
    return True


class SharedSpans:
    """The anchored nodes of a file that an alias in the same document repeats."""

    def __init__(self, file: File) -> None:
        self._starts: list[int] = []
        self._reach: list[tuple[int, str]] = []  # how far the nodes up to here reach, and the name of that one
        for start, end, name in sorted(_spans(file)):
            self._starts.append(start)
            self._reach.append(max([*self._reach[-1:], (end, name)], key=lambda one: one[0]))

    def anchor_of(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """Return the name of such a node that edits touch, or ``""``."""
        for start, end, _ in edits:
            before = bisect_right(self._starts, end)
            if before and self._reach[before - 1][0] >= start:
                return self._reach[before - 1][1]
        return ""


def _spans(file: File) -> list[tuple[int, int, str]]:
    if "&" not in file.text or "*" not in file.text:
        return []
    try:
        return [span for one in parse(file.text, file.path, several_merges=True) for span in _anchored(one)]
    except Invalid:
        return [(0, len(file.text), "")]


def _anchored(document: Node) -> Iterator[tuple[int, int, str]]:
    nodes = list(walk_nodes(document))
    aliases = {one.text for one in nodes if one.shape == "alias"}
    yield from ((one.start, one.end, one.anchor) for one in nodes if one.anchor in aliases)
