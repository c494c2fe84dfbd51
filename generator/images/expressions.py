"""Regular expressions for tags: validity as RE2, matches, and looseness."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import regex

MAX_LENGTH = 1000
_PREFIX = re.compile(r"\^(?:v|(?:[A-Za-z0-9_-]|\\\.)*(?:[_-]|\\\.))\Z")
TIGHTER = r"anchor it with ^ and $, and write \. for a dot"
# Sample tags: an expression that matches all of them matches everything.
_PROBES = ("a", "0", "Z", "_", "x-1", "1.2.3", "v2", "master-0a1b2c3", "20240101-120000", "feature_9.z")


def expression_fault(pattern: str, *, old: bool = False) -> str:
    """Return why a pattern is not valid RE2, or ``""``. ``old`` selects the syntax of Flux v1's version of Go."""
    return regex.fault(pattern, limit=MAX_LENGTH, old=old)


def takes_all(pattern: str) -> bool:
    """Return whether a valid expression matches every tag."""
    return all(regex.search(pattern, one) for one in _PROBES)


def _groups(pattern: str) -> dict[str, int]:
    """Return the groups of a valid expression: name to number."""
    compiled = regex.compiled(pattern)
    return dict(compiled.groupindex) if compiled is not None else {}


def captured(pattern: str, name: str) -> str:
    """Return the source of a group by name or number, ``""`` if it does not exist."""
    names = _groups(pattern)
    wanted = int(name) if name.isdecimal() and len(name) < 9 else names.get(name, -1)
    opened: list[tuple[int, int]] = []
    count = 0
    for index, char in _syntax(pattern):
        if char == "(":
            plain = pattern[index + 1 : index + 2] != "?" or bool(re.match(r"\(\?P?<", pattern[index:]))
            count += plain
            opened.append((count if plain else 0, index))
        elif char == ")" and opened:
            number, start = opened.pop()
            if number == wanted:
                return re.sub(r"\A\((?:\?P?<[^>]*>)?", "", pattern[start:index])
    return ""


def is_anchored(pattern: str) -> tuple[bool, bool]:
    """Return whether an expression is anchored to the start and to the end of a tag, in all top-level alternatives."""
    parts = _alternatives(pattern)
    starts = all(re.match(r"(?:\(\?[a-zA-Z]+\))?(?:\^|\\A)", one) for one in parts)
    ends = all(re.search(r"(?<!\\)(?:\\\\)*(?:\$|\\z)\Z", one) for one in parts)
    return starts, ends


def looseness(pattern: str) -> str:
    """Return why a valid expression matches more tags than it seems to, or ``""``.

    A prefix without anchored end is allowed if it ends in a separator, or is the v of versions: ``^v``, ``^release-``.
    """
    starts, ends = is_anchored(pattern)
    ends = ends or _PREFIX.match(pattern) is not None
    loose = []
    if not (starts and ends):
        side = "end" if starts else "start" if ends else "start or end"
        loose.append(f"is not anchored to the {side} of the tag")
    if has_bare_dot(pattern):
        loose.append("has a dot that matches any character")
    return f"{' and '.join(loose)}, so it matches more tags than it seems to" if loose else ""


def has_bare_dot(pattern: str) -> bool:
    """Return whether a dot seems literal but matches any character: ``1.2``, not ``.*``."""
    return any(
        char == "." and pattern[index + 1 : index + 2] not in {"*", "+", "?", "{"} for index, char in _syntax(pattern)
    )


def _alternatives(pattern: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, char in _syntax(pattern):
        if char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:index])
            start = index + 1
    return [*parts, pattern[start:]]


def _syntax(pattern: str) -> Iterator[tuple[int, str]]:
    """Yield place and character of syntax that is neither escaped nor in a class."""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "[":
            index = _class_end(pattern, index)
        elif char == "\\":
            index += 1
        else:
            yield index, char
        index += 1


def _class_end(pattern: str, start: int) -> int:
    """Return the end of the class that opens at ``start``."""
    index = start + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        if pattern[index] == "\\":
            index += 1
        elif pattern.startswith("[:", index):
            index = max(pattern.find(":]", index), index) + 1
        index += 1
    return index
