"""What follows from matchers: whether some excludes others, or make them hold. Certain where it says yes, else no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import regex
from .matchers import Matcher

_MOST = 50  # matchers of one label that another one is compared with; nobody needs as many


def contradiction(matchers: Sequence[Matcher]) -> tuple[Matcher, Matcher] | None:
    """Return two matchers that no labels can fulfil together (one and the same where it stands alone), or None."""
    behind = _by_name(reversed(matchers))
    for first in matchers:
        values = _values(first)
        if values is not None and not values:
            return first, first
        others = behind[first.name]
        others.pop()  # it is the first itself
        for second in others[: -_MOST - 1 : -1]:
            if _excludes(first, second) or _excludes(second, first):
                return first, second
    return None


def _by_name(matchers: Iterable[Matcher]) -> dict[str, list[Matcher]]:
    found: dict[str, list[Matcher]] = {}
    for one in matchers:
        found.setdefault(one.name, []).append(one)
    return found


def possible(matchers: Sequence[Matcher], name: str) -> frozenset[str] | None:
    """Return the only values that a label can have under matchers, or None where they are no short list."""
    found: frozenset[str] | None = None
    for one in matchers:
        values = _values(one) if one.name == name else None
        if values is not None:
            found = values if found is None else found & values
    if found is None:
        return None
    return frozenset(value for value in found if all(one.takes(value) for one in matchers if one.name == name))


def implies(given: Sequence[Matcher], wanted: Iterable[Matcher]) -> bool:
    """Tell whether all labels that fulfil ``given`` fulfil ``wanted``."""
    known, by_name = frozenset(given), _by_name(given)
    return all(one in known or _implied(by_name.get(one.name, [])[:_MOST], one) for one in wanted)


def _implied(same: Sequence[Matcher], wanted: Matcher) -> bool:
    if _always(wanted):
        return True
    values = possible(same, wanted.name)
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
    """Return the values that a matcher alone takes, or None where they are no short list."""
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
