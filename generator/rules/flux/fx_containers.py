"""FX003 and FX004: tag patterns for containers that do not exist, and containers without a pattern."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...nearest import Guesses
from ...yaml import Node, get
from ..readers.flux1_workloads import SUPPORTED, FluxWorkload, each_workload
from ..readers.objects import containers
from ..rule import at, rule
from .flux_examples import GOOD, flux1_example

_SHOWN = 20  # names that a message lists
_COMPARED = 100  # names that a misspelt name is compared with


@rule(
    "FX003", "error", ("kubernetes",), "a tag pattern for a container that does not exist",
    explanation="Flux looks up patterns by the container's name. A pattern for another name is never read, and the "
    "existing container gets the newest build of any branch. In a HelmRelease the names are chart-image, keys of the "
    "values, and aliases.",
    bad=flux1_example('fluxcd.io/automated: "true"\nfluxcd.io/tag.wbe: glob:master-*'), good=GOOD,
    source="https://github.com/fluxcd/flux/issues/1504",
)  # fmt: skip
@each_workload
def patterns_of_containers(one: FluxWorkload) -> Iterator[Finding]:
    """Check that the container of a pattern exists."""
    if one.is_part or one.object.sort not in SUPPORTED:
        return
    names = [image.name for image in one.images]
    every, shown = set(names), ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN))
    guesses = Guesses()
    for note in one.patterns:
        if note.container in every or note.container.startswith("tag."):
            continue
        if not names and one.object.pod is None and not one.object.sort.endswith("HelmRelease"):
            continue  # the schema reports the missing pod template
        close = guesses.nearest(note.container, names[:_COMPARED])
        known = f"its containers are {shown}" if names else "it has no container that Flux reads"
        message = f"{note.key.text} is for the container {note.container!r}, which {one.object.shown} does not have"
        yield at(note.key, message, f"did you mean {close!r}? {known}" if close else f"{known}; name one of them")


@rule(
    "FX004", "warning", ("kubernetes",), "an automated container without a tag pattern",
    explanation="Automation applies to every container of a workload, including init containers and sidecars. Without "
    "a pattern it takes the newest tag, whatever its name, except for an image with a digest, which it never changes.",
    bad=flux1_example('fluxcd.io/automated: "true"'), good=GOOD, source="https://github.com/fluxcd/flux/issues/2976",
)  # fmt: skip
@each_workload
def containers_without_pattern(one: FluxWorkload) -> Iterator[Finding]:
    """Check that every container of an automated workload has a pattern."""
    if not one.is_automated or one.is_part:
        return
    named = {note.container for note in one.patterns}
    nodes = _name_nodes(one)
    for image in one.images:
        if image.name and image.name not in named and "@" not in image.reference:
            what = "init container" if image.init else "container"
            message = f"the {what} {image.name!r} has no tag pattern: Flux takes the newest build of any branch"
            pinned = f"glob:{image.parts.tag or 'TAG'}"
            hint = f"add fluxcd.io/tag.{image.name} with a pattern, or {pinned} to keep the current tag"
            yield at(nodes.get(image.name) or image.where, message, hint)


def _name_nodes(one: FluxWorkload) -> dict[str, Node]:
    """Return the nodes of container names, the first of each name."""
    each = (get(x.node, "name") for x in containers(one.object))
    named = [x for x in each if x is not None]
    return {x.text: x for x in reversed(named)}
