"""Reset one field of a YAML text to the generated value; every other line is kept.

If both have the field its value is replaced. If only one has it, it is removed or added by a merge of texts that differ
in that field only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import Invalid, invalid
from ...yaml.meaning import YamlValue, key_value
from ..descent import streams
from ..descent.fieldwise import merge_entry
from ..entries import deciding
from ..entries.collection import MergedEntries
from ..identity import itemkeys
from ..identity.itemkeys import EntryToken
from ..outcome import Settle
from ..syntax import titles
from ..syntax.edits import OverlapError, applied
from ..syntax.elements import StreamPart, YamlEntry
from ..syntax.reindent import flow_text
from ..syntax.spantree import OddError, SpanTree
from ..walk.context import Walk
from ..walk.writer import Trees
from . import documents

_WHOLE = "reset the whole file, or edit it by hand"
_NAMES = "name it as conflicts do, such as spec.template.spec.containers[name=app].image"
_NAMED = "name it as conflicts do, such as document[ConfigMap/app].data.x"


@dataclass(frozen=True)
class _Place:
    """A field in ours and in theirs, None if absent; and the keys from the root to it in each."""

    ours: YamlEntry | None
    theirs: YamlEntry | None
    ours_way: tuple[Any, ...] = ()
    theirs_way: tuple[Any, ...] = ()


def reset_field(base: str | None, ours: str, theirs: str, field: str, path: str) -> str:
    """Return ours with a field as in theirs: its value, or its absence. Texts have line feeds, also at their ends.

    Raises Invalid, at ``path``, if neither has the field, if several documents have it and it names none, and if it
    cannot be verified that nothing else changes.
    """
    before = _tree(base, path) if base and base.strip() else None
    walk = _walk(before, _tree(ours, path), _tree(theirs, path))
    if all(len(tree.parts) == 1 for tree in (walk.base, walk.ours, walk.theirs) if tree):
        return _reset(walk, field, path)
    title, name = titles.title_of(field), titles.without_title(field)
    if not name:
        return _document(walk, title, path)
    alone = [
        (mine, _alone(walk, called, before, mine, there, path))
        for called, before, mine, there in streams.common_documents(walk)
        if title in {"", called}
    ]
    found = [one for one in alone if title or _has(one[1], titles.with_title(one[1].title, name), path)]
    if len(found) != 1:
        if found:
            hint = f"name one of {', '.join(titles.with_title(one.title, name) for _, one in found)}"
            raise invalid(path, f"has {name} in several documents", hint)
        what = title if title else f"field {name}"
        raise invalid(path, f"your file and the generated one have no {what} in common", _NAMED)
    part, document = found[0]
    return ours[: part.start] + _reset(document, titles.with_title(document.title, name), path) + ours[part.end :]


def remove_field(ours: str, field: str, path: str) -> str:
    """Return the only document of ours without a field. Raises Invalid, at ``path``, if that cannot be verified."""
    tree = _tree(ours, path)
    walk = _walk(None, tree, tree)
    try:
        place = _place(walk, field, path)
        text = _merged(_shown(tree), ours, _shown(tree, place.ours), field)
        if _rest(_tree(text, path), ()) != _rest(tree, place.ours_way):
            raise _OtherwiseError
    except (OddError, OverlapError, _OtherwiseError):
        message = f"{field} cannot be removed on its own without changing something else"
        raise invalid(path, message, _WHOLE) from None
    return text


def _document(walk: Walk, title: str, path: str) -> str:
    """Return ours with a whole document as in theirs, after its ``---``."""
    ours, theirs = walk.ours, walk.theirs
    for called, _, mine, there in streams.common_documents(walk):
        if called != title:
            continue
        text = f"{ours.text[: mine.body]}{theirs.text[there.body : there.end]}{ours.text[mine.end :]}"
        wanted = [theirs.value(there.root.value) if one is mine else ours.value(one.root.value) for one in ours.parts]
        if streams.stream_values(_tree(text, path)) != wanted:
            raise invalid(path, f"{title} cannot be reset on its own without changing something else", _WHOLE)
        return text
    raise invalid(path, f"your file and the generated one have no {title} in common", _NAMED)


def _alone(walk: Walk, title: str, base: StreamPart | None, ours: StreamPart, theirs: StreamPart, path: str) -> Walk:
    """Return a walk over one document of three texts."""
    before = _tree(walk.base.text[base.start : base.end], path) if walk.base and base else None
    mine, there = (
        _tree(tree.text[one.start : one.end], path) for tree, one in ((walk.ours, ours), (walk.theirs, theirs))
    )
    found = _walk(before, mine, there)
    found.title = title
    return found


def _has(walk: Walk, field: str, path: str) -> bool:
    try:
        _place(walk, field, path)
    except Invalid:
        return False
    return True


def _reset(walk: Walk, field: str, path: str) -> str:
    """Return the only document of ours with a field as in theirs."""
    ours, theirs = walk.ours.text, walk.theirs.text
    inner = field.removeprefix(walk.title).removeprefix(".")
    try:
        place = _place(walk, field, path)
        if place.ours and place.theirs:
            walk.replace(place.ours, place.theirs)
            text = applied(ours, walk.edits.made)
        elif place.ours:
            text = _merged(_shown(walk.ours), ours, _shown(walk.ours, place.ours), inner)
        else:
            before = _merged(_shown(walk.theirs), theirs, _shown(walk.theirs, place.theirs), inner)
            text = _merged(before, ours, theirs, inner)
        _check(walk, place, text, field, path)
    except (OddError, OverlapError, _OtherwiseError):
        message = f"{field} cannot be reset on its own without changing something else"
        raise invalid(path, message, _WHOLE) from None
    return text


class _OtherwiseError(Exception):
    """The result is not as required."""


def _walk(base: SpanTree | None, ours: SpanTree, theirs: SpanTree) -> Walk:
    """Return a walk in which nothing is settled."""
    return Walk(Trees(base, ours, theirs), lambda _field: None, merge_entry)


def _tree(text: str, path: str) -> SpanTree:
    """Parse a text to a tree. Raises Invalid if it is not valid YAML."""
    try:
        return SpanTree(text, path)
    except Invalid as error:
        raise Invalid(replace(one, hint=f"fix it, or {_WHOLE}") for one in error.problems) from None


def _place(walk: Walk, field: str, path: str) -> _Place:
    """Return the place of a field. Raises Invalid if neither side has it, or one lacks the collection around it."""
    sides = [tree.parts[0].root if tree else None for tree in (walk.base, walk.ours, walk.theirs)]
    base, ours, theirs = sides
    walk.document = walk.theirs.value(theirs.value) if theirs else None
    walk.families = itemkeys.key_families(walk.document)
    where: tuple[str, ...] = ()
    mine: tuple[Any, ...] = ()
    other: tuple[Any, ...] = ()
    while ours and theirs and ours.value.shape == theirs.value.shape and ours.value.shape in {"map", "list"}:
        before = base if base and base.value.shape == ours.value.shape else None
        found = deciding.match_entries(walk, where, before, ours, theirs)
        names = _names(walk, found, where)
        token = next((one for one, name in names.items() if name == field or _leads(name, field)), None)
        if token is None:
            break
        base, ours, theirs = (side.get(token) for side in (found.base, found.ours, found.theirs))
        where = (*where, found.name_of(token, next(one for one in (ours, theirs, base) if one)))
        mine, other = (*mine, _step(found.ours, token)), (*other, _step(found.theirs, token))
        if names[token] == field and (ours or theirs):
            return _Place(ours, theirs, mine, other)
    name = walk.field(where)
    if where and (ours is None) != (theirs is None):
        lacks = "the generated file" if ours else "your file"
        raise invalid(path, f"{lacks} has no {name}, which {field} is in", f"reset {name}")
    raise invalid(path, f"has no field {field}, and neither has the generated file", _NAMES)


def _names(walk: Walk, found: MergedEntries, where: tuple[str, ...]) -> dict[EntryToken, str]:
    every = {**found.base, **found.theirs, **found.ours}
    return {token: walk.field((*where, found.name_of(token, one))) for token, one in every.items()}


def _leads(name: str, field: str) -> bool:
    return field.startswith((f"{name}.", f"{name}["))


def _step(side: dict[EntryToken, YamlEntry], token: EntryToken) -> Any:
    """Return the key of an entry, or its position in a list."""
    entry = side.get(token)
    if entry is None:
        return None
    return key_value(entry.key) if entry.key else list(side).index(token)


def _merged(base: str, ours: str, theirs: str, field: str) -> str:
    merged = documents.merge_documents(base, ours, theirs, Settle(theirs=frozenset({field})))
    if merged.conflicts:
        raise _OtherwiseError
    return merged.text


def _shown(tree: SpanTree, without: YamlEntry | None = None) -> str:
    """Return the value of a text on one line, without an entry."""
    return f"{flow_text(tree, tree.parts[0].root.value, without=without.value if without else None)}\n"


def _check(walk: Walk, place: _Place, text: str, field: str, path: str) -> None:
    """Raise unless a text has the field as in theirs, and all else as in ours."""
    try:
        again = _walk(walk.base, _tree(text, path), walk.theirs)
        again.title = walk.title
        there = _place(again, field, path)
    except Invalid:
        if place.theirs:
            raise _OtherwiseError from None
        again, there = _walk(walk.base, SpanTree(text, path), walk.theirs), _Place(None, None)
    is_value = again.ours.value(there.ours.value) if there.ours else None
    if is_value != (walk.theirs.value(place.theirs.value) if place.theirs else None):
        raise _OtherwiseError
    if _rest(again.ours, there.ours_way if there.ours else ()) != _rest(
        walk.ours, place.ours_way if place.ours else ()
    ):
        raise _OtherwiseError


def _rest(tree: SpanTree, way: Sequence[Any]) -> YamlValue:
    """Return the value of a text without the field at a path."""
    value = tree.value(tree.parts[0].root.value)
    return _without(value, way) if way else value


def _without(value: YamlValue, way: Sequence[Any]) -> YamlValue:
    step, rest = way[0], way[1:]
    if isinstance(value, dict):
        return {key: _without(one, rest) if key == step else one for key, one in value.items() if rest or key != step}
    if isinstance(value, list):
        return [_without(one, rest) if n == step else one for n, one in enumerate(value) if rest or n != step]
    raise _OtherwiseError
