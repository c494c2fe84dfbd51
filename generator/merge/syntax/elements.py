"""The elements of a text: documents, and the lines and entries of block collections."""

from __future__ import annotations

from dataclasses import dataclass

from ...yaml import Document, Node


@dataclass(slots=True, eq=False)
class TextLine:
    """A comment line or a blank one; ``text`` is its content without indentation."""

    start: int
    end: int
    text: str


@dataclass(slots=True, eq=False)
class YamlEntry:
    """A pair of a map, an item of a list, or the root of a document, with the lines that belong to it.

    ``start`` is the offset of its first line, ``body`` of its key or dash, ``sep`` after its colon or dash, ``end``
    after the line break of its last line; comments below it that are indented deeper belong to it. An entry of a flow
    collection starts at its ``body`` and ends with its value. A ``whole`` one cannot be divided.
    """

    key: Node | None
    value: Node
    start: int
    body: int
    sep: int
    end: int
    column: int
    flow: bool = False
    whole: bool = False
    root: bool = False

    @property
    def last(self) -> int:
        """The end of its key, value and punctuation."""
        return max(self.value.end, self.sep)


Element = TextLine | YamlEntry


@dataclass(slots=True, eq=False)
class Block:
    """The elements of a block collection; one that is ``inline`` starts after a dash instead of on a line."""

    elements: list[Element]
    start: int
    end: int
    column: int
    inline: bool

    @property
    def entries(self) -> list[YamlEntry]:
        """The elements that are not comments or blank lines."""
        return [one for one in self.elements if isinstance(one, YamlEntry)]


@dataclass(slots=True, eq=False)
class StreamPart:
    """A document of a stream: its head (comments, directives, ``---``) ends at ``body``, its content at ``tail``."""

    document: Document
    start: int
    body: int
    tail: int
    end: int
    root: YamlEntry


def is_block(node: Node) -> bool:
    """Return whether a node is a block collection."""
    return node.style == "block"
