"""What stands in a values file: where the part about Alertmanager is, and what it says."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from ..errors import Invalid, invalid
from ..yaml import Node, parse

_MAX_VALUES = 100_000


def surroundings(text: str, path: str) -> dict[str, Any]:
    """Return what a spec must say to fit a values file: ``umbrella``, ``tpl_config``, ``string_config``, where needed.

    Raises Invalid where nothing generated could be read: a configuration that is text.
    """
    root = root_of(text, path)
    out: dict[str, Any] = {}
    if umbrella := _umbrella(root):
        out["umbrella"] = umbrella
    part = part_of(root, umbrella)
    if part is not None and scalar(part, "tplConfig") == "true":
        out["string_config" if string_config(part) else "tpl_config"] = True
    refuse_text(part, path)
    return out


def root_of(text: str, path: str) -> Node | None:
    """Return the map that a values file is, or None."""
    documents = parse(text, path)
    return documents[0] if len(documents) == 1 and documents[0].shape == "map" else None


def _umbrella(root: Node | None) -> str:
    """Return the key below which a chart's values stand, where the file is an umbrella chart's."""
    if root is None or _below(root, "alertmanager") is not None:
        return ""
    named = [key.text for key, one in root.pairs if key.text == "kube-prometheus-stack" and one.shape == "map"]
    having = [key.text for key, one in root.pairs if one.shape == "map" and _is_stack(_below(one, "alertmanager"))]
    return next(iter([*named, *having]), "")


def _is_stack(part: Node | None) -> bool:
    return (
        part is not None
        and part.shape == "map"
        and {"config", "alertmanagerSpec"} & {key.text for key, _ in part.pairs} != set()
    )


def part_of(root: Node | None, umbrella: str) -> Node | None:
    """Return what stands under ``alertmanager``, below the key of a subchart where there is one."""
    if root is None:
        return None
    chart = _below(root, umbrella) if umbrella else root
    return _below(chart, "alertmanager") if chart is not None else None


def _below(node: Node, name: str) -> Node | None:
    return next((one for key, one in node.pairs if key.text == name), None)


def scalar(node: Node, name: str) -> str:
    """Return the text of a scalar below a map, or nothing."""
    found = _below(node, name)
    return found.text if found is not None and found.shape == "scalar" else ""


def string_config(part: Node | None) -> Node | None:
    """Return the configuration that is text, where the chart uses it: only with ``tplConfig``."""
    if part is None or scalar(part, "tplConfig") != "true" or not scalar(part, "stringConfig").strip():
        return None
    return _below(part, "stringConfig")


def refuse_text(part: Node | None, path: str) -> None:
    """Refuse a configuration that is text and cannot be read: one of a Helm template with more than values in it."""
    found = string_config(part)
    if found is not None:
        try:
            if root_of(found.text, path) is not None:
                return
            message = "alertmanager.stringConfig is no map that could be read"
        except Invalid as error:
            first = error.problems[0]
            message = f"alertmanager.stringConfig cannot be read as YAML: in its line {first.line} it {first.message}"
        hint = "put actions of Helm's into quotes, or move what it says to alertmanager.config as a map"
        raise invalid(path, message, hint, line=found.line, column=found.column)
    config = _below(part, "config") if part is not None else None
    if config is not None and config.shape == "scalar" and config.tag == "str" and config.text.strip():
        message = "alertmanager.config is text, which the chart uses as it is: nothing can be put into it"
        hint = "write it as a map, without the |, or move it to stringConfig with tplConfig: true; then repeat this"
        raise invalid(path, message, hint, line=config.line, column=config.column)


def read(node: Node, path: str) -> Any:
    """Return a node's plain data, with aliases resolved."""
    return _Reader(path).data(node)


@dataclass
class _Reader:
    """Nodes to plain data, with aliases resolved and a bound on what they make."""

    path: str
    anchors: dict[str, Any] = field(default_factory=dict)
    left: int = _MAX_VALUES

    def data(self, node: Node) -> Any:
        self.left -= 1
        if self.left < 0:
            message = "its aliases make too much of it"
            raise invalid(self.path, message, "write less with aliases", line=node.line, column=node.column)
        made_of = self._made(node)
        if node.anchor:
            self.anchors[node.anchor] = made_of
        return made_of

    def _made(self, node: Node) -> Any:
        if node.shape == "alias":
            return copy.deepcopy(self.anchors.get(node.text))
        if node.shape == "map":
            return {key.text: self.data(one) for key, one in node.pairs}
        if node.shape == "list":
            return [self.data(one) for one in node.items]
        if node.tag == "null":
            return None
        if node.tag == "bool":
            return node.text.lower() == "true"
        try:
            return (
                int(node.text)
                if node.tag == "int" and len(node.text) < 30
                else float(node.text)
                if node.tag == "float"
                else node.text
            )
        except ValueError:
            return node.text
