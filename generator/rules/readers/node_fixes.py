"""Fixes for nodes of YAML. Pure."""

from __future__ import annotations

from ...fix import Fix, quoting
from ...yaml import Node


def in_quotes_fix(node: Node) -> Fix | None:
    """Return the fix that makes text of a plain scalar that is read as a number or boolean, as yes is by Kubernetes.

    None for a value that is null, and for one that is not plain or has an anchor or tag.
    """
    is_plain = node.shape == "scalar" and not node.style and node.tag != "null"
    if not is_plain or node.end - node.start != len(node.text):  # an anchor, a tag, or several lines
        return None
    return quoting(node.start, node.text)


def key_fix(node: Node, name: str) -> Fix | None:
    """Return the fix that renames a plain or quoted key on one line, None for any other."""
    quote = node.style if node.style in {'"', "'"} else ""
    if node.shape != "scalar" or (node.style and not quote) or not (name.isascii() and name.isprintable()):
        return None
    if node.end - node.start != len(node.text) + 2 * len(quote):
        return None
    return Fix(node.start + len(quote), node.text, name)


def without_blanks_fix(node: Node) -> Fix | None:
    """Return the fix that removes the blanks around a quoted text on one line, None for any other."""
    if node.style not in {'"', "'"} or node.end - node.start != len(node.text) + 2 or not node.text.strip(" "):
        return None
    return Fix(node.start + 1, node.text, node.text.strip(" "))
