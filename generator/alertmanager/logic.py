"""Implications between matchers: contradictions and consequences. A positive answer is certain, a negative is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from . import anchored as regex
from .matchers import Matcher

MAX_SAME = 50  # matchers of one label that are compared with each other

Named = Mapping[str, Sequence[Matcher]]
Possible = dict[str, frozenset[str] | None]  # values of a label by its name, None for any


def by_name(matchers: Iterable[Matcher]) -> Named:
    """Return distinct matchers by label; for each label the first MAX_SAME.

    Consequences of a subset are consequences of all.
    """
    found: dict[str, dict[Matcher, None]] = {}
    for one in matchers:
        same = found.setdefault(one.name, {})
        if len(same) < MAX_SAME:
            same[one] = None
    return {name: tuple(same) for name, same in found.items()}


def contradiction(matchers: Sequence[Matcher]) -> tuple[Matcher, Matcher] | None:
    """Return two matchers that no labels match together (the same one twice if it never matches), or None."""
    named = by_name(matchers)
    done: set[Matcher] = set()
    for first in matchers:
        if first in done:
            continue
        done.add(first)
        values = _values(first)
        if values is not None and not values:
            return first, first
        for second in named[first.name]:
            if second not in done and (_excludes(first, second) or _excludes(second, first)):
                return first, second
    return None


def possible(matchers: Sequence[Matcher], name: str) -> frozenset[str] | None:
    """Return the only values that a label can have under matchers, or None if there is no short list."""
    found: frozenset[str] | None = None
    for one in matchers:
        values = _values(one) if one.name == name else None
        if values is not None:
            found = values if found is None else found & values
    if found is None:
        return None
    return frozenset(value for value in found if all(one.takes(value) for one in matchers if one.name == name))


def implies(given: Sequence[Matcher] | Named, wanted: Iterable[Matcher], known: Possible | None = None) -> bool:
    """Return whether all labels that match ``given`` match ``wanted``.

    ``known`` keeps the possible values of labels for further calls with the same ``given``.
    """
    named = given if isinstance(given, Mapping) else by_name(given)
    kept = {} if known is None else known
    return all(_implied(named.get(one.name, ()), one, kept) for one in wanted)


def _implied(same: Sequence[Matcher], wanted: Matcher, known: Possible) -> bool:
    name = wanted.name
    if name not in known:
        known[name] = possible(same, name)
    values = known[name]
    if wanted in same or _always(wanted):
        return True
    if values is not None:
        return all(wanted.takes(value) for value in values)
    not_empty = any(not one.takes("") for one in same)
    if wanted.op == "!=" and wanted.value == "":
        return not_empty
    if wanted.op == "=~" and regex.is_anything(wanted.value):
        return not_empty
    if wanted.op in {"!=", "!~"}:
        refused = regex.words(wanted.value) if wanted.op == "!~" else frozenset({wanted.value})
        return refused is not None and all(any(not one.takes(value) for one in same) for value in refused)
    return False


def _always(one: Matcher) -> bool:
    return one.op == "=~" and regex.is_everything(one.value)


def _values(one: Matcher) -> frozenset[str] | None:
    """Return the values that a single matcher allows, or None if there is no short list."""
    if one.op == "=":
        return frozenset({one.value})
    if one.op == "=~":
        return regex.words(one.value)
    return frozenset() if one.op == "!~" and regex.is_everything(one.value) else None


def _excludes(first: Matcher, second: Matcher) -> bool:
    values = _values(first)
    if values is not None:
        return not any(second.takes(value) for value in values)
    opposite = {"=~": "!~", "!~": "=~", "=": "!=", "!=": "="}
    if first.value == second.value and opposite[first.op] == second.op:
        return True
    if first.op == "=~" and regex.is_anything(first.value):
        return second.op == "!~" and regex.is_anything(second.value)
    return False
