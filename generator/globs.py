"""Globs over paths: ``*`` matches any characters including ``/``, ``?`` one, ``[…]`` one of a set. Wraps ``fnmatch``.

Globs come from repositories, and Python compiles each to a regular expression. Matching does not backtrack; compiling
costs most, up to milliseconds for 255 characters, so each glob is compiled once, and lists of globs are bounded.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

MAX_LENGTH = 255
MAX_OF_UNIT = 100  # in one spec
MAX_COUNT = 2_000  # of one key of the configuration
_MAGIC = re.compile(r"[*?\[]")


def is_plain(glob: str) -> bool:
    """Tell whether a glob is a plain name without wildcards."""
    return _MAGIC.search(glob) is None


def matches(path: str, glob: str) -> bool:
    """Tell whether a path matches a glob, case-sensitive on every system; a glob that is too long matches nothing."""
    if is_plain(glob):
        return path == glob
    return len(glob) <= MAX_LENGTH and _compiled(glob).match(path) is not None


def any_of(globs: Iterable[str], most: int) -> Callable[[str], bool]:
    """Return a predicate: whether a name matches any glob. With more than ``most`` wildcard globs, every name does."""
    every = list(globs)
    names = {one for one in every if is_plain(one)}
    patterns = list(dict.fromkeys(one for one in every if one not in names))
    if len(patterns) > most:
        return lambda _name: True
    return lambda name: name in names or any(matches(name, one) for one in patterns)


def is_refused_by_go(glob: str) -> bool:
    """Tell whether Go's ``filepath.Glob`` refuses a glob, whatever files there are: for what precedes its first ``*``.

    It refuses a class that is not closed or is empty, a range without an end, and a lone ``\\`` at the end, also of the
    folders, which it reads first: ``[/]`` and ``\\/`` are cut in two. Behind a ``*`` it may not come that far. Source:
    ``Glob``, ``matchChunk`` and ``getEsc`` of https://pkg.go.dev/path/filepath.
    """
    at = 0
    while at < len(glob) and glob[at] != "*":
        if glob[at] == "[":
            end = _end_of_class(glob, at)
            if end < 0:
                return True
            at = end
        elif glob.startswith("\\/", at):
            return True
        else:
            at += 2 if glob[at] == "\\" else 1
    return at > len(glob)


def _end_of_class(glob: str, start: int) -> int:
    """Return the offset behind a class that begins with ``[`` at ``start``, -1 if it is not valid."""
    at = start + (2 if glob.startswith("[^", start) else 1)
    first = at
    while at == first or not glob.startswith("]", at):
        at = _end_of_character(glob, at)
        if at >= 0 and glob.startswith("-", at):
            at = _end_of_character(glob, at + 1)
        if at < 0:
            return -1
    return at + 1


def _end_of_character(glob: str, at: int) -> int:
    """Return the offset behind a character of a class, -1 if there is none, or nothing follows it."""
    if glob[at : at + 1] in {"", "-", "]", "/"} or glob.startswith("\\/", at):
        return -1
    end = at + (2 if glob[at] == "\\" else 1)
    return end if end < len(glob) else -1


@lru_cache(maxsize=4 * MAX_COUNT)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))
