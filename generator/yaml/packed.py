"""Nodes as plain tuples, which ``marshal`` sends to another process several times as fast as ``pickle``."""

from __future__ import annotations

from typing import Any

from .parse import Node

Packed = tuple[Any, ...]
_SCALAR = 8  # fields of a packed scalar; a collection has more


class Unpackable(Exception):  # noqa: N818 - a property of the text, not an error
    """A document with anchors, whose nodes may be shared: a copy would not share them."""


def pack(node: Node) -> Packed:
    """Return a node as tuples and plain values. Raises Unpackable."""
    if node.anchor or node.shape == "alias":
        raise Unpackable
    if node.shape == "scalar":
        return node.tag, node.text, node.line, node.column, node.start, node.end, node.style, node.explicit
    below = [pack(one) for one in node.items] or [pack(one) for pair in node.pairs for one in pair]
    place = node.line, node.column, node.start, node.end, node.style, node.first
    return node.shape, node.tag, node.text, *place, node.explicit, below


def unpack(data: Packed) -> Node:
    """Return the node that was packed."""
    if len(data) == _SCALAR:
        tag, text, line, column, start, end, style, explicit = data
        return Node("scalar", tag, text, line, column, start, end, style, "", (), (), 0, explicit)
    shape, tag, text, line, column, start, end, style, first, explicit, packed = data
    below = [unpack(one) for one in packed]
    pairs, items = ((), tuple(below)) if shape == "list" else (tuple(zip(below[::2], below[1::2], strict=True)), ())
    return Node(shape, tag, text, line, column, start, end, style, "", pairs, items, first, explicit)
