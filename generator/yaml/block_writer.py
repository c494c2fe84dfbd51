"""Write new data as a block YAML document with ruamel.yaml: specs, config, Helm values.

ruamel.yaml does the layout; ``emit`` chooses the style of each scalar, which YAML 1.1, YAML 1.2 and Go's parsers read
alike. Nothing is folded, sorted, or written as an anchor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml.dumper import SafeDumper
from ruamel.yaml.error import CommentMark
from ruamel.yaml.events import ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import CommentToken

from .emit import Style, plain_scalar, quoted, style

MAX_DEPTH = 50
_MAX_KEY = 1000  # of the 1024 characters within which a parser expects the colon after a key
_TAG = "tag:yaml.org,2002:"
_TAGS = {bool: "bool", int: "int", float: "float", type(None): "null"}

Path = tuple[Any, ...]
Comments = Mapping[Path, list[str]]
StyleOf = Callable[[str], Style]


class PlainText(str):
    """A scalar to write plain, as it is, whatever type it is read as."""

    __slots__ = ()


def write_block(value: Any, comments: Comments | None = None, style_of: StyleOf = style) -> str:
    """Return a map or list as block YAML, with the lines of ``comments`` above the keys and items at their paths.

    ``style_of`` returns the style of each text value; keys take one line. Raises TypeError for a type that YAML does
    not have, and for data nested too deeply.
    """
    out = StringIO()
    dumper = _Dumper(out, width=sys.maxsize)
    dumper.open()
    dumper.serialize(_Nodes(comments or {}, style_of, dumper).of(value, (), 0))
    dumper.close()
    return out.getvalue()


class _Dumper(SafeDumper):
    """ruamel.yaml's dumper, with lists indented below their key and text quoted as in ``emit``."""

    def increase_indent(self, flow: bool = False, sequence: bool | None = None, indentless: bool = False) -> None:
        super().increase_indent(flow, sequence)

    def check_simple_key(self) -> bool:
        return isinstance(self.event, ScalarEvent) and len(quoted(self.event.value)) < _MAX_KEY

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        self.write_indicator(quoted(text), True)


class _Nodes:
    """Converts data to ruamel.yaml's nodes."""

    def __init__(self, comments: Comments, style_of: StyleOf, dumper: SafeDumper) -> None:
        self.comments = comments
        self.style_of = style_of
        self.dumper = dumper

    def of(self, value: Any, path: Path, column: int) -> Node:
        """Return the node of a value whose lines begin at a column."""
        if len(path) > MAX_DEPTH:
            raise TypeError("nested too deep")
        if isinstance(value, Mapping):
            pairs = [self._pair(key, one, (*path, key), column) for key, one in value.items()]
            return MappingNode(f"{_TAG}map", pairs, flow_style=not pairs)
        if isinstance(value, list):
            items = [self._item(one, (*path, number), column) for number, one in enumerate(value)]
            return SequenceNode(f"{_TAG}seq", items, flow_style=not items)
        if isinstance(value, PlainText):
            return ScalarNode(self.dumper.resolver.resolve(ScalarNode, value, (True, False)), value)
        return _scalar(value, self.style_of)

    def _pair(self, key: Any, value: Any, path: Path, column: int) -> tuple[Node, Node]:
        written = _scalar(key, style)
        written.comment = _comment(self.comments.get(path, ()), column)
        return written, self.of(value, path, column + 2)

    def _item(self, value: Any, path: Path, column: int) -> Node:
        made = self.of(value, path, column + 2)
        lines = list(self.comments.get(path, ()))
        if isinstance(made, MappingNode) and made.value and (first := made.value[0][0]).comment:
            # Its first key follows the dash, so no comment can be above it.
            lines += self.comments[*path, next(iter(value))]
            first.comment = None
        made.comment = _comment(lines, column)
        return made


def _scalar(value: Any, style_of: StyleOf) -> Node:
    if isinstance(value, str):
        return ScalarNode(f"{_TAG}str", value, style=style_of(value) or None)
    text = plain_scalar(value)
    return ScalarNode(f"{_TAG}{_TAGS[type(value)]}", text)


def _comment(lines: Any, column: int) -> list[Any] | None:
    """Return comment lines in ruamel.yaml's form for comments above a node, or None for no lines."""
    tokens = [CommentToken(f"{line}\n", CommentMark(column)) for line in lines]
    return [None, tokens] if tokens else None
