"""Expand the aliases and merge keys of documents."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from ..errors import Invalid, Problem, TooLarge
from .look import typed
from .merged_pairs import ANY, MergeRules, Reader
from .parse import MAX_PROBLEMS, Node

MAX_EXPANDED = 320_000
MAX_EXPANDED_DEPTH = 200
_NULL = Node("scalar", "null", "", 1, 1, 0, 0)


@overload
def expand(document: Node, path: str, reader: Reader = ...) -> Node: ...
@overload
def expand(document: tuple[Node, ...], path: str, reader: Reader = ...) -> tuple[Node, ...]: ...
def expand(document: Node | tuple[Node, ...], path: str, reader: Reader = ANY) -> Node | tuple[Node, ...]:
    """Return a document, or the documents of a file, with aliases replaced and merge keys (``<<``) applied.

    ``reader`` is the program that reads the document. Nodes keep the position of the anchored text. A recursive alias
    becomes null. Raises Invalid if the result would be larger or deeper than any configuration, and for what the reader
    refuses: recursive aliases, keys that are not scalars, merge keys without a map, tags that do not fit.
    """
    documents = (document,) if isinstance(document, Node) else document
    if any(_has_more_than_plain_nodes(one) for one in documents):
        expansion = _Expansion(path, reader)
        documents = tuple(expansion.document(one) for one in documents)
        if expansion.rules.problems:
            raise Invalid(sorted(set(expansion.rules.problems))[:MAX_PROBLEMS])
    return documents[0] if isinstance(document, Node) else documents


def _has_more_than_plain_nodes(document: Node) -> bool:
    """Tell whether a document has an alias, a merge key, a key that is not a scalar or null, or a scalar with a tag."""
    stack = [document]
    while stack:
        node = stack.pop()
        if node.shape == "alias" or node.explicit:
            return True
        for key, value in node.pairs:
            if key.text == "<<" or key.shape != "scalar" or key.explicit or key.tag == "null":
                return True
            stack.append(value)
        stack.extend(node.items)
    return False


class _Expansion:
    """The expansion of a file: the nodes of anchors, and size and depth of the created nodes, by identity."""

    def __init__(self, path: str, reader: Reader) -> None:
        self.path = path
        self.rules = MergeRules(path, reader)
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

    def expand(self, node: Node, go_map: bool = False) -> Node:
        """Return a node with the aliases in it replaced; ``go_map`` says whether it is within a Go map."""
        if node.shape == "alias":
            return self._anchored(node)
        if node.anchor:
            self.anchors[node.anchor] = None  # an alias to itself would recurse forever
        out = node
        if node.shape == "map":
            out = replace(node, pairs=self.rules.pairs(node, self._pairs(node, go_map), go_map))
            self.merged += max(len(out.pairs) - len(node.pairs), 0)
            self._bound(self.merged, 0, node)
            self._measure(out, [one for pair in out.pairs for one in pair])
        elif node.shape == "list":
            out = replace(node, items=tuple(self.expand(one, go_map) for one in node.items))
            self._measure(out, list(out.items))
        elif node.explicit and not typed(node)[0] and self.rules.reader.in_order:
            shown = node.text if len(node.text) <= 40 else f"{node.text[:40]}…"
            self.rules.problem(node, f"has {shown!r} with the tag !!{node.tag}, which does not fit", "remove the tag")
        if node.anchor:
            self.anchors[node.anchor] = out
        return out

    def _anchored(self, alias: Node) -> Node:
        found = self.anchors.get(alias.text)
        if found is not None:
            return found
        hint = "write out what is meant, without the alias"
        self.rules.problem(alias, f"has the alias *{alias.text} within what it stands for", hint)
        return replace(_NULL, line=alias.line, column=alias.column)

    def _pairs(self, node: Node, go_map: bool) -> tuple[tuple[Node, Node], ...]:
        out = []
        reader = self.rules.reader
        for key, value in node.pairs:
            if key.shape in {"map", "list"} and reader.in_order:
                self.rules.problem(key, "has a key that is a map or a list", "write a key that is text, or quote it")
            elif key.shape == "scalar" and reader.in_order and reader.fields is None and typed(key)[0] == "null":
                self.rules.problem(key, "has a key that is null", "write a key that is text, or quote it")
            out.append((self.expand(key), self.expand(value, self.rules.within_map(key, go_map))))
        return tuple(out)

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
