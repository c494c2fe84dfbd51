"""Write generated text as a part of a file: below a path of an object, or as a literal block."""

from __future__ import annotations

import base64
import re
from typing import Any

from ....yaml import Node, get, pairs_at, parse
from ....yaml.block_writer import PlainText, write_block
from .place import ConfigPlace

_MARK = "PLACE-OF-THE-VALUES"
# What identifies a source of an Application among others.
_SOURCE = ("repoURL", "chart", "targetRevision", "path", "ref", "name")


def wrapped(text: str, place: ConfigPlace) -> str:
    """Return values as a part of the object that has them, which has nothing else but what identifies it."""
    if place.root is None or place.part is None:
        return text
    whole: dict[str, Any] = {
        **_scalars(place.root, ("apiVersion", "kind")),
        "metadata": _scalars(get(place.root, "metadata"), ("name", "namespace")),
    }
    inner: Any = PlainText(_MARK)
    for depth in range(len(place.part.where) - 1, -1, -1):
        key = place.part.where[depth]
        if isinstance(key, int):
            item = _scalars(get(place.root, *place.part.where[: depth + 1]), _SOURCE)
            inner = [{**item, **inner}]
        else:
            inner = {key: inner}
    written = write_block({**whole, **inner})
    before, _, after = written.partition(_MARK)
    indent = " " * (len(re.split(r"\n", before)[-1]) - len(re.split(r"\n", before)[-1].lstrip(" -")) + 2)
    lines = "".join(f"{indent}{line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))
    return f"{before.rstrip(' ')}\n{lines}{after.removeprefix(chr(10))}"


def _scalars(node: Node | None, keys: tuple[str, ...]) -> dict[str, Any]:
    found = {key.text: one for key, one in pairs_at(node) if one.shape == "scalar"} if node is not None else {}
    return {key: found[key].text for key in keys if key in found}


def block_of(text: str, *where: str | int) -> str:
    """Return the text of a scalar in the first document of a generated file."""
    found = get(parse(text, "")[0], *where)
    return found.text if found is not None else ""


def with_block(text: str, node: Node, new: str) -> str:
    """Return a file with another text in a literal block; lines at both ends that are equal stay as they are."""
    raw = text.split("\n")
    inner = node.text.rstrip("\n").split("\n") if node.text.strip("\n") else []
    first = node.line  # the line after the header
    header = raw[first - 1]
    indent = _indent(raw[first : first + len(inner)], inner) or f"{header[: len(header) - len(header.lstrip())]}  "
    end = "\r" if header.endswith("\r") else ""
    lines = new.rstrip("\n").split("\n")
    fresh = [f"{indent}{line}{end}" if line else end for line in lines]
    same = _common(inner, lines)
    tail = _common(inner[same:][::-1], lines[same:][::-1])
    kept = raw[first : first + len(inner)]
    fresh = [*kept[:same], *fresh[same : len(lines) - tail], *kept[len(inner) - tail :]]
    return "\n".join([*raw[:first], *fresh, *raw[first + len(inner) :]])


def with_encoded(text: str, node: Node, new: str) -> str:
    """Return a file with another text as the base64 in a scalar: on one line, or in a block with lines as long."""
    encoded = base64.b64encode(new.encode()).decode("ascii")
    if node.style == "|":
        width = len(node.text.split("\n", 1)[0]) or len(encoded)
        lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
        return with_block(text, node, "\n".join(lines))
    quote = 1 if node.style else 0
    return f"{text[: node.start + quote]}{encoded}{text[node.end - quote :]}"


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _indent(raw: list[str], inner: list[str]) -> str:
    for line, text in zip(raw, inner, strict=False):
        if text.strip():
            plain = line.removesuffix("\r")
            return plain[: len(plain) - len(text)]
    return ""
