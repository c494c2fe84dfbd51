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


@lru_cache(maxsize=4 * MAX_COUNT)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))
