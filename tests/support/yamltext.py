"""An independent reading of YAML text for oracles: nodes with exact spans, meaning, comments, and plain dumps.

Nothing of the package is used here, so that what is expected never comes from the code under test. Spans are taken from
the events of PyYAML's C parser; the end of a node is the end of its last character, without what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

BOM = "\ufeff"
_STANDARD = "tag:yaml.org,2002:"
# YAML 1.2.2, section 10.3.2, the core schema.
_CORE = {
    "null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    "bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    "int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    "float": re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
}


class UnusableError(ValueError):
    """A text that is no YAML, has a key twice, or cannot be dumped plainly."""


@dataclass(slots=True, eq=False)
class Node:
    """A node of a document; ``start`` and ``end`` are offsets into the text without its byte order mark."""

    sort: Literal["map", "list", "scalar", "alias"]
    start: int
    end: int
    text: str = ""
    tag: str = ""
    style: str = ""
    anchor: str = ""
    flow: bool = False
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether a collection has nothing in it."""
        return not self.pairs and not self.items

    @property
    def plainly(self) -> bool:
        """Whether the node has neither anchor nor tag of its own."""
        return not self.anchor and not self.tag


def read(text: str) -> list[Node]:
    """Return the documents of a text without a byte order mark. Raises UnusableError."""
    try:
        return list(_documents(text))
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        raise UnusableError(str(error)) from None


def _documents(text: str) -> Iterator[Node]:
    open_: list[Node] = []
    for event in yaml.parse(text, Loader=yaml.CLoader):
        node = _opened(event, text)
        if node is None:
            if not isinstance(event, yaml.CollectionEndEvent):
                continue
            node = open_.pop()
            parts = [part for pair in node.pairs for part in pair] or node.items
            node.end = event.end_mark.index if node.flow or not parts else max(part.end for part in parts)
        elif node.sort in {"map", "list"}:
            open_.append(node)
            continue
        if not open_:
            yield node
        elif open_[-1].sort == "list":
            open_[-1].items.append(node)
        else:
            _put(open_[-1], node)


def _put(owner: Node, node: Node) -> None:
    """Put a node into a map: a key, which waits beside itself for its value, or that value."""
    if owner.pairs and owner.pairs[-1][0] is owner.pairs[-1][1]:
        owner.pairs[-1] = (owner.pairs[-1][0], node)
    else:
        owner.pairs.append((node, node))


def _opened(event: Any, text: str) -> Node | None:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.AliasEvent):
        return Node("alias", start, end, event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        if style in {"|", ">"}:
            end = start + len(text[start:end].rstrip(" \t\r\n"))
        tag = "" if event.implicit[0] or event.implicit[1] else str(event.tag)
        return Node("scalar", start, end, event.value, tag, style, event.anchor or "")
    if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        sort: Literal["map", "list"] = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
        tag = "" if event.implicit else str(event.tag)
        return Node(sort, start, end, "", tag, "", event.anchor or "", bool(event.flow_style))
    return None


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    for part in [part for pair in node.pairs for part in pair] or node.items:
        yield from walk(part)


# --- Meaning ----------------------------------------------------------------------------------------------------------


def leaf(text: str, style: str = "", tag: str = "") -> tuple[str, Any]:
    """Return type and value of a scalar under YAML 1.2."""
    if tag:
        return (tag.removeprefix(_STANDARD), text)
    if style:
        return ("str", text)
    name = next((name for name, pattern in _CORE.items() if pattern.match(text)), "str")
    if name == "int":
        return (name, int(text, 0) if text[:2] in {"0x", "0o"} else int(text))
    if name == "float":
        return (name, repr(float(re.sub(r"(?i)\.(inf|nan)", r"\1", text))))
    return (name, {"null": None, "bool": text.lower() == "true"}.get(name, text))


def meaning(node: Node) -> Any:
    """Return what a node means, with the order of keys, anchors and aliases. Raises UnusableError for a key twice."""
    value: Any
    if node.sort == "alias":
        return ("alias", node.text)
    if node.sort == "scalar":
        value = ("scalar", *leaf(node.text, node.style, node.tag))
    elif node.sort == "list":
        value = ("list", node.tag, tuple(meaning(one) for one in node.items))
    else:
        pairs = tuple((meaning(key), meaning(one)) for key, one in node.pairs)
        if len({key for key, _ in pairs}) != len(pairs):
            raise UnusableError("a key is duplicated")
        value = ("map", node.tag, pairs)
    return ("anchor", node.anchor, value) if node.anchor else value


def meanings(text: str) -> tuple[Any, ...]:
    """Return what the documents of a text mean. Raises UnusableError."""
    return tuple(meaning(one) for one in read(text.removeprefix(BOM)))


# --- Comments, markers, lines -----------------------------------------------------------------------------------------


def comments(text: str) -> list[tuple[int, str]]:
    """Return offset and text of every comment, outside of scalars, in a text without a byte order mark."""
    spans: list[tuple[int, int]] = []
    for token in yaml.scan(text, Loader=yaml.CLoader):
        start, end = token.start_mark.index, token.end_mark.index
        if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
            header = re.compile(r"[|>][-+0-9]*").match(text, start)
            assert header
            line_end = text.find("\n", start)
            spans += [(start, header.end()), (line_end if line_end >= 0 else len(text), end)]
        elif isinstance(token, yaml.ScalarToken | yaml.TagToken | yaml.AnchorToken | yaml.AliasToken):
            spans.append((start, end))
    found: list[tuple[int, str]] = []
    at = 0
    for start, end in [*sorted(spans), (len(text), len(text))]:
        if start > at:
            for match in re.finditer(r"(?m)(?:^|(?<=[\s\[\]{},]))#[^\r\n]*", text[at:start]):
                if match.start() or at == 0 or text[at - 1] in " \t\r\n[]{},":
                    found.append((at + match.start(), match.group().rstrip()))
        at = max(at, end)
    return found


def marks(text: str) -> list[str]:
    """Return the document markers and directives of a text, in order."""
    wanted = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken)
    tokens = (one for one in yaml.scan(text, Loader=yaml.CLoader) if isinstance(one, wanted))
    return [text[one.start_mark.index : one.end_mark.index].strip() for one in tokens]


