"""Read and write YAML. The only package that uses YAML parsers and emitters.

Documents are read from the events of PyYAML's C parser, which have positions, with the scalar rules of the YAML 1.2
core schema (``on`` is a string, ``0123`` is not octal). Only plain data is constructed.
"""

from .comments import comment_spans, comments
from .data import plain
from .dialect import Dialect
from .emit import block, dump, scalar
from .expand import expand
from .look import data_of, each_at, get, is_text, items_at, key_of, pairs_at, text_at, typed, walk_nodes
from .merged_pairs import ANY, GO_MAPS, KUBERNETES, OWN_KEYS_WIN, Reader, StructFields, is_merge_key
from .parse import Document, Node, parse, parse_one, parse_stream

__all__ = [
    "ANY",
    "GO_MAPS",
    "KUBERNETES",
    "OWN_KEYS_WIN",
    "Dialect",
    "Document",
    "Node",
    "Reader",
    "StructFields",
    "block",
    "comment_spans",
    "comments",
    "data_of",
    "dump",
    "each_at",
    "expand",
    "get",
    "is_merge_key",
    "is_text",
    "items_at",
    "key_of",
    "pairs_at",
    "parse",
    "parse_one",
    "parse_stream",
    "plain",
    "scalar",
    "text_at",
    "typed",
    "walk_nodes",
]
