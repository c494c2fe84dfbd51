"""Documents as values that can be compared: what a YAML text means, without how it is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import assets
from ..yaml import Node

Value = Any  # a tuple for a scalar, alias or anchored node; a dict for a map; a list for a list; a Keyed


@dataclass(frozen=True)
class Keyed:
    """An expected list whose items are matched by key and whose order has no meaning."""

    keys: tuple[str, ...]
    items: Mapping[Any, Value]


@dataclass(frozen=True)
class ListKeys:
    """How the items of a list are told apart."""

    keys: tuple[str, ...]
    ordered: bool


def value_of(node: Node) -> Value:
    """Return the value of a node. Scalars carry their type, so that ``1``, ``true`` and ``"1"`` are three values."""
    inner: Value
    if node.shape == "map":
        inner = {_key_of(key): value_of(one) for key, one in node.pairs}
    elif node.shape == "list":
        inner = [value_of(one) for one in node.items]
    elif node.shape == "alias":
        return ("alias", node.text)
    else:
        inner = (node.tag, _canonical(node.tag, node.text))
    if node.anchor:
        return ("anchor", node.anchor, inner)
    return inner


def children(node: Node) -> list[Node]:
    """Return the nodes right below a node."""
    return [one for pair in node.pairs for one in pair] + list(node.items)


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


def fits(expected: Value, actual: Value) -> bool:
    """Tell whether a value is the expected one."""
    if isinstance(expected, Keyed):
        if not isinstance(actual, list) or len(actual) != len(expected.items):
            return False
        found = {item_key(one, expected.keys): one for one in actual}
        return found.keys() == expected.items.keys() and all(fits(expected.items[k], one) for k, one in found.items())
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(fits(one, actual[key]) for key, one in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(fits(one, other) for one, other in zip(expected, actual, strict=True))
        )
    return bool(expected == actual)


def explained(expected: Value, actual: Value, chosen: Value) -> bool:
    """Tell whether a value is the expected one but for places where it is what the chosen side has; None is absence."""
    if fits(expected, actual) if expected is not None else actual is None:
        return True
    if actual == chosen:
        return True
    if isinstance(expected, Keyed) and isinstance(actual, list):
        sides = actual, chosen if isinstance(chosen, list) else []
        actual, chosen = ({item_key(one, expected.keys): one for one in side} for side in sides)
        expected = dict(expected.items)
    if not (isinstance(expected, dict) and isinstance(actual, dict)):
        return False
    other = chosen if isinstance(chosen, dict) else {}
    keys = {*expected, *actual}
    return all(explained(expected.get(key), actual.get(key), other.get(key)) for key in keys)


def list_keys(name: str, sides: tuple[Value, ...]) -> ListKeys | None:
    """Return the keys of the list called ``name`` that tell apart the items of every side, or None."""
    entry = _table().get(name)
    if entry is None:
        return None
    for keys in entry["keys"]:
        found = [[item_key(one, tuple(keys)) for one in side] for side in sides]
        if all(None not in one and len(set(one)) == len(one) for one in found):
            return ListKeys(tuple(keys), bool(entry.get("order")))
    return None


def item_key(item: Value, keys: tuple[str, ...]) -> Any:
    """Return what identifies an item, or None where it has no such scalar."""
    found = []
    for key in keys:
        one = item
        for part in key.split("."):
            one = one.get(("str", part)) if isinstance(one, dict) else None
        if not isinstance(one, tuple) or one[0] in {"alias", "anchor"}:
            return None
        found.append(one)
    return tuple(found)


def show(node: Node | None, limit: int = 60) -> str | None:
    """Return a node's value on one line for people, or None for absence."""
    if node is None:
        return None
    text = _flow(node)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


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


@cache
def _table() -> Mapping[str, Any]:
    lists: Mapping[str, Any] = json.loads((assets.folder("schemas") / "merge-keys.json").read_text("utf-8"))["lists"]
    return lists


def _key_of(node: Node) -> Any:
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