def line_start(text: str, at: int) -> int:
    """Return the offset of the first character of the line at an offset."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return the offset behind the line break of the line at an offset."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def column(text: str, at: int) -> int:
    """Return how many characters stand before an offset on its line."""
    return at - line_start(text, at)


# --- Plain dumps ------------------------------------------------------------------------------------------------------


def made(value: Any) -> Node:
    """Return a node for plain data, written so that YAML 1.1 and 1.2 read it alike."""
    if isinstance(value, dict):
        return Node("map", 0, 0, pairs=[(made(key), made(one)) for key, one in value.items()])
    if isinstance(value, list):
        return Node("list", 0, 0, items=[made(one) for one in value])
    if isinstance(value, str):
        safe = leaf(value) == ("str", value) and yaml.safe_load(f"- {_quick(value)}\n") == [value]
        return Node("scalar", 0, 0, value, style="" if safe else "'")
    if value is None or isinstance(value, bool):
        return Node("scalar", 0, 0, "null" if value is None else str(value).lower())
    return Node("scalar", 0, 0, str(value))


def _quick(value: str) -> str:
    """Return text as it stands where that is plain, and something that is not the text where it is not."""
    return value if re.fullmatch(r"[A-Za-z0-9_./+-]+(?: [A-Za-z0-9_./+-]+)*", value) else "null"


def dump(documents: list[Node]) -> str:
    """Return documents as a plain generator writes them: block style, no comments. Raises UnusableError."""
    events: list[Any] = [yaml.StreamStartEvent()]
    for number, document in enumerate(documents):
        events.append(yaml.DocumentStartEvent(explicit=number > 0))
        events.extend(_events(document))
        events.append(yaml.DocumentEndEvent(explicit=False))
    events.append(yaml.StreamEndEvent())
    try:
        text: str = yaml.emit(events, Dumper=yaml.CDumper, width=1 << 20, allow_unicode=True)
    except (yaml.YAMLError, UnicodeError) as error:
        raise UnusableError(str(error)) from None
    text = text.removesuffix("...\n") if text.endswith("\n...\n") else text
    if tuple(map(meaning, documents)) != meanings(text):
        raise UnusableError("a plain dump means something else")
    return text


def _events(node: Node) -> Iterator[Any]:
    anchor, tag = node.anchor or None, node.tag or None
    if node.sort == "alias":
        yield yaml.AliasEvent(node.text)
    elif node.sort == "scalar":
        plain = not node.style
        text = node.text or ("null" if plain and not node.tag else "")
        implicit = (False, False) if tag else (plain, not plain)
        style = None if plain or tag else '"' if "\n" in text else "'"
        yield yaml.ScalarEvent(anchor, tag, implicit, text, style=style)
    elif node.sort == "list":
        yield yaml.SequenceStartEvent(anchor, tag, tag is None, flow_style=False)
        for one in node.items:
            yield from _events(one)
        yield yaml.SequenceEndEvent()
    else:
        yield yaml.MappingStartEvent(anchor, tag, tag is None, flow_style=False)
        for key, one in node.pairs:
            yield from _events(key)
            yield from _events(one)
        yield yaml.MappingEndEvent()
