"""Parse text to nodes with positions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from ..errors import Invalid, Problem, TooLarge, invalid
from .block_ends import block_end
from .json_escapes import end_of_json, json_string, without_surrogates

Shape = Literal["scalar", "map", "list", "alias"]

MAX_DEPTH = 100
MAX_NODES = 320_000
MAX_PROBLEMS = 1_000  # of one text
_STANDARD = "tag:yaml.org,2002:"

# YAML 1.2.2, section 10.3.2, the core schema's tag resolution.
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "bool"),
}
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_NUMERIC = frozenset("0123456789+-.")  # the first character of a number

_FEW = 8  # up to this number of pairs, a search is faster than building an index


class _Keys:
    """The keys of a map by their text, indexed on first use; not a field, so that small maps cost nothing."""

    __slots__ = ("_index",)
    _index: dict[str, tuple[Node, Node]]
    pairs: tuple[tuple[Node, Node], ...]

    def pair(self, name: str) -> tuple[Node, Node] | None:
        """Return the first key of a map with this text, and its value, or None.

        The cost does not grow with the map, since callers look up thousands of keys.
        """
        if len(self.pairs) <= _FEW:
            for pair in self.pairs:
                if pair[0].text == name and pair[0].shape == "scalar":
                    return pair
            return None
        try:
            index = self._index
        except AttributeError:
            index = self._index = {pair[0].text: pair for pair in reversed(self.pairs) if pair[0].shape == "scalar"}
        return index.get(name)


@dataclass(slots=True, eq=False)
class Node(_Keys):
    """One node of a document. ``line`` and ``column`` count from 1, ``start`` and ``end`` are offsets into the text.

    ``tag`` is the short name of a standard tag (``str``, ``int``, …) or the full text of another one. ``text`` is the
    value of a scalar or the name of an alias. ``start`` is the start of its anchor or tag, or else of the node;
    ``first`` is the first key or dash of a block collection; ``explicit`` is the tag that a scalar has in the text, in
    its short form, ``!`` for the one that means text; ``end`` is after its last character, without trailing
    comments, line breaks or blank lines. Nodes are not changed after creation; they are not frozen because that doubles
    the time of parsing.
    """

    shape: Shape
    tag: str
    text: str
    line: int
    column: int
    start: int
    end: int
    style: str = ""
    anchor: str = ""
    pairs: tuple[tuple[Node, Node], ...] = ()
    items: tuple[Node, ...] = ()
    first: int = 0
    explicit: str = ""


@dataclass(slots=True, eq=False)
class Document:
    """One document of a stream: from ``start``, its directives or ``---``, to ``end``, where ``...`` may be.

    ``content`` is the offset after the ``---``, or ``start`` without one.
    """

    root: Node
    start: int
    content: int
    end: int
    explicit: bool
    closed: bool


def parse(text: str, path: str, *, several_merges: bool = False, json: bool = False) -> tuple[Node, ...]:
    """Return the documents of ``text``; ``path`` names it in problems.

    ``several_merges`` lets a map have more than one merge key, which ``expand`` then judges. ``json`` reads escapes in
    text that is JSON as JSON has them.

    Raises Invalid for anything that is not YAML, for duplicate keys (naming both lines), and for text that is deeper
    or larger than any configuration.
    """
    return tuple(one.root for one in parse_stream(text, path, several_merges=several_merges, json=json))


def parse_stream(text: str, path: str, *, several_merges: bool = False, json: bool = False) -> list[Document]:
    """Return the documents of ``text`` with their start and end offsets; raises what ``parse`` raises."""
    shift = 1 if text.startswith("\ufeff") else 0
    try:
        return _NodeReader(text, path, shift, several_merges, end_of_json(text) if json else 0).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = _within(text, mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise invalid(path, f"is not valid YAML: {message}", "fix the YAML", line=line, column=column) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        line, column = _unreadable(text)
        reason = getattr(error, "reason", "")
        hint = "write the file in UTF-8, without control characters"
        raise invalid(path, f"is not readable text ({reason})", hint, line=line, column=column) from None


def parse_one(text: str, path: str, *, json: bool = False) -> Node:
    """Return the only document of ``text``; raise Invalid if there are more."""
    documents = parse(text, path, json=json)
    if len(documents) > 1:
        second = documents[1]
        raise invalid(path, "has more than one document", "keep one", line=second.line, column=second.column)
    return documents[0] if documents else Node("scalar", "null", "", 1, 1, 0, 0)


class _NodeReader:
    """Builds the nodes of one text."""

    def __init__(self, text: str, path: str, shift: int, several_merges: bool, json_end: int) -> None:
        self.text = text
        self.json_end = json_end
        self.path = path
        self.shift = shift
        self.several_merges = several_merges
        self.problems: list[Problem] = []
        self.anchors: set[str] = set()

    def read(self) -> list[Document]:  # noqa: C901 - one branch for each event
        """Return the documents. The most frequent events are checked first: this loop takes most of a merge's time."""
        out: list[Document] = []
        opened: list[tuple[Any, list[Node]]] = []
        children: list[Node] = []
        count = 0
        text = without_surrogates(self.text, self.json_end) if self.json_end else self.text
        next_event: Callable[[], Any] = yaml.CLoader(text[self.shift :]).get_event
        scalar = self.json_scalar if self.json_end else self.scalar
        while True:
            event = next_event()
            sort = type(event)
            count += 1
            if count > MAX_NODES:  # before they fill memory
                self.refuse(count, event.start_mark)
            if sort is yaml.ScalarEvent:
                children.append(scalar(event))
            elif sort is yaml.MappingStartEvent or sort is yaml.SequenceStartEvent:
                if event.anchor:
                    self.anchors.add(event.anchor)
                opened.append((event, children))
                children = []
                if len(opened) > MAX_DEPTH:
                    self.refuse(count, event.start_mark)
            elif sort is yaml.MappingEndEvent or sort is yaml.SequenceEndEvent:
                start, above = opened.pop()
                above.append(self.collection(start, children, event))
                children = above
            elif sort is yaml.AliasEvent:
                children.append(self.alias(event))
            elif sort is yaml.DocumentStartEvent:
                self.anchors.clear()
                opened.append((event, children))
                children = []
            elif sort is yaml.DocumentEndEvent:
                start, above = opened.pop()
                out.append(self.document(start, children[0], event))
                children = above
            elif sort is yaml.StreamEndEvent:
                break
        if self.problems:
            raise Invalid(self.problems)
        return out

    def refuse(self, count: int, mark: Any) -> None:
        what = "too large" if count > MAX_NODES else f"nested deeper than {MAX_DEPTH} levels"
        raise TooLarge(Problem(self.path, mark.line + 1, mark.column + 1, f"is {what}", "split it"))

    def alias(self, event: Any) -> Node:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            message = f"the alias *{event.anchor} has no anchor before it"
            raise invalid(self.path, message, "fix the YAML", line=mark.line + 1, column=mark.column + 1)
        start, end = mark.index + self.shift, event.end_mark.index + self.shift
        return Node("alias", "alias", event.anchor, mark.line + 1, mark.column + 1, start, end)

    def document(self, start: Any, root: Node, end: Any) -> Document:
        first, content = start.start_mark.index, start.end_mark.index
        return Document(
            root,
            first + self.shift,
            (content if start.explicit else first) + self.shift,
            end.start_mark.index + self.shift,
            bool(start.explicit),
            bool(end.explicit),
        )

    def scalar(self, event: Any) -> Node:
        text, style, mark, anchor = event.value, event.style or "", event.start_mark, event.anchor or ""
        if anchor:
            self.anchors.add(anchor)
        tag = "str"
        explicit = event.tag.removeprefix(_STANDARD) if event.tag else ""
        if explicit and explicit != "!":
            tag = explicit
        elif event.implicit[0]:
            tag = _WORDS.get(text) or ("str" if text[0] not in _NUMERIC else _number(text))
        start, end = mark.index + self.shift, event.end_mark.index + self.shift
        if style == "|" or style == ">":  # noqa: PLR1714 - faster
            end = block_end(self.text, start, end)
        line, column = mark.line + 1, mark.column + 1
        if explicit:
            return Node("scalar", tag, text, line, column, start, end, style, anchor, explicit=explicit)
        return Node("scalar", tag, text, line, column, start, end, style, anchor)

    def json_scalar(self, event: Any) -> Node:
        node = self.scalar(event)
        if node.start < self.json_end and "\ufffd" in node.text:
            node.text = json_string(self.text[node.start : node.end])
        return node

    def collection(self, opened: Any, children: list[Node], end: Any) -> Node:
        mark, shift, anchor = opened.start_mark, self.shift, opened.anchor or ""
        start, first = mark.index + shift, opened.end_mark.index + shift
        style = "flow" if opened.flow_style else "block"
        behind = end.end_mark.index + shift if opened.flow_style or not children else children[-1].end
        place = mark.line + 1, mark.column + 1, start, behind, style, anchor
        if type(opened) is yaml.SequenceStartEvent:
            tag = (opened.tag or "list").removeprefix(_STANDARD)
            if style == "block" and self.text[first : first + 1] != "-":  # a list at its key's indentation
                first -= 1
            return Node("list", tag, "", *place, (), tuple(children), first)
        tag = (opened.tag or "map").removeprefix(_STANDARD)
        pairs = tuple(zip(children[::2], children[1::2], strict=True))
        if len({key.text for key, _ in pairs}) < len(pairs):
            self.check_keys(pairs)
        return Node("map", tag, "", *place, pairs, (), first)

    def check_keys(self, pairs: tuple[tuple[Node, Node], ...]) -> None:
        seen: dict[tuple[str, str], Node] = {}
        for key, _ in pairs:
            if key.shape != "scalar" or (self.several_merges and key.text == "<<" and not key.style):
                continue
            first = seen.setdefault((key.tag, key.text), key)
            if first is not key and len(self.problems) < MAX_PROBLEMS:
                message = f"the key {key.text!r} is duplicated, in line {first.line} and in line {key.line}"
                self.problems.append(
                    Problem(self.path, key.line, key.column, message, "keep one of them", code="duplicate-key")
                )


def _within(text: str, line: int, column: int) -> tuple[int, int]:
    """Return a place in a text: libyaml puts the end of a text without a final line break into a line after it."""
    lines = _BREAK.split(text)
    return (line, column) if line <= len(lines) else (len(lines), len(lines[-1]) + 1)


_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # of YAML 1.1, which libyaml reads


def _number(text: str) -> str:
    return "int" if _INT.match(text) else "float" if _FLOAT.match(text) else "str"


def _unreadable(text: str) -> tuple[int, int]:
    """Return line and column of the first character that YAML does not allow."""
    bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = bad.start() if bad else 0
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
