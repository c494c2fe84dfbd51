"""Tag policies where nothing moves tags: whether they are valid, and which tags they match as written."""

from __future__ import annotations

from collections.abc import Iterator

from .... import regex
from ... import expressions
from ...policies import PolicyFault, TagPolicy, glob_matches, group_fault
from ...semver import parse_range, parse_version


def plain_takes(policy: TagPolicy, tag: str) -> bool:
    """Return whether a tag matches a valid policy."""
    if policy.method == "glob":
        return glob_matches(policy.pattern, tag)
    if policy.method == "semver":
        version, wanted = parse_version(tag, "3.5.0"), parse_range(policy.pattern.strip(), "3.5.0")
        return version is not None and wanted is not None and wanted.takes(version)
    return regex.search(policy.pattern, tag)


def plain_faults(policy: TagPolicy, _tag: str) -> Iterator[PolicyFault]:
    """Yield the fault of a policy that no tool can read; the tag does not count, for it is not moved."""
    fault = group_fault(policy)
    if fault:
        yield fault
    elif policy.method == "semver" and parse_range(policy.pattern.strip(), "3.5.0") is None:
        yield PolicyFault("not-a-range", "is not a valid version range", "write it like semver:~1.4 or semver:^1.4")
    elif policy.method == "regexp" and (reason := expressions.expression_fault(policy.pattern)):
        hint = "write it without look-around, backreferences and possessive quantifiers"
        yield PolicyFault("not-re2", f"is not a valid RE2 expression ({reason})", hint)
