"""FX011 and FX018: images whose tags Flux v1 cannot update or cannot order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...images.backends.flux_v1.flux1_patterns import is_number_or_commit, read_pattern, tag_of_digits
from ..readers.flux1_patterns_read import readable_patterns
from ..readers.flux1_workloads import FluxWorkload, WorkloadImage, workloads
from ..readers.kustomize_builds import replaced_tags
from ..readers.node_fixes import in_quotes_fix
from ..rule import File, Scope, at, of_reading, rule
from .flux_examples import AUTOMATION, GOOD, pattern_example

# Build tools whose images have a creation time other than the build time.
_REPRODUCIBLE = re.compile(
    r"SOURCE_DATE_EPOCH|rewrite-timestamp=true|\bko\s+(?:build|publish|resolve|apply)\b|\bjib(?:Build|:build)\b|"
    r"\bnix\s+build\b|\bbazel\s+(?:run|build)\b"
)
_MAX_LINE = 2000
# What may be digits alone: a number of a run, or a short commit. A whole commit is too long for a number of a version.
_NUMBER = (
    r"(?:(?:\$\{\{ *github\.(?:run_number|run_id) *\}\}|\$\{?GITHUB_RUN_(?:NUMBER|ID)\}?)(?![\w.{$-])"
    r"|\$\(git rev-parse --short|\$\{GITHUB_SHA:)"
)
_RAW_NUMBER = re.compile(rf"(?:\A|,)value={_NUMBER}")
_EMPTY_PREFIX = re.compile(r"prefix=(?:,|\s|$)")


@rule(
    "FX011", "error", ("kubernetes",), "automation of an image whose tag cannot be updated, or never runs",
    explanation="Flux never changes an image that has a digest, which is right under a pattern of its tag alone. "
    "Except for a range of versions, it compares build times, and knows none of an image without a tag. The tag "
    "latest, and no tag under a range, are replaced as soon as Flux polls the registry, so that what is written never "
    "runs for long.",
    bad=pattern_example("glob:master-*", "example/web"), good=GOOD,
    source=AUTOMATION,
)  # fmt: skip
@of_reading(workloads)
def unmovable_images(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that an automated image has a tag that can be updated."""
    for one in workloads(file, scope):
        for image in one.images if one.is_automated and not one.is_part else ():
            if image.is_plain and image.parts.name not in replaced_tags(file.path, scope):
                patterns = {note.text for note in one.patterns_of(image.name)}
                yield from () if _is_kept(image, patterns, one) else _unmovable(image, patterns)


def _is_kept(image: WorkloadImage, patterns: set[str], one: FluxWorkload) -> bool:
    """Return whether an image with a digest is meant to stay: its pattern says so, or is missing beside others."""
    is_beside = not patterns and one.has_patterns_for_images
    return "@" in image.reference and (is_beside or patterns == {f"glob:{image.parts.tag}"})


def _unmovable(image: WorkloadImage, patterns: set[str]) -> Iterator[Finding]:
    tag, hint = image.parts.tag, "use a tag that the pattern matches"
    if "@" in image.reference:
        message = f"the image of {image.name!r} is pinned by a digest, which Flux never updates"
        yield at(image.where, message, "use only the tag, or remove the automation")
    elif not tag and image.where.text not in image.reference:
        message = f"the tag {image.where.text} of {image.name!r} is not a string, so Flux ignores it"
        yield at(image.where, message, "write it in quotes", fix=in_quotes_fix(image.where))
    elif not tag and not any(read_pattern(one).method == "semver" for one in patterns):
        message = f"the image of {image.name!r} has no tag: Flux does not know its build time, and updates nothing"
        yield at(image.where, message, hint)
    elif tag.lower() in {"", "latest"} and not any(read_pattern(one).pattern == tag for one in patterns):
        what = "the tag latest" if tag else "no tag"
        message = f"the image of {image.name!r} has {what}, which Flux replaces at once by a tag that matches"
        yield at(image.where, message, hint)


@rule(
    "FX018", "warning", ("kubernetes",), "tags that the pattern cannot order",
    explanation="A short commit hash of digits alone is a version (48239175.0.0) higher than any real one, and stays "
    "selected. Globs and regular expressions order by creation time, which reproducible images share. The rule "
    "checks the tag and the workflows that name the image.",
    bad=pattern_example("semver:>=1.0.0", "example/web:48239175"),
    good=pattern_example("semver:>=1.0.0", "example/web:1.0.0"),
    source="https://github.com/fluxcd/flux/issues/2729", across=True,
)  # fmt: skip
@of_reading(workloads)
def tags_without_order(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that the pattern can order the tags."""
    for one in workloads(file, scope):
        by_name = {image.name: image for image in one.images}
        for note, policy in readable_patterns(one):
            image = by_name.get(note.container)
            if image is None:
                continue
            if policy.method == "semver" and (why := _digits(image, scope)):
                fault = tag_of_digits(why)
                yield at(note.value, fault.message, fault.hint)
            elif policy.method != "semver" and (why := _reproducible(image, scope)):
                message = f"{note.key.text} orders by creation time, but {why}"
                yield at(note.value, message, "put a version or time into the tag, or the build time into the image")


def _digits(image: WorkloadImage, scope: Scope) -> str:
    tag, name = image.parts.tag, image.parts.name
    if image.is_plain and is_number_or_commit(tag):
        return f"the tag {tag} is a commit or a number"
    for path, text in _builds(image, scope):
        names = "|".join(map(re.escape, (name, *_variables(text, name))))
        bare = re.compile(rf"(?:{names}):{_NUMBER}")
        lines = [line for line in text.split("\n") if "type=" in line and len(line) < _MAX_LINE]
        shas = (line.partition("type=sha,")[2] for line in lines if "type=sha," in line and "format=long" not in line)
        raws = (line.partition("type=raw,")[2] for line in lines)
        if bare.search(text) or any(map(_EMPTY_PREFIX.search, shas)) or any(map(_RAW_NUMBER.search, raws)):
            return f"{path} creates tags from short commits or numbers"
    return ""


def _variables(text: str, name: str) -> Iterator[str]:
    """Yield how a workflow refers to the variables that it sets to the name of an image."""
    for variable in re.findall(rf"^ *([A-Za-z_][A-Za-z0-9_]*): *[\"']?{re.escape(name)}[\"']? *$", text, re.MULTILINE):
        yield from (f"${variable}", f"${{{variable}}}", f"${{{{ env.{variable} }}}}")


def _reproducible(image: WorkloadImage, scope: Scope) -> str:
    for path, text in _builds(image, scope):
        if _REPRODUCIBLE.search(text):
            return f"{path} builds reproducible images, whose creation time is missing or always the same"
    return ""


def _builds(image: WorkloadImage, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the workflows that name an image's repository."""
    if "patterns.workflows" not in scope.memo:
        scope.memo["patterns.workflows"] = [(x.path, x.text) for x in scope.files if x.family == "workflow"]
    if image.is_plain:
        for path, text in scope.memo["patterns.workflows"]:
            if image.parts.name in text:
                yield path, text
