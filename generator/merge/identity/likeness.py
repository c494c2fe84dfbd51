"""Similarity of values, from 0 to 1.

Items are compared as hashable values (see values.hashable): maps are frozensets of pairs, lists are tuples that begin
with "list", and scalars are pairs of a tag and a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

_SAME_NAME = 0.5  # similarity of two scalars that differ only in their value or version


MOSTLY = 0.6  # similarity from which two items are the same without other evidence
_LEAST = 3  # length of a common beginning of two texts
_MISSING = 0.5  # weight of a scalar that only one of two maps has: an item that grew is still that item


def likeness(one: Hashable, other: Hashable) -> float:
    """Return the similarity of two values, from 0 to 1: the share of common scalars."""
    common, total = _shared(one, other)
    return common / total if total else 0.0


def distinct_fields(sides: Iterable[Sequence[Hashable]], names: Sequence[str]) -> tuple[Hashable, ...]:
    """Return which of these fields are unique on each side."""
    maps = [[dict(one) for one in side if isinstance(one, frozenset)] for side in sides]
    out: list[Hashable] = []
    for name in names:
        key = ("str", name)
        values = [[one[key] for one in side if key in one] for side in maps]
        if any(values) and all(len(set(side)) == len(side) for side in values):
            out.append(key)
    return tuple(out)


def is_scalar(value: Hashable) -> bool:
    """Return whether a hashable value is a scalar: a tag and a text."""
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], str)


def is_map(value: Hashable) -> bool:
    """Return whether a hashable value is a map."""
    return isinstance(value, frozenset)


def ruled_out(one: Hashable, other: Hashable, distinct: Sequence[Hashable]) -> bool:
    """Return whether two maps differ in the first distinctive field that both have."""
    found = _first(one, other, distinct)
    return found is not None and _differ(*found)


def is_named_alike(one: Hashable, other: Hashable, distinct: Sequence[Hashable]) -> bool:
    """Return whether two maps agree in the first distinctive field that both have."""
    found = _first(one, other, distinct)
    return found is not None and found[0] == found[1]


def _first(one: Hashable, other: Hashable, distinct: Sequence[Hashable]) -> tuple[Hashable, Hashable] | None:
    """Return the values of two maps in the first distinctive field that both have."""
    if not distinct or not (isinstance(one, frozenset) and isinstance(other, frozenset)):
        return None
    mine, there = dict(one), dict(other)
    return next(((mine[key], there[key]) for key in distinct if key in mine and key in there), None)


def _differ(one: Hashable, other: Hashable) -> bool:
    if is_scalar(one) or is_scalar(other):
        return one != other
    return one != other and not _shared(one, other)[0]


def fields_of(value: Hashable) -> frozenset[Hashable]:
    """Return the values in nested maps, each with the keys above it; a list is one value."""
    out: set[Hashable] = set()
    stack: list[tuple[Hashable, Any]] = [((), value)]
    while stack:
        above, one = stack.pop()
        if isinstance(one, frozenset) and one:
            stack += [((above, key), part) for key, part in one]
        else:
            out.add((above, one))
    return frozenset(out)


def weight(value: Hashable) -> int:
    """Return the number of scalars in a value; an empty collection counts as one."""
    count = 0
    stack: list[Any] = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, frozenset):
            stack += [part for _, part in one] or [("", "")]
        elif isinstance(one, tuple) and one and one[0] in {"list", "of"} and not is_scalar(one):
            stack += one[1:] or [("", "")]
        else:
            count += 1
    return count


def _shared(one: Hashable, other: Hashable) -> tuple[float, float]:
    """Return the number of common scalars of two values, and of all scalars in them."""
    if one == other:
        every = weight(one)
        return every, every
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return _of_maps(dict(one), dict(other))
    if _is_list(one) and _is_list(other):
        return _of_lists(one[1:], other[1:])  # type: ignore[index]
    if is_scalar(one) and is_scalar(other):
        return (_SAME_NAME if _is_version(one, other) else 0.0), 1
    return 0, max(weight(one), weight(other))


def _of_maps(mine: dict[Any, Any], there: dict[Any, Any]) -> tuple[float, float]:
    common = total = 0.0
    for key in mine.keys() | there.keys():
        if key in mine and key in there:
            both, every = _shared(mine[key], there[key])
            common, total = common + both, total + every
        else:
            total += _MISSING * weight(mine[key] if key in mine else there[key])
    return common, total


def _of_lists(mine: Sequence[Hashable], there: Sequence[Hashable]) -> tuple[float, float]:
    both = Counter(mine) & Counter(there)
    common = total = float(sum(weight(one) * count for one, count in both.items()))
    rest = [list((Counter(side) - both).elements()) for side in (mine, there)]
    for one, other in zip(*rest, strict=False):
        here, every = _shared(one, other)
        common, total = common + here, total + every
    longer = rest[0] if len(rest[0]) > len(rest[1]) else rest[1]
    return common, total + sum(map(weight, longer[min(map(len, rest)) :]))


def _is_list(value: Hashable) -> bool:
    return isinstance(value, tuple) and bool(value) and value[0] == "list" and not is_scalar(value)


def _is_version(one: Any, other: Any) -> bool:
    """Return whether two scalars are versions of each other: with the same name, or mostly the same beginning."""
    if one[0] != "str" or other[0] != "str":
        return False
    name = _name(one)
    if name or _name(other):
        return name == _name(other)
    shorter = min(len(one[1]), len(other[1]))
    alike = next((n for n, pair in enumerate(zip(one[1], other[1], strict=False)) if pair[0] != pair[1]), shorter)
    return alike >= _LEAST and alike >= MOSTLY * max(len(one[1]), len(other[1]))


def _name(scalar: Any) -> str:
    """Return the name of a flag, or an image without tag and digest; nothing for other scalars."""
    tag, text = scalar
    if tag != "str":
        return ""
    at = min((n for n in (text.find("="), text.find("@")) if n > 0), default=0)
    colon = text.rfind(":")
    at = at or (colon if "/" not in text[colon:] else 0)
    return str(text[: max(at, 0)])
