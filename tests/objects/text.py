"""Objects as YAML text, in one of many styles; what is equal in two objects is written alike in one style."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from ..support import documents
from ..support.documents import Node
from .places import Path

# What a plain scalar must not look like: PyYAML reads YAML 1.1 as kubectl does.
_PLAIN = re.compile(r"[A-Za-z0-9/._-][A-Za-z0-9/._ =+@%()-]*\Z")


@dataclass(frozen=True)
class Style:
    """How a text is written, and the seed of what is chosen place by place."""

    seed: int
    writing: documents.Style
    flows: float = 0.0  # how many small collections are written in braces
    comments: float = 0.0
    quotes: float = 0.1  # how many strings are quoted without need


PLAIN = Style(0, documents.Style(), quotes=0)


def style(dice: random.Random, comments: bool = True) -> Style:
    """Return a style that people have."""
    offset = dice.choice((0, 2))
    writing = documents.Style(
        indent=2 if dice.random() < 0.8 else 4,
        offset=offset,
        quote=dice.choice("\"'"),
        crlf=dice.random() < 0.05,
        newline=dice.random() < 0.9,
    )
    seed = dice.randrange(1 << 30)
    return Style(
        seed, writing, dice.choice((0, 0, 0.5)), dice.choice((0, 0.2)) if comments else 0.0, dice.choice((0, 0.2))
    )


def text(top: dict[str, Any], chosen: Style = PLAIN) -> str:
    """Return an object as a YAML text."""
    return documents.write(_pairs(top, (), chosen), chosen.writing)


def _chance(chosen: Style, path: Path, about: str) -> float:
    return random.Random(f"{chosen.seed} {about} {path}").random()  # noqa: S311


def _pairs(value: dict[str, Any], path: Path, chosen: Style) -> list[Node]:
    found = []
    for place, (key, one) in enumerate(value.items()):
        node = _node(_scalar(key), one, (*path, key), chosen)
        # The first pair of an item has no lines of its own above it.
        if not (place == 0 and path) and _chance(chosen, (*path, key), "comment") < chosen.comments:
            node.head = [f"# about {key}"]
        found.append(node)
    return found


def _items(value: list[Any], path: Path, chosen: Style) -> list[Node]:
    return [_node("", one, (*path, _name(one, place)), chosen) for place, one in enumerate(value)]


def _name(item: Any, place: int) -> str | int:
    """Return what an item is called, so that it is written alike wherever it stands."""
    name = item.get("name", item.get("type")) if isinstance(item, dict) else None
    return str(name) if name else place


def _node(key: str, value: Any, path: Path, chosen: Style) -> Node:
    if not isinstance(value, dict | list):
        quoted = isinstance(value, str) and _chance(chosen, path, "quotes") < chosen.quotes and value.isalnum()
        return Node(0, key, str(value) if quoted else _scalar(value), quoted=quoted)
    small = not any(isinstance(one, dict | list) for one in (value.values() if isinstance(value, dict) else value))
    if not value or (small and len(value) < 4 and _chance(chosen, path, "flow") < chosen.flows):
        return Node(0, key, _flow(value))
    if isinstance(value, dict):
        return Node(0, key, _pairs(value, path, chosen), "map")
    return Node(0, key, _items(value, path, chosen), "list")


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_scalar(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(_scalar, value)) + "]"


def _scalar(value: Any) -> str:
    """Return a scalar that YAML 1.1 and 1.2 read as this value."""
    if isinstance(value, bool):
        return str(value).lower()
    return _string(value) if isinstance(value, str) else str(value)


@cache
def _string(value: str) -> str:
    plain = _PLAIN.match(value) and not value.endswith(" ") and yaml.safe_load(value) == value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return value if plain and value not in {"on", "off", "y", "n"} else f'"{escaped}"'
