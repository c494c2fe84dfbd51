"""Match filters of triggers by branch, tag and path as GitHub does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ... import regex
from ...yaml import Node, text_at

SPECIAL = re.compile(r"[*?+\[\\]")
_LONGEST = 500  # characters of a filter pattern


def included(given: Iterable[Node], name: str) -> bool:
    """Return whether patterns include a name: the last one that matches decides, ``!`` excludes."""
    taken = False
    for one in given:
        if matches_filter(text_at(one), name):
            taken = not text_at(one).startswith("!")
    return taken


def matches_filter(pattern: str, name: str) -> bool:
    """Return whether a filter pattern matches the name of a branch or tag, or a path.

    The grammar is that of "Filter pattern cheat sheet" in GitHub's workflow syntax.
    """
    pattern = pattern.removeprefix("!")[:_LONGEST]
    special = SPECIAL.search(pattern)
    if special is None:
        return pattern == name
    head = pattern[: special.start()]
    if pattern[special.start() :] == "**":
        return name.startswith(head)
    return name.startswith(head[:-1]) and regex.search(f"\\A(?s:{_expression(pattern)})\\z", name)


def _expression(pattern: str) -> str:
    """Return a filter pattern as a regular expression for RE2, which runs in linear time."""
    out, at, repeatable = [], 0, False
    while at < len(pattern):
        char, took, may_repeat = pattern[at], 1, True
        if pattern.startswith("**/", at):
            part, took, may_repeat = "(?:.*/)?", 3, False
        elif pattern.startswith("**", at):
            part, took, may_repeat = ".*", 2, False
        elif char == "*":
            part, may_repeat = "[^/]*", False
        elif char in "?+":
            part, may_repeat = (char if repeatable else ""), False
        elif char == "[" and "]" in pattern[at:]:
            end = pattern.index("]", at)
            part, took = "[" + re.escape(pattern[at + 1 : end]).replace("\\-", "-") + "]", end - at + 1
        elif char == "\\" and at + 1 < len(pattern):
            part, took = re.escape(pattern[at + 1]), 2
        else:
            part = re.escape(char)
        out.append(part)
        at += took
        repeatable = may_repeat
    return "".join(out)
