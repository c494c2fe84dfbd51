"""A view of a node that may be absent: nothing is false, has no text, no items and no keys."""

from __future__ import annotations

from ...yaml import Node


class View:
    """A node of an expanded document, or nothing."""

    __slots__ = ("node",)

    def __init__(self, node: Node | None) -> None:
        self.node = node

    def __bool__(self) -> bool:
        return self.node is not None

    @property
    def shape(self) -> str:
        """The shape of the node, ``""`` for nothing."""
        return self.node.shape if self.node else ""

    @property
    def tag(self) -> str:
        """The tag of the node, ``""`` for nothing."""
        return self.node.tag if self.node else ""

    @property
    def text(self) -> str:
        """The text of a scalar, ``""`` for anything else and for null."""
        return self.node.text if self.node and self.node.shape == "scalar" and self.node.tag != "null" else ""

    @property
    def line(self) -> int:
        """The line where it is written."""
        return self.node.line if self.node else 1

    @property
    def column(self) -> int:
        """The column where it is written."""
        return self.node.column if self.node else 1

    @property
    def items(self) -> tuple[View, ...]:
        """The items of a list."""
        return tuple(View(one) for one in self.node.items) if self.node else ()

    @property
    def each(self) -> tuple[View, ...]:
        """The items of a list, or a scalar as its only item."""
        if self.shape == "scalar":
            return () if self.tag == "null" else (self,)
        return self.items

    @property
    def pairs(self) -> tuple[tuple[View, View], ...]:
        """Keys and values of a map."""
        return tuple((View(key), View(value)) for key, value in self.node.pairs) if self.node else ()

    def get(self, *keys: str) -> View:
        """Return the value at a path of keys, or nothing."""
        node = self.node
        for name in keys:
            if node is None:
                return NOTHING
            pair = node.pair(name)
            node = pair[1] if pair else None
        return View(node) if node else NOTHING

    def key(self, name: str) -> View:
        """Return the key itself, for its place."""
        pair = self.node.pair(name) if self.node else None
        return View(pair[0]) if pair else NOTHING

    def source(self, text: str) -> str:
        """Return what of the file's text the node spans."""
        return text[self.node.start : self.node.end] if self.node else ""


NOTHING = View(None)
