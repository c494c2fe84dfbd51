"""FX005 to FX010: tag patterns that Flux v1 interprets differently than expected, and tags that they do not match.

``flux1_patterns`` finds the faults of a pattern, also for specs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...images.backends.flux_v1.flux1_patterns import pattern_faults, spelling_fault
from ...images.policies import FaultCode, TagPolicy
from ...images.references import is_tag
from ..readers.flux1_patterns_read import readable_patterns
from ..readers.flux1_workloads import FluxAnnotation, FluxWorkload, WorkloadImage, each_workload, is_string, workloads
from ..readers.kustomize_builds import replaced_tags
from ..rule import File, Scope, at, of_reading, rule
from .flux_examples import AUTOMATION, FLUXCTL, GOOD, pattern_example


def _findings(one: FluxWorkload, *codes: FaultCode) -> Iterator[Finding]:
    for note, policy in readable_patterns(one):
        for fault in pattern_faults(policy, ""):
            if fault.code in codes:
                yield at(note.value, f"{note.key.text} {fault.message}", fault.hint)


@rule(
    "FX005", "error", ("kubernetes",), "an image whose tag does not match its pattern",
    explanation="At its next poll Flux replaces a tag that does not match the pattern by the newest one that does, "
    "which may be an older build: a pin or a rollback does not last.",
    bad=pattern_example("glob:master-*", "example/web:1.2.3"), good=GOOD, source=AUTOMATION,
)  # fmt: skip
@of_reading(workloads)
def foreign_tags(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that the tag of an image matches its pattern."""
    for one in workloads(file, scope):
        for note, policy in readable_patterns(one) if one.is_automated else ():
            for image in one.images_of(note.container):
                if image.parts.name not in replaced_tags(file.path, scope):
                    yield from _foreign_tag(one, image, note, policy)


def _foreign_tag(one: FluxWorkload, image: WorkloadImage, note: FluxAnnotation, policy: TagPolicy) -> Iterator[Finding]:
    if not image.reference:
        if not one.is_part:
            message = f"the container {image.name!r} has no image, but {note.key.text} can only update an existing one"
            yield at(image.where, message, "set an image with a tag that matches the pattern")
    elif _is_movable(image) and is_tag(image.parts.tag):
        for fault in pattern_faults(policy, image.parts.tag):
            if fault.code == "foreign-tag":
                yield at(image.where, fault.message, fault.hint)


def _is_movable(image: WorkloadImage) -> bool:
    tag = image.parts.tag
    return image.is_plain and bool(tag) and "@" not in image.reference and tag.lower() != "latest"


@rule(
    "FX006", "error", ("kubernetes",), "a regular expression that is not valid RE2, so that it matches every tag",
    explanation="Flux uses Go's regular expressions, which have no look-around, backreferences or possessive "
    "quantifiers. An expression that is not valid silently matches every tag.",
    bad=pattern_example("'regexp:^(?!dev)master-.*$'"), good=GOOD, source="https://github.com/fluxcd/flux/issues/3562",
)  # fmt: skip
@each_workload
def expressions_of_flux(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a regular expression is valid RE2."""
    yield from _findings(one, "not-re2")


@rule(
    "FX007", "error", ("kubernetes",), "a version range that is not valid, so that it matches every version",
    explanation="If Flux cannot parse the range, it silently accepts every tag that looks like a version.",
    bad=pattern_example("semver:~1.4.banana", "example/web:1.4.0"),
    good=pattern_example("semver:~1.4", "example/web:1.4.0"),
    source="https://github.com/Masterminds/semver/tree/v3.1.1#checking-version-constraints",
)  # fmt: skip
@each_workload
def ranges_of_versions(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a version range is valid."""
    yield from _findings(one, "not-a-range")


@rule(
    "FX008", "warning", ("kubernetes",), "a pattern that matches more or less than it seems to",
    explanation="A regular expression matches anywhere in the tag unless ^ and $ anchor it, and a dot matches any "
    "character. In a glob only * is special; ?, [ and { are literal.",
    bad=pattern_example("regexp:master-[a-f0-9]+", "example/web:master-1"),
    good=pattern_example("'regexp:^master-[a-f0-9]+$'"), source="https://github.com/ryanuber/go-glob",
)  # fmt: skip
@each_workload
def loose_patterns(one: FluxWorkload) -> Iterator[Finding]:
    """Check that wildcards are special characters, and that expressions are anchored."""
    yield from _findings(one, "loose", "literal")


@rule(
    "FX009", "error", ("kubernetes",), "a tag pattern that matches no tag as written",
    explanation="A pattern starts with glob:, semver: or regexp:, exactly as spelt here. Anything else, and spaces "
    "before or after it, are part of a glob that matches no tag: nothing is ever deployed.",
    bad=pattern_example('"glob: master-*"'), good=GOOD, source=FLUXCTL,
)  # fmt: skip
@each_workload
def misspelt_patterns(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a pattern starts with a prefix that Flux knows, without spaces."""
    for note in one.patterns:
        if is_string(note) and (fault := spelling_fault(note.text)):
            where = note.value if note.text else note.key
            yield at(where, f"{note.key.text} is {note.text!r}, which {fault.message}", fault.hint)


@rule(
    "FX010", "warning", ("kubernetes",), "a pattern that matches everything",
    explanation="It has the same effect as no pattern: the newest build of any branch is deployed. Flux v1 ignores "
    "latest; Keel, Argo CD Image Updater and Flux v2 do not.",
    bad=pattern_example("glob:*"), good=GOOD, source=AUTOMATION,
)  # fmt: skip
@each_workload
def patterns_that_take_all(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a pattern excludes some tags."""
    yield from _findings(one, "takes-all")
