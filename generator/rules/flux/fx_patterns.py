"""FX005 to FX010: patterns of tags that Flux v1 reads otherwise than they seem, and tags that they do not take.

What is wrong with a pattern ``flux1_patterns`` decides, for specs as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...images.backends.flux_v1.flux1_patterns import pattern_faults, spelling_fault
from ...images.policies import FaultCode, TagPolicy
from ...images.references import is_tag
from ..rule import File, Finding, Scope, at, rule
from .flux1_patterns_read import readable_patterns, replaced_images
from .flux1_workloads import FluxAnnotation, FluxWorkload, WorkloadImage, each_workload, is_string, workloads
from .flux_examples import AUTOMATION, FLUXCTL, GOOD, pattern_example


def _findings(one: FluxWorkload, *codes: FaultCode) -> Iterator[Finding]:
    for note, policy in readable_patterns(one):
        for fault in pattern_faults(policy, ""):
            if fault.code in codes:
                yield at(note.value, f"{note.key.text} {fault.message}", fault.hint)


@rule(
    "FX005", "error", ("kubernetes",), "an image whose tag its own pattern does not take",
    explanation="Flux replaces a tag that the pattern does not take at its next poll, by the newest one that fits, "
    "which may be an older build: a pin or a rollback does not stay.",
    bad=pattern_example("glob:master-*", "example/web:1.2.3"), good=GOOD, source=AUTOMATION,
)  # fmt: skip
def foreign_tags(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that the tag of an image is one that its pattern takes."""
    for one in workloads(file, scope):
        for note, policy in readable_patterns(one) if one.is_automated else ():
            for image in one.images_of(note.container):
                if image.parts.name not in replaced_images(scope):
                    yield from _foreign_tag(one, image, note, policy)


def _foreign_tag(one: FluxWorkload, image: WorkloadImage, note: FluxAnnotation, policy: TagPolicy) -> Iterator[Finding]:
    if not image.reference:
        if not one.is_part:
            message = f"the container {image.name!r} has no image, and {note.key.text} can only move an existing one"
            yield at(image.where, message, "name an image with a tag that the pattern takes")
    elif _is_movable(image) and is_tag(image.parts.tag):
        for fault in pattern_faults(policy, image.parts.tag):
            if fault.code == "foreign-tag":
                yield at(image.where, fault.message, fault.hint)


def _is_movable(image: WorkloadImage) -> bool:
    tag = image.parts.tag
    return image.is_plain and bool(tag) and "@" not in image.reference and tag.lower() != "latest"


@rule(
    "FX006", "error", ("kubernetes",), "a regular expression that is not RE2, so that it takes every tag",
    explanation="Flux reads patterns with Go's regular expressions, which have no look-around, back references or "
    "possessive forms. One that it cannot read takes every tag, without any message.",
    bad=pattern_example("'regexp:^(?!dev)master-.*$'"), good=GOOD, source="https://github.com/fluxcd/flux/issues/3562",
)  # fmt: skip
@each_workload
def expressions_of_flux(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a regular expression is RE2."""
    yield from _findings(one, "not-re2")


@rule(
    "FX007", "error", ("kubernetes",), "a version range that is not valid, so that it takes every version",
    explanation="Flux takes every tag that looks like a version where it cannot read the range, without any message.",
    bad=pattern_example("semver:~1.4.banana", "example/web:1.4.0"),
    good=pattern_example("semver:~1.4", "example/web:1.4.0"),
    source="https://github.com/Masterminds/semver/tree/v3.1.1#checking-version-constraints",
)  # fmt: skip
@each_workload
def ranges_of_versions(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a version range is one."""
    yield from _findings(one, "not-a-range")


@rule(
    "FX008", "warning", ("kubernetes",), "a pattern that takes more or less than it seems to",
    explanation="A regular expression matches anywhere in the tag unless ^ and $ bind it, and a dot is any character. "
    "In a glob only * is special; ?, [ and { stand for themselves.",
    bad=pattern_example("regexp:master-[a-f0-9]+", "example/web:master-1"),
    good=pattern_example("'regexp:^master-[a-f0-9]+$'"), source="https://github.com/ryanuber/go-glob",
)  # fmt: skip
@each_workload
def loose_patterns(one: FluxWorkload) -> Iterator[Finding]:
    """Check that what looks special is, and that what looks bounded is."""
    yield from _findings(one, "loose", "literal")


@rule(
    "FX009", "error", ("kubernetes",), "a pattern of tags that matches no tag as it is written",
    explanation="A pattern begins with glob:, semver: or regexp:, exactly so. Anything else, and a blank before or "
    "behind, is a part of a glob: it matches no tag, and nothing is ever deployed.",
    bad=pattern_example('"glob: master-*"'), good=GOOD, source=FLUXCTL,
)  # fmt: skip
@each_workload
def misspelt_patterns(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a pattern begins with a prefix that Flux knows, and with no blank."""
    for note in one.patterns:
        if is_string(note) and (fault := spelling_fault(note.text)):
            where = note.value if note.text else note.key
            yield at(where, f"{note.key.text} is {note.text!r}, which {fault.message}", fault.hint)


@rule(
    "FX010", "warning", ("kubernetes",), "a pattern that takes everything",
    explanation="It is as if there were none: the newest build of any branch is deployed. Flux v1 leaves latest out; "
    "Keel, Argo CD Image Updater and Flux v2 do not.",
    bad=pattern_example("glob:*"), good=GOOD, source=AUTOMATION,
)  # fmt: skip
@each_workload
def patterns_that_take_all(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a pattern leaves something out."""
    yield from _findings(one, "takes-all")
