"""What an ImagePolicy of Flux v2 makes of a list of tags: which it takes, in which order, which one is deployed.

The tags of a repository are kept in descending order (``sortTagsAndGetLatestTags``), which decides between equal
versions and equal extracted texts. Numbers are compared in the order of a map, so equal numbers, and ``nan``, leave the
result to chance. Sources: fluxcd/image-reflector-controller 1.2.4, ``internal/policy`` and ``internal/controller``;
fluxcd/pkg/version 0.16.0, ``ParseVersion``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from .... import regex
from ...candidates import Candidate
from ...rejections import NO_MATCH, not_a_version, not_in_range
from ...semver import SemVer, VersionRange, parse_range, parse_version, version_key
from ...tag_selection import TagSelection

_TEMPLATE = re.compile(r"\$(?:\$|\{(?P<long>[A-Za-z0-9_]+)\}|(?P<short>[A-Za-z0-9_]+))?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9_]+(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][+-]?[0-9][0-9_]*)?\Z")
_HEX = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?|\.[0-9a-fA-F_]+)[pP][+-]?[0-9][0-9_]*\Z")
_NAMED = re.compile(r"(?:[+-]?inf(?:inity)?|nan)\Z", re.IGNORECASE)
Order = Literal["semver", "numerical", "alphabetical"]
ORDERS: tuple[Order, ...] = get_args(Order)
DEFAULT_EXCLUSIONS = (r"^.*\.sig$",)  # ImageRepository.spec.exclusionList


@dataclass(frozen=True)
class ImagePolicy:
    """The fields of an ImagePolicy: ``order`` by semver, number or text, after a filter if there is a ``pattern``.

    ``extract`` is a template of Go's regexp, ``$name``; without one the whole tag is ordered. ``excluded`` are the
    expressions of tags that the ImageRepository leaves out.
    """

    order: Order
    range: str = ""
    pattern: str = ""
    extract: str = ""
    descending: bool = False  # the lowest is deployed
    excluded: tuple[str, ...] = DEFAULT_EXCLUSIONS


@dataclass
class _Filtered:
    """Tags by the text that orders them, and why the others are out."""

    texts: dict[str, Candidate] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)


def strict_version(tag: str) -> SemVer | None:
    """Parse a version as Flux v2 does: it has three parts, and may have a ``v`` and leading zeros."""
    return parse_version(tag, "3.5.0") if tag.count(".") >= 2 else None


def rank_tags(policy: ImagePolicy, candidates: Sequence[Candidate]) -> TagSelection:
    """Return the selection of a policy; an invalid one has a failure."""
    if policy.pattern and (reason := regex.fault(policy.pattern)):
        return TagSelection(failure=f"the pattern is not valid RE2: {reason}")
    for one in policy.excluded:
        if reason := regex.fault(one):
            return TagSelection(
                failure=f"the exclusionList of its ImageRepository has {one!r}, not valid RE2: {reason}"
            )
    unique = {one.tag: one for one in candidates}
    filtered = _filtered(policy, [unique[tag] for tag in sorted(unique, reverse=True)])
    if policy.order == "semver":
        return _by_version(policy, filtered)
    return _by_number(policy, filtered) if policy.order == "numerical" else _by_text(policy, filtered)


def _filtered(policy: ImagePolicy, candidates: Sequence[Candidate]) -> _Filtered:
    found = _Filtered()
    for one in candidates:
        if any(regex.search(pattern, one.tag) for pattern in policy.excluded):
            is_signature = policy.excluded == DEFAULT_EXCLUSIONS
            found.rejected[one.tag] = "is a signature, not an image" if is_signature else "is excluded (exclusionList)"
        elif not policy.pattern:
            found.texts[one.tag] = one
        elif not (match := regex.compiled(policy.pattern).search(one.tag)):
            found.rejected[one.tag] = NO_MATCH
        else:
            text = _expanded(policy.extract, match) if policy.extract else one.tag
            if before := found.texts.get(text):
                found.rejected[before.tag] = f"{text!r} is extracted from {one.tag} too"
            found.texts[text] = one
    return found


def _expanded(template: str, match: re.Match[str]) -> str:
    """Return a template with the texts of groups, as Go's ``Expand``: an unknown group is empty."""

    def text_of(found: re.Match[str]) -> str:
        name = found["long"] or found["short"]
        if not name:
            return "$"
        if name.isdecimal():
            number = int(name) if len(name) < 9 else -1
            return (match.group(number) or "") if 0 <= number <= match.re.groups else ""
        return (match.group(name) or "") if name in match.re.groupindex else ""

    return _TEMPLATE.sub(text_of, template)


