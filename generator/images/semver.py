"""Versions and version ranges of Masterminds/semver, in the two releases that Flux uses.

Flux v1 uses release 3.1.1 (fluxcd/flux 1.25.4, go.mod), the controllers of Flux v2 use 3.5.0
(fluxcd/image-reflector-controller 1.2.4, go.mod). The expressions are the library's, executed by RE2 like in Go;
``tests/images/test_semver_oracle.py`` compares both releases with the Go code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from typing import Any, Literal

from .. import regex

Release = Literal["3.1.1", "3.5.0"]

MAX_RANGE = 1000  # characters; release 3.1.1 has no limit
_MAX_NUMBER = 2**64 - 1
_MAX_RANGE_350, _MAX_GROUPS_350, _MAX_VERSION_350 = 512, 32, 256
_REST = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?{_REST}\Z")
# constraints.go: cvRegex, and the expressions that init builds from it.
_PART = (
    r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?"
    r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?"
    r"(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?"
)
_OPERATORS = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^"
_HYPHEN = rf"\s*({_PART})\s+-\s+({_PART})\s*"
_FIND = rf"({_OPERATORS})\s*({_PART})"
_VALID = {
    "3.1.1": rf"^(\s*({_OPERATORS})\s*({_PART})\s*\,?)+$",
    "3.5.0": rf"^(\s*({_OPERATORS})\s*({_PART})\s*)((?:\s+|,\s*)({_OPERATORS})\s*({_PART})\s*)*$",
}
_ANY = frozenset("xX*")


@dataclass(frozen=True)
class SemVer:
    """A version, ordered by ``compare_versions``; text after ``+`` does not count."""

    numbers: tuple[int, int, int]
    prerelease: str = ""


@dataclass(frozen=True)
class Comparison:
    """A comparison of a range: ``~1.2`` is the operator ``~`` with version 1.2.0, of which 2 parts are ``given``."""

    operator: str
    version: SemVer
    given: int


@dataclass(frozen=True)
class VersionRange:
    """A range: alternatives, each a group of comparisons that must all hold."""

    groups: tuple[tuple[Comparison, ...], ...]
    release: Release

    def takes(self, version: SemVer) -> bool:
        """Return whether a version is in the range."""
        return any(self._holds(group, version) for group in self.groups)

    def _holds(self, group: tuple[Comparison, ...], version: SemVer) -> bool:
        with_prerelease = self.release == "3.5.0" and any(one.version.prerelease for one in group)
        return all(self._holds_one(one, version, with_prerelease) for one in group)

    def _holds_one(self, one: Comparison, version: SemVer, with_prerelease: bool) -> bool:
        whole_not_equal = one.operator == "!=" and one.given == 3 and self.release == "3.1.1"
        if version.prerelease and not one.version.prerelease and not (with_prerelease or whole_not_equal):
            return False
        # Release 3.1.1 does not compare the minor version of ^0.0.Z.
        if (
            one.operator == "^"
            and self.release == "3.1.1"
            and one.version.numbers[:2] == (0, 0)
            and one.given in {0, 3}
        ):
            return compare_versions(version, one.version) >= 0 and version.numbers[::2] == one.version.numbers[::2]
        return _HOLDS[one.operator](version, one)

    @property
    def is_unbounded(self) -> bool:
        """Whether one of the groups includes every release: ``*``, ``>=0``, ``~0.0.0``."""
        return any(all(_is_no_bound(one) for one in group) for group in self.groups)


def parse_version(text: str, release: Release = "3.1.1") -> SemVer | None:
    """Parse a version like ``NewVersion``; None if it is not valid."""
    match = _VERSION.match(text)
    if not match or len(text) > (_MAX_VERSION_350 if release == "3.5.0" else MAX_RANGE):
        return None
    numbers = [int(one or 0) for one in match.group(1, 2, 3)]
    prerelease = match.group(4) or ""
    if max(numbers) > _MAX_NUMBER or any(_is_zero_led(one) for one in prerelease.split(".")):
        return None
    return SemVer((numbers[0], numbers[1], numbers[2]), prerelease)


@lru_cache(maxsize=256)
def parse_range(text: str, release: Release = "3.1.1") -> VersionRange | None:
    """Parse a range like ``NewConstraint``; None if it is not valid."""
    limit = _MAX_RANGE_350 if release == "3.5.0" else MAX_RANGE
    if len(text) > limit or not text.isascii():
        return None
    sides = _without_hyphens(text, release).split("||")
    if release == "3.5.0" and len(sides) > _MAX_GROUPS_350:
        return None
    groups = []
    for side in sides:
        if not regex.search(_VALID[release], side):
            return None
        group = [_comparison(match, release) for match in regex.compiled(_FIND).finditer(side)]
        if None in group:
            return None
        groups.append(tuple(one for one in group if one is not None))
    return VersionRange(tuple(groups), release)


def compare_versions(one: SemVer, other: SemVer) -> int:
    """Return -1, 0 or 1 if a version is lower than, equal to, or higher than another."""
    if one.numbers != other.numbers or not (one.prerelease and other.prerelease):
        left, right = (one.numbers, not one.prerelease), (other.numbers, not other.prerelease)
        return (left > right) - (left < right)
    left_parts, right_parts = ([_part_order(x) for x in v.prerelease.split(".")] for v in (one, other))
    return (left_parts > right_parts) - (left_parts < right_parts)


def version_key(version: SemVer) -> Any:
    """Return a key that sorts versions, the lowest first."""
    return cmp_to_key(compare_versions)(version)


def _part_order(part: str) -> tuple[bool, int, str]:
    """Return a sort key: numbers come before text; numbers above Go's uint64 are text."""
    is_number = part.isdigit() and int(part) <= _MAX_NUMBER
    return (False, int(part), "") if is_number else (True, 0, part)


