"""JSON patches of objects (RFC 6902), as kustomize applies them (github.com/evanphx/json-patch, version 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from ...yaml import Node, data_of, get, key_of, text_at, walk_nodes
from ...yaml.placed import map_like, scalar_like
from .resources import Unbuildable, is_absent_or_null, with_pair

MAX_OPERATIONS = 1_000  # of a patch: each one looks for its place in the object
# Copies may contain each other, so that each one doubles the object.
MAX_COPIES = 4
MAX_NODES = 50_000  # of an object with copies


def is_json_patch(documents: Sequence[Node]) -> bool:
    """Tell whether the documents of a patch are operations, and not parts of objects."""
    return len(documents) == 1 and documents[0].shape == "list"


def json_patched(node: Node, operations: Node) -> Node:
    """Return an object with the operations of a patch applied.

    Raises Unbuildable if one cannot be applied, which ends the build for kustomize too. Objects have annotations then:
    kustomize keeps its own notes there.
    """
    metadata = node.pair("metadata")
    has_notes = metadata is None or not is_absent_or_null(get(metadata[1], "annotations"))
    if metadata is not None and not has_notes:
        key = scalar_like(metadata[1], "annotations", "", "")
        node = with_pair(node, metadata[0], with_pair(metadata[1], key, map_like(metadata[1], "")))
    copies = sum(text_at(one, "op") == "copy" for one in operations.items)
    if copies > MAX_COPIES or len(operations.items) > MAX_OPERATIONS:
        raise Unbuildable("too large")
    for one in operations.items:
        node = _applied(node, one)
    if copies and next(islice(walk_nodes(node), MAX_NODES, None), None) is not None:
        raise Unbuildable("too large")
    metadata = node.pair("metadata")
    notes = metadata[1].pair("annotations") if metadata is not None else None
    if metadata is not None and notes is not None and not has_notes and not notes[1].pairs:
        node = with_pair(node, metadata[0], with_pair(metadata[1], notes[0], None))
    return node


def _applied(node: Node, one: Node) -> Node:
    steps = _steps(get(one, "path"), one)
    value = get(one, "value")
    match text_at(one, "op"):
        case "add":
            return _put(node, steps, value or _null(one), one, adds=True)
        case "replace":  # of a key that the map does not have is an addition for that library
            return _put(node, steps, value or _null(one), one, adds=False)
        case "remove":
            return _removed(node, steps, one)
        case "move" | "copy" as name:
            source = _steps(get(one, "from"), one)
            moved = _at(node, source, one)
            return _put(_removed(node, source, one) if name == "move" else node, steps, moved, one, adds=True)
        case "test":
            found = _at(node, steps, one)
            if value is not None and data_of(found, dialect="go") != data_of(value, dialect="go"):
                raise _refused("tests a value that the object does not have", one)
            return node
    raise _refused("has an operation that JSON Patch does not have", one)


def _null(one: Node) -> Node:
    return scalar_like(one, "null", "", "null")


def _refused(message: str, place: Node) -> Unbuildable:
    return Unbuildable("refused", message, place=get(place, "path") or place)


def _steps(path: Node | None, one: Node) -> tuple[str, ...]:
    """Return the parts of a JSON Pointer (RFC 6901)."""
    if path is None or not path.text.startswith("/"):
        raise _refused("has a path that does not start with /", one)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.text[1:].split("/"))


def _number(step: str, length: int, one: Node) -> int:
    """Return the number of an item; a negative one counts from the end."""
    try:
        number = int(step)
    except ValueError:
        raise _refused(f"has {step!r} in its path, where the object has a list", one) from None
    number += length if number < 0 else 0
    if not 0 <= number < length:
        raise _refused(f"has the item {step} in its path, which the object does not have", one)
    return number


def _at(node: Node, steps: Sequence[str], one: Node) -> Node:
    for step in steps:
        if node.shape == "list":
            node = node.items[_number(step, len(node.items), one)]
            continue
        pair = node.pair(step) if node.shape == "map" else None
        if pair is None:
            raise _refused(f"has {step!r} in its path, which the object does not have", one)
        node = pair[1]
    return node


def _put(node: Node, steps: Sequence[str], value: Node, one: Node, *, adds: bool) -> Node:
    """Return a value with another one at a path; in a list it is added before the item, or replaces it."""
    first, rest = steps[0], steps[1:]
    if node.shape == "list":
        items = list(node.items)
        if rest:
            number = _number(first, len(items), one)
            items[number] = _put(items[number], rest, value, one, adds=adds)
        elif not adds:
            items[_number(first, len(items), one)] = value
        else:
            items.insert(len(items) if first == "-" else _number(first, len(items) + 1, one), value)
        return replace(node, items=tuple(items))
    pair = node.pair(first) if node.shape == "map" else None
    if node.shape != "map" or (rest and pair is None):
        raise _refused(f"has {first!r} in its path, which the object does not have", one)
    if rest and pair is not None:
        return with_pair(node, pair[0], _put(pair[1], rest, value, one, adds=adds))
    path = get(one, "path")
    key = pair[0] if pair is not None else scalar_like(value if path is None else path, first, "")
    return with_pair(node, key, value)


def _removed(node: Node, steps: Sequence[str], one: Node) -> Node:
    first, rest = steps[0], steps[1:]
    below = _at(node, steps[:1], one)
    if node.shape == "list":
        number = _number(first, len(node.items), one)
        new = (_removed(below, rest, one),) if rest else ()
        return replace(node, items=(*node.items[:number], *new, *node.items[number + 1 :]))
    key = key_of(node, first)
    return node if key is None else with_pair(node, key, _removed(below, rest, one) if rest else None)
