"""Documents in texts: of files, and in the values of a kustomization."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ...errors import Invalid
from ...yaml import KUBERNETES, Node, expand, parse
from ...yaml.placed import placed_at
from .resources import Unbuildable

# Words that kustomize reads as text, and writes in quotes, where Kubernetes reads a truth value (YAML 1.1).
_WORD = re.compile(r"(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)\Z")

# Directives of Helm's templates: what a kustomization makes for a chart is not for the cluster yet.
_CHART = re.compile(r"\{\{-?[ \t]*(?:\.Values|\.Release|\.Chart|\$\.|include[ \t]|template[ \t]|tpl[ \t]|toYaml[ \t])")


def refuse_chart(text: str) -> None:
    """Raise Unbuildable for the text of a patch that is for a Helm chart."""
    if "{{" in text and _CHART.search(text):
        raise Unbuildable("unknown")


def with_quoted_words(documents: Iterable[Node]) -> list[Node]:
    """Return documents in which these words are text."""
    return [_with_quoted_words(one) for one in documents]


def _with_quoted_words(node: Node) -> Node:
    if node.shape == "scalar":
        is_word = (
            not node.style and node.tag == "str" and len(node.text) < 4 and not node.explicit and _WORD.match(node.text)
        )
        return replace(node, style='"') if is_word else node
    pairs = tuple((key, _with_quoted_words(value)) for key, value in node.pairs)
    items = tuple(_with_quoted_words(one) for one in node.items)
    same = all(new[1] is old[1] for new, old in zip(pairs, node.pairs, strict=True))
    same = same and all(new is old for new, old in zip(items, node.items, strict=True))
    return node if same else replace(node, pairs=pairs, items=items)


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
    refuse_chart(value.text)
    documents = with_quoted_words(one for one in documents_in(value.text, path) if one.tag != "null")
    if value.style != "|":
        return [_at(one, value, path) for one in documents]
    lines = text.split("\n")
    first = next((one for one in lines[value.line :] if one.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    written = value.text.split("\n")
    indent -= next((len(one) - len(one.lstrip(" ")) for one in written if one.strip()), 0)
    return [placed_at(one, path, value.line, indent) for one in documents]


def _at(node: Node, place: Node, path: str) -> Node:
    """Return a node, and what is below it, at one place."""
    moved = placed_at(node, path)
    stack = [moved]
    while stack:
        one = stack.pop()
        one.line, one.column = place.line, place.column  # the nodes are new, and nobody else has them yet
        stack += [x for pair in one.pairs for x in pair] if one.pairs else one.items
    return moved
