"""Where things stand in a document: the path at a line, and what a comment stands between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ..yaml import Node, comments
from .values import field_name

Where = tuple[str, ...]
_NAMES = ("name", "id", "mountPath", "key")


def field_at(nodes: Sequence[Node], line: int) -> str:
    """Return the path of the last key or item that begins at or above a line."""
    paths = _paths(nodes)
    at = bisect_right([one for one, _ in paths], line)
    return field_name(paths[at - 1][1]) if at else ""


def comments_stay(base: str, ours: str, nodes: Sequence[Node], merged: str, merged_nodes: Sequence[Node]) -> bool:
    """Tell whether every comment that ours has and base has not is behind or before the same thing as it was."""
    known = {text for _, text in comments(base)}
    mine = [(line, text) for line, text in comments(ours) if text not in known]
    if not mine:
        return True
    there: dict[str, set[tuple[str, Where]]] = {}
    for text, sides in _between(comments(merged), merged_nodes, merged):
        there.setdefault(text, set()).update(sides)
    return all(sides & there.get(text, set()) for text, sides in _between(mine, nodes, ours))


def _between(
    found: Sequence[tuple[int, str]], nodes: Sequence[Node], document: str
) -> list[tuple[str, set[tuple[str, Where]]]]:
    """Return for each comment the paths that begin last at or above its line, and first below it.

    One that is indented deeper than what follows belongs to what it follows alone, as one beside a value does.
    """
    paths = _paths(nodes)
    rows = document.split("\n")
    lines = [line for line, _ in paths]
    out = []
    for line, text in found:
        at = bisect_right(lines, line)
        above = ("above", paths[at - 1][1] if at else ())
        below = ("below", paths[at][1] if at < len(paths) else ())
        indents = (
            [len(row) - len(row.lstrip(" ")) for row in (rows[line - 1], rows[paths[at][0] - 1])]
            if at < len(paths)
            else [1, 0]
        )
        beside = not rows[line - 1].lstrip().startswith("#")
        out.append((text, {above} if at and (beside or indents[0] > indents[1]) else {above, below}))
    return out


def _paths(nodes: Sequence[Node]) -> list[tuple[int, Where]]:
    """Return line and path of every key and item, in order; of what begins in one line, the innermost."""
    found: dict[int, Where] = {}
    stack: list[tuple[Node, Where]] = [(node, ()) for node in nodes]
    while stack:
        node, where = stack.pop()
        below = [(key.line, value, (*where, key.text)) for key, value in node.pairs]
        below += [(one.line, one, (*where, _item(one, number))) for number, one in enumerate(node.items)]
        for line, value, path in below:
            if len(path) > len(found.get(line, ())):
                found[line] = path
            stack.append((value, path))
    return sorted(found.items())


def _item(node: Node, number: int) -> str:
    """Return what an item is called in a path: its name where it has one, else its text or number."""
    names = {key.text: value.text for key, value in node.pairs if value.shape == "scalar"}
    name = next((f"{one}={names[one]}" for one in _NAMES if one in names), "")
    return f"[{name or node.text or number}]"
