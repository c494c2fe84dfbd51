"""Data types of templates other than text and numbers, and how Go prints values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .budget import bounded


class Map(dict[str, Any]):
    """A map from text, whose missing keys are empty text; ``methods`` take precedence."""

    methods: Mapping[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Struct:
    """A value with only these fields and methods."""

    fields: Mapping[str, Any]
    methods: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


class List(list[Any]):
    """A list with methods."""

    methods: Mapping[str, Callable[..., Any]] = {}


def true(value: Any) -> bool:
    """Return whether a value is true for Go's templates."""
    return isinstance(value, Struct) or bool(value)


def printed(value: Any) -> str:
    """Return a value as Go prints it. Raises Unknown if the text is too long, since items may repeat."""
    parts: list[str] = []
    _show(value, parts, [0])
    return "".join(parts)


def _show(value: Any, parts: list[str], size: list[int]) -> None:
    def add(text: str) -> None:
        size[0] += len(text) + 1
        bounded(size[0])
        parts.append(text)

    def add_all(opening: str, items: Iterable[tuple[str, Any]], closing: str) -> None:
        add(opening)
        for number, (key, one) in enumerate(items):
            add(f" {key}" if number else key)
            _show(one, parts, size)
        add(closing)

    if isinstance(value, list):
        add_all("[", (("", one) for one in value), "]")
    elif isinstance(value, Map):
        add_all("map[", ((f"{key}:", one) for key, one in sorted(value.items())), "]")
    elif isinstance(value, Struct):
        add_all("{", (("", one) for one in value.fields.values()), "}")
    elif value is None:
        add("<no value>")
    elif isinstance(value, bool):
        add("true" if value else "false")
    else:
        add(str(value))
