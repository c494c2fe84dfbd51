"""Tag policies under Keel: which it can express, which tags they take, which one is deployed.

Keel has no ranges, only the levels ``all``, ``major``, ``minor`` and ``patch`` above the current tag, and orders globs
and expressions as text. Source: keel-hq/keel 0.22.1, ``internal/policy`` and ``trigger/poll/multi_tags_watcher.go``,
which were read: Go's module proxy does not have that version, so no oracle links it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ... import expressions, tag_scheme
from ...backend import AutomatedWorkload
from ...candidates import Candidate
from ...nearest_policies import NearPolicy, Unsupported, accepted_or_pin, unsupported_fault
from ...policies import ORDERED, PolicyFault, TagPolicy, group_fault, group_of, usual_policy
from ...references import is_tag
from ...samples import matching_text
from ...semver import Comparison, parse_range
from ...tag_selection import TagSelection
from .keel_order import KeelOrder, keel_order, keel_version, select_level, select_text

NAME = "keel"
LEVELS = ("all", "major", "minor", "patch")
_LEAST = frozenset({">=", "=>", ">", "^", "~", "~>", "=", ""})  # operators whose version is the least one
_OR_PATCH = "or ~ for patch versions"
_TEXT = "it orders tags as text, not by build time"
_TIME = f"with tags that end in a Unix time, such as {tag_scheme.EXAMPLE}"
# Text that sorts like the time that it says: a date, with a time if there is one, or a Unix time.
_DATED = re.compile(r"(?:[A-Za-z]+[-_.])*(?:[0-9]{4}[-._]?[0-9]{2}[-._]?[0-9]{2}(?:[-._T]?[0-9]{4,6}Z?)?|[0-9]{10})\Z")


def keel_policy(policy: TagPolicy, tag: str) -> str:
    """Return the value of ``keel.sh/policy`` for a policy and the current tag, ``""`` for a pin or if unsupported."""
    if policy.is_pin or _judged(policy, tag):
        return ""
    if policy.method == "semver":
        return _level(policy)
    return _text_policy(policy)


def keel_takes(policy: TagPolicy, tag: str) -> bool:
    """Return whether a tag matches a policy, whatever the current one is."""
    if policy.is_pin:
        return policy.pattern == tag
    if policy.method == "semver":
        version, wanted = keel_version(tag), parse_range(policy.pattern.strip())
        return version is not None and wanted is not None and wanted.takes(version)
    order = keel_order(_text_policy(policy))
    return order is not None and order.text_of(tag) is not None


def _text_policy(policy: TagPolicy) -> str:
    """Return a policy that is not a range as Keel's value, ``""`` if its group is at fault."""
    if policy.method not in ORDERED:
        return str(policy)
    if group_fault(policy):
        return ""
    name = group_of(policy)
    before, after = expressions.around_group(policy.pattern, name)
    return f"regexp:{before}(?P<compare>{expressions.captured(policy.pattern, name)}){after}"


def keel_select(policy: TagPolicy, candidates: Sequence[Candidate], current: str) -> TagSelection:
    """Return the order of tags under a policy: those above the current one, and the current one."""
    if _judged(policy, current):
        return TagSelection(failure=f"{policy} {next(keel_faults(policy, current)).message}")
    unique = {one.tag: one for one in candidates}
    if policy.is_pin:
        found = tuple(one for one in unique.values() if one.tag == policy.pattern)
        return TagSelection(
            found, dict.fromkeys(unique, f"the image is pinned to {policy.pattern}") if not found else {}
        )
    return select_value(keel_policy(policy, current), list(unique.values()), current)


def select_value(
    value: str, candidates: Sequence[Candidate], current: str, *, same_prerelease: bool = True
) -> TagSelection:
    """Return the order of tags under a value of ``keel.sh/policy``, as for ``keel_select``."""
    if value in LEVELS:
        return select_level(value, candidates, current, same_prerelease=same_prerelease)
    order: KeelOrder | None = keel_order(value)
    return (
        select_text(order, candidates, current) if order else TagSelection(failure=f"{value} is not a policy of Keel")
    )


