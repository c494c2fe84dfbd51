"""Edit the text of a spec, or of the config, in place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import schema
from .errors import invalid
from .spec import merge_values
from .yaml import Node, parse_one, plain, scalar


def edit_spec(text: str, path: str, changes: Mapping[tuple[str, ...], Any]) -> str:
    """Return ``text`` with scalars, or empty maps, set at key paths; lists where there is none.

    Every other byte, including comments, is unchanged.

    Raises Invalid if a value cannot be set without changing other text.
    """
    for where, value in changes.items():
        node = parse_one(text, path)
        before = plain(node, path)
        after = _set(text, node, where, _emitted(value))
        wanted = merge_values(before, _nested(where, value))
        if after is None or plain(parse_one(after, path), path) != wanted:
            line, column = schema.position(node, list(where))
            name = ".".join(where)
            raise invalid(path, f"{name} cannot be set here", f"set {name} by hand", line=line, column=column)
        text = after
    return text


def _emitted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value == {} or isinstance(value, list) else scalar(value)


def _set(text: str, node: Node, where: tuple[str, ...], emitted: str) -> str | None:
    """Set one scalar below the map ``node``; None if it has no simple place."""
    pair = node.pair(where[0])
    if pair is None:
        return _insert(text, node, where, emitted)
    value = pair[1]
    if len(where) > 1:
        return _set(text, value, where[1:], emitted) if value.shape == "map" else None
    if value.shape != "scalar" or value.style in {"|", ">"}:
        return None
    gap = " " if value.start == value.end and text[value.start - 1] == ":" else ""
    return text[: value.start] + gap + emitted + text[value.end :]


def _insert(text: str, node: Node, where: tuple[str, ...], emitted: str) -> str | None:
    """Add a key after the last one of the map ``node``."""
    if node.style == "flow" or not node.pairs:
        if len(where) > 1 or text[node.start : node.start + 1] != "{":
            return None
        rest = ", " if node.pairs else ""
        return f"{text[: node.start + 1]}{where[0]}: {emitted}{rest}{text[node.start + 1 :]}"
    column = node.pairs[0][0].column - 1
    lines = [f"{' ' * (column + 2 * depth)}{key}:" for depth, key in enumerate(where)]
    new = "\n".join(lines) + f" {emitted}\n"
    at = len(text[: _last(node).end].rstrip())
    newline = text.find("\n", at)
    if newline < 0:
        return f"{text}\n{new}"
    return text[: newline + 1] + new + text[newline + 1 :]


def _last(node: Node) -> Node:
    while node.pairs or node.items:
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


def _nested(where: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {where[0]: _nested(where[1:], value) if len(where) > 1 else value}
