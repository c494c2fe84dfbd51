"""List the fields of a YAML text beside another version of it, named as conflicts name them, with their lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from ..descent import streams
from ..descent.fieldwise import merge_entry
from ..entries import deciding
from ..identity import itemkeys
from ..syntax import titles
from ..syntax.display import shown_sides
from ..syntax.elements import StreamPart, YamlEntry
from ..syntax.spantree import OddError, SpanTree
from ..walk.context import Walk
from ..walk.writer import Trees

MAX_FIELDS = 100_000


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field of two versions of a text: its name, and its lines and value in each, 0 and None where it is absent.

    ``line`` to ``last`` are its lines in the text, without comments above it; ``before`` to ``before_last`` those in
    the other version. ``steps`` are its keys, and its positions in lists. ``is_leaf``: nothing below it is listed.
    """

    field: str
    steps: tuple[str, ...]
    line: int
    last: int
    before: int
    before_last: int
    value: str | None
    before_value: str | None
    is_same: bool
    is_leaf: bool = True


@dataclass(frozen=True)
class _Both:
    """An entry that both versions have, with its path."""

    where: tuple[str, ...]
    steps: tuple[str, ...]
    base: YamlEntry
    ours: YamlEntry


def fields_beside(base: str, ours: str, path: str) -> list[FieldPlace]:
    """Return the fields of ours and of base, in documents that both have. Raises Invalid for a text that is no YAML.

    A field that only one of them has is listed without the fields below it.
    """
    before, mine = SpanTree(base, path), SpanTree(ours, path)
    walk = _walk(before, mine)
    if len(before.parts) == len(mine.parts) == 1:
        return list(_fields(walk, before.parts[0], mine.parts[0]))
    found: list[FieldPlace] = []
    for title, _, one, there in streams.common_documents(walk):
        walk.title = title
        found += _fields(walk, there, one)
    return found


def _walk(before: SpanTree, mine: SpanTree) -> Walk:
    return Walk(Trees(before, mine, before), lambda _field: None, merge_entry)


def _fields(walk: Walk, base: StreamPart, ours: StreamPart) -> Iterator[FieldPlace]:
    """Yield the fields of one document."""
    tree, before = walk.ours, walk.theirs
    walk.document = before.value(base.root.value)
    walk.families = itemkeys.key_families(walk.document)
    lines, others = _starts(tree.text), _starts(before.text)
    stack = [_Both((), (), base.root, ours.root)]
    count = 0
    while stack and count < MAX_FIELDS:
        both = stack.pop()
        for one, mine, there in _entries(walk, both):
            count += 1
            sides = shown_sides([there.value if there else None, mine.value if mine else None, None])
            is_divided = mine is not None and there is not None and _is_divided(mine, there)
            yield FieldPlace(
                titles.with_title(walk.title, titles.field_name(one.where)),
                one.steps,
                *_span(lines, mine),
                *_span(others, there),
                sides[1],
                sides[0],
                bool(mine and there and tree.value(mine.value) == before.value(there.value)),
                is_leaf=not is_divided,
            )
            if is_divided:
                stack.append(one)


def _entries(walk: Walk, both: _Both) -> Iterator[tuple[_Both, YamlEntry | None, YamlEntry | None]]:
    """Yield the entries of a collection that both versions have; none of one that cannot be divided."""
    try:
        found = deciding.match_entries(walk, both.where, both.base, both.ours, both.base)
    except OddError:
        return
    numbers = [{token: str(number) for number, token in enumerate(side)} for side in (found.theirs, found.ours)]
    for token, entry in {**found.theirs, **found.ours}.items():
        mine, there = found.ours.get(token), found.theirs.get(token)
        where = (*both.where, found.name_of(token, entry))
        step = entry.key.text if entry.key else numbers[mine is not None][token]
        yield _Both(where, (*both.steps, step), there or entry, mine or entry), mine, there


def _is_divided(mine: YamlEntry, there: YamlEntry) -> bool:
    return mine.value.shape == there.value.shape and mine.value.shape in {"map", "list"}


def _starts(text: str) -> list[int]:
    """Return the offsets at which the lines of a text begin."""
    found, at = [0], text.find("\n")
    while at >= 0:
        found.append(at + 1)
        at = text.find("\n", at + 1)
    return found


def _span(starts: list[int], entry: YamlEntry | None) -> tuple[int, int]:
    """Return the first and last line of an entry, without its comments."""
    if entry is None:
        return 0, 0
    first = entry.key.start if entry.key else entry.body
    last = max(entry.last - 1, first)
    return bisect_right(starts, first), bisect_right(starts, last)
