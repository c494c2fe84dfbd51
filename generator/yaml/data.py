"""Convert nodes to plain data."""

from __future__ import annotations

from typing import Any

from ..errors import Invalid, Problem
from .parse import Node


def plain(node: Node, path: str) -> Any:
    """Return plain data for a node of a file in one of scaffold's formats: no anchors, no custom tags.

    Raises Invalid with every node that is not plain.
    """
    problems: list[Problem] = []
    data = _plain(node, path, problems)
    if problems:
        raise Invalid(problems)
    return data


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
        wrong(f"{node.text[:40]!r} is not a valid {node.tag}", "fix the value")
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