def _by_version(policy: ImagePolicy, filtered: _Filtered) -> TagSelection:
    wanted: VersionRange | None = parse_range(policy.range, "3.5.0")
    if wanted is None:
        return TagSelection(failure=f"{policy.range!r} is not a version range")
    rejected, found = dict(filtered.rejected), []
    for text, one in filtered.texts.items():
        if (version := strict_version(text)) is None:
            rejected[one.tag] = not_a_version(text, parse_version(text, "3.5.0"))
        elif not wanted.takes(version):
            rejected[one.tag] = not_in_range(version, policy.range)
        else:
            found.append((version, one))
    found.sort(key=lambda pair: version_key(pair[0]), reverse=True)
    ranked = tuple(one for _, one in found)
    if policy.pattern and len(found) > 1 and version_key(found[0][0]) == version_key(found[1][0]):
        failure = f"{ranked[0].tag} has the same version as {ranked[1].tag}: either may be deployed"
        return TagSelection(ranked, rejected, failure, by_chance=True)
    return TagSelection(ranked, rejected)


def _by_text(policy: ImagePolicy, filtered: _Filtered) -> TagSelection:
    texts = sorted(filtered.texts, reverse=not policy.descending)
    return TagSelection(tuple(filtered.texts[text] for text in texts), filtered.rejected)


def _by_number(policy: ImagePolicy, filtered: _Filtered) -> TagSelection:
    numbers: list[tuple[float, Candidate]] = []
    for text, one in filtered.texts.items():
        number = go_number(text)
        if number is None:
            failure = f"{text!r}, which the pattern extracts from {one.tag}, is not a number"
            return TagSelection(rejected=filtered.rejected, failure=failure)
        numbers.append((number, one))
    if len(numbers) > 1 and (odd := next((one for number, one in numbers if math.isnan(number)), None)):
        failure = f"{odd.tag} has no order: nan is neither higher nor lower than another number"
        return TagSelection(rejected=filtered.rejected, failure=failure, by_chance=True)
    numbers.sort(key=lambda pair: pair[0] if policy.descending else -pair[0])
    ranked = tuple(one for _, one in numbers)
    if len(numbers) > 1 and numbers[0][0] == numbers[1][0]:
        failure = f"{ranked[0].tag} has the same number as {ranked[1].tag}: either may be deployed"
        return TagSelection(ranked, filtered.rejected, failure, by_chance=True)
    return TagSelection(ranked, filtered.rejected)


def go_number(text: str) -> float | None:
    """Parse a text like Go's ``ParseFloat``; None if it is not a number, or too large."""
    if _NAMED.match(text):
        return float(text)
    is_hex = _HEX.match(text)
    if not (is_hex or _DECIMAL.match(text)) or not _is_well_separated(text):
        return None
    plain = text.replace("_", "")
    try:
        found = float.fromhex(plain) if is_hex else float(plain)
    except (OverflowError, ValueError):
        return None
    return None if math.isinf(found) else found


def _is_well_separated(text: str) -> bool:
    """Tell whether every ``_`` is between digits, or behind ``0x``."""
    digit = "[0-9a-fA-FxX]" if "x" in text.lower() else "[0-9]"
    return len(re.findall(rf"(?<={digit})_(?={digit})", text)) == text.count("_")
