"""Values that ``replacements`` copy from one object to others.

Source: kubernetes-sigs/kustomize, ``api/filters/replacement`` and ``kyaml/yaml/match.go``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ... import regex
from ...yaml import Node, get, items_at, text_at
from ...yaml.dialect import resolve
from ...yaml.placed import placed_at, scalar_like
from .resources import ObjectId, Resource, Unbuildable, labels_of, with_items, with_pair
from .selecting import has_labels

_DOT = re.compile(r"(?<!\\)\.")
_ITEM = re.compile(r"\[([^=\]]*)=(.*)\]\Z", re.DOTALL)
_NAME = "metadata.name"


@dataclass(frozen=True)
class _Copied:
    """What is copied: the value, and the options of a target."""

    value: Node
    options: Node | None

    @property
    def creates(self) -> bool:
        return text_at(self.options, "create") == "true"

    def written(self, old: Node | None) -> Node:
        """Return a value that replaces another one, or a part of it between delimiters."""
        delimiter = text_at(self.options, "delimiter")
        text = self.value.text
        if delimiter:
            if self.value.shape != "scalar" or (old is not None and old.shape != "scalar"):
                raise Unbuildable("refused")
            parts = old.text.split(delimiter) if old is not None else [""]
            index = _index(self.options)
            if index < 0:
                parts.insert(0, text)
            elif index >= len(parts):
                parts.append(text)
            else:
                parts[index] = text
            text = delimiter.join(parts)
        if self.value.shape != "scalar" or old is None or old.shape != "scalar":
            return replace(self.value, text=text)
        is_text = old.style or old.tag == "str"
        if not is_text and resolve(text, "core")[0] != old.tag:
            raise Unbuildable("refused")
        new = scalar_like(self.value, text, "", old.tag)
        return replace(new, style=(old.style or '"') if is_text else "", explicit=old.explicit)


def with_replacements(replacements: Sequence[Node], among: Sequence[Resource]) -> list[Resource]:
    """Return objects with the values that replacements copy.

    Raises Unbuildable if a source or a field does not exist, which ends the build for kustomize too.
    """
    found = list(among)
    for one in replacements:
        source, targets = get(one, "source"), items_at(one, "targets")
        if source is None or not targets:
            raise Unbuildable("refused")
        value = _source(source, found)
        for target in targets:
            found = [_replaced(each, target, value) for each in found]
    return found


def _source(source: Node, among: Sequence[Resource]) -> Node:
    fits = [one for one in among if any(_is_selected(source, own) for own in one.ids)]
    if len(fits) != 1:
        raise Unbuildable("refused")
    value: Node | None = fits[0].node
    for step in _split(text_at(source, "fieldPath") or _NAME):
        value = _looked_up(value, step)
    if value is None or (value.shape == "scalar" and (not value.text or value.tag == "null")):
        raise Unbuildable("refused")
    options = get(source, "options")
    if delimiter := text_at(options, "delimiter"):
        parts, index = value.text.split(delimiter), _index(options)
        if value.shape != "scalar" or not 0 <= index < len(parts):
            raise Unbuildable("refused")
        value = replace(value, text=parts[index])
    return placed_at(value, fits[0].path)


def _looked_up(node: Node | None, step: str) -> Node | None:
    if node is None:
        return None
    if item := _ITEM.match(step):
        key, text = item.groups()
        return next((x for x in node.items if (text_at(x, key) if key else x.text) == text), None)
    return get(node, int(step)) if node.shape == "list" and step.isdecimal() else get(node, step)


def _index(options: Node | None) -> int:
    try:
        return int(text_at(options, "index") or "0")
    except ValueError:
        raise Unbuildable("refused") from None


def _is_selected(selector: Node, own: ObjectId) -> bool:
    keys = ("group", own.group), ("version", own.version), ("kind", own.sort), ("name", own.name)
    space = text_at(selector, "namespace")
    return all(text_at(selector, key) in {"", text} for key, text in keys) and (
        not space or own.is_cluster_scoped or space == own.effective_namespace
    )


def _replaced(one: Resource, target: Node, value: Node) -> Resource:
    select = get(target, "select")
    if select is None:
        raise Unbuildable("refused")
    if not _has_labels(one, select) or not any(_is_selected(select, own) for own in one.ids):
        return one
    for reject in items_at(target, "reject"):
        has_selector = text_at(reject, "labelSelector") or text_at(reject, "annotationSelector")
        has_id = any(text_at(reject, key) for key in ("group", "version", "kind", "name", "namespace"))
        if has_selector and _has_labels(one, reject):
            return one
        if has_id and any(_is_selected(reject, own) for own in one.ids):
            return one
    copied = _Copied(value, get(target, "options"))
    node = one.node
    for path in [x.text for x in items_at(target, "fieldPaths")] or [_NAME]:
        node = _put(node, _split(path), copied)
    return one.changed(node, patched=True)


def _has_labels(one: Resource, selector: Node) -> bool:
    labels, notes = text_at(selector, "labelSelector"), text_at(selector, "annotationSelector")
    return has_labels(labels, labels_of(one.node)) and has_labels(notes, labels_of(one.node, "annotations"))


def _split(path: str) -> list[str]:
    """Return the steps of a path; a step in brackets may have dots."""
    steps: list[str] = []
    opened: list[str] = []
    for part in (x.replace("\\.", ".") for x in _DOT.split(path.removeprefix("."))):
        if opened or (part.startswith("[") and not part.endswith("]")):
            opened.append(part)
            if part.endswith("]"):
                joined = ".".join(opened)
                steps.append(joined if "=" in joined else joined.strip("[]"))
                opened = []
        else:
            steps.append(part)
    if opened:
        raise Unbuildable("unknown")
    return steps


def _put(node: Node, steps: Sequence[str], copied: _Copied) -> Node:
    """Return a value in which what is at a path is replaced. Raises Unbuildable if nothing is there."""
    new, met = _below(node, steps, copied)
    if not met:
        raise Unbuildable("refused")
    return new


def _below(node: Node, steps: Sequence[str], copied: _Copied) -> tuple[Node, bool]:
    if not steps:
        return copied.written(node), True
    step, rest = steps[0], steps[1:]
    if step == "*":
        return _in_items(node, rest, copied, lambda _: True)
    if item := _ITEM.match(step):
        new, met = _in_items(node, rest, copied, partial(_is_item, item.group(1), item.group(2)))
        if copied.creates and not met:
            raise Unbuildable("unknown")
        return new, met
    if node.shape == "list":
        if not step.isdecimal() or int(step) >= len(node.items):
            raise Unbuildable("unknown")
        number = int(step)
        return _in_items(node, rest, copied, lambda one: one is node.items[number])
    pair = node.pair(step) if node.shape == "map" else None
    if pair is not None:
        new, met = _below(pair[1], rest, copied)
        return with_pair(node, pair[0], new), met
    if not copied.creates or node.shape != "map":
        return node, False
    if any(x == "*" or x.startswith("[") or x.isdecimal() for x in rest):
        raise Unbuildable("unknown")
    value = copied.written(None)
    if value.shape == "scalar":
        value = replace(value, style="", explicit="", tag=resolve(value.text, "core")[0])
    for name in reversed(rest):
        value = replace(value, shape="map", tag="map", text="", items=(), pairs=((_key(value, name), value),))
    return with_pair(node, _key(value, step), value), True


def _key(value: Node, name: str) -> Node:
    return scalar_like(value, name, "")


def _is_item(key: str, pattern: str, one: Node) -> bool:
    text = (text_at(one, key) if key else one.text) if one.shape == "map" or not key else ""
    if key and one.pair(key) is None:
        return False
    if regex.fault(pattern):
        raise Unbuildable("unknown")
    return regex.search(pattern, text)


def _in_items(node: Node, rest: Sequence[str], copied: _Copied, fits: Callable[[Node], bool]) -> tuple[Node, bool]:
    if node.shape != "list":
        raise Unbuildable("refused")
    met = False
    items = []
    for one in node.items:
        new, own = _below(one, rest, copied) if fits(one) else (one, False)
        met = met or own
        items.append(new)
    return with_items(node, items), met
