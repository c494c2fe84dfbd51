"""How rules look at documents: aliases and merge keys written out, fields by path, values as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, overload

from ...errors import Problem, TooLarge
from ...yaml import Node

MAX_EXPANDED = 320_000
MAX_DEPTH = 200
_NULL = Node("scalar", "null", "", 1, 1, 0, 0)
# Plain scalars that kubectl and Flux read as booleans and numbers, as YAML 1.1 has them, and YAML 1.2 does not.
_OLD_BOOLS = {**dict.fromkeys(("y", "yes", "on"), True), **dict.fromkeys(("n", "no", "off"), False)}
_OLD_NUMBER = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|[0-9]+_[0-9_]*)\Z")


@overload
def expand(document: Node, path: str) -> Node: ...
@overload
def expand(document: tuple[Node, ...], path: str) -> tuple[Node, ...]: ...
def expand(document: Node | tuple[Node, ...], path: str) -> Node | tuple[Node, ...]:
    """Return a document, or those of a file, with aliases replaced and merge keys (``<<``) taken apart.

    What an alias stands for keeps the place where it is written. A recursive alias becomes null. Raises Invalid where
    the result would be larger or deeper than any configuration.
    """
    documents = (document,) if isinstance(document, Node) else document
    if any(_has_aliases_or_merges(one) for one in documents):
        expansion = _Expansion(path)
        documents = tuple(expansion.document(one) for one in documents)
    return documents[0] if isinstance(document, Node) else documents


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
    """Return the text of the scalar at a path; ``""`` where there is none, or null."""
    found = get(node, *where)
    return found.text if found is not None and found.shape == "scalar" and found.tag != "null" else ""


def items_at(node: Node | None, *where: str | int) -> tuple[Node, ...]:
    """Return the items of the list at a path; none where there is no list."""
    found = get(node, *where)
    return found.items if found is not None and found.shape == "list" else ()


def pairs_at(node: Node | None, *where: str | int) -> tuple[tuple[Node, Node], ...]:
    """Return keys and values of the map at a path; none where there is no map."""
    found = get(node, *where)
    return found.pairs if found is not None and found.shape == "map" else ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and every node below it, keys too, in order."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        below = [child for pair in one.pairs for child in pair] if one.pairs else list(one.items)
        stack.extend(reversed(below))


def is_text(node: Node, *, old: bool = True) -> bool:
    """Tell whether a node is text to its reader; ``old`` readers take plain ``yes`` and ``0755`` for something else."""
    return node.shape == "scalar" and node.tag == "str" and not (old and not node.style and _is_old(node.text))


def data_of(node: Node, *, old: bool = False) -> Any:
    """Return plain data of an expanded node, by YAML 1.2, or with ``old`` as kubectl reads it."""
    if node.shape == "map":
        return {key.text if key.shape == "scalar" else "": data_of(value, old=old) for key, value in node.pairs}
    if node.shape == "list":
        return [data_of(item, old=old) for item in node.items]
    text, tag = node.text, node.tag
    if old and not node.style and tag in {"str", "int"} and _is_old(text):
        return _old(text)
    if tag == "str" or node.shape == "alias":
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    try:
        if tag == "int":
            return text if len(text) > 30 else int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if tag == "float":
            return _float(text)
    except ValueError:
        return text
    return text


def _is_old(text: str) -> bool:
    return text.lower() in _OLD_BOOLS or bool(text[:1] in "+-0123456789" and _OLD_NUMBER.match(text))


def _old(text: str) -> Any:
    if text.lower() in _OLD_BOOLS:
        return _OLD_BOOLS[text.lower()]
    digits = text.replace("_", "").lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    if len(digits) > 30 or not digits:
        return text
    if digits.startswith("0b"):
        return sign * int(digits, 2)
    octal = len(digits) > 1 and digits.startswith("0") and not set(digits) & set("89")
    return sign * int(digits, 8 if octal else 10)


def _float(text: str) -> float | str:
    lowered = text.lower()
    if lowered[-1] in "fn":
        return text  # no number that JSON has
    value = float(lowered)
    return text if value in {float("inf"), float("-inf")} else value


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
    """A file being expanded: what anchors stand for, and the size and depth of what was made, by identity."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sizes: dict[int, tuple[int, int]] = {}
        self.anchors: dict[str, Node | None] = {}
        self.kept: list[Node] = []  # so that no identity is used twice
        self.total = 0
        self.merged = 0  # pairs that merge keys brought, each copied for every map that it comes to

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
            self.anchors[node.anchor] = None  # an alias to it inside of it would never end
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
        if size > MAX_EXPANDED or depth > MAX_DEPTH:
            what = "too large" if size > MAX_EXPANDED else "too deep"
            message = f"is {what} with its aliases written out"
            raise TooLarge(Problem(self.path, node.line, node.column, message, "split it"))


def _merged(pairs: tuple[tuple[Node, Node], ...]) -> tuple[tuple[Node, Node], ...]:
    """Take merge keys apart: a map's own keys come before merged ones, earlier sources before later ones."""
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
