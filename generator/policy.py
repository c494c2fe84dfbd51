"""Which image tags an automation policy takes, by the rules of Flux v1.

Sources: fluxcd/flux 1.25.4, ``pkg/policy/pattern.go``; ryanuber/go-glob 1.0.0; Masterminds/semver 3.1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from . import regex

Method = Literal["glob", "semver", "regexp"]

_VERSION = re.compile(
    r"v?([0-9]{1,18})(?:\.([0-9]{1,18}))?(?:\.([0-9]{1,18}))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)
_NUMBER = r"(?:[0-9]{1,18}|[xX*])"
_PART = rf"v?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_RULE = re.compile(rf"\s*+(=|!=|>|<|>=|=>|<=|=<|~|~>|\^|)\s*+({_PART})\s*")
_COMPARISON = re.compile(rf"\s*+(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)\s*+{_PART}(?![0-9xX*.])\s*,?")
_HYPHEN = re.compile(rf"(?<![0-9A-Za-z.+*-])({_PART})\s+-\s+({_PART})\s*")
_MAX_RANGE = 1000

Version = tuple[int, int, int, tuple[tuple[int, int, str], ...] | None]


@dataclass(frozen=True)
class Policy:
    """A policy as written: ``glob:master-*`` is the method ``glob`` with the pattern ``master-*``."""

    method: Method
    pattern: str


def parse(text: str) -> Policy | str:
    """Return the policy that ``text`` means, or why it is none that should be used."""
    method, _, pattern = text.partition(":")
    if method not in {"glob", "semver", "regexp"}:
        return "does not begin with glob:, semver: or regexp:"
    if not pattern or pattern != pattern.strip():
        return "has a blank or nothing behind the colon, which Flux takes as part of the pattern"
    if not pattern.isprintable():
        return "contains a control character"
    policy = Policy(method, pattern)  # type: ignore[arg-type]
    return _fault(policy) or policy


def matches(policy: Policy, tag: str) -> bool:
    """Tell whether Flux v1 would take ``tag`` under ``policy``."""
    if tag.lower() == "latest":
        return policy.pattern == "latest"
    match policy.method:
        case "glob":
            return _globs(policy.pattern, tag)
        case "regexp":
            return regex.search(policy.pattern, tag)
        case _:
            version = _version(tag)
            return version is not None and _satisfies(policy.pattern, version)


def _globs(pattern: str, tag: str) -> bool:
    """Match as go-glob does: ``*`` stands for any run of characters. Each piece is taken where it first fits."""
    first, *rest = pattern.split("*")
    if not rest:
        return tag == first
    last = rest.pop()
    if not (tag.startswith(first) and tag.endswith(last) and len(tag) >= len(first) + len(last)):
        return False
    at, end = len(first), len(tag) - len(last)
    for piece in rest:
        found = tag.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def usual(tag: str | None) -> str:
    """Return the policy for a tag where the user names none: the same minor version, the same branch, or just this."""
    if not tag:
        return "glob:master-*"
    version = _VERSION.match(tag)
    if version and version.group(2) and not version.group(4):
        return f"semver:~{version.group(1)}.{version.group(2)}"
    branch, dash, _ = tag.partition("-")
    return f"glob:{branch}-*" if branch and dash else f"glob:{tag}"


def first_tag(policy: Policy) -> str:
    """Return a tag that the policy takes, to start from when the user names none; ``""`` where only the user knows."""
    if policy.method == "glob":
        tag = policy.pattern.replace("*", "0")
    elif policy.method == "semver" and (found := re.search(r"[0-9]+(?:\.[0-9]+){0,2}", policy.pattern)):
        tag = ".".join([*found.group().split("."), "0", "0"][:3])
    else:
        return ""
    return tag if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", tag) and matches(policy, tag) else ""


def _fault(policy: Policy) -> str:
    if policy.method == "glob":
        if not policy.pattern.strip("*"):
            return "matches every tag of every branch"
        if odd := set("?[]{}") & set(policy.pattern):
            return f"uses {''.join(sorted(odd))}, which Flux takes literally: only * is special"
    elif policy.method == "regexp":
        if reason := regex.fault(policy.pattern, old=True):
            return f"is not RE2 ({reason}), so Flux would take every tag"
        if regex.search(policy.pattern, "") or not re.sub(r"[\^$.*+?()|]", "", policy.pattern):
            return "matches every tag"
    elif any(not _rules(part) for part in policy.pattern.split("||")):
        return "is no version range, so Flux would take every version"
    elif re.fullmatch(r"\s*v?[*xX](?:\.[*xX]){0,2}\s*", policy.pattern):
        return "matches every version"
    return ""


def _version(text: str) -> Version | None:
    match = _VERSION.match(text)
    if not match:
        return None
    major, minor, patch, pre = match.groups()
    return int(major), int(minor or 0), int(patch or 0), _prerelease(pre)


def _prerelease(text: str | None) -> tuple[tuple[int, int, str], ...] | None:
    if text is None:
        return None
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split("."))


def _rules(text: str) -> list[tuple[str, str]]:
    """Return operator and version of every comparison in one side of ``||``; nothing where it is no constraint."""
    text = _HYPHEN.sub(r" >=\1 <=\2 ", text)
    out, at = [], 0
    while at < len(text):
        if text[at] in ", ":
            at += 1
            continue
        match = _RULE.match(text, at)
        if not match:
            return []
        out.append((match.group(1), match.group(2)))
        at = match.end()
    return out


def _satisfies(constraint: str, version: Version) -> bool:
    return any(all(_holds(op, text, version) for op, text in _rules(part)) for part in constraint.split("||"))


def _holds(op: str, text: str, version: Version) -> bool:
    core, _, rest = text.lstrip("v").partition("+")[0].partition("-")
    parts = core.split(".")
    given = next((n for n, part in enumerate(parts) if part in "xX*"), len(parts))
    numbers = [int(part) for part in parts[:given]] + [0] * (3 - given)
    low: Version = (numbers[0], numbers[1], numbers[2], _prerelease(rest or None))
    if version[3] is not None and low[3] is None:
        return False  # a pre-release is only taken where the constraint has one
    compared = (_order(version) > _order(low)) - (_order(version) < _order(low))
    next_up = _order(_bump(low, given))
    match op:
        case "" | "=":
            return compared == 0 if given == 3 else compared >= 0 and _order(version) < next_up
        case "!=":
            return compared != 0 if given == 3 else not (compared >= 0 and _order(version) < next_up)
        case ">":
            return compared > 0 if given == 3 else _order(version) >= next_up
        case "<":
            return compared < 0
        case ">=" | "=>":
            return compared >= 0
        case "<=" | "=<":
            return compared <= 0 if given == 3 else _order(version) < next_up
        case "~" | "~>":
            return compared >= 0 and _order(version) < _order(_bump(low, min(given, 2)))
        case _:
            lead = next((n + 1 for n in range(min(given, 3)) if low[n]), max(given, 1))
            return compared >= 0 and _order(version) < _order(_bump(low, lead))


def _bump(version: Version, place: int) -> Version:
    """Return the first version above every one that shares the first ``place`` numbers with ``version``."""
    if place <= 0:
        return (10**19, 0, 0, None)
    given = version[:3]
    numbers = [*given[: place - 1], given[place - 1] + 1, 0, 0]
    return (numbers[0], numbers[1], numbers[2], None)


def _order(version: Version) -> tuple[int, int, int, bool, tuple[tuple[int, int, str], ...]]:
    return (*version[:3], version[3] is None, version[3] or ())


def is_range(text: str) -> bool:
    """Tell whether Masterminds/semver 3.1.1 takes ``text`` as a constraint."""
    if len(text) > _MAX_RANGE:
        return False
    return all(_is_segment(part) for part in _HYPHEN.sub(r" >=\1 <=\2 ", text).split("||"))


def _is_segment(text: str) -> bool:
    """Tell whether one side of ``||`` is comparisons, each with at most one comma behind it."""
    text, at = text.rstrip(), 0
    while at < len(text):
        match = _COMPARISON.match(text, at)
        if not match:
            return False
        at = match.end()
    return at > 0
