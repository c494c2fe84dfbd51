"""YAML nodes to values as Alertmanager or Helm reads them, each with its place in the user's file.

Both read with go-yaml v2 (https://github.com/go-yaml/yaml/blob/v2.4.0/resolve.go): plain ``off`` is a truth value,
``0123`` is octal. Alertmanager gives a field of text the scalar's source text all the same; Helm has typed it by
then, so that the text becomes ``false`` and ``83``. Aliases and merge keys are resolved, with a bound on what they
make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ..yaml import Node

MAX_VALUES = 200_000

_TRUE = frozenset("y Y yes Yes YES true True TRUE on On ON".split())  # noqa: SIM905 - a list of words
_FALSE = frozenset("n N no No NO false False FALSE off Off OFF".split())  # noqa: SIM905
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_EXPLICIT = re.compile(r"(?:&\S+\s+)?!")


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands; ``text`` of a scalar is what a field of text gets, ``source`` what is written.

    ``key_line`` and ``key_column`` are the place of its key, 0 where it has none. ``chart`` marks what the user did not
    write: its place is that of the part it belongs to.
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
    pairs: Mapping[str, Value] = field(default_factory=dict)
    items: tuple[Value, ...] = ()
    chart: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it is nothing."""
        return self.shape == "scalar" and self.tag == "null"

    @property
    def place(self) -> tuple[int, int]:
        """Line and column to show: those of the key where there is no text to point at."""
        if self.key_line and (self.shape != "scalar" or not self.source):
            return self.key_line, self.key_column
        return self.line, self.column

    def get(self, *path: str) -> Value | None:
        """Return what stands at a path of keys, or None where there is nothing or null."""
        found: Value | None = self
        for key in path:
            found = found.pairs.get(key) if found is not None else None
        return None if found is None or found.is_null else found

    def text_of(self, *path: str) -> str:
        """Return the text at a path of keys, or ``""``."""
        found = self.get(*path)
        return found.text if found is not None and found.shape == "scalar" else ""

    def truth_of(self, *path: str) -> bool:
        """Tell whether there is a true truth value at a path of keys."""
        found = self.get(*path)
        return found is not None and found.shape == "scalar" and found.source in _TRUE

    def list_of(self, *path: str) -> tuple[Value, ...]:
        """Return the items of the list at a path of keys, or nothing."""
        found = self.get(*path)
        return found.items if found is not None and found.shape == "list" else ()

    def scalars(self) -> Iterator[Value]:
        """Yield every scalar at or below."""
        stack = [self]
        while stack:
            one = stack.pop()
            if one.shape == "scalar":
                yield one
            stack += reversed((*one.pairs.values(), *one.items))


def resolve(source: str, *, plain: bool) -> tuple[str, str]:
    """Return the tag of a scalar, and its text after Helm has read and written it."""
    if not plain:
        return "str", source
    if source in _NULL:
        return "null", ""
    if source in _TRUE or source in _FALSE:
        return "bool", "true" if source in _TRUE else "false"
    digits = source.replace("_", "")
    if len(digits) < 64 and _INTEGER.match(digits):
        number = int(re.sub(r"\A([-+]?)0(?=[0-7])", r"\g<1>0o", digits), 0)
        return "int", str(number)
    if len(digits) < 64 and _FLOAT.match(digits):
        return "float", number_text(float(digits))
    return "str", source


def number_text(number: float) -> str:
    """Return a float as Go's JSON encoder writes it."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def truth(value: Value) -> bool | None:
    """Return the truth value that a scalar is for a field that wants one, or None."""
    if value.shape != "scalar" or value.style:
        return None
    return True if value.source in _TRUE else False if value.source in _FALSE else None


def read(root: Node, text: str, *, helm: bool) -> Value:
    """Return the value of a document's node; ``text`` is the text it was read from, ``helm`` whether Helm reads it.

    What aliases would make of it beyond MAX_VALUES is left out.
    """
    return _Reader(text, helm).value(root)


def rendered(value: Value, change: Callable[[Value], str]) -> Value:
    """Return the value with the text of every scalar of text changed."""
    if value.shape == "scalar":
        return replace(value, text=change(value)) if value.tag == "str" else value
    pairs = {key: rendered(one, change) for key, one in value.pairs.items()}
    return replace(value, pairs=pairs, items=tuple(rendered(one, change) for one in value.items))


def shifted(value: Value, place: Callable[[int, int], tuple[int, int]]) -> Value:
    """Return the value with every place mapped: of a text inside a scalar to the file around it."""
    line, column = place(value.line, value.column)
    key_line, key_column = place(value.key_line, value.key_column) if value.key_line else (0, 0)
    pairs = {key: shifted(one, place) for key, one in value.pairs.items()}
    items = tuple(shifted(one, place) for one in value.items)
    return replace(
        value, line=line, column=column, key_line=key_line, key_column=key_column, pairs=pairs, items=items, start=-1
    )


class _Reader:
    """Reads one document; anchors hold the values read so far, in the order of the text."""

    def __init__(self, text: str, helm: bool) -> None:
        self.text, self.helm = text, helm
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.budget = MAX_VALUES

    def value(self, node: Node, key: Node | None = None) -> Value:
        before = self.budget
        self.budget -= 1
        made = self._made(node, (key.line, key.column) if key else (0, 0))
        if node.anchor:
            self.anchors[node.anchor] = (made, before - self.budget)
        return made

    def _made(self, node: Node, key: tuple[int, int]) -> Value:
        place = {
            "line": node.line,
            "column": node.column,
            "start": node.start,
            "key_line": key[0],
            "key_column": key[1],
        }
        if self.budget < 0:
            return Value("scalar", **place)  # type: ignore[arg-type]
        if node.shape == "alias":
            found, size = self.anchors.get(node.text, (Value("scalar"), 1))
            self.budget -= size
            if self.budget < 0:
                return Value("scalar", **place)  # type: ignore[arg-type]
            return replace(found, key_line=key[0], key_column=key[1])
        if node.shape == "list":
            return Value("list", "list", items=tuple(self.value(one) for one in node.items), **place)  # type: ignore[arg-type]
        if node.shape == "map":
            return Value("map", "map", pairs=self._pairs(node), **place)  # type: ignore[arg-type]
        plain = not node.style and not _EXPLICIT.match(self.text, node.start)
        tag, typed = resolve(node.text, plain=plain)
        text = typed if self.helm or tag == "null" else node.text
        return Value("scalar", tag, text, node.text, style=node.style, **place)  # type: ignore[arg-type]

    def _pairs(self, node: Node) -> dict[str, Value]:
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key, item in node.pairs:
            value = self.value(item, key)
            if key.shape == "scalar" and key.text == "<<" and not key.style:
                for one in (value, *value.items):
                    for name, inner in one.pairs.items():
                        merged.setdefault(name, inner)
            elif key.shape == "scalar":
                own[key.text] = value
        return merged | own if merged else own
