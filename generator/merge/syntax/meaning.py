"""Documents as values that can be compared: what a YAML text means, without how it is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from ...yaml import Node

NOTHING = ("nothing", "")  # what a document without content means, and a text without a document; null is a value

YamlValue = Any  # a tuple for a scalar, alias, or node with an anchor or a tag; a dict for a map; a list for a list


def value_of(node: Node, known: dict[int, YamlValue] | None = None) -> YamlValue:
    """Return the value of a node. Scalars carry their type, so that ``1``, ``true`` and ``"1"`` are three values.

    ``known`` keeps the values of nodes that live as long as it does.
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
            (key.tag, key.text) if key.tag == "str" else key_value(key): value_of(one, known) for key, one in node.pairs
        }
        if node.tag != "map":
            inner = ("tag", node.tag, inner)
    elif shape == "list":
        inner = [value_of(one, known) for one in node.items]
        if node.tag != "list":
            inner = ("tag", node.tag, inner)
    else:
        inner = ("alias", node.text)
    if node.anchor:
        inner = ("anchor", node.anchor, inner)
    known[id(node)] = inner
    return inner


def dressed(value: YamlValue, node: Node) -> YamlValue:
    """Return the value of a collection with the tag and the anchor of its node."""
    if node.shape in {"map", "list"} and node.tag != node.shape:
        value = ("tag", node.tag, value)
    return ("anchor", node.anchor, value) if node.anchor else value


def children(node: Node) -> list[Node]:
    """Return the nodes right below a node."""
    return [one for pair in node.pairs for one in pair] + list(node.items)


def nodes_of(nodes: Iterable[Node]) -> int:
    """Return how many nodes there are in documents."""
    count, stack = 0, list(nodes)
    while stack:
        stack += children(stack.pop())
        count += 1
    return count


def aliases(nodes: Iterable[Node]) -> Counter[str]:
    """Return how often each anchor is referred to in documents."""
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
    stack = [node]
    while stack:
        one = stack.pop()
        if one.anchor:
            yield one.anchor
        stack += children(one)


def hashable(value: YamlValue) -> Hashable:
    """Return a value that can be looked up, equal for equal values."""
    if isinstance(value, dict):
        return frozenset((key, hashable(one)) for key, one in value.items())
    if isinstance(value, list):
        return ("list", *map(hashable, value))
    return ("of", *map(hashable, value)) if isinstance(value, tuple) and not isinstance(value[-1], str) else value


def item_at(value: YamlValue, path: str) -> YamlValue:
    """Return what stands under keys joined by dots, or None."""
    for part in path.split("."):
        value = value.get(("str", part)) if isinstance(value, dict) else None
    return value


def shown_value(node: Node | None, limit: int = 60) -> str | None:
    """Return a node's value on one line for people, or None for absence."""
    if node is None:
        return None
    return _cut(_flow(node), 0, limit)


def shown_sides(sides: Iterable[Node | None], limit: int = 60) -> list[str | None]:
    """Return base, ours and theirs as ``show`` does; a text that is cut begins where it differs from base, or ours."""
    b, o, t = (_flow(one) if one is not None else None for one in sides)
    starts = [_differs_at(o, b if b is not None else t, limit), _differs_at(t, b if b is not None else o, limit)]
    cuts = zip((b, o, t), (min(starts), *starts), strict=True)
    return [_cut(one, start, limit) if one is not None else None for one, start in cuts]


def _differs_at(text: str | None, other: str | None, limit: int) -> int:
    """Return where to begin to show a text that is not the other one, which is at a part of it."""
    if text is None or other is None or text == other:
        return 0
    pairs = enumerate(zip(text, other, strict=False))
    alike = next((n for n, (one, two) in pairs if one != two), min(len(text), len(other)))
    if alike <= limit // 2:
        return 0
    part = max(text.rfind(mark, 0, alike) + len(mark) for mark in (", ", "[", "{"))
    return part if alike - part <= limit // 2 else alike - limit // 4


def _cut(text: str, start: int, limit: int) -> str:
    begun = f"…{text[start:]}" if start and len(text) > limit else text
    return begun if len(begun) <= limit else f"{begun[: limit - 1]}…"


def leaves(node: Node | None) -> Counter[str]:
    """Return the scalars in a value as they are shown, one in a map with its key, and how often each is there."""
    found: Counter[str] = Counter()
    stack = [(node, "")] if node is not None else []
    while stack:
        one, key = stack.pop()
        below = [(item, "") for item in one.items] + [(item, f"{_flow(name)}: ") for name, item in one.pairs]
        stack += reversed(below)
        if not below:
            found[f"{key}{_flow(one)}"] += 1
    return found


def field_name(where: tuple[str, ...]) -> str:
    """Return the parts of a path as one: keys joined by dots, quoted where they hold one, items in brackets."""
    out = ""
    for part in where:
        if part.startswith("["):
            out += part
        elif re.fullmatch(r"[A-Za-z0-9_-]+", part):
            out += f".{part}" if out else part
        else:
            out += f"[{json.dumps(part, ensure_ascii=False)}]"
    return out


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
    return text


def _flow(node: Node) -> str:
    if node.shape == "map":
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in node.pairs) + "}"
    if node.shape == "list":
        return "[" + ", ".join(_flow(one) for one in node.items) + "]"
    if node.shape == "alias":
        return f"*{node.text}"
    text = node.text if node.tag != "null" else "null"
    return (
        json.dumps(text, ensure_ascii=False)
        if "\n" in text or text == "" or (node.tag == "str" and node.style)
        else text
    )
