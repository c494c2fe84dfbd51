"""The one place that configures YAML parsers and emitters.

Documents are read from the events of PyYAML's C parser, which knows where everything stands, with the scalar rules of
the YAML 1.2 core schema (``on`` is a string, ``0123`` is not octal). Nothing is constructed but plain data.
"""

from .comments import comment_spans, comments
from .emit import block, dump, scalar
from .lookup import pair
from .parse import Document, Node, parse, parse_one, parse_stream, plain

__all__ = [
    "Document",
    "Node",
    "block",
    "comment_spans",
    "comments",
    "dump",
    "pair",
    "parse",
    "parse_one",
    "parse_stream",
    "plain",
    "scalar",
]
