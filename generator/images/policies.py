"""Tag policies: the tags of an image that automation may deploy, as ``METHOD:PATTERN``.

``glob``, ``semver`` and ``regexp`` select tags, the newest build or the highest version first. ``numerical`` and
``alphabetical`` are regular expressions with one named group, whose text orders the tags, the highest first. The
backend defines the meaning of a pattern by its ``takes``, ``faults`` and ``select`` (``automation``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from . import expressions
from .references import is_tag
from .samples import matching_text
from .semver import parse_version

Method = Literal["glob", "semver", "regexp", "numerical", "alphabetical"]
METHODS: tuple[str, ...] = get_args(Method)
_EXAMPLE = {
    "numerical": "^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$",
    "alphabetical": "^release-(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})$",
}
_BUILD = re.compile(r"(?:[0-9a-f]+|[0-9]+T[0-9]+Z?)\Z")
_NO_BRANCH = re.compile(r"(?:v?[0-9]+(?:\.[0-9]+)*|issue|mr|pr|pull)?\Z", re.IGNORECASE)
_PREFIXES = [f"{one}:" for one in METHODS]
SYNTAX = "write glob:PATTERN, semver:RANGE, regexp:RE2, numerical:RE2 or alphabetical:RE2"
ORDERED: frozenset[str] = frozenset({"numerical", "alphabetical"})  # by the text of a named group

FaultCode = Literal[
    "prefix",  # the method is missing or misspelt
    "control",  # a control character
    "no-match",  # no tag can match as written
    "not-re2",
    "not-a-range",
    "group",  # an ordered policy without exactly one named group
    "literal",  # characters that look special but are not
    "loose",  # an expression that matches more than it seems to
    "takes-all",
    "foreign-tag",  # the tag does not match the policy
    "tag-of-digits",  # the tag is a version only because it is a number
    "inexpressible",  # the backend does not support the policy
]


@dataclass(frozen=True)
class TagPolicy:
    """A policy as written: ``glob:master-*`` is the method ``glob`` with the pattern ``master-*``."""

    method: Method
    pattern: str

    def __str__(self) -> str:
        return f"{self.method}:{self.pattern}"

    @property
    def is_pin(self) -> bool:
        """Whether it only matches one tag: a glob without ``*``."""
        return self.method == "glob" and "*" not in self.pattern


@dataclass(frozen=True)
class PolicyFault:
    """A fault of a policy, or of a tag under it: ``message`` continues a sentence that starts with the policy."""

    code: FaultCode
    message: str
    hint: str

    @property
    def is_of_tag(self) -> bool:
        """Whether the tag is at fault, so that ``message`` is a whole sentence."""
        return self.code in {"foreign-tag", "tag-of-digits"}


def parse_policy(text: str) -> TagPolicy | PolicyFault:
    """Parse a policy of a spec, or return its fault."""
    method, colon, pattern = text.partition(":")
    if not colon or method not in METHODS:
        return PolicyFault("prefix", f"does not start with {', '.join(_PREFIXES[:-1])} or {_PREFIXES[-1]}", SYNTAX)
    if not pattern.isprintable():
        return PolicyFault("control", "contains a control character", "remove it")
    return TagPolicy(method, pattern)  # type: ignore[arg-type]


def group_of(policy: TagPolicy) -> str:
    """Return the name of the group that orders the tags of an ordered policy; the policy has no ``group_fault``."""
    return expressions.named_groups(policy.pattern)[0]


def group_fault(policy: TagPolicy) -> PolicyFault | None:
    """Return the fault of an ordered policy that is not RE2 with exactly one named group, else None.

    A number has to be in every match: Flux v2 updates nothing if a tag matches without one.

    A group with a name is a part of the tag: ``main-(?P<time>[0-9]{1,15})``.
    """
    if policy.method not in ORDERED:
        return None
    if reason := expressions.expression_fault(policy.pattern):
        hint = "write it without look-around, backreferences and possessive quantifiers"
        return PolicyFault("not-re2", f"is not a valid RE2 expression ({reason})", hint)
    names = expressions.named_groups(policy.pattern)
    hint = f"name the part of the tag that orders them, such as {policy.method}:{_EXAMPLE[policy.method]}"
    if len(names) != 1:
        count = "no named group" if not names else f"{len(names)} named groups ({', '.join(names)})"
        return PolicyFault("group", f"has {count}, so it does not tell by which part tags are ordered", hint)
    if names[0][0].isdigit():
        return PolicyFault("group", f"has a group with the name {names[0]}, which starts with a digit", hint)
    if policy.method == "numerical" and not expressions.takes_part(policy.pattern, names[0]):
        message = f"has a group {names[0]} that is not in every match, so that some tags have no number"
        return PolicyFault("group", message, hint)
    return None


def glob_matches(pattern: str, tag: str) -> bool:
    """Match like go-glob: ``*`` matches any sequence of characters, and nothing else is special.

    Each piece is matched at its first occurrence. Source: ryanuber/go-glob 1.0.0.
    """
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


def usual_policy(tag: str | None) -> str:
    """Return the default policy for a tag: the same minor version, the same branch, or only this tag.

    ``1.31.2-alpine`` is pinned: ``glob:1.31.2-*`` would match other variants.
    """
    if not tag:
        return "glob:master-*"
    version = parse_version(tag)
    if version and "." in tag and not version.prerelease:
        major, minor = tag.removeprefix("v").split(".")[:2]
        return f"semver:~{major}.{minor}"
    branch = _branch_of_build(tag)
    return f"glob:{branch}-*" if branch else f"glob:{tag}"


def _branch_of_build(tag: str) -> str:
    """Return the branch of a tag of a build, ``main-abc1234`` or ``main-abc1234-20240102``, ``""`` for another tag.

    What follows the branch is a commit, a number or a time. Other words say what is in the image, as in
    ``stable-alpine``, and what precedes may be a version.
    """
    *parts, last = tag.split("-")
    if not _BUILD.match(last):
        return ""
    while len(parts) > 1 and _BUILD.match(parts[-1]) and not parts[-1].isalpha():
        parts.pop()
    branch = "-".join(parts)
    return "" if _NO_BRANCH.match(branch) else branch


def first_tag(policy: TagPolicy, takes: Callable[[TagPolicy, str], bool]) -> str:
    """Return an initial tag that matches the policy, ``""`` if it cannot be derived."""
    if policy.method == "glob":
        tag = policy.pattern.replace("*", "0")
    elif policy.method == "semver" and (found := re.search(r"[0-9]+(?:\.[0-9]+){0,2}", policy.pattern)):
        tag = ".".join([*found.group().split("."), "0", "0"][:3])
    elif policy.method in ORDERED:
        tag = matching_text(policy.pattern)
    else:
        return ""
    return tag if is_tag(tag) and tag.lower() != "latest" and takes(policy, tag) else ""
