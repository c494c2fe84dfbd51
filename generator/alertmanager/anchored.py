"""Regular expressions of Alertmanager: RE2, anchored at both ends.

Alertmanager compiles ``^(?:PATTERN)$``, so that parentheses are those of the whole: ``a)|(b`` is valid.
Source: labels.NewMatcher, config.Regexp.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .. import regex

_WHOLE = "^(?:{})$"
MAX_PATTERN = regex.MAX_LENGTH - len(_WHOLE.format(""))
MAX_WORDS = 200
MAX_REPLACED = 100_000
_MATCHES = 10_000


@lru_cache(maxsize=4096)
def pattern_fault(pattern: str) -> str:
    """Return the reason why Alertmanager refuses a regular expression, or ``""``."""
    if len(pattern) > MAX_PATTERN:
        return f"it is longer than {MAX_PATTERN} characters"
    return regex.fault(_WHOLE.format(pattern)) and (regex.fault(pattern) or "it breaks ^(?:…)$ around it")


@lru_cache(maxsize=65536)
def matches_whole(pattern: str, text: str) -> bool:
    """Return whether the whole text matches; False for a pattern that is not valid RE2."""
    return regex.search(_WHOLE.format(pattern), text)


def replaced(pattern: str, new: str, text: str, most: int = MAX_REPLACED) -> str | None:
    """Return the text with every match replaced; ``$1`` and ``${name}`` are groups.

    None if it would be longer than ``most`` characters, or has thousands of matches. Raises ValueError for a pattern
    that is not valid RE2.
    """
    compiled = regex.compiled(pattern)
    if compiled is None:
        raise ValueError(regex.fault(pattern))
    parts: list[str] = []
    at = size = 0
    for number, match in enumerate(compiled.finditer(text)):
        expanded = _expanded(new, match, compiled)
        parts += [text[at : match.start()], *expanded]
        size += match.start() - at + sum(map(len, expanded)) + 1
        if size > most or number >= _MATCHES:
            return None
        at = match.end()
    return "".join((*parts, text[at:]))


def _expanded(new: str, match: Any, compiled: Any) -> list[str]:
    """Return the parts that replace a match; joined they may be long."""

    def group(name: re.Match[str]) -> str:
        key = name[1] or name[2]
        number = compiled.groupindex.get(key) if not key.isdecimal() else int(key) if len(key) < 9 else None
        return (match.group(number) or "") if number is not None and number <= compiled.groups else ""

    parts, at = [], 0
    for name in re.finditer(r"\$(?:(\w+)|\{(\w+)\})", new):
        parts += [new[at : name.start()], group(name)]
        at = name.end()
    return [*parts, new[at:]]


@lru_cache(maxsize=4096)
def words(pattern: str) -> frozenset[str] | None:
    """Return the texts that a pattern matches if it consists of alternatives of plain text, else None."""
    if len(pattern) > MAX_PATTERN:
        return None
    found = _words(pattern, 0)
    return None if found is None or len(found) > MAX_WORDS else frozenset(found)


def is_everything(pattern: str) -> bool:
    """Return whether a pattern obviously matches every text."""
    while (inner := _inside(pattern.removeprefix("^").removesuffix("$"))) is not None:
        pattern = inner
    parts = _split(pattern.removeprefix("^").removesuffix("$"))
    return bool({".*", ".*?", "(?s).*", "(?s:.*)", r"[\s\S]*"} & set(parts)) or {"", ".+"} <= set(parts)


def is_anything(pattern: str) -> bool:
    """Return whether a pattern obviously matches every text except the empty one."""
    while (inner := _inside(pattern.removeprefix("^").removesuffix("$"))) is not None:
        pattern = inner
    return pattern.removeprefix("^").removesuffix("$") in {".+", ".+?", "..*"}


def _words(pattern: str, depth: int) -> list[str] | None:
    if depth > 4:
        return None
    found: list[str] = []
    for part in _split(pattern):
        bare = part.removeprefix("^")
        if bare.endswith("$") and not bare.endswith("\\$"):
            bare = bare[:-1]
        inner = _inside(bare)
        more = _words(inner, depth + 1) if inner is not None else _literal(bare)
        if more is None or len(found) > MAX_WORDS:
            return None
        found += more
    return found


def _literal(text: str) -> list[str] | None:
    bare = re.sub(r"\\([^0-9A-Za-z])", "", text)
    if re.search(r"[.*+?()\[\]{}|^$\\]", bare):
        return None
    return [re.sub(r"\\([^0-9A-Za-z])", r"\1", text)]


def _inside(text: str) -> str | None:
    """Return the content of a group that is the whole text, or None."""
    opening = next((one for one in ("(?:", "(") if text.startswith(one)), "")
    if not opening or not text.endswith(")") or text.endswith("\\)") or text.startswith("(?") != (opening == "(?:"):
        return None
    depth = 0
    for number, char in enumerate(text):
        escaped = number > 0 and text[number - 1] == "\\"
        depth += 0 if escaped else (char == "(") - (char == ")")
        if depth == 0 and number < len(text) - 1:
            return None
    return text[len(opening) : -1]


def _split(pattern: str) -> list[str]:
    """Split at the bars outside of groups, classes and escapes."""
    parts, start, depth, number, in_class = [], 0, 0, 0, False
    while number < len(pattern):
        char = pattern[number]
        if char == "\\":
            number += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "|" and depth == 0:
            parts.append(pattern[start:number])
            start = number + 1
        else:
            depth += (char == "(") - (char == ")")
        number += 1
    return [*parts, pattern[start:]]
