"""Tag policies under Flux v2: which it can express, which tags they take, and which one is deployed.

Flux v2 does not know when an image was built, on purpose (registries limit how often they are asked), so a policy whose
order is build time has no equivalent: tags must have a part that orders them. A glob without ``*`` is a pin: no policy.
Source: https://fluxcd.io/flux/guides/sortable-image-tags/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from .... import regex
from ... import expressions, tag_scheme
from ...candidates import Candidate
from ...nearest_policies import NearPolicy, Unsupported, accepted_or_pin, unsupported_fault
from ...policies import ORDERED, PolicyFault, TagPolicy, glob_matches, group_fault, group_of
from ...references import is_tag
from ...rejections import pinned
from ...semver import parse_range
from ...tag_selection import TagSelection
from .flux2_ranking import ImagePolicy, rank_tags, strict_version

NAME = "flux-v2"
MAX_DIGITS = 15  # a float64 has all integers of 15 digits
_SCHEME = f"and let CI push tags BRANCH-SHA-TIME, such as {tag_scheme.EXAMPLE}"
_DIGIT_RANGE = f"1,{MAX_DIGITS}"
_NO_TIME = "it orders tags by what they say, not by build time"


def flux2_takes(policy: TagPolicy, tag: str) -> bool:
    """Return whether a tag matches a valid policy; under one that Flux v2 does not support, no tag does."""
    if policy.method == "glob":
        return policy.is_pin and policy.pattern == tag
    fields = image_policy(policy)
    if fields is None:
        return False
    found = rank_tags(fields, [Candidate(tag)])
    return not found.failure and bool(found.ranked)


def image_policy(policy: TagPolicy) -> ImagePolicy | None:
    """Return the fields of the ImagePolicy of a valid policy, None for a pin and for one that is not supported."""
    if policy.method == "semver":
        return ImagePolicy("semver", range=policy.pattern.strip())
    if policy.method in ORDERED and not group_fault(policy):
        order: Literal["numerical", "alphabetical"] = "numerical" if policy.method == "numerical" else "alphabetical"
        return ImagePolicy(order, pattern=policy.pattern, extract=f"${group_of(policy)}")
    return None


def flux2_select(policy: TagPolicy, candidates: Sequence[Candidate], _current: str) -> TagSelection:
    """Return the order of tags under a policy. The current tag does not count: a newer one may be replaced too."""
    if policy.is_pin:
        found = tuple(one for one in candidates if one.tag == policy.pattern)
        return TagSelection(found, {one.tag: pinned(policy.pattern) for one in candidates if one not in found})
    fields = image_policy(policy)
    if fields is None:
        fault = next(flux2_faults(policy, ""), None)
        return TagSelection(failure=f"{policy} {fault.message}" if fault else f"{policy} is not supported by {NAME}")
    return rank_tags(fields, candidates)


def flux2_faults(policy: TagPolicy, tag: str) -> Iterator[PolicyFault]:
    """Yield the faults of a policy, and of a tag under it (``""`` for none); one that is not valid has no others."""
    fault = _judged(policy, tag)
    if isinstance(fault, Unsupported):
        yield unsupported_fault(NAME, policy, tag, fault, _accepts)
    elif fault:
        yield fault
    elif tag and not flux2_takes(policy, tag):
        hint = "use a tag that matches the policy: Flux replaces this one at once, even by an older one"
        yield PolicyFault("foreign-tag", f"the tag {tag} does not match {policy}{_reason(policy, tag)}", hint)


def _accepts(policy: TagPolicy, tag: str) -> bool:
    return _judged(policy, tag) is None and (not tag or flux2_takes(policy, tag))


def _reason(policy: TagPolicy, tag: str) -> str:
    """Return why a tag does not match a range, as a continuation of the sentence."""
    why = flux2_select(policy, [Candidate(tag)], "").rejected.get(tag, "")
    return f": it {why}" if policy.method == "semver" and why else ""


@lru_cache(maxsize=1024)
def _judged(policy: TagPolicy, tag: str) -> PolicyFault | Unsupported | None:
    """Return the fault of a policy; the tag only decides what is near to it."""
    if policy.method == "glob" and policy.is_pin:
        return _pin_fault(policy)
    if policy.method in {"glob", "regexp"}:
        return Unsupported(_NO_TIME, tuple(_nearest(policy, tag)))
    if policy.method == "semver":
        return _range_fault(policy)
    return group_fault(policy) or _order_fault(policy)


def _pin_fault(policy: TagPolicy) -> PolicyFault | None:
    if is_tag(policy.pattern):
        return None
    hint = "write the tag to stay at, or a policy that orders tags: semver:RANGE or numerical:RE2"
    return PolicyFault("no-match", "is not a tag: without * it pins the image to this very tag", hint)


def _nearest(policy: TagPolicy, tag: str) -> Iterator[NearPolicy]:
    """Yield policies that order tags by what they say, near to one that orders them by build time."""
    is_of_policy = glob_matches if policy.method == "glob" else regex.search
    yield NearPolicy(tag_scheme.range_of_glob(policy))
    if tag and is_of_policy(policy.pattern, tag):
        yield NearPolicy(tag_scheme.number_of_glob(policy, tag))
        yield from (NearPolicy(one) for one in _followed(tag))
    if branch := tag_scheme.branch_of_policy(policy, tag):
        example = tag_scheme.EXAMPLE.format(branch=branch)
        yield NearPolicy(tag_scheme.sortable_policy(branch, _DIGIT_RANGE), _SCHEME.format(branch=branch), example)


def _range_fault(policy: TagPolicy) -> PolicyFault | None:
    wanted = parse_range(policy.pattern.strip(), "3.5.0")
    if wanted is None:
        hint = "write it like semver:~1.4 or semver:>=1.0.0, <2.0.0"
        return PolicyFault("not-a-range", "is not a valid version range, so Flux deploys nothing", hint)
    if wanted.is_unbounded:
        return PolicyFault("takes-all", "matches every version, even major ones", "name a range: semver:^1.4")
    return None


def _order_fault(policy: TagPolicy) -> PolicyFault | None:
    """Return the fault of an ordered policy whose expression is valid."""
    name = group_of(policy)
    if policy.method == "numerical" and (fault := _number_fault(policy, name)):
        return fault
    if expressions.takes_all(policy.pattern):
        return PolicyFault("takes-all", "matches every tag, even latest", "name the branch, or what tags begin with")
    starts, ends = expressions.is_anchored(policy.pattern)
    if not (starts and ends):
        side = "end" if starts else "start" if ends else "start or end"
        message = f"is not anchored to the {side} of the tag, so it matches more tags than it seems to"
        return PolicyFault("loose", message, expressions.TIGHTER)
    if expressions.has_bare_dot(policy.pattern):
        message = "has a dot that matches any character, so it matches more tags than it seems to"
        return PolicyFault("loose", message, expressions.TIGHTER)
    return None


def _number_fault(policy: TagPolicy, name: str) -> PolicyFault | None:
    counts = expressions.digit_counts(expressions.captured(policy.pattern, name))
    hint = f"write the group as (?P<{name}>[0-9]{{1,{MAX_DIGITS}}})"
    if counts is None or counts[0] == 0:
        message = f"has a group {name} that takes other text than digits: one that is not a number stops every update"
        return PolicyFault("group", message, hint)
    if counts[1] > MAX_DIGITS:
        message = f"has a group {name} of more than {MAX_DIGITS} digits, and Flux cannot tell such numbers apart"
        return PolicyFault("group", message, hint)
    return None


def flux2_usual(tag: str | None) -> str:
    """Return the default policy for a tag: its minor version and variant, its branch, or only this tag."""
    if not tag:
        return tag_scheme.sortable_policy("main", _DIGIT_RANGE)
    return accepted_or_pin(_followed(tag), tag, _accepts)


def _followed(tag: str) -> Iterator[str]:
    """Yield policies for the tags that are newer than a tag in the only part that they differ in."""
    version = strict_version(tag)
    if branch := tag_scheme.branch_of_tag(tag):
        yield tag_scheme.sortable_policy(branch, _DIGIT_RANGE)
    elif version and not version.prerelease:
        major, minor = tag.removeprefix("v").split(".")[:2]
        yield f"semver:~{major}.{minor}"
    else:
        yield tag_scheme.numbered_policy(tag)
