"""Looks up a key of a map: in a large one by an index, since there may be a finding for each of its keys."""

from __future__ import annotations

from functools import lru_cache

from .parse import Node

_FEW = 16  # pairs that are sooner looked through than indexed


def pair(node: Node, key: str) -> tuple[Node, Node] | None:
    """Return key and value of the first pair whose key is a scalar with this text, or None."""
    if len(node.pairs) > _FEW:
        return _index(node).get(key)
    return next((one for one in node.pairs if one[0].text == key and one[0].shape == "scalar"), None)


@lru_cache(maxsize=8)  # by identity; each holds its document
def _index(node: Node) -> dict[str, tuple[Node, Node]]:
    return {one[0].text: one for one in reversed(node.pairs) if one[0].shape == "scalar"}
