"""Query documents: nodes by path, and values as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .dialect import Dialect, resolve, tagged
from .parse import Node


def get(node: Node | None, *where: str | int) -> Node | None:
    """Return the node at a path of keys and item numbers, or None."""
    for part in where:
        if node is None:
            return None
        if isinstance(part, int):
            node = node.items[part] if node.shape == "list" and -len(node.items) <= part < len(node.items) else None
        else:
            pair = node.pair(part)
            node = pair[1] if pair else None
    return node


def key_of(node: Node | None, key: str) -> Node | None:
    """Return the node of a key itself, or None."""
    pair = node.pair(key) if node else None
    return pair[0] if pair else None


def text_at(node: Node | None, *where: str | int) -> str:
    """Return the text of the scalar at a path; ``""`` if it is missing or null."""
    found = get(node, *where)
    return found.text if found is not None and found.shape == "scalar" and found.tag != "null" else ""


def items_at(node: Node | None, *where: str | int) -> tuple[Node, ...]:
    """Return the items of the list at a path; empty if it is not a list."""
    found = get(node, *where)
    return found.items if found is not None and found.shape == "list" else ()


def each_at(node: Node | None, *where: str | int) -> tuple[Node, ...]:
    """Return the items of the list at a path, or a scalar as the only item; empty for null."""
    found = get(node, *where)
    if found is not None and found.shape == "scalar":
        return () if found.tag == "null" else (found,)
    return found.items if found is not None else ()


def pairs_at(node: Node | None, *where: str | int) -> tuple[tuple[Node, Node], ...]:
    """Return keys and values of the map at a path; empty if it is not a map."""
    found = get(node, *where)
    return found.pairs if found is not None and found.shape == "map" else ()


def walk_nodes(node: Node) -> Iterator[Node]:
    """Yield a node and every node below it, including keys, in order."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        below = [child for pair in one.pairs for child in pair] if one.pairs else list(one.items)
        stack.extend(reversed(below))


def typed(node: Node) -> tuple[str, Any]:
    """Return tag and value of a scalar as go-yaml v2 reads it; the tag is ``""`` for text that its tag does not fit."""
    if node.explicit:
        return tagged(node.text, node.explicit)
    return ("str", node.text) if node.style else resolve(node.text, "go")


def is_text(node: Node) -> bool:
    """Tell whether a node is text for go-yaml v2."""
    return node.shape == "scalar" and typed(node)[0] == "str"


def data_of(node: Node, *, dialect: Dialect = "core") -> Any:
    """Return the plain data of an expanded node in this dialect.

    Numbers that JSON cannot represent, and integers of more than 30 digits, stay text.
    """
    if node.shape == "map":
        return {key.text if key.shape == "scalar" else "": data_of(one, dialect=dialect) for key, one in node.pairs}
    if node.shape == "list":
        return [data_of(item, dialect=dialect) for item in node.items]
    if node.shape == "alias" or (node.style and node.tag == "str"):
        return node.text
    return typed(node)[1] if dialect == "go" else resolve(node.text, "core", node.tag)[1]
