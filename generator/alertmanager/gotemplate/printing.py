"""Data types of templates other than text and numbers, and how Go prints values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .budget import Unknown, bounded

_EXPONENT_FROM = 6  # as strconv.FormatFloat with the format g


class Map(dict[str, Any]):
    """A map from text; ``methods`` take precedence. ``missing`` is the value of a missing key."""

    methods: Mapping[str, Callable[..., Any]] = {}
    missing: Any = ""

    def shown(self) -> str | None:
        """Return the text of a type that prints itself."""
        return None


class AnyMap(Map):
    """A map from text to values of any type: ``dict``."""

    missing = None


@dataclass(frozen=True)
class Struct:
    """A value with only these fields and methods. How it is printed is not known if ``prints`` is false."""

    fields: Mapping[str, Any]
    methods: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    prints: bool = True


class List(list[Any]):
    """A list with methods; ``items_are`` is the type of its items in Go: ``string``, ``any`` or another."""

    methods: Mapping[str, Callable[..., Any]] = {}
    items_are = ""

    def shown(self) -> str | None:
        """Return the text of a type that prints itself."""
        return None


class TextList(List):
    """A list of texts."""

    items_are = "string"


class AnyList(List):
    """A list of values of any type."""

    items_are = "any"


class SafeText(str):
    """A text of another type than string, which functions that take a string refuse: ``safeHtml``, ``safeUrl``."""

    __slots__ = ()


class Byte(int):
    """A byte of a text."""


def true(value: Any) -> bool:
    """Return whether a value is true for Go's templates."""
    return isinstance(value, Struct) or bool(value)


def printed(value: Any) -> str:
    """Return a value as Go prints it. Raises Unknown if the text is too long, since items may repeat."""
    parts: list[str] = []
    _show(value, parts, [0], top=True)
    return "".join(parts)


def _show(value: Any, parts: list[str], size: list[int], *, top: bool = False) -> None:
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

    own = value.shown() if isinstance(value, Map | List) else None
    if own is not None:
        add(own)
    elif isinstance(value, list):
        add_all("[", (("", one) for one in value), "]")
    elif isinstance(value, Map):
        add_all("map[", ((f"{key}:", one) for key, one in sorted(value.items())), "]")
    elif isinstance(value, Struct):
        if not value.prints:
            raise Unknown("how it is printed")
        add_all("{", (("", one) for one in value.fields.values()), "}")
    elif value is None:
        add("<no value>" if top else "<nil>")
    elif isinstance(value, bool):
        add("true" if value else "false")
    elif isinstance(value, float | complex):
        add(_number(value))
    else:
        add(str(value))


def _number(value: float | complex) -> str:
    """Return a number as ``%v``: the shortest text, with an exponent below 1e-4 and from 1e6 on."""
    if isinstance(value, complex):
        raise Unknown("complex numbers")
    sign, found, exponent = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, found)).rstrip("0") or "0"
    power = len(found) + int(exponent) - 1 if value else 0
    minus = "-" if sign else ""
    if not -5 < power < _EXPONENT_FROM:
        return f"{minus}{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{power:+03d}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{digits}"
    whole, rest = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return f"{minus}{whole}{'.' * bool(rest)}{rest}"