def _is_zero_led(part: str) -> bool:
    return len(part) > 1 and part[0] == "0" and part.isdigit()


def _without_hyphens(text: str, release: Release) -> str:
    """Rewrite ``1.2 - 1.4`` in a range as comparisons, like the library."""
    behind = " " if release == "3.5.0" else ""
    expression = regex.compiled(_HYPHEN)
    for match in [*expression.finditer(text)] if "-" in text else []:
        text = text.replace(match.group(0), f">= {match.group(1)}, <= {match.group(11)}{behind}", 1)
    return text


def _comparison(match: re.Match[str], release: Release) -> Comparison | None:
    operator, _, *parts = match.group(1, 2, 3, 4, 5)
    numbers = [(one or "").removeprefix(".") for one in parts]
    given = next((n for n, one in enumerate(numbers) if not one or one in _ANY), 3)
    behind = match.group(6) or ""
    if given == 0 and release == "3.1.1":
        behind = ""
    if given == 3:
        behind += match.group(9) or ""
    version = parse_version(".".join([*numbers[:given], *["0"] * (3 - given)]) + behind, release)
    return None if version is None else Comparison(operator, version, given)


def _not_equal(version: SemVer, one: Comparison) -> bool:
    if one.given in {0, 3}:
        return compare_versions(version, one.version) != 0
    if version.numbers[: one.given] != one.version.numbers[: one.given]:
        return True
    return one.given == 2 and version.prerelease != one.version.prerelease


def _greater(version: SemVer, one: Comparison) -> bool:
    if one.given in {1, 2}:
        return version.numbers[: one.given] > one.version.numbers[: one.given]
    return compare_versions(version, one.version) > 0


def _less_or_equal(version: SemVer, one: Comparison) -> bool:
    if one.given == 3:
        return compare_versions(version, one.version) <= 0
    places = one.given or 2
    return version.numbers[:places] <= one.version.numbers[:places]


def _tilde(version: SemVer, one: Comparison) -> bool:
    if compare_versions(version, one.version) < 0:
        return False
    if one.version.numbers == (0, 0, 0) and one.given in {0, 3}:
        return True
    places = 1 if one.given == 1 else 2
    return version.numbers[:places] == one.version.numbers[:places]


def _caret(version: SemVer, one: Comparison) -> bool:
    if compare_versions(version, one.version) < 0:
        return False
    major, minor, _ = one.version.numbers
    places = 1 if major or one.given == 1 else 2 if minor or one.given == 2 else 3
    return version.numbers[:places] == one.version.numbers[:places]


def _equal(version: SemVer, one: Comparison) -> bool:
    return compare_versions(version, one.version) == 0 if one.given == 3 else _tilde(version, one)


_HOLDS: dict[str, Callable[[SemVer, Comparison], bool]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": lambda version, one: compare_versions(version, one.version) < 0,
    ">=": lambda version, one: compare_versions(version, one.version) >= 0,
    "=>": lambda version, one: compare_versions(version, one.version) >= 0,
    "<=": _less_or_equal,
    "=<": _less_or_equal,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}
_SPREAD = [SemVer(one) for one in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 2, 3), (_MAX_NUMBER, 0, 0))]


def _is_no_bound(one: Comparison) -> bool:
    if one.operator in {">", ">=", "=>"} and one.version.numbers == (0, 0, 0):
        return True
    return one.operator != "!=" and all(_HOLDS[one.operator](version, one) for version in _SPREAD)
