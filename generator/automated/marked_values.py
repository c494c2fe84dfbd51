"""Where the values of a file are: in which object and container, and beside which other values."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..rules import File
from ..rules.readers.objects import Object, objects
from ..yaml import Node, text_at
from .automated_image import WorkloadName

_IMAGE_KEYS = frozenset({"image", "newTag", "tag", "newName"})


@dataclass(frozen=True)
class MarkedValue:
    """A scalar of a file: the object that has it, the name of its container, and the map or list around it.

    The container is that of the list item around an image, such as an entry of a kustomization; otherwise it is the
    path of the value.
    """

    workload: WorkloadName
    container: str
    parent: Node


def marked_values(file: File, starts: Collection[int]) -> dict[int, MarkedValue]:
    """Return the scalars of a file that start at these offsets, by their offset."""
    if not starts:
        return {}
    owners = sorted(((one.node.start, one) for one in objects(file)), key=lambda pair: pair[0])
    found: dict[int, MarkedValue] = {}
    stack: list[tuple[Node, str]] = [(one, "") for one in file.documents]
    while stack:
        node, path = stack.pop()
        below = [(key.text, one) for key, one in node.pairs] or [(str(n), one) for n, one in enumerate(node.items)]
        for key, value in below:
            inner = f"{path}.{key}" if path else key
            if value.shape != "scalar":
                stack.append((value, inner))
            elif value.start in starts:
                name = text_at(node, "name") if key in _IMAGE_KEYS else ""
                found[value.start] = MarkedValue(_owner(file, owners, value.start), name or inner, node)
    return found


def _owner(file: File, owners: Sequence[tuple[int, Object]], start: int) -> WorkloadName:
    """Return the object around an offset; of a file without objects, the file."""
    index = bisect_right(owners, start, key=lambda pair: pair[0]) - 1
    one = owners[index][1] if index >= 0 else None
    if one is None or start > one.node.end:
        return WorkloadName("", "", posixpath.basename(file.path))
    return WorkloadName(one.sort, one.namespace, one.name)
