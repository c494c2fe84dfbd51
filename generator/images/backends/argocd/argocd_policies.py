"""Tag policies under Argo CD Image Updater: which it can express, which tags they take, which one is deployed.

It orders tags by version, by build time or as text, and cannot order them by a part of their text. Unlike Flux v1,
``latest`` counts. Source: argoproj-labs/argocd-image-updater 1.3.0, ``registry-scanner/pkg/image/version.go`` and
``registry-scanner/pkg/tag``, which were read: Go's module proxy does not have them, so no oracle links them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from ... import expressions
from ...candidates import Candidate
from ...nearest_policies import Unsupported, accepted_or_pin, as_regexp, unsupported_fault
from ...policies import ORDERED, PolicyFault, TagPolicy, group_fault, group_of, usual_policy
from ...references import is_tag
from ...rejections import pinned
from ...semver import parse_range
from ...tag_scheme import branch_glob
from ...tag_selection import TagSelection
from .argocd_order import ImageUpdate, select_update, update_rejection

NAME = "argocd"
_CONSTANT = re.compile(r"\^(?:[A-Za-z0-9_-]|\\\.)*\Z")
_ESCAPED = re.compile(r"([.])")


def argocd_update(policy: TagPolicy) -> ImageUpdate | None:
    """Return the fields for a valid policy, None for a pin (the image is left out) and for one not supported."""
    if policy.method == "semver":
        return ImageUpdate("semver", constraint=policy.pattern.strip())
    if policy.method == "regexp":
        return ImageUpdate("newest-build", allow_tags=f"regexp:{policy.pattern}")
    if policy.method == "glob":
        if policy.is_pin:
            return None
        text = ".*".join(_ESCAPED.sub(r"\\\1", one) for one in re.split(r"\*+", policy.pattern))
        return ImageUpdate("newest-build", allow_tags=f"regexp:^{text}$")
    if group_fault(policy) or _order_fault(policy):
        return None
    return ImageUpdate("alphabetical", allow_tags=f"regexp:{expressions.without_names(policy.pattern)}")


def argocd_takes(policy: TagPolicy, tag: str) -> bool:
    """Return whether a tag matches a valid policy; under one that is not supported, no tag does."""
    update = argocd_update(policy)
    if update is None:
        return policy.method == "glob" and policy.pattern == tag
    return not update_rejection(update, tag)


def argocd_select(policy: TagPolicy, candidates: Sequence[Candidate], current: str) -> TagSelection:
    """Return the order of tags under a policy, as ``select_update``."""
    if fault := next(argocd_faults(policy, ""), None):
        return TagSelection(failure=f"{policy} {fault.message}")
    update = argocd_update(policy)
    if update is not None:
        return select_update(update, candidates, current)
    unique = {one.tag: one for one in candidates}
    found = tuple(one for one in unique.values() if one.tag == policy.pattern)
    return TagSelection(found, {tag: pinned(policy.pattern) for tag in unique if tag != policy.pattern})


def argocd_faults(policy: TagPolicy, tag: str) -> Iterator[PolicyFault]:
    """Yield the faults of a policy, and of a tag under it (``""`` for none); one that is not valid has no others."""
    fault = _judged(policy)
    if isinstance(fault, Unsupported):
        yield unsupported_fault(NAME, policy, tag, fault, _accepts)
    elif fault or (fault := _tag_fault(policy, tag) if tag else None):
        yield fault


def _accepts(policy: TagPolicy, tag: str) -> bool:
    return _judged(policy) is None and (not tag or _tag_fault(policy, tag) is None)


def _tag_fault(policy: TagPolicy, tag: str) -> PolicyFault | None:
    if not argocd_takes(policy, tag):
        hint = "use a tag that matches the policy: this one is replaced at once, even by an older one"
        return PolicyFault("foreign-tag", f"the tag {tag} does not match {policy}", hint)
    if policy.method == "semver" and tag.isdigit():
        message = f"the tag {tag} is a number: for a version range a tag of only digits is the highest version forever"
        hint = "prefix the tags with a letter (sha-, main-), or use a pattern that is not a range"
        return PolicyFault("tag-of-digits", message, hint)
    return None


@lru_cache(maxsize=1024)
def _judged(policy: TagPolicy) -> PolicyFault | Unsupported | None:
    if policy.method in ORDERED:
        return group_fault(policy) or _order_fault(policy)
    if policy.method == "semver":
        return _range_fault(policy)
    return _glob_fault(policy) if policy.method == "glob" else _expression_fault(policy)


def _range_fault(policy: TagPolicy) -> PolicyFault | None:
    wanted = parse_range(policy.pattern.strip(), "3.5.0")
    if wanted is None:
        hint = "write it like semver:~1.4 or semver:>=1.0.0, <2.0.0"
        return PolicyFault("not-a-range", "is not a valid version range, so nothing is deployed", hint)
    if wanted.is_unbounded:
        return PolicyFault("takes-all", "matches every version, even major ones", "name a range: semver:^1.4")
    return None


def _glob_fault(policy: TagPolicy) -> PolicyFault | None:
    if not policy.pattern.strip("*"):
        what = "matches every tag, even latest" if policy.pattern else "matches no tag"
        code: Literal["takes-all", "no-match"] = "takes-all" if policy.pattern else "no-match"
        return PolicyFault(code, what, "name the branch: glob:main-*")
    if not is_tag(policy.pattern.replace("*", "0")):
        return PolicyFault("no-match", "has characters that no tag contains", "use only characters of tags, and *")
    return None


def _expression_fault(policy: TagPolicy) -> PolicyFault | None:
    if reason := expressions.expression_fault(policy.pattern):
        hint = "write it without look-around, backreferences and possessive quantifiers"
        return PolicyFault("not-re2", f"is not a valid RE2 expression ({reason}), so no tag matches", hint)
    if expressions.takes_all(policy.pattern):
        return PolicyFault("takes-all", "matches every tag, even latest", "name the branch: regexp:^main-")
    if loose := expressions.looseness(policy.pattern):
        return PolicyFault("loose", loose, expressions.TIGHTER)
    return None


def _order_fault(policy: TagPolicy) -> PolicyFault | Unsupported | None:
    """Return the fault of an ordered policy with a group: the order of whole tags has to be that of the group."""
    name = group_of(policy)
    before, after = expressions.around_group(policy.pattern, name)
    nearest = as_regexp(policy, "which deploys the newest build")
    if not _CONSTANT.match(before):
        why = f"it orders whole tags as text, and the text before the group {name} is not always the same"
        return Unsupported(why, nearest)
    if policy.method == "numerical":
        counts = expressions.digit_counts(expressions.captured(policy.pattern, name))
        if counts is None or counts[0] != counts[1] or "|" in after:
            why = f"it orders tags as text, where 10 is below 9, and the group {name} has not always as many digits"
            return Unsupported(why, nearest)
    elif after != "$":
        why = f"it orders whole tags as text, and the group {name} is not their end"
        return Unsupported(why, nearest)
    return _expression_fault(policy)


def argocd_usual(tag: str | None) -> str:
    """Return the default policy for a tag: its minor version, the newest build of its branch, or only this tag."""
    if not tag:
        return "glob:main-*"
    return accepted_or_pin((branch_glob(tag), usual_policy(tag)), tag, _accepts)
