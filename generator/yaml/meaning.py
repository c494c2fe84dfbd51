"""YAML nodes as values that can be compared, independent of style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from contextlib import suppress
from typing import Any

from .parse import Node

NOTHING = ("nothing", "")  # the value of a document without content, or of a text without a document; not null

YamlValue = Any  # a tuple for a scalar, alias, or node with an anchor or a tag; a dict for a map; a list for a list


def value_of(node: Node, known: dict[int, YamlValue] | None = None, *, bare: bool = False) -> YamlValue:
    """Return the value of a node. Scalars carry their type, so that ``1``, ``true`` and ``"1"`` are three values.

    ``known`` caches the values of nodes, which must live as long as it does. ``bare`` leaves out anchors.
    """
    if known is None:
        known = {}
    elif (found := known.get(id(node))) is not None:
        return found
    inner: YamlValue
    shape = node.shape
    if shape == "scalar":
        tag = node.tag
        inner = (tag, node.text if tag == "str" else _canonical(tag, node.text))
    elif shape == "map":
        inner = {
            (key.tag, key.text) if key.tag == "str" else key_value(key): (
                ("str", one.text)  # the common case, inlined because calls are slow
                if one.tag == "str" and one.shape == "scalar" and not one.anchor
                else value_of(one, known, bare=bare)
            )
            for key, one in node.pairs
        }
        if node.tag != "map":
            inner = ("tag", node.tag, inner)
    elif shape == "list":
        inner = [value_of(one, known, bare=bare) for one in node.items]
        if node.tag != "list":
            inner = ("tag", node.tag, inner)
    else:
        inner = ("alias", node.text)
    if node.anchor and not bare:
        inner = ("anchor", node.anchor, inner)
    known[id(node)] = inner
    return inner


def dressed(value: YamlValue, node: Node) -> YamlValue:
    """Return the value of a collection with the tag and the anchor of its node."""
    if node.shape in {"map", "list"} and node.tag != node.shape:
        value = ("tag", node.tag, value)
    return ("anchor", node.anchor, value) if node.anchor else value


def children(node: Node) -> list[Node]:
    """Return the direct children of a node."""
    return [one for pair in node.pairs for one in pair] + list(node.items)


def nodes_of(nodes: Iterable[Node]) -> int:
    """Return the number of nodes in documents."""
    count, stack = 0, list(nodes)
    while stack:
        stack += children(stack.pop())
        count += 1
    return count


def aliases(nodes: Iterable[Node]) -> Counter[str]:
    """Return the number of aliases of each anchor in documents."""
    found: Counter[str] = Counter()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node.shape == "alias":
            found[node.text] += 1
        stack += children(node)
    return found


def anchors(node: Node) -> Iterable[str]:
    """Yield the anchors at and below a node."""
    for one in anchored(node):
        yield one.anchor


def anchored(node: Node) -> Iterable[Node]:
    """Yield the nodes with an anchor at and below a node."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.anchor:
            yield one
        stack += children(one)


def line_of_alias(nodes: Iterable[Node], name: str, behind: int) -> int | None:
    """Return the first line of an alias of an anchor after an offset, or None."""
    stack = list(nodes)
    lines = []
    while stack:
        node = stack.pop()
        if node.shape == "alias" and node.text == name and node.start >= behind:
            lines.append(node.line)
        stack += children(node)
    return min(lines, default=None)


def line_of_anchor(nodes: Iterable[Node], alias: Node) -> int | None:
    """Return the line of what an alias stands for, or None."""
    found = [one for root in nodes for one in anchored(root) if one.anchor == alias.text and one.start < alias.start]
    return max(found, key=lambda one: one.start).line if found else None


def hashable(value: YamlValue) -> Hashable:
    """Return a value as a hashable one, equal for equal values."""
    if isinstance(value, dict):
        return frozenset((key, hashable(one)) for key, one in value.items())
    if isinstance(value, list):
        return ("list", *map(hashable, value))
    return ("of", *map(hashable, value)) if isinstance(value, tuple) and not isinstance(value[-1], str) else value


def item_at(value: YamlValue, path: str) -> YamlValue:
    """Return the value at a path of keys joined by dots, or None."""
    for part in path.split("."):
        value = value.get(("str", part)) if isinstance(value, dict) else None
    return value


def without_anchor(value: YamlValue) -> YamlValue:
    """Return a value without its own anchor."""
    return value[2] if isinstance(value, tuple) and value[0] == "anchor" else value


def key_value(node: Node) -> Any:
    """Return the value of a key."""
    if node.shape == "scalar":
        return (node.tag, _canonical(node.tag, node.text))
    return ("complex", repr(value_of(node)))


def _canonical(tag: str, text: str) -> str:
    if tag == "null":
        return ""
    if tag == "bool":
        return text.lower()
    if tag == "int" and re.fullmatch(r"[-+]?[0-9]{1,100}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}", text):
        return str(int(text, 0) if text[:2] in {"0o", "0x"} else int(text))
    # Two numbers of 15 digits that differ are never one binary number; more digits may be.
    if tag == "float" and re.fullmatch(r"[-+]?[0-9.]{1,16}(?:[eE][-+]?[0-9]{1,2})?", text):
        with suppress(ValueError):
            return repr(float(text))
    return text
