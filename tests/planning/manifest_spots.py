"""The places of a generated YAML text that an edit can be made at, found by PyYAML and not by the merge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path = tuple[str, ...]  # the document, then keys and identities of items
NAMES = ("name", "alert", "secretKey", "topologyKey", "host", "path", "key")


class Gone(LookupError):  # noqa: N818 - a state of the other text
    """The path is not in the data."""


@dataclass(frozen=True)
class Spot:
    """A pair of a map, or an item of a list: its path, its first line and the one behind, its indentation and node.

    ``is_led`` tells that a dash is in front of a pair, in whose line the item begins.
    """

    path: Path
    first: int
    end: int
    indent: int
    node: yaml.Node
    above: yaml.Node
    is_item: bool
    is_led: bool

    @property
    def value(self) -> Any:
        return data_of(self.node)

    @property
    def size(self) -> int:
        """How many entries the collection around it has."""
        return len(self.above.value)


def data_of(node: yaml.Node) -> Any:
    return yaml.SafeLoader("").construct_document(node)


def identity(value: Any, number: int) -> str:
    """Return what tells an item from others: its name; else the place of a map, and the text of a scalar."""
    if isinstance(value, dict):
        return next((f"{one}={value[one]}" for one in NAMES if one in value), f"#{number}")
    return json.dumps(value, sort_keys=True, default=str)


def document_name(value: Any, number: int) -> str:
    """Return what tells a document from others."""
    is_object = isinstance(value, dict) and "kind" in value
    return f"{value['kind']}/{value['metadata']['name']}" if is_object else str(number)


def load(text: str) -> dict[str, Any]:
    """Return the documents of a text by their names."""
    found = list(yaml.load_all(text, Loader=Loader))
    return {document_name(one, number): one for number, one in enumerate(found)}


def find(data: Any, path: Path) -> tuple[Any, Any]:
    """Return the collection that a path ends in, and the key or index there. Raises Gone."""
    found: tuple[Any, Any] = (None, None)
    for step in path:
        if isinstance(data, list):
            places = [number for number, one in enumerate(data) if identity(one, number) == step]
            if len(places) != 1:
                raise Gone(step)
            found = (data, places[0])
        elif isinstance(data, dict) and step in data:
            found = (data, step)
        else:
            raise Gone(step)
        data = found[0][found[1]]
    return found


def at(data: Any, path: Path) -> Any:
    """Return the value at a path. Raises Gone."""
    if not path:
        return data
    collection, key = find(data, path)
    return collection[key]


def _end(node: yaml.Node) -> int:
    """Return the line behind the last one of a node, without comments behind it."""
    if isinstance(node, yaml.ScalarNode):
        return node.start_mark.line + 1 + (node.value.count("\n") if node.style == "|" else 0)
    if node.flow_style or not node.value:
        return int(node.end_mark.line) + 1
    last = node.value[-1]
    return max(_end(one) for one in (last if isinstance(last, tuple) else (last,)))


def _spots(node: yaml.Node, path: Path, lines: list[str]) -> Iterator[Spot]:
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return
    for number, entry in enumerate(node.value):
        is_item = not isinstance(entry, tuple)
        key, value = (entry, entry) if is_item else entry
        step = identity(data_of(value), number) if is_item else str(key.value)
        line, column = key.start_mark.line, key.start_mark.column
        indent = lines[line].rindex("-", 0, column) if is_item else column
        is_led = not is_item and bool(lines[line][:column].strip())
        yield Spot((*path, step), line, _end(value), indent, value, node, is_item, is_led)
        yield from _spots(value, (*path, step), lines)


@cache
def spots(text: str) -> tuple[Spot, ...]:
    """Return the pairs and items of block collections of a text, in order."""
    lines = text.splitlines(keepends=True)
    found = []
    for number, node in enumerate(yaml.compose_all(text, Loader=Loader)):
        found += list(_spots(node, (document_name(data_of(node), number),), lines))
    return tuple(found)


def spot_at(text: str, path: Path) -> Spot | None:
    """Return the place of a path in a text, None if it is not there, or in a flow collection."""
    return next((one for one in spots(text) if one.path == path), None)


def pair_before(spot: Spot, text: str) -> Spot | None:
    """Return the pair before another one, if both can change places: no comments, and no dash."""
    found = [one for one in spots(text) if one.above is spot.above and one.end == spot.first]
    return found[0] if found and not found[0].is_led and not spot.is_led else None
