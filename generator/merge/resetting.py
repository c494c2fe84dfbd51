"""One field of a YAML text made what is generated, whatever ours made of it; every other line stays.

Where both have the field its value is written over. Where only one has it, a merge takes it away or brings it: of
sides that differ in that field alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import Invalid, invalid
from ..yaml import dump, parse_one, plain
from . import documents, entries, keys
from .collection import Merge
from .conflict import Settle
from .edits import OverlapError, applied
from .elements import Entry
from .fields import Walk
from .keys import Token
from .tree import OddError, Tree
from .values import Value, field_name, key_of

_WHOLE = "reset the whole file, or edit it by hand"
_NAMES = "name it as conflicts do, such as spec.template.spec.containers[name=app].image"


@dataclass(frozen=True)
class _Place:
    """A field in ours and in theirs, None where it is not; the way to it from the root, key by key, in each."""

    ours: Entry | None
    theirs: Entry | None
    ours_way: tuple[Any, ...] = ()
    theirs_way: tuple[Any, ...] = ()


def reset(base: str | None, ours: str, theirs: str, field: str, path: str) -> str:
    """Return ours with a field as theirs has it: its value, or its absence. Texts have line feeds, at their ends too.

    Raises Invalid, at ``path``, where neither has the field, and where nothing else staying cannot be shown.
    """
    walk = Walk(_tree(base, path) if base and base.strip() else None, _tree(ours, path), _tree(theirs, path), _nobody)
    try:
        place = _place(walk, field, path)
        if place.ours and place.theirs:
            walk.replace(place.ours, place.theirs)
            text = applied(ours, walk.edits.made)
        elif place.ours:
            text = _merged(_shown(ours), ours, _shown(ours, without=place.ours_way), field)
        else:
            before = _merged(_shown(theirs), theirs, _shown(theirs, without=place.theirs_way), field)
            text = _merged(before, ours, theirs, field)
        _check(walk, place, text, field, path)
    except (OddError, OverlapError, TypeError, _OtherwiseError):
        message = f"{field} alone cannot be shown to become what is generated"
        raise invalid(path, message, _WHOLE) from None
    return text


class _OtherwiseError(Exception):
    """A result that is not what it has to be."""


def _nobody(_field: str) -> None:
    return None


def _tree(text: str, path: str) -> Tree:
    """Return a text as a tree. Raises Invalid where it is no YAML, and where a field does not say of which document."""
    try:
        tree = Tree(text, path)
    except Invalid as error:
        raise Invalid(replace(one, hint=f"fix it, or {_WHOLE}") for one in error.problems) from None
    if len(tree.documents) > 1:
        raise invalid(path, "has several documents, and a field does not say of which", _WHOLE)
    return tree


def _place(walk: Walk, field: str, path: str) -> _Place:
    """Return where a field is. Raises Invalid where neither side has it, or one of them nothing that it could be in."""
    sides = [tree.parts[0].root if tree else None for tree in (walk.base, walk.ours, walk.theirs)]
    base, ours, theirs = sides
    walk.document = walk.theirs.value(theirs.value) if theirs else None
    walk.families = keys.families(walk.document)
    where: tuple[str, ...] = ()
    mine: tuple[Any, ...] = ()
    other: tuple[Any, ...] = ()
    while ours and theirs and ours.value.shape == theirs.value.shape and ours.value.shape in {"map", "list"}:
        before = base if base and base.value.shape == ours.value.shape else None
        found = entries.matched(walk, where, before, ours, theirs)
        names = _names(found, where)
        token = next((one for one, name in names.items() if name == field or _leads(name, field)), None)
        if token is None:
            break
        base, ours, theirs = (side.get(token) for side in (found.base, found.ours, found.theirs))
        where = (*where, entries.part(found, token, next(one for one in (ours, theirs, base) if one)))
        mine, other = (*mine, _step(found.ours, token)), (*other, _step(found.theirs, token))
        if names[token] == field and (ours or theirs):
            return _Place(ours, theirs, mine, other)
    name = field_name(where)
    if name and (ours is None) != (theirs is None):
        lacks = "the generated file" if ours else "your file"
        raise invalid(path, f"{lacks} has no {name}, which {field} is in", f"reset {name}")
    raise invalid(path, f"has no field {field}, and what is generated has none either", _NAMES)


def _names(found: Merge, where: tuple[str, ...]) -> dict[Token, str]:
    every = {**found.base, **found.theirs, **found.ours}
    return {token: field_name((*where, entries.part(found, token, one))) for token, one in every.items()}


def _leads(name: str, field: str) -> bool:
    return field.startswith((f"{name}.", f"{name}["))


def _step(side: dict[Token, Entry], token: Token) -> Any:
    """Return the key of an entry, or its place in a list."""
    entry = side.get(token)
    if entry is None:
        return None
    return key_of(entry.key) if entry.key else list(side).index(token)


def _merged(base: str, ours: str, theirs: str, field: str) -> str:
    merged = documents.merge(base, ours, theirs, Settle(theirs=frozenset({field})))
    if merged.conflicts:
        raise _OtherwiseError
    return merged.text


def _shown(text: str, *, without: Sequence[Any] = ()) -> str:
    """Return what a text means as plain YAML, without what stands at a place. Raises Invalid for anchors and tags."""
    root = parse_one(text, "text")
    try:
        data = plain(root, "text")
    except Invalid:
        raise _OtherwiseError from None
    if without:
        *above, last = [one[1] if isinstance(one, tuple) else one for one in without]
        holder = data
        for step in above:
            holder = holder[step]
        del holder[last]
    return dump(data)


def _check(walk: Walk, place: _Place, text: str, field: str, path: str) -> None:
    """Raise unless a text has the field as theirs has it, and all else as ours has it."""
    try:
        again = Walk(walk.base, _tree(text, path), walk.theirs, _nobody)
        there = _place(again, field, path)
    except Invalid:
        if place.theirs:
            raise _OtherwiseError from None
        again, there = Walk(walk.base, Tree(text, path), walk.theirs, _nobody), _Place(None, None)
    is_value = again.ours.value(there.ours.value) if there.ours else None
    if is_value != (walk.theirs.value(place.theirs.value) if place.theirs else None):
        raise _OtherwiseError
    if _rest(again.ours, there.ours_way if there.ours else ()) != _rest(
        walk.ours, place.ours_way if place.ours else ()
    ):
        raise _OtherwiseError


def _rest(tree: Tree, way: Sequence[Any]) -> Value:
    """Return what a text means without what stands at a place."""
    value = tree.value(tree.parts[0].root.value)
    return _without(value, way) if way else value


def _without(value: Value, way: Sequence[Any]) -> Value:
    step, rest = way[0], way[1:]
    if isinstance(value, dict):
        return {key: _without(one, rest) if key == step else one for key, one in value.items() if rest or key != step}
    if isinstance(value, list):
        return [_without(one, rest) if n == step else one for n, one in enumerate(value) if rest or n != step]
    raise _OtherwiseError
