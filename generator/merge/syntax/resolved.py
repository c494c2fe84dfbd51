"""The values of nodes as a program reads them: aliases replaced, merge keys applied, without anchors.

They tell which items of lists are the same, where one side writes with aliases what another one writes out. What an
edit replaces is compared as it is written.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import Invalid
from ...yaml import Node, Reader, expand
from ...yaml.meaning import YamlValue, value_of

# Merge keys as Helm reads them, in which values are adopted; programs differ only where a key is set twice.
_READER = Reader("any program", in_order=True, several=True, lenient=True)


class ResolvedValues:
    """The values of the nodes of documents with their aliases and merge keys resolved.

    Those of documents that would be too large or too deep are as they are written.
    """

    def __init__(self, documents: Iterable[Node]) -> None:
        self._read: dict[int, Node] = {}
        self._values: dict[int, YamlValue] = {}
        try:
            pairs = [(one, expand(one, "", _READER)) for one in documents]
        except Invalid:
            return
        while pairs:
            node, read = pairs.pop()
            self._read[id(node)] = read
            for key, value in node.pairs:
                if (found := read.pair(key.text)) is not None and found[0] is key:  # else it is overridden
                    pairs.append((value, found[1]))
            pairs += zip(node.items, read.items, strict=False)

    def value(self, node: Node) -> YamlValue | None:
        """Return the value of a node; None for one that is not read, or not resolved."""
        read = self._read.get(id(node))
        return None if read is None else value_of(read, self._values, bare=True)
