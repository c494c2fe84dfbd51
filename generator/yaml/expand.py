"""Expand the aliases and merge keys of documents."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from ..errors import Problem, TooLarge
from .parse import Node

MAX_EXPANDED = 320_000
MAX_EXPANDED_DEPTH = 200
_NULL = Node("scalar", "null", "", 1, 1, 0, 0)


@overload
def expand(document: Node, path: str) -> Node: ...
@overload
def expand(document: tuple[Node, ...], path: str) -> tuple[Node, ...]: ...
def expand(document: Node | tuple[Node, ...], path: str) -> Node | tuple[Node, ...]:
    """Return a document, or the documents of a file, with aliases replaced and merge keys (``<<``) applied.

    Nodes keep the position of the anchored text. A recursive alias becomes null. Raises Invalid if the result would be
    larger or deeper than any configuration.
    """
    documents = (document,) if isinstance(document, Node) else document
    if any(_has_aliases_or_merges(one) for one in documents):
        expansion = _Expansion(path)
        documents = tuple(expansion.document(one) for one in documents)
    return documents[0] if isinstance(document, Node) else documents


def _has_aliases_or_merges(document: Node) -> bool:
    stack = [document]
    while stack:
        node = stack.pop()
        if node.shape == "alias":
            return True
        for key, value in node.pairs:
            if key.text == "<<" and value.shape != "scalar":
                return True
            stack.append(key)
            stack.append(value)
        stack.extend(node.items)
    return False


class _Expansion:
    """The expansion of a file: the nodes of anchors, and size and depth of the created nodes, by identity."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sizes: dict[int, tuple[int, int]] = {}
        self.anchors: dict[str, Node | None] = {}
        self.kept: list[Node] = []  # keeps nodes alive, so that no id is reused
        self.total = 0
        self.merged = 0  # pairs from merge keys, each copied for every map that it is merged into

    def document(self, node: Node) -> Node:
        """Return a document expanded."""
        self.anchors.clear()
        out = self.expand(node)
        self.total += self.sizes.get(id(out), (1, 1))[0]
        self._bound(self.total, 0, node)
        return out

    def expand(self, node: Node) -> Node:
        """Return a node with the aliases in it replaced."""
        if node.shape == "alias":
            found = self.anchors.get(node.text)
            return found if found is not None else replace(_NULL, line=node.line, column=node.column)
        if node.anchor:
            self.anchors[node.anchor] = None  # an alias to itself would recurse forever
        out = node
        if node.shape == "map":
            out = replace(node, pairs=_merged(tuple((self.expand(k), self.expand(v)) for k, v in node.pairs)))
            self.merged += max(len(out.pairs) - len(node.pairs), 0)
            self._bound(self.merged, 0, node)
            self._measure(out, [one for pair in out.pairs for one in pair])
        elif node.shape == "list":
            out = replace(node, items=tuple(self.expand(one) for one in node.items))
            self._measure(out, list(out.items))
        if node.anchor:
            self.anchors[node.anchor] = out
        return out

    def _measure(self, node: Node, below: list[Node]) -> None:
        known = [self.sizes.get(id(one), (1, 1)) for one in below]
        size, depth = 1 + sum(one for one, _ in known), 1 + max((one for _, one in known), default=0)
        self._bound(size, depth, node)
        self.sizes[id(node)] = size, depth
        self.kept.append(node)

    def _bound(self, size: int, depth: int, node: Node) -> None:
        if size > MAX_EXPANDED or depth > MAX_EXPANDED_DEPTH:
            what = "too large" if size > MAX_EXPANDED else "too deep"
            message = f"is {what} with its aliases expanded"
            raise TooLarge(Problem(self.path, node.line, node.column, message, "split it"))


def _merged(pairs: tuple[tuple[Node, Node], ...]) -> tuple[tuple[Node, Node], ...]:
    """Apply merge keys: a map's own keys override merged ones, earlier sources override later ones."""
    if not any(key.text == "<<" and not key.style for key, _ in pairs):
        return pairs
    own = [(key, value) for key, value in pairs if key.text != "<<" or key.style]
    known = {key.text for key, _ in own}
    for key, value in pairs:
        if key.text != "<<" or key.style:
            continue
        for source in value.items if value.shape == "list" else (value,):
            for name, one in source.pairs:
                if name.text not in known:
                    known.add(name.text)
                    own.append((name, one))
    return tuple(own)
