"""Find edits of generated files at YAML paths that the config locks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import yaml
from .errors import Invalid, invalid
from .merge import differs
from .plan import Change

MAX_LOCKED = 2_000_000  # nodes of a file that all locked paths together may visit


def tampered(change: Change, locked: Iterable[str]) -> tuple[str, ...]:
    """Return the locked YAML paths that an edit of a generated file changed.

    A file without a lock entry is compared with the generated text. Raises Invalid, at the file's path in its unit,
    if the file cannot be parsed, or if paths with ``*`` match too many nodes of a large file.
    """
    generated = change.theirs if change.base is None else change.base
    if generated is None or change.ours is None or not differs(generated, change.ours):
        return ()
    from .yaml import expand  # noqa: PLC0415 - only where paths are locked

    try:
        before = expand(yaml.parse(generated, change.path), change.path)
    except Invalid:
        return ()  # not YAML, so it has no YAML paths
    after = expand(yaml.parse(change.ours, change.path), change.path)
    left = MAX_LOCKED
    found = []
    for one in dict.fromkeys(locked):
        sides = []
        for nodes in (before, after):
            reached = _at(nodes, one.split("."), left)
            if reached is None:
                message = "is too large to check against all locked paths in .scaffold/config.yaml"
                raise invalid(change.path, message, "lock fewer paths with *, or split the file")
            left -= reached[1]
            sides.append(reached[0])
        found += [one] if sides[0] != sides[1] else []
    return tuple(found)


def _at(nodes: Iterable[yaml.Node], parts: list[str], most: int) -> tuple[list[Any], int] | None:
    """Return the places and values at a path below each of ``nodes``, and the number of nodes visited; None if more
    than ``most``.

    ``*`` matches any key or item; the place of an item is its name, or else its index.
    """
    from .yaml.meaning import value_of  # noqa: PLC0415 - only where paths are locked

    found: list[tuple[tuple[str, ...], yaml.Node]] = [((str(number),), one) for number, one in enumerate(nodes)]
    looked = len(found)
    for part in parts:
        found = [((*place, name), child) for place, node in found for name, child in _below(node, part)]
        looked += len(found)
        if looked > most:
            return None
    return [(place, value_of(node)) for place, node in found], looked


def _below(node: yaml.Node, part: str) -> Iterable[tuple[str, yaml.Node]]:
    """Return the values of a node that one part of a path matches, each with its place; list items by index."""
    if part == "*":
        return [
            *((key.text, value) for key, value in node.pairs),
            *((_name_of(one) or str(number), one) for number, one in enumerate(node.items)),
        ]
    where: str | int = part
    if node.shape == "list" and part.isascii() and part.isdecimal() and part == str(int(part)):
        where = int(part)
    child = yaml.get(node, where)
    return () if child is None else ((part, child),)


def _name_of(item: yaml.Node) -> str:
    name = yaml.get(item, "name")
    return f"name {name.text}" if name is not None and name.shape == "scalar" else ""
