"""What keeps a workload from being migrated that is not in its annotations: its file, and what overrides it."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding
from ..images.backends.flux_v1.flux1_patterns import read_pattern
from ..rules import Scope, at
from ..rules.readers.flux1_workloads import FluxWorkload, WorkloadImage, is_flux_key
from ..rules.readers.flux2_files import unread_by_flux
from ..rules.readers.kustomize_patches import patches_of
from ..yaml import Node

_AGAIN = "then run this command again"


def workload_obstacles(one: FluxWorkload, scope: Scope, *, moves: bool) -> Iterator[Finding]:
    """Yield why a workload stays as it is, although its annotations can be migrated; ``moves`` says that tags move."""
    file, first = one.object.file, one.annotations[0].key
    own = next(x for x in file.documents if x.start <= one.object.node.start <= x.end)
    if own.style == "flow":
        yield at(first, f"{one.object.shown} is in flow style, like JSON", f"write it in block style, {_AGAIN}")
        return
    yield from _patched_annotations(one, scope)
    if not moves:
        return
    if (fault := unread_by_flux(file)) is not None:
        yield Finding(fault.line, fault.column, fault.message, f"{fault.hint}, {_AGAIN}")
    flow = {id(node) for node in _in_flow(own)}
    for image in _moving(one):
        if id(image.where) in flow:
            message = f"the image of the container {image.name} is in flow style"
            yield at(image.where, message, f"write it in block style, {_AGAIN}")

    yield from _patched_images(one, scope)


def _patched_annotations(one: FluxWorkload, scope: Scope) -> Iterator[Finding]:
    """Yield the patches that set annotations of Flux v1 on a workload."""
    found = {(patch.path, key) for patch in patches_of(one.object, scope) for key, _ in patch.keys if is_flux_key(key)}
    for path, key in sorted(found):
        message = f"{path} patches {key} of {one.object.shown}"
        yield at(one.annotations[0].key, message, f"remove it there, and write here what applies, {_AGAIN}")


def _patched_images(one: FluxWorkload, scope: Scope) -> Iterator[Finding]:
    """Yield the patches that set an image that moves, so that the written one never runs."""
    is_release = one.object.sort.endswith("HelmRelease")
    keys = {"image", "tag", "repository", "registry"} if is_release else {"image"}
    moving = {image.name: image for image in _moving(one)}
    found = {
        (patch.path, name if name in moving and not is_release else next(iter(moving)))
        for patch in patches_of(one.object, scope)
        for key, name in patch.keys
        if key in keys and moving and (is_release or not name or name in moving)
    }
    for path, name in sorted(found):
        message = f"{path} patches the image of the container {name}, so the one written here is not used"
        yield at(moving[name].where, message, "put the marker there, and write the resources by hand")


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
