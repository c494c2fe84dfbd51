"""Read the parts of an object that may have values or a configuration, with its aliases expanded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ....alertmanager.embedded import ObjectPart, object_name, object_parts
from ....alertmanager.value import Value, read_value
from ....errors import Invalid, invalid
from ....yaml import GO_MAPS, Node, expand, get, parse


def written_name(root: Node, path: str) -> str:
    """Return kind and name of an object, which may be aliases."""
    head = replace(root, pairs=tuple(pair for pair in root.pairs if pair[0].text in {"kind", "metadata"}))
    name = get(head, "metadata", "name")
    return object_name(expand(root, path, GO_MAPS) if name is not None and name.shape == "alias" else head)


def parts_as_written(root: Node, objects: Sequence[Node], path: str) -> Iterator[ObjectPart]:
    """Yield the parts of an object, found in it with its aliases expanded, with the nodes as they are written."""
    if next(object_parts(root, objects), None) is None:
        return
    whole = expand(root, path, GO_MAPS)
    for part in object_parts(whole, objects):
        node = get(root, *part.where)
        if part.node is not None and (node is None or (node.shape == "alias" and part.is_text)):
            name = ".".join(map(str, part.where))
            at = node or root
            message = f"{object_name(whole)} has {name} by an alias, which other places may share"
            raise invalid(path, message, f"write out {name} in its place", line=at.line, column=at.column)
        yield replace(part, node=node)


def values_in_part(root: Node, part: ObjectPart, path: str) -> Value:
    """Return the values in a part of an object; empty if there are none."""
    if part.node is None:
        return Value("map", "map")
    if not part.is_text:
        node = get(expand(root, path, GO_MAPS), *part.where)
        return Value("map", "map") if node is None else read_value(node, helm=True, path=path)
    try:
        documents = parse(part.node.text, path)
    except Invalid as error:
        first = error.problems[0]
        message = f"{'.'.join(map(str, part.where))} {first.message}"
        raise invalid(path, message, first.hint, line=part.node.line + first.line, column=part.node.column) from error
    return read_value(documents[0], helm=True, path=path) if documents else Value("map", "map")


def is_on_one_line(node: Node) -> bool:
    """Return whether a scalar is written as it is read, within quotes or none, and nothing else."""
    return node.end - node.start == len(node.text) + (2 if node.style else 0)
