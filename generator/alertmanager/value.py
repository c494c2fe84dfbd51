"""Convert YAML nodes to values as Alertmanager or Helm reads them, each with its place in the user's file.

Both use go-yaml v2 (``yaml.dialect``): plain ``off`` is a boolean, ``0123`` is octal. For a string field Alertmanager
uses the scalar's source text regardless; Helm has already converted it, so that the text becomes ``false`` and ``83``.
Aliases and merge keys are resolved, with a limit on the result (``yaml.expand``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from ..yaml import GO_MAPS, Node, Reader, expand, typed
from ..yaml.dialect import TRUE, resolve
from .decoding import ALERTMANAGER

_MAX_FLOAT32 = 3.4e38


@dataclass(frozen=True, slots=True)
class Value:
    """A value and its place; ``text`` of a scalar is the value of a string field, ``source`` the text as written.

    ``key_line`` and ``key_column`` are the place of its key, 0 if it has none, and ``key_source`` is the key as
    written. ``chart`` marks values that the user did not write: their place is that of the part they belong to.
    ``origin`` is the file of the place, ``""`` for the file of the configuration.
    """

    shape: Literal["scalar", "map", "list"]
    tag: str = "null"
    text: str = ""
    source: str = ""
    line: int = 1
    column: int = 1
    start: int = 0
    style: str = ""
    key_line: int = 0
    key_column: int = 0
    key_source: str = ""
    pairs: Mapping[str, Value] = field(default_factory=dict)
    items: tuple[Value, ...] = ()
    chart: bool = False
    origin: str = ""

    @property
    def is_null(self) -> bool:
        """Whether it is null."""
        return self.shape == "scalar" and self.tag == "null"

    @property
    def place(self) -> tuple[int, int]:
        """Line and column to report: those of the key if the value has no text."""
        if self.key_line and (self.shape != "scalar" or not self.source):
            return self.key_line, self.key_column
        return self.line, self.column

    def get(self, *path: str) -> Value | None:
        """Return the value at a path of keys, or None if it is missing or null."""
        found: Value | None = self
        for key in path:
            found = found.pairs.get(key) if found is not None else None
        return None if found is None or found.is_null else found

    def text_of(self, *path: str) -> str:
        """Return the text at a path of keys, or ``""``."""
        found = self.get(*path)
        return found.text if found is not None and found.shape == "scalar" else ""

    def truth_of(self, *path: str) -> bool:
        """Return whether the value at a path of keys is true for ``if`` of a Helm template.

        Empty texts, maps and lists, null, false and zero are false; all else is true, even the text ``"false"``
        (https://pkg.go.dev/text/template#hdr-Actions).
        """
        found = self.get(*path)
        if found is None or found.shape != "scalar":
            return found is not None and bool(found.pairs or found.items)
        return bool(found.text) if found.tag == "str" else bool(resolve(found.source, "go")[1])

    def list_of(self, *path: str) -> tuple[Value, ...]:
        """Return the items of the list at a path of keys; empty if it is not a list."""
        found = self.get(*path)
        return found.items if found is not None and found.shape == "list" else ()

    def scalars(self) -> Iterator[Value]:
        """Yield the value's scalars."""
        stack = [self]
        while stack:
            one = stack.pop()
            if one.shape == "scalar":
                yield one
            stack += reversed((*one.pairs.values(), *one.items))


def helm_text(source: str, *, plain: bool = True) -> tuple[str, str]:
    """Return the tag of a scalar, and its text after Helm has parsed and rendered it; if not plain, it is text."""
    tag, value = resolve(source, "go") if plain else ("str", source)
    return tag, _written(value)


def _written(value: Any) -> str:
    """Return the text of a value that Helm has read from YAML and written to it again; by way of JSON numbers."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return value if isinstance(value, str) else number_text(float(value))


def number_text(number: float) -> str:
    """Return a number of JSON as Helm writes it to YAML: integers of 64 bits in full, others as Go's ``%g``."""
    if number.is_integer() and -(2.0**63) <= number < 2.0**64:
        return f"{Decimal(repr(number)):f}".removesuffix(".0")
    return _shortest(repr(number))


def _shortest(written: str) -> str:
    """Return a number as Go's ``%g``; ``written`` has the digits that identify it."""
    found = Decimal(written).normalize()
    exponent = found.adjusted()
    if -4 <= exponent < 6:
        return f"{found:f}"
    mantissa = found.scaleb(-exponent)
    return f"{mantissa:f}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def truth(value: Value) -> bool | None:
    """Return the boolean value of a scalar for a boolean field, or None."""
    if value.shape != "scalar" or value.tag != "bool":
        return None
    return value.source in TRUE


def read_value(root: Node, *, helm: bool, path: str = "", reader: Reader = ALERTMANAGER) -> Value:
    """Convert a document's node; ``helm`` says whether Helm reads it instead of ``reader``, ``path`` is the file named
    in problems.

    Raises Invalid if aliases expand beyond the limit, and for what the program refuses.
    """
    return _read(expand(root, path, GO_MAPS if helm else reader), helm)


def rendered(value: Value, change: Callable[[Value], str]) -> Value:
    """Return the value with ``change`` applied to each scalar of text."""
    if value.shape == "scalar":
        return replace(value, text=change(value)) if value.tag == "str" else value
    pairs = {key: rendered(one, change) for key, one in value.pairs.items()}
    return replace(value, pairs=pairs, items=tuple(rendered(one, change) for one in value.items))


def originating(value: Value, path: str) -> Value:
    """Return the value with another file as the origin of all places."""
    pairs = {key: originating(one, path) for key, one in value.pairs.items()}
    return replace(value, pairs=pairs, items=tuple(originating(one, path) for one in value.items), origin=path)


def shifted(value: Value, place: Callable[[int, int], tuple[int, int]]) -> Value:
    """Return the value with all places mapped from a text in a scalar to its file."""
    line, column = place(value.line, value.column)
    key_line, key_column = place(value.key_line, value.key_column) if value.key_line else (0, 0)
    pairs = {key: shifted(one, place) for key, one in value.pairs.items()}
    items = tuple(shifted(one, place) for one in value.items)
    return replace(
        value, line=line, column=column, key_line=key_line, key_column=key_column, pairs=pairs, items=items, start=-1
    )


def _read(node: Node, helm: bool, key: Node | None = None) -> Value:
    place: dict[str, Any] = {"line": node.line, "column": node.column, "start": node.start}
    if key is not None:
        place |= {"key_line": key.line, "key_column": key.column, "key_source": key.text}
    if node.shape == "list":
        return Value("list", "list", items=tuple(_read(one, helm) for one in node.items), **place)
    if node.shape == "map":
        pairs = {_key(key, helm): _read(one, helm, key) for key, one in node.pairs if key.shape == "scalar"}
        return Value("map", "map", pairs=pairs, **place)
    tag, value = typed(node)
    written = _written(value) if helm or tag == "null" or node.explicit == "binary" else node.text
    return Value("scalar", tag, written, node.text, style=node.style, **place)


def _key(key: Node, helm: bool) -> str:
    """Return the text of a key: Helm types keys as values, and makes texts of them; fractions have 32 bits."""
    if not helm or (key.style and not key.explicit):
        return key.text
    _, value = typed(key)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, float) or abs(value) > _MAX_FLOAT32:
        return str(value)
    near = struct.unpack("f", struct.pack("f", value))[0]
    texts = (f"{near:.{count}g}" for count in range(1, 18))
    return _shortest(next(one for one in texts if struct.unpack("f", struct.pack("f", float(one)))[0] == near))


def plain_data(value: Value) -> Any:
    """Return a value as plain data, as Helm and Alertmanager read it."""
    if value.shape == "map":
        return {key: plain_data(one) for key, one in value.pairs.items()}
    if value.shape == "list":
        return [plain_data(one) for one in value.items]
    return resolve(value.source, "go")[1] if value.tag != "str" else value.text
