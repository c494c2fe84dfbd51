"""In which order Argo CD Image Updater deploys tags.

Source: argoproj-labs/argocd-image-updater 1.3.0, ``registry-scanner/pkg/image`` (``version.go``, ``matchfunc.go``,
``options.go``) and ``registry-scanner/pkg/tag``, which were read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .... import regex
from ...candidates import Candidate
from ...rejections import NO_MATCH, no_time, not_a_version, not_in_range
from ...semver import parse_range, parse_version, version_key
from ...tag_selection import TagSelection

_RELEASE: Literal["3.5.0"] = "3.5.0"
_GLOB_PART = re.compile(r"\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|.", re.DOTALL)  # of Go's filepath.Match


@dataclass(frozen=True)
class ImageUpdate:
    """The fields of an image in an ImageUpdater, ``""`` for none; ``constraint`` follows the image's name."""

    strategy: Literal["semver", "newest-build", "alphabetical", "digest"]
    constraint: str = ""
    allow_tags: str = ""
    ignore_tags: tuple[str, ...] = ()


def update_rejection(update: ImageUpdate, tag: str) -> str:
    """Return why a tag is not taken, ``""`` if it is."""
    if any(regex.search(_expression(one), tag) for one in update.ignore_tags):
        return "is ignored (ignoreTags)"
    if not allows_tag(update.allow_tags, tag):
        return NO_MATCH
    if update.strategy != "semver":
        return ""
    version, wanted = parse_version(tag, _RELEASE), parse_range(update.constraint, _RELEASE)
    if version is None:
        return not_a_version(tag, None)
    is_taken = not update.constraint or (wanted is not None and wanted.takes(version))
    return "" if is_taken else not_in_range(version, update.constraint)


def allows_tag(allow_tags: str, tag: str) -> bool:
    """Return whether ``allowTags`` takes a tag: all without one, none if it is not valid."""
    pattern = allowed_pattern(allow_tags)
    return pattern is not None and not regex.fault(pattern) and regex.search(pattern, tag)


def allowed_pattern(allow_tags: str) -> str | None:
    """Return the expression of ``allowTags``, ``""`` for all tags; None for text of another form, which allows none."""
    if not allow_tags or allow_tags.lower() == "any":
        return ""
    method, colon, pattern = allow_tags.partition(":")
    return pattern if colon and method.lower() == "regexp" else None


def select_update(update: ImageUpdate, candidates: Sequence[Candidate], current: str) -> TagSelection:
    """Return the order of tags for an image of an ImageUpdater; ``current`` is ``""`` if it is not known.

    Under semver, a current tag that is no version is never replaced; otherwise it does not count. Under newest-build, a
    tag without a build time is left out.
    """
    if failure := _failure(update, current):
        return TagSelection(failure=failure)
    unique = {one.tag: one for one in candidates}
    rejected = {tag: why for tag in unique if (why := update_rejection(update, tag))}
    taken = sorted((one for tag, one in unique.items() if tag not in rejected), key=lambda x: x.tag, reverse=True)
    if update.strategy == "semver":
        versions = [(version, one) for one in taken if (version := parse_version(one.tag, _RELEASE))]
        versions.sort(key=lambda pair: version_key(pair[0]), reverse=True)
        return TagSelection(tuple(one for _, one in versions), rejected)
    if update.strategy == "newest-build":
        rejected |= {one.tag: no_time(one.tag) for one in taken if one.created is None}
        timed = [(one.created, one) for one in taken if one.created is not None]
        timed.sort(key=lambda pair: pair[0], reverse=True)
        return TagSelection(tuple(one for _, one in timed), rejected)
    return TagSelection(tuple(taken), rejected)


def _failure(update: ImageUpdate, current: str) -> str:
    """Return why nothing is deployed, whatever tags there are, or ``""``."""
    if update.strategy == "digest":
        return f"the strategy digest follows what is pushed as {update.constraint or 'latest'}, and never another tag"
    pattern = allowed_pattern(update.allow_tags)
    if pattern is None:
        return f"allowTags is {update.allow_tags}, not any or regexp:RE2, so that no tag matches"
    if reason := regex.fault(pattern):
        return f"allowTags is not valid RE2 ({reason}), so that no tag matches"
    if update.strategy != "semver":
        return ""
    if update.constraint and parse_range(update.constraint, _RELEASE) is None:
        return f"{update.constraint} is not a version range"
    if current and parse_version(current, _RELEASE) is None:
        return f"the current tag {current} is not a version"
    return ""


def _expression(glob: str) -> str:
    """Return a glob of Go's ``filepath.Match`` as an expression; tags have no separators."""
    parts = []
    for part in _GLOB_PART.findall(glob):
        special = {"*": ".*", "?": "."}.get(part)
        is_class = part.startswith("[") and len(part) > 2
        parts.append(special or (part if is_class else re.escape(part[-1])))
    return f"^(?s:{''.join(parts)})$"