def keel_faults(policy: TagPolicy, tag: str) -> Iterator[PolicyFault]:
    """Yield the faults of a policy, and of a tag under it (``""`` for none); one that is not valid has no others."""
    fault = _judged(policy, tag)
    if isinstance(fault, Unsupported):
        yield unsupported_fault(NAME, policy, tag, fault, _accepts)
    elif fault:
        yield fault
    elif tag and not keel_takes(policy, tag):
        hint = "use a tag that matches the policy: Keel moves on from the tag that there is"
        yield PolicyFault("foreign-tag", f"the tag {tag} does not match {policy}", hint)


def _accepts(policy: TagPolicy, tag: str) -> bool:
    return _judged(policy, tag) is None and (not tag or keel_takes(policy, tag))


@lru_cache(maxsize=1024)
def _judged(policy: TagPolicy, tag: str) -> PolicyFault | Unsupported | None:
    if policy.method == "semver":
        return _range_fault(policy, tag)
    if policy.method in ORDERED:
        return group_fault(policy) or _order_fault(policy)
    if policy.is_pin:
        hint = "write the tag to stay at, or semver:RANGE"
        return None if is_tag(policy.pattern) else PolicyFault("no-match", "is not a tag", hint)
    return _pattern_fault(policy, tag)


def _level(policy: TagPolicy) -> str:
    """Return the level that is equal to a range for tags above the current one, ``""`` if none is."""
    wanted = parse_range(policy.pattern.strip())
    if wanted is None or len(wanted.groups) != 1 or len(wanted.groups[0]) != 1:
        return ""
    one: Comparison = wanted.groups[0][0]
    if one.version.prerelease:
        return "all" if one.operator in {">=", "=>", ">"} else ""
    if one.operator in {">=", "=>", ">"}:
        return "major"
    major, minor, _ = one.version.numbers
    if one.operator == "^":
        return "minor" if major or one.given == 1 else "patch" if minor or one.given == 2 else ""
    if one.operator in {"~", "~>", "", "="} and one.given:
        is_exact = one.operator in {"", "="} and one.given == 3
        return "" if is_exact else "minor" if one.given == 1 else "patch"
    return ""


def _range_fault(policy: TagPolicy, tag: str) -> PolicyFault | Unsupported | None:
    wanted = parse_range(policy.pattern.strip())
    if wanted is None:
        hint = "write it like semver:~1.4 or semver:^1.4"
        return PolicyFault("not-a-range", "is not a valid version range", hint)
    if wanted.is_unbounded:
        return PolicyFault("takes-all", "matches every version, even major ones", "name a range: semver:^1.4")
    if _level(policy):
        return None
    least = next((one.version.numbers for one in wanted.groups[0] if one.operator in _LEAST), None)
    of_range = [NearPolicy(f"semver:^{least[0]}.{least[1]}", _OR_PATCH)] if least else []
    of_tag = _near_versions(tag) if tag and keel_takes(policy, tag) else []
    return Unsupported("it has no ranges, only the next patch, minor or major versions", (*of_range, *of_tag))


def _near_versions(tag: str) -> list[NearPolicy]:
    """Return the ranges of the versions above that of a tag which Keel can express."""
    version = keel_version(tag)
    if version is None:
        return []
    major, minor, _ = version.numbers
    return [NearPolicy(f"semver:^{major}.{minor}", _OR_PATCH), NearPolicy(f"semver:~{major}.{minor}")]


