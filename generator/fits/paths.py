"""Paths to values of a document, in the syntax of ``schemas/merge-fits.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ..yaml.meaning import YamlValue

PathSteps = tuple[str | int, ...]  # keys; "[]" for each item, "{}" for each key, and numbers

_STEP = re.compile(r'"([^"]*)"|\[(\d+)\]|(\[\]|\{\})|([^."\[\]{}]+)')
_EACH = frozenset({"[]", "{}"})
ROOT, START, AROUND, HERE = "//", "/", "^", ""


@dataclass(frozen=True)
class AbsentItem:
    """An absent item of a list, which would have this text in a field."""

    field: PathSteps
    text: str


PathStep = str | int | AbsentItem
FieldPath = tuple[PathStep, ...]  # keys, numbers of items, and at the end possibly an absent item


class Spot(NamedTuple):
    """A value and its path; None for an absent value."""

    path: FieldPath
    value: YamlValue


@dataclass(frozen=True)
class WrittenPath:
    """A parsed path and its start."""

    begin: str
    steps: PathSteps


@lru_cache(2048)
def parse_path(text: str) -> WrittenPath:
    """Parse a path; the text after ``#`` only distinguishes it from another one."""
    text = text.partition("#")[0]
    begin = next(one for one in (ROOT, START, AROUND, HERE) if text.startswith(one))
    steps: list[str | int] = []
    for quoted, number, each, plain in _STEP.findall(text[len(begin) :]):
        steps.append(int(number) if number else each or plain or quoted)
    return WrittenPath(begin, tuple(steps))


def spots(spot: Spot, steps: PathSteps) -> list[Spot]:
    """Return the spots at the steps below a spot: one, whose value may be None, or one per item or key."""
    found = [spot]
    for step in steps:
        if isinstance(step, int) or step in _EACH:
            found = [one for path, value in found for one in _below(path, unanchored(value), step)]
            continue
        key = ("str", step)  # the common case, inlined because calls are slow
        found = [
            Spot((*path, step), inner.get(key) if isinstance(inner := unanchored(value), dict) else None)
            for path, value in found
        ]
    return found


def _below(path: FieldPath, value: YamlValue, step: str | int) -> list[Spot]:
    if step == "[]":
        items = value if isinstance(value, list) else ()
        return [Spot((*path, number), one) for number, one in enumerate(items)]
    if step == "{}":
        keys = [one for one in value if len(one) == 2] if isinstance(value, dict) else []
        return [Spot((*path, str(key[1])), key) for key in keys]
    there = isinstance(step, int) and isinstance(value, list) and step < len(value)
    return [Spot((*path, step), value[step] if there else None)]


def unanchored(value: YamlValue) -> YamlValue:
    """Return a value without its anchor."""
    while isinstance(value, tuple) and len(value) == 3 and value[0] == "anchor":
        value = value[2]
    return value


def is_there(value: YamlValue) -> bool:
    """Return whether a field is set for the API server: null, an empty text and an empty list are not."""
    value = unanchored(value)
    return value not in (None, [], ("str", "")) and not (isinstance(value, tuple) and value[0] == "null")


def text_of(value: YamlValue) -> str | None:
    """Return the text of a scalar that is set, or None."""
    value = unanchored(value)
    return str(value[1]) if is_there(value) and isinstance(value, tuple) and len(value) == 2 else None
