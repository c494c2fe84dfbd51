"""Text to nodes that know their place, and nodes to plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from ..errors import Invalid, Problem, invalid

Shape = Literal["scalar", "map", "list", "alias"]

MAX_DEPTH = 100
MAX_NODES = 400_000
_STANDARD = "tag:yaml.org,2002:"

# YAML 1.2.2, section 10.3.2, the core schema's tag resolution.
_CORE = (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z")),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    ("int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")),
    (
        "float",
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a document. ``line`` and ``column`` count from 1, ``start`` and ``end`` are offsets into the text.

    ``tag`` is the short name of a standard tag (``str``, ``int``, …) or the full text of another one. ``text`` is the
    value of a scalar or the name behind an alias. The end of a block scalar or block collection lies at the token that
    follows it.
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


@dataclass
class _Open:
    """A collection whose end has not been read yet."""

    event: Any
    children: list[Node] = field(default_factory=list)


def parse(text: str, path: str) -> tuple[Node, ...]:
    """Return the documents of ``text``; ``path`` names it in problems.

    Raises Invalid for anything that is not YAML, for duplicate keys (naming both lines), and for text that is deeper
    or larger than any configuration.
    """
    shift = 1 if text.startswith("\ufeff") else 0
    try:
        return tuple(_documents(text[shift:], path, shift))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise invalid(path, f"is not valid YAML: {message}", "mend the YAML", line=line, column=column) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        line, column = _unreadable(text)
        reason = getattr(error, "reason", "")
        hint = "write the file in UTF-8, without control characters"
        raise invalid(path, f"is not readable text ({reason})", hint, line=line, column=column) from None


def parse_one(text: str, path: str) -> Node:
    """Return the only document of ``text``; raise Invalid where there are more."""
    documents = parse(text, path)
    if len(documents) > 1:
        second = documents[1]
        raise invalid(path, "has more than one document", "keep one", line=second.line, column=second.column)
    return documents[0] if documents else Node("scalar", "null", "", 1, 1, 0, 0)


def plain(node: Node, path: str) -> Any:
    """Return plain data for a node of a file that we define the format of: no anchors, no foreign tags.

    Raises Invalid with every node that is neither.
    """
    problems: list[Problem] = []
    data = _plain(node, path, problems)
    if problems:
        raise Invalid(problems)
    return data


def comments(text: str) -> list[tuple[int, str]]:
    """Return line (from 1) and text of every comment, found between the tokens of ``text``, which must be YAML."""
    found: list[tuple[int, str]] = []
    end_line, end_column = 0, 0
    text = text.removeprefix("\ufeff")
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)  # as the scanner counts them
    for token in yaml.scan(text, Loader=yaml.CLoader):
        start, end = token.start_mark, token.end_mark
        if (end.line, end.column) == (start.line, start.column) and not isinstance(token, yaml.StreamEndToken):
            continue
        for number in range(end_line, min(start.line, len(lines) - 1) + 1):
            low = end_column if number == end_line else 0
            high = start.column if number == start.line else None
            match = re.search(
                r"(?:^|(?<=[\s,\[\]{}]))#.*", lines[number][low:high] if low == 0 else " " + lines[number][low:high]
            )
            if match:
                found.append((number + 1, match.group().rstrip()))
        end_line, end_column = end.line, end.column
        if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
            header = re.search(r"\s#.*", lines[start.line][start.column :])
            if header:
                found.append((start.line + 1, header.group().strip()))
            if end.column:  # the end mark of a block scalar is where the next token begins
                end_column = 0
            while end_line > start.line + 1 and _outside(lines[end_line - 1], lines, start.line):
                end_line -= 1
    return found


def _outside(line: str, lines: list[str], header: int) -> bool:
    """Tell whether a line that the scanner counts to a block scalar is a comment or blank line behind it."""
    body = next((one for one in lines[header + 1 :] if one.strip()), "")
    indent = len(body) - len(body.lstrip(" "))
    own = len(line) - len(line.lstrip(" "))
    return not line.strip() or (line.lstrip(" ").startswith("#") and own < indent)


def _documents(text: str, path: str, shift: int) -> Iterator[Node]:
    stack: list[_Open] = []
    problems: list[Problem] = []
    anchors: set[str] = set()
    count = 0
    for event in yaml.parse(text, Loader=yaml.CLoader):
        count += 1
        mark: Any = event.start_mark
        if count > MAX_NODES or len(stack) > MAX_DEPTH:
            what = "too large" if count > MAX_NODES else f"nested deeper than {MAX_DEPTH} levels"
            raise invalid(path, f"is {what}", "split it", line=mark.line + 1, column=mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            anchors.clear()
        elif isinstance(event, yaml.NodeEvent) and event.anchor and not isinstance(event, yaml.AliasEvent):
            anchors.add(event.anchor)
        if isinstance(event, yaml.DocumentStartEvent | yaml.CollectionStartEvent):
            stack.append(_Open(event))
            continue
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, shift)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                message = f"the alias *{event.anchor} has no anchor before it"
                raise invalid(path, message, "mend the YAML", line=mark.line + 1, column=mark.column + 1)
            node = _node("alias", "alias", event.anchor or "", event, event, shift)
        elif isinstance(event, yaml.CollectionEndEvent):
            node = _collection(stack.pop(), event, path, problems, shift)
        elif isinstance(event, yaml.DocumentEndEvent):
            yield stack.pop().children[0]
            continue
        else:
            continue
        stack[-1].children.append(node)
    if problems:
        raise Invalid(problems)


def _node(shape: Shape, tag: str, text: str, first: Any, last: Any, shift: int, **rest: Any) -> Node:
    mark = first.start_mark
    return Node(
        shape,
        tag,
        text,
        mark.line + 1,
        mark.column + 1,
        mark.index + shift,
        last.end_mark.index + shift,
        anchor=(first.anchor or "") if shape != "alias" else "",
        **rest,
    )


def _scalar(event: Any, shift: int) -> Node:
    if event.tag and event.tag != "!":
        tag = event.tag.removeprefix(_STANDARD)
    elif event.implicit[0]:
        tag = next((name for name, rule in _CORE if rule.match(event.value)), "str")
    else:
        tag = "str"
    return _node("scalar", tag, event.value, event, event, shift, style=event.style or "")


def _collection(opened: _Open, end: Any, path: str, problems: list[Problem], shift: int) -> Node:
    start, children = opened.event, opened.children
    style = "flow" if start.flow_style else "block"
    if isinstance(start, yaml.SequenceStartEvent):
        tag = (start.tag or "list").removeprefix(_STANDARD)
        return _node("list", tag, "", start, end, shift, style=style, items=tuple(children))
    pairs = tuple(zip(children[::2], children[1::2], strict=True))
    seen: dict[tuple[str, str], Node] = {}
    for key, _ in pairs:
        if key.shape != "scalar":
            continue
        first = seen.setdefault((key.tag, key.text), key)
        if first is not key:
            message = f"the key {key.text!r} is there twice, in line {first.line} and in line {key.line}"
            problems.append(Problem(path, key.line, key.column, message, "keep one of them"))
    tag = (start.tag or "map").removeprefix(_STANDARD)
    return _node("map", tag, "", start, end, shift, style=style, pairs=pairs)


def _plain(node: Node, path: str, problems: list[Problem]) -> Any:
    def wrong(message: str, hint: str) -> None:
        problems.append(Problem(path, node.line, node.column, message, hint))

    if node.anchor or node.shape == "alias":
        wrong("anchors and aliases are not used in this file", "write the value out")
        return None
    if node.shape == "list":
        return [_plain(item, path, problems) for item in node.items]
    if node.shape == "map":
        data: dict[str, Any] = {}
        for key, value in node.pairs:
            if key.shape != "scalar" or key.tag != "str":
                shown = key.text if key.shape == "scalar" else "this key"
                problems.append(
                    Problem(path, key.line, key.column, f"the key {shown} is not text", "write it in quotes")
                )
            else:
                data[key.text] = _plain(value, path, problems)
        return data
    if node.tag not in _VALUES:
        wrong(f"the tag {node.tag} is not used in this file", "remove the tag")
        return None
    try:
        return _VALUES[node.tag](node.text)
    except ValueError:
        wrong(f"{node.text[:40]!r} is no {node.tag}", "mend the value")
        return None


def _integer(text: str) -> int:
    if len(text) > 30:
        raise ValueError(text)
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)


def _float(text: str) -> float:
    lowered = text.lower() or "?"
    return float(lowered.replace(".inf", "inf").replace(".nan", "nan") if lowered[-1] in "fn" else lowered)


_VALUES: dict[str, Any] = {
    "str": str,
    "int": _integer,
    "float": _float,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _text: None,
}


def _unreadable(text: str) -> tuple[int, int]:
    """Return line and column of the first character that YAML does not allow."""
    bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = bad.start() if bad else 0
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
