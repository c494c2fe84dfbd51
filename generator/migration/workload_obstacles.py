"""What keeps a workload from being migrated that is not in its annotations: its file, and what overrides it."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding
from ..images.backends.flux_v1.flux1_patterns import read_pattern
from ..rules import at
from ..rules.readers.flux1_workloads import FluxWorkload, WorkloadImage
from ..rules.readers.flux2_files import unread_by_flux
from ..yaml import Node

_AGAIN = "then run this command again"


def workload_obstacles(one: FluxWorkload, *, moves: bool) -> Iterator[Finding]:
    """Yield why a workload stays as it is, although its annotations can be migrated; ``moves`` says that tags move."""
    file, first = one.object.file, one.annotations[0].key
    own = next(x for x in file.documents if x.start <= one.object.node.start <= x.end)
    if own.style == "flow":
        yield at(first, f"{one.object.shown} is in flow style, like JSON", f"write it in block style, {_AGAIN}")
        return
    if not moves:
        return
    if (fault := unread_by_flux(file)) is not None:
        yield Finding(fault.line, fault.column, fault.message, f"{fault.hint}, {_AGAIN}")
    flow = {id(node) for node in _in_flow(own)}
    for image in _moving(one):
        if id(image.where) in flow:
            message = f"the image of the container {image.name} is in flow style"
            yield at(image.where, message, f"write it in block style, {_AGAIN}")


def _moving(one: FluxWorkload) -> Iterator[WorkloadImage]:
    """Yield the images of a workload that a pattern moves."""
    pinned = {note.container for note in one.patterns if read_pattern(note.text).is_pin}
    yield from (image for image in one.images if image.name not in pinned)


def _in_flow(document: Node) -> Iterator[Node]:
    """Yield the nodes in flow collections of a document."""
    stack = [(document, False)]
    while stack:
        node, flow = stack.pop()
        flow = flow or node.style == "flow"
        if flow:
            yield node
        stack += [(part, flow) for _, part in node.pairs]
        stack += [(part, flow) for part in node.items]
