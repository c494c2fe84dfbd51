"""Convert text of one document for another: indentation, block or flow style."""

from __future__ import annotations

import re

from ...yaml import Node
from ...yaml.emit import quoted
from .elements import YamlEntry
from .spantree import SpanTree

_FLOW_SAFE = re.compile(r"[^\n,\[\]{}#]*\Z")


def line_start(text: str, offset: int) -> int | None:
    """Return the start of an offset's line if only blanks precede it, else None."""
    at = offset
    while at and text[at - 1] in " \t":
        at -= 1
    return at if at == 0 or text[at - 1] == "\n" else None


def shift(text: str, by: int) -> str:
    """Return text with all lines but the first indented ``by`` spaces more (or less); blank ones are kept."""
    if not by or "\n" not in text:
        return text
    first, *rest = text.split("\n")
    if by > 0:
        space = " " * by
        return "\n".join([first, *(space + one if one.strip() else one for one in rest)])
    return "\n".join([first, *(one[min(-by, len(one) - len(one.lstrip(" "))) :] for one in rest)])


def entry_text(tree: SpanTree, entry: YamlEntry, column: int) -> str:
    """Return the lines of an entry for a block collection at ``column``."""
    if not entry.flow:
        return " " * column + shift(tree.text[entry.body : entry.end], column - entry.column)
    dash = "- " if entry.key is None else f"{_key(tree, entry.key)}:"
    value = tree.text[entry.value.start : entry.value.end]
    space = " " if value and entry.key is not None else ""
    return f"{' ' * column}{dash}{space}{shift(value, column)}\n"


def value_text(tree: SpanTree, node: Node, by: int) -> str:
    """Return the text of a scalar or flow node, all lines but the first indented ``by`` spaces more.

    A quoted text with line breaks is written on one line, with escapes.
    """
    text = tree.text[node.start : node.end]
    if node.style in {"'", '"'} and "\n" in node.text and "\n" in text and not _props(tree, node):
        return quoted(node.text)
    return shift(text, by)


def flow_entry_text(tree: SpanTree, entry: YamlEntry) -> str:
    """Return an entry for a flow collection."""
    value = flow_text(tree, entry.value)
    return value if entry.key is None else f"{_key(tree, entry.key)}: {value}".rstrip(" ")


def flow_text(tree: SpanTree, node: Node, *, without: Node | None = None) -> str:
    """Return a node on one line, as in a flow collection; ``without`` a value below it."""
    props = _props(tree, node)
    if node.shape == "map":
        pairs = (
            f"{_key(tree, key)}: {flow_text(tree, one, without=without)}"
            for key, one in node.pairs
            if one is not without
        )
        return props + "{" + ", ".join(pairs) + "}"
    if node.shape == "list":
        return (
            props
            + "["
            + ", ".join(flow_text(tree, one, without=without) for one in node.items if one is not without)
            + "]"
        )
    if node.shape == "alias":
        return f"*{node.text} "
    text = tree.text[node.start : node.end]
    if node.style in {"'", '"'} and "\n" not in text:
        return text
    if node.style in {"'", '"', "|", ">"} or (node.tag == "str" and not _FLOW_SAFE.match(text)):
        return props + quoted(node.text)
    return text if text else "null"


def body_indent(tree: SpanTree, node: Node) -> int | None:
    """Return the indentation of the lines of a block scalar; None if its header sets it, or it has no lines."""
    header, _, body = tree.text[node.start : node.end].partition("\n")
    if any(one.isdigit() for one in header.partition("#")[0]):
        return None
    return next((len(one) - len(one.lstrip(" ")) for one in body.split("\n") if one.strip(" ")), None)


def _key(tree: SpanTree, key: Node) -> str:
    text = tree.text[key.start : key.end]
    return f"{text} " if key.shape == "alias" else text if "\n" not in text else quoted(key.text)


def _props(tree: SpanTree, node: Node) -> str:
    found = re.match(r"(?:[&!][^\s,\[\]{}]*\s+)*", tree.text[node.start : node.end])
    return " ".join(found.group().split()) + " " if found and found.group() else ""


_PROPERTIES = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)?")


def properties(tree: SpanTree, node: Node) -> str:
    """Return the anchor and the tag of a collection as they are written, with a space before them, or ``""``."""
    found = _PROPERTIES.match(tree.text, node.start)
    return f" {found.group()}" if found else ""
