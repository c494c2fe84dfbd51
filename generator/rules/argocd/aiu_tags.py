"""AIU001 to AIU004: strategies, tags and version ranges of Argo CD Image Updater.

Source: argoproj-labs/argocd-image-updater 1.3, ``registry-scanner/pkg/image/options.go`` and ``version.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...images import expressions
from ...images.backends.argocd.argocd_order import allowed_pattern
from ...images.semver import parse_range, parse_version
from ...nearest import suggestion
from ...yaml import Node
from ..readers.update_settings import STRATEGIES, TagSettings, UpdatedImage, former_name, update_sources
from ..rule import File, Scope, at, of_reading, rule
from .argocd_examples import IMAGES, STRATEGIES_PAGE, strategy_example, updater_example

_LEVELS = "write regexp:^main-.*$, or any"


def _levels(file: File, scope: Scope) -> Iterator[TagSettings]:
    for one in update_sources(file, scope):
        yield from one.levels


def _images(file: File, scope: Scope) -> Iterator[UpdatedImage]:
    for one in update_sources(file, scope):
        yield from (image for image in one.images if not _is_placeholder(image.text))


def _is_placeholder(text: str) -> bool:
    return not text or "$" in text or "{" in text


@rule(
    "AIU001", "error", ("kubernetes",), "an update strategy that Image Updater does not know",
    explanation="Image Updater silently uses semver for a strategy that it does not know. The strategies are semver, "
    "newest-build, digest and alphabetical; the former names latest and name still work, with a warning.",
    bad=strategy_example("newest"), good=strategy_example("newest-build", more="allowTags: regexp:^main-"),
    source=STRATEGIES_PAGE,
)  # fmt: skip
@of_reading(update_sources)
def update_strategies(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that a strategy is known."""
    for one in _levels(file, scope):
        node = one.strategy
        text = node.text.strip().lower() if node is not None and node.shape == "scalar" else ""
        if node is None or not text or _is_placeholder(text):
            continue
        if new := former_name(text):
            yield at(
                node, f"the strategy {text} is now {new}: the former name will be removed", f"write {new}", "warning"
            )
        elif text not in STRATEGIES:
            message = f"Image Updater does not know the strategy {node.text}, and uses semver instead"
            yield at(node, message, suggestion(text, STRATEGIES, "strategies"))


@rule(
    "AIU002", "error", ("kubernetes",), "tags to allow or to ignore that Image Updater cannot read",
    explanation="allowTags is any, or regexp: with an expression in RE2. For anything else, such as a glob, no tag is "
    "allowed, and nothing is updated. ignoreTags has globs; one that is not valid is skipped.",
    bad=strategy_example("newest-build", more="allowTags: main-*"),
    good=strategy_example("newest-build", more="allowTags: regexp:^main-"), source=f"{IMAGES}#filtering-tags",
)  # fmt: skip
@of_reading(update_sources)
def filters_of_tags(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that filters of tags can be read."""
    for one in _levels(file, scope):
        if one.allowed is not None and one.allowed.shape == "scalar":
            yield from _allowed(one.allowed)
        for node in one.ignored:
            broken = [x for x in node.text.split(",") if re.search(r"\[[^\[\]]*\Z|\\\Z", x)]
            if broken:
                message = f"the glob {broken[0].strip()!r} is not valid, so no tag is ignored by it"
                yield at(node, message, "close the bracket, or write * for any text")


def _allowed(node: Node) -> Iterator[Finding]:
    text = node.text.strip()
    if "{{" in text:
        return
    pattern = allowed_pattern(text)
    if pattern is None:
        method, colon, _ = text.partition(":")
        what = f"starts with {method}:, not with regexp:" if colon else "has no regexp: at its start"
        yield at(node, f"allowTags {what}, so no tag is allowed, and nothing is updated", _LEVELS)
    elif reason := expressions.expression_fault(pattern):
        message = f"allowTags is not a valid RE2 expression ({reason}), so no tag is allowed, and nothing is updated"
        yield at(node, message, "write it without look-around, backreferences and possessive quantifiers")


@rule(
    "AIU003", "error", ("kubernetes",), "a version range or tag of an image that does not fit its strategy",
    explanation="The text behind the colon of an image is a version range for semver, and the tag to follow for "
    "digest, which needs one. newest-build and alphabetical ignore it. A whole version is a range of only itself.",
    bad=updater_example("imageName: example/web:latest"), good=updater_example("imageName: example/web:~1.2"),
    source=STRATEGIES_PAGE,
)  # fmt: skip
@of_reading(update_sources)
def constraints_of_images(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that the constraint of an image fits its strategy."""
    for one in _images(file, scope):
        name, text = one.alias or one.text, one.constraint
        if one.strategy == "digest" and not text and "@" not in one.text:
            yield at(one.where, f"the strategy digest of {name} needs a tag to follow", f"write {one.text}:latest")
        elif one.strategy == "semver" and text:
            yield from _range(one, text)
        elif one.strategy in {"newest-build", "alphabetical"} and text:
            message = f"{one.strategy} ignores :{text} of {name}: it takes every tag that allowTags takes"
            yield at(one.where, message, "remove it, and limit the tags by allowTags: regexp:…", "warning")


def _range(one: UpdatedImage, text: str) -> Iterator[Finding]:
    if parse_range(text, "3.5.0") is None:
        message = f"{text!r} is not a valid version range, so {one.alias or one.text} is never updated"
        yield at(one.where, message, "write it like ~1.2 or 1.x, or name another updateStrategy")
    elif text.count(".") >= 2 and (version := parse_version(text, "3.5.0")) and not version.prerelease:
        major, minor, _ = version.numbers
        message = f"the range {text} of {one.alias or one.text} only takes this version: no other one is ever deployed"
        yield at(one.where, message, f"write ~{major}.{minor} for its patches, or ^{major}.{minor}", "warning")


@rule(
    "AIU004", "warning", ("kubernetes",), "a strategy without a limit, which takes every tag",
    explanation="newest-build and alphabetical consider every tag of the repository: builds of any branch, and latest. "
    "allowTags or ignoreTags limit them.",
    bad=strategy_example("newest-build"), good=strategy_example("newest-build", more="allowTags: regexp:^main-"),
    source=f"{IMAGES}#filtering-tags",
)  # fmt: skip
@of_reading(update_sources)
def unlimited_strategies(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that a strategy that takes any tag is limited."""
    for one in _images(file, scope):
        allowed = one.settings.allowed.text.strip() if one.settings.allowed is not None else ""
        pattern = allowed_pattern(allowed)
        is_read = pattern is not None and not expressions.expression_fault(pattern)
        takes_all = pattern is not None and is_read and expressions.takes_all(pattern)
        if one.strategy in {"newest-build", "alphabetical"} and takes_all and not one.settings.ignored:
            name = one.text.removesuffix(f":{one.constraint}")
            message = f"{one.strategy} takes every tag of {name}, even latest and those of other branches"
            yield at(one.settings.strategy or one.where, message, "add allowTags, such as regexp:^main-")
