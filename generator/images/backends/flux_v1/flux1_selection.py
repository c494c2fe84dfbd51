"""Which tag Flux v1 deploys of a list.

Sources: fluxcd/flux 1.25.4, ``pkg/update/images.go``, ``pkg/image/image.go``, ``pkg/daemon/images.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ...candidates import Candidate
from ...policies import TagPolicy
from ...rejections import NO_MATCH, not_a_version, not_in_range
from ...semver import parse_version, version_key
from ...tag_selection import TagSelection
from .flux1_patterns import matches_policy, unreadable_fault

_NEVER = datetime.min.replace(tzinfo=UTC)  # Go's zero time


def flux1_select(policy: TagPolicy, candidates: Sequence[Candidate], current: str) -> TagSelection:
    """Return the order of tags under a policy.

    The first tag is deployed even if it is older than the current one. Flux v1 takes every tag if an expression or a
    range is not valid; such a policy, and one that it does not support, is a failure here.
    """
    if fault := unreadable_fault(policy):
        return TagSelection(failure=f"{policy} {fault.message}")
    unique = {one.tag: one for one in candidates}
    taken = [one for tag, one in unique.items() if matches_policy(policy, tag)]
    rejected = {tag: _rejection(policy, tag) for tag, one in unique.items() if not matches_policy(policy, tag)}
    if policy.method == "semver":
        versions = [(version, one) for one in taken if (version := parse_version(one.tag))]
        versions.sort(key=lambda pair: pair[1].tag, reverse=True)
        versions.sort(key=lambda pair: version_key(pair[0]), reverse=True)
        return TagSelection(tuple(one for _, one in versions), rejected)
    taken.sort(key=lambda one: one.tag)
    taken.sort(key=_time, reverse=True)
    return TagSelection(tuple(taken), rejected, _without_time(taken, unique.get(current), current))


def _without_time(taken: Sequence[Candidate], current: Candidate | None, tag: str) -> str:
    """Return why Flux skips the container because a build time is missing, or ``""``.

    It needs those of the current tag and of the first one, if they differ; other tags without one are the last.
    """
    if not taken or taken[0].tag == tag:
        return ""
    if taken[0].created is None:
        return f"the time at which {taken[0].tag} was built is not known, so Flux updates nothing"
    if tag and (current is None or current.created is None):
        return f"the time at which the current tag {tag} was built is not known, so Flux updates nothing"
    return ""


def _time(one: Candidate) -> datetime:
    return one.created or _NEVER


def _rejection(policy: TagPolicy, tag: str) -> str:
    if tag.lower() == "latest":
        return "is never deployed by Flux v1, unless the pattern is glob:latest"
    if policy.method != "semver":
        return NO_MATCH
    version = parse_version(tag)
    return not_a_version(tag, None) if version is None else not_in_range(version, policy.pattern)
