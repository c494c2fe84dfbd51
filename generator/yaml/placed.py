"""Nodes that have their place in another text than the document they are in, since a program put them there."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .parse import Node

_FIELDS = tuple(one.name for one in fields(Node) if one.name not in {"pairs", "items", "line", "column"})


@dataclass(slots=True, eq=False)
class PlacedNode(Node):
    """A node whose line and column are of the text at ``path``."""

    path: str = ""


def path_of(node: Node) -> str:
    """Return the path of the text that a node is from, ``""`` if it is that of its document."""
    return node.path if isinstance(node, PlacedNode) else ""


def placed_at(node: Node, path: str, lines: int = 0, columns: int = 0) -> Node:
    """Return a node, and what is below it, as of the text at ``path``, moved down and to the right.

    What has a path of its own keeps its place.
    """
    if isinstance(node, PlacedNode):
        return node
    pairs = tuple(
        (placed_at(key, path, lines, columns), placed_at(value, path, lines, columns)) for key, value in node.pairs
    )
    items = tuple(placed_at(one, path, lines, columns) for one in node.items)
    same = {name: getattr(node, name) for name in _FIELDS}
    return PlacedNode(**same, line=node.line + lines, column=node.column + columns, pairs=pairs, items=items, path=path)


def scalar_like(place: Node, text: str, path: str, tag: str = "str") -> PlacedNode:
    """Return a scalar with the place of another node, which is of the text at ``path`` unless it has its own path."""
    style = '"' if tag == "str" else ""
    path = path_of(place) or path
    return PlacedNode("scalar", tag, text, place.line, place.column, place.start, place.end, style, path=path)


def map_like(place: Node, path: str) -> PlacedNode:
    """Return an empty map with the place of another node, as ``scalar_like`` does."""
    path = path_of(place) or path
    return PlacedNode("map", "map", "", place.line, place.column, place.start, place.end, "block", path=path)
