"""Merge the items of a list by keys as kustomize does, where a second key may be missing on one side.

Source: kubernetes-sigs/kustomize, ``kyaml/yaml/walk/associative_sequence.go``, step by step, since what it does with
items that lack a key follows from its steps only: ports of a Service with and without a protocol are such items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...yaml import Node, text_at
from ...yaml.placed import scalar_like
from .resources import with_pair

Values = tuple[str, ...]
_MOST = 300  # items of a list that are compared with each other


def merged_items(
    olds: list[Node], news: Sequence[Node], keys: Sequence[str], merge: Callable[[Node | None, Node], Node | None]
) -> list[Node]:
    """Return the items of a list with those of a patch, which come first; ``merge`` merges two items."""
    every = list(dict.fromkeys(_values(one, keys) for one in (*news, *olds)))
    every = _completed(every) if len(keys) > 1 and len(every) <= _MOST else every
    used = tuple(key for number, key in enumerate(keys) if any(values[number] for values in every)) or tuple(keys)
    olds = list(olds)
    added: list[Node] = []
    for values in every:
        own = tuple(value for key, value in zip(keys, values, strict=True) if key in used)
        asked = [(key, value) for key, value in zip(used, own, strict=True) if value] or list(
            zip(used, own, strict=True)
        )
        number = next((n for n, one in enumerate(olds) if _has(one, asked)), None)
        new = next((one for one in news if _has(one, asked)), None)
        old = olds[number] if number is not None else None
        item = old if new is None else merge(old, new)
        if item is None or not item.pairs:
            _set(olds, None, used, own)
            continue
        for key, value in zip(used, own, strict=True):
            if value and item.pair(key) is None:
                item = with_pair(item, scalar_like(item, key, "", ""), scalar_like(item, value, "", ""))
        if number is not None and (new is None or text_at(new, "$patch") != "replace"):
            olds[number] = item
        _set(added, item, used, own)
    for one in olds:
        own = tuple(pair[1].text for key in used if (pair := one.pair(key)) is not None)
        added += [one] * (len(used) - len(own))
        if len(used) > 1:
            _set(added, None, used, own)
        _set(added, one, used, own)
    return added


def _values(item: Node, keys: Sequence[str]) -> Values:
    return tuple(text_at(item, key) for key in keys)


def _completed(every: list[Values]) -> list[Values]:
    """Return keys in which those that are missing have the values of the same item on the other side."""
    found = list(every)
    for i in range(len(found)):
        values = found[i]
        for j in range(len(found)):
            if (same := _matched(values, found[j])) is not None:
                found[i] = found[j] = same
    return found


def _matched(some: Values, others: Values) -> Values | None:
    """Return the keys of two items that are the same: one value is equal, and others only missing."""
    pairs = list(zip(some, others, strict=True))
    if any(one and other and one != other for one, other in pairs) or not any(one == other for one, other in pairs):
        return None
    return tuple(one or other for one, other in pairs)


def _has(item: Node, asked: Sequence[tuple[str, str]]) -> bool:
    return all((pair := item.pair(key)) is not None and pair[1].text == value for key, value in asked)


def _set(items: list[Node], item: Node | None, keys: Sequence[str], values: Values) -> None:
    """Replace the items with these values by one, or remove them; one that replaces none is added."""
    found: list[Node] = []
    met = False
    for one in items:
        if not one.pairs:
            continue
        fits = all(
            (pair := one.pair(key)) is not None and values[number] in {"", pair[1].text}
            for number, key in enumerate(keys[: len(values)])
        )
        if not fits or not values:
            found += [one] if values else []
            continue
        met = True
        found += [item] if item is not None else []
    items[:] = found if met or item is None else [*found, item]
