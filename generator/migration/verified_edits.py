"""Check that edits of a manifest change nothing but what they are for: by its values and by its comments."""

from __future__ import annotations

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


def shared_spans(file: File) -> list[tuple[int, int, str]]:
    """Return start, end and name of every anchored node that an alias in the same document repeats."""
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


def anchor_of_edits(edits: Iterable[tuple[int, int, str]], spans: Sequence[tuple[int, int, str]]) -> str:
    """Return the name of an anchored node that edits touch, or ``""``."""
    every = list(edits)
    return next((name for low, high, name in spans for start, end, _ in every if start <= high and end >= low), "")
