"""Format values of YAML nodes on one line for messages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from ...yaml import Node


def shown_value(node: Node | None, limit: int = 60) -> str | None:
    """Return a node's value on one line for people, or None for absence."""
    if node is None:
        return None
    return _cut(_flow(node), 0, limit)


def shown_sides(sides: Iterable[Node | None], limit: int = 60) -> list[str | None]:
    """Return base, ours and theirs on one line each; a shortened text starts where it differs from base, or ours."""
    b, o, t = (_flow(one) if one is not None else None for one in sides)
    starts = [_differs_at(o, b if b is not None else t, limit), _differs_at(t, b if b is not None else o, limit)]
    cuts = zip((b, o, t), (min(starts), *starts), strict=True)
    return [_cut(one, start, limit) if one is not None else None for one, start in cuts]


def _differs_at(text: str | None, other: str | None, limit: int) -> int:
    """Return the start of the shown part of a text: the first element that differs from another text."""
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
    """Return the scalars in a value as they are shown, those in maps with their keys, and their numbers."""
    found: Counter[str] = Counter()
    stack = [(node, "")] if node is not None else []
    while stack:
        one, key = stack.pop()
        below = [(item, "") for item in one.items] + [(item, f"{_flow(name)}: ") for name, item in one.pairs]
        stack += reversed(below)
        if not below:
            found[f"{key}{_flow(one)}"] += 1
    return found


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