def _pattern_fault(policy: TagPolicy, tag: str) -> PolicyFault | Unsupported | None:
    """Return the fault of a glob or an expression: text has to sort like the time of the build."""
    if policy.method == "regexp" and (reason := expressions.expression_fault(policy.pattern)):
        hint = "write it without look-around, backreferences and possessive quantifiers"
        return PolicyFault("not-re2", f"is not a valid RE2 expression ({reason}), so Keel ignores the workload", hint)
    if policy.method == "glob" and not policy.pattern.strip("*"):
        return PolicyFault("takes-all", "matches every tag, even latest", "name the branch, or a range of versions")
    if policy.method == "glob" and ":" in policy.pattern:
        return PolicyFault(
            "no-match", "has a colon, so Keel ignores the workload", "use only characters of tags, and *"
        )
    if tag and _DATED.match(tag):
        return None
    branch = tag_scheme.branch_of_policy(policy, tag)
    if not branch or policy.pattern.startswith("v*"):
        near = [NearPolicy(tag_scheme.range_of_glob(policy)), *(_near_versions(tag) if tag else ())]
        return Unsupported(f"{_TEXT}, so 1.10 is below 1.9", tuple(near))
    example = tag_scheme.EXAMPLE.format(branch=branch)
    scheme = tag_scheme.sortable_policy(branch, tag_scheme.UNIX_DIGITS)
    return Unsupported(_TEXT, (NearPolicy(scheme, _TIME.format(branch=branch), example),))


def _order_fault(policy: TagPolicy) -> PolicyFault | Unsupported | None:
    """Return the fault of an ordered policy with a group."""
    name = group_of(policy)
    if policy.method == "numerical":
        counts = expressions.digit_counts(expressions.captured(policy.pattern, name))
        if counts is None or counts[0] != counts[1]:
            before, after = expressions.around_group(policy.pattern, name)
            why = f"it orders the group {name} as text, where 10 is below 9"
            return Unsupported(why, tuple(_fixed_numbers(before, name, after)))
    if expressions.takes_all(policy.pattern):
        return PolicyFault("takes-all", "matches every tag, even latest", "name the branch, or what tags begin with")
    if loose := expressions.looseness(policy.pattern):
        return PolicyFault("loose", loose, expressions.TIGHTER)
    return None


def _fixed_numbers(before: str, name: str, after: str) -> Iterator[NearPolicy]:
    """Yield expressions with a number of as many digits as a Unix time has, as it is and anchored."""
    for start, end in ((before, after), (f"^{before.removeprefix('^')}", f"{after.removesuffix('$')}$")):
        near = f"{start}(?P<{name}>[0-9]{{{tag_scheme.UNIX_DIGITS}}}){end}"
        example = f"{matching_text(start)}1718000000{matching_text(end)}"
        remark = f"with numbers of as many digits, such as {example} with a Unix time"
        yield NearPolicy(f"numerical:{near}", remark, example)


def keel_usual(tag: str | None) -> str:
    """Return the default policy for a tag: its minor version, the sortable tags of its branch, or only this tag."""
    if not tag:
        return tag_scheme.sortable_policy("main", tag_scheme.UNIX_DIGITS)
    branch = tag_scheme.branch_of_tag(tag)
    of_branch = tag_scheme.sortable_policy(branch, tag_scheme.UNIX_DIGITS) if branch else ""
    return accepted_or_pin((of_branch, usual_policy(tag)), tag, _accepts)


def keel_workload_faults(workload: AutomatedWorkload) -> Iterator[tuple[str, PolicyFault]]:
    """Yield the faults of policies that differ in one workload: its annotation is for all watched containers."""
    first: tuple[str, str] | None = None
    for one in workload.containers:
        value = keel_policy(one.policy, one.image.tag) if one.policy else ""
        if not value:
            continue
        if first and value != first[1]:
            message = f"is not supported by {NAME} beside the container {first[0]}: a workload has one policy"
            hint = f"write the policy of {first[0]}, or pin the image with glob:{one.image.tag}"
            yield one.name, PolicyFault("inexpressible", message, hint)
        first = first or (one.name, value)
