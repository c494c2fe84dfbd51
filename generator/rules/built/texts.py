"""Documents in texts: of files, and in the values of a kustomization."""

from __future__ import annotations

from ...errors import Invalid
from ...yaml import KUBERNETES, Node, expand, parse
from ...yaml.placed import placed
from .resources import Unbuildable


def documents_in(text: str, path: str) -> tuple[Node, ...]:
    """Return the documents of a text. Raises Unbuildable if it is not YAML, or a template of it."""
    try:
        return expand(parse(text, path, several_merges=True, json=text.lstrip().startswith("{")), path, KUBERNETES)
    except Invalid:
        raise Unbuildable("unknown") from None


def inner_documents(value: Node, text: str, path: str) -> list[Node]:
    """Return the documents in a value of a file with this text, with places in that file.

    Those of a block are where they are; of other scalars each node has the place of the value.
    """
    documents = [one for one in documents_in(value.text, path) if one.tag != "null"]
    if value.style != "|":
        return [_at(one, value, path) for one in documents]
    lines = text.split("\n")
    first = next((one for one in lines[value.line :] if one.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    written = value.text.split("\n")
    indent -= next((len(one) - len(one.lstrip(" ")) for one in written if one.strip()), 0)
    return [placed(one, path, value.line, indent) for one in documents]


def _at(node: Node, place: Node, path: str) -> Node:
    """Return a node, and what is below it, at one place."""
    moved = placed(node, path)
    stack = [moved]
    while stack:
        one = stack.pop()
        one.line, one.column = place.line, place.column  # the nodes are new, and nobody else has them yet
        stack += [x for pair in one.pairs for x in pair] if one.pairs else one.items
    return moved
