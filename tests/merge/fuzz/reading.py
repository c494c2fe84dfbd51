"""Plain data of YAML text for the judges: YAML 1.2, with an empty node that is no null."""

from __future__ import annotations

import json
from typing import Any

from tests.support import yamltext
from tests.support.yamltext import Node, UnusableError

__all__ = ["EMPTY", "UnusableError", "at", "canonical", "data", "documents", "put", "same"]


class _Empty:
    """A node without a text: what a key without a value has, and a document without content."""

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY = _Empty()


def documents(text: str) -> list[Any]:
    """Return the documents of a text. Raises UnusableError for text that is not valid YAML or has a duplicated key."""
    return [_value(one) for one in yamltext.read(text.removeprefix(yamltext.BOM))]


def data(text: str) -> Any:
    """Return the one document of a text, EMPTY where there is none. Raises UnusableError."""
    found = documents(text)
    if len(found) > 1:
        raise UnusableError("there are several documents")
    return found[0] if found else EMPTY


def _value(node: Node) -> Any:
    if node.sort == "alias":
        return f"*{node.text}"
    if node.sort == "list":
        return [_value(one) for one in node.items]
    if node.sort == "map":
        keys = [str(_value(key)) for key, _ in node.pairs]
        if len(set(keys)) != len(keys):
            raise UnusableError("a key is duplicated")
        return dict(zip(keys, (_value(one) for _, one in node.pairs), strict=True))
    if not node.text and not node.style and not node.tag:
        return EMPTY
    sort, value = yamltext.leaf(node.text, node.style, node.tag)
    return float(value) if sort == "float" else value


def canonical(value: Any) -> str:
    """Return a text in which 1, true, "1", 1.0, null, {}, [] and nothing differ."""
    return json.dumps(value, sort_keys=True, default=repr)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same, of one type."""
    return canonical(one) == canonical(other)


def at(value: Any, path: str) -> Any:
    """Return what is at a dotted path."""
    for step in path.split(".") if path else ():
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def put(value: Any, path: str, new: Any) -> None:
    """Put something at a dotted path."""
    head, _, last = path.rpartition(".")
    owner = at(value, head)
    owner[int(last) if isinstance(owner, list) else last] = new
