"""Images that Flux v1 updates: by annotations of workloads and HelmReleases.

Every container of an automated workload is updated, one without a pattern to the newest build of any branch. Sources:
fluxcd/flux 1.25.4, ``pkg/policy/pattern.go``, ``pkg/update/images.go``, ``pkg/daemon/images.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from ..finding import Finding
from ..images.backends.flux_v1 import NAME
from ..images.backends.flux_v1.flux1_patterns import matches_policy, read_pattern, unreadable_fault
from ..images.backends.flux_v1.flux1_selection import flux1_select
from ..images.candidates import Candidate
from ..images.policies import TagPolicy
from ..images.tag_selection import TagSelection
from ..rules import File, Scope
from ..rules.readers.flux1_workloads import SUPPORTED, FluxAnnotation, FluxWorkload, WorkloadImage, is_string, workloads
from ..rules.readers.kustomize_builds import replaced_tags
from .automated_image import AutomatedImage, Place, WorkloadName

_ALL = "glob:*"
# What Flux takes if it cannot read an expression or a range: every tag, every version.
_EVERYTHING = {"not-re2": TagPolicy("regexp", ""), "not-a-range": TagPolicy("semver", ">=0.0.0-0")}


def flux1_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images of a file's workloads that have annotations of automation."""
    for one in workloads(file, scope):
        if one.patterns or any(note.policy == "automated" for note in one.annotations):
            off = off_reason(one)
            for image in one.images:
                if image.reference or not one.is_part:
                    yield image_of(file, scope, one, image, off)


def unused_patterns(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield the patterns that name no container."""
    for one in workloads(file, scope):
        for note in one.patterns if not one.is_part else ():
            if not one.images_of(note.container):
                message = f"{note.key.text} names no container of {one.object.shown}, so Flux ignores it"
                known = ", ".join(image.name for image in one.images[:5])
                yield Finding(note.key.line, note.key.column, message, f"its containers: {known}" if known else "")


def off_reason(one: FluxWorkload) -> str:
    """Return why Flux moves no tag of a workload, or ``""``."""
    if one.object.sort not in SUPPORTED:
        return f"Flux does not automate a {one.object.sort}"
    if odd := next((note for note in one.annotations if not note.mapping and not is_string(note)), None):
        return f"the annotation {odd.key.text} is not a string, so that the object is refused"
    values = {note.policy: note for note in one.annotations}
    for name in ("ignore", "locked"):
        if name in values and values[name].text == "true":
            return f"the workload is {'ignored' if name == 'ignore' else name} ({values[name].key.text})"
    if "automated" not in values:
        return 'the workload is not automated: it has no annotation fluxcd.io/automated: "true"'
    note = values["automated"]
    return "" if note.text == "true" else f"the workload is not automated: {note.key.text} is {note.text!r}, not 'true'"


def image_of(file: File, scope: Scope, one: FluxWorkload, image: WorkloadImage, off: str) -> AutomatedImage:
    """Return an image of a workload that has annotations of automation, as its file or a kustomization has it."""
    notes = one.patterns_of(image.name)
    text, remark = _pattern(image, notes)
    fault = unreadable_fault(written := read_pattern(text))
    policy = _EVERYTHING.get(fault.code, written) if fault else written
    if fault and policy is not written:
        remark = fault.message
    if image.parts.name in replaced_tags(file.path, scope):
        remark = f"{remark}; a kustomization replaces its tag".removeprefix("; ")
    where = image.where
    return AutomatedImage(
        NAME,
        Place(file.path, where.line, where.column),
        WorkloadName(one.object.sort, one.object.namespace, one.object.name),
        image.name,
        image.parts,
        text,
        remark,
        select=partial(_select, policy),
        needs_time=partial(_needs_time, policy, image.parts.tag),
        blocked=off or _unmovable(image, {note.text for note in notes}),
    )


def _pattern(image: WorkloadImage, notes: Sequence[FluxAnnotation]) -> tuple[str, str]:
    """Return the pattern of a container, and a remark about it."""
    if not notes:
        return _ALL, f"no annotation fluxcd.io/tag.{image.name}, so that every tag but latest matches"
    return notes[-1].text, ""


def _unmovable(image: WorkloadImage, patterns: set[str]) -> str:
    """Return why Flux cannot move the tag of an image, or ``""``."""
    if len(patterns) > 1:
        return f"the container has several patterns ({', '.join(sorted(patterns))}), and chance decides which counts"
    if not image.is_plain:
        return "the image is not a plain reference"
    if image.parts.digest:
        return "the image is pinned by a digest, which Flux v1 never changes"
    if not image.parts.tag and image.where.text not in image.reference:
        return f"the tag {image.where.text} is not a string, so Flux ignores it: write it in quotes"
    return ""


def _select(policy: TagPolicy, candidates: Sequence[Candidate], current: str) -> TagSelection:
    found = flux1_select(policy, candidates, current)
    if found.winner and not current and policy.method != "semver":
        failure = "the image has no tag, so its build time is not known and Flux updates nothing"
        return TagSelection(found.ranked, found.rejected, failure)
    return found


def _needs_time(policy: TagPolicy, current: str, tag: str) -> bool:
    return policy.method != "semver" and (tag == current or matches_policy(policy, tag))
