"""Tags that sort by a number: ``BRANCH-SHA-TIME``, with the time in Unix seconds, as the images workflow pushes them.

Source: https://fluxcd.io/flux/guides/sortable-image-tags/.
"""

from __future__ import annotations

import re
from itertools import pairwise

from .policies import TagPolicy

UNIX_DIGITS = "10"  # of a time in seconds, until the year 2286
EXAMPLE = "{branch}-1a2b3c4-1718000000"
_TAG = re.compile(r"(?P<branch>.+)-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})\Z")
# How the branch begins and goes on, in an expression and in a glob, and what may follow it.
_BEGIN = (re.compile(r"(?:[A-Za-z0-9_]|\\\.)+"), re.compile(r"[A-Za-z0-9_.]+"))
_PART = (
    re.compile(r"-[A-Za-z_](?:[A-Za-z0-9_]|\\\.)*|-[0-9]+(?:\\\.[0-9]+)+(?=-)"),
    re.compile(r"-[A-Za-z_][A-Za-z0-9_.]*|-[0-9]+(?:\.[0-9]+)+(?=-)"),
)
_AFTER = "-*([\\$"
_IS_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]*)*\Z")
_GLOB_OF_VERSIONS = re.compile(r"v?(?P<numbers>[0-9]{1,4}(?:\.[0-9]{1,9})?)?(?:\.[0-9]+)?(?P<rest>[.-]?)\*\Z")
_MAX_DIGITS = 15  # a float64 has all integers of 15 digits
_DIGITS = f"[0-9]{{1,{_MAX_DIGITS}}}"
_WORDS = "alpha|beta|canary|dev|ea|milestone|next|nightly|pre|preview|rc|snapshot|test|[abm]"  # of prereleases
_PRERELEASE = re.compile(rf"v?[0-9]+(?:\.[0-9]+)*-(?:{_WORDS})(?![A-Za-z])", re.IGNORECASE)
_NUMBERED_PRERELEASE = re.compile(
    rf"(?P<before>v?[0-9]+(?:\.[0-9]+)*-(?:{_WORDS})[.-]?)[0-9]{{1,15}}(?P<after>)\Z", re.IGNORECASE
)
_VARIANT = re.compile(
    r"(?P<before>(?:[A-Za-z][A-Za-z0-9]*[-_])*v?[0-9]+\.[0-9]+\.)[0-9]{1,15}(?P<after>-(?!g?[0-9a-f]{7,40}\Z)[A-Za-z].*)\Z"
)
_UNORDERED = frozenset({"commit", "git", "issue", "mr", "pr", "pull", "rev", "sha", "sha1", "sha256"})
_SEPARATOR = re.compile(r"[-_.]")
_SHORT_COMMIT = 7


def branch_of_tag(tag: str) -> str:
    """Return the branch of a tag of this scheme, ``""`` for any other tag."""
    found = _TAG.match(tag)
    return found["branch"] if found else ""


def branch_of_policy(policy: TagPolicy, tag: str) -> str:
    """Return the branch that a glob or an expression begins with, that of the tag if it does not tell, else ``main``.

    It is ``""`` for what begins with a version: such tags are not of a branch.
    """
    found = _beginning(policy.pattern.removeprefix("^"), policy.method == "glob").replace("\\", "")
    branch = (found or branch_of_tag(tag) or tag.partition("-")[0] or "main").rstrip("._")
    return "" if is_version(branch) else branch


def _beginning(text: str, is_glob: bool) -> str:
    """Return the branch that a glob or an expression begins with, as written, ``""`` if it begins with none."""
    begin = _BEGIN[is_glob].match(text)
    ends = [0] if begin is None else [0, begin.end()]
    while len(ends) > 1 and (part := _PART[is_glob].match(text, ends[-1])):
        ends.append(part.end())
    for start, end in reversed(list(pairwise(ends))):
        if text[end : end + 1] in _AFTER:  # or the end of the text
            return text[:end]
        if not is_glob and (dot := text.rfind("\\.", start, end)) > 0:
            return text[:dot]
    return ""


def is_version(text: str) -> bool:
    """Return whether a text has only the numbers of a version, at least one: ``v1``, ``1.31``."""
    return bool(_IS_VERSION.match(text))


def literal(text: str) -> str:
    """Return a text of characters of tags as an expression."""
    return text.replace(".", r"\.")


def sortable_policy(branch: str, digits: str) -> str:
    """Return the policy for the tags of a branch; ``digits`` is how many the time has, such as ``1,15``."""
    return f"numerical:^{literal(branch)}-[a-f0-9]{{7,40}}-(?P<time>[0-9]{{{digits}}})$"


def branch_glob(tag: str) -> str:
    """Return the glob of the branch of a tag of this scheme, ``""`` for any other tag."""
    branch = branch_of_tag(tag)
    return f"glob:{branch}-*" if branch and not is_version(branch) else ""


def range_of_glob(policy: TagPolicy) -> str:
    """Return the policy with the range of versions that a glob means: ``semver:~1.2`` for 1.2.*, else ``""``."""
    found = _GLOB_OF_VERSIONS.match(policy.pattern) if policy.method == "glob" and policy.pattern != "*" else None
    if not found:
        return ""
    numbers = found["numbers"] or "1"
    suffix = f"{'.0' * (2 - numbers.count('.'))}-0" if found["rest"] == "-" else ""
    return f"semver:{'~' if '.' in numbers else '^'}{numbers}{suffix}"


def number_of_glob(policy: TagPolicy, tag: str) -> str:
    """Return the policy by number of a glob whose only ``*`` is a number in the tag, else ``""``."""
    before, star, after = policy.pattern.partition("*")
    number = tag.removeprefix(before).removesuffix(after)
    if policy.method != "glob" or not (before and star and number.isdigit()) or len(number) == _SHORT_COMMIT:
        return ""
    return _by_number(before, after)


def numbered_policy(tag: str) -> str:
    """Return the policy for tags that differ from one in a single number, the other parts being the same.

    The number is the patch version of a variant (``1.31.2-alpine``), that of a prerelease (``1.2.3-rc.1``), or the last
    part behind a word (``main-42``). Returns ``""`` if no number says which tag is newer: for numbers alone, minor
    versions, and what may be a commit.
    """
    is_prerelease = _PRERELEASE.match(tag) is not None
    found = _NUMBERED_PRERELEASE.match(tag) if is_prerelease else _VARIANT.match(tag)
    if found:
        return _by_number(found["before"], found["after"])
    before = tag.rstrip("0123456789")
    return _by_number(before, "") if _counts(before, len(tag) - len(before)) else ""


def _counts(before: str, digits: int) -> bool:
    """Return whether a number of so many digits counts builds or patch versions, from the text before it."""
    head, separator = before[:-1], before[-1:]
    words = _SEPARATOR.split(head)
    if not (separator and separator in "-_." and 0 < digits <= _MAX_DIGITS and digits != _SHORT_COMMIT):
        return False
    if words[-1].lower() in _UNORDERED:
        return False
    if separator == ".":  # a minor version has the same rank as a word, a major version alone has not
        *_, major, minor = ["", *head.split(".")]
        return head[-1:].isalpha() or (minor.isdigit() and major[-1:].isdigit())
    last = head.replace("_", "-").rpartition("-")[2]
    return any(one.isalpha() or one == "." for one in last)


def _by_number(before: str, after: str) -> str:
    return f"numerical:^{literal(before)}(?P<number>{_DIGITS}){literal(after)}$"
