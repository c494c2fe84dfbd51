"""Name a finding so that it is known again in a later run: by its rule, path and message, not by its line. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from .errors import Problem

_LINE = re.compile(r"\b(lines? )[0-9]+(?:(?:, | and | to |-)[0-9]+)*")
_OTHERS = re.compile(r" \(also in lines? [0-9][0-9, ]*(?:and [0-9]+ more)?\)\Z")  # of one cause
_INDEX = re.compile(r"\[[0-9]+\]")  # of an item of a list


def fingerprint(problem: Problem) -> str:
    """Return what identifies a finding within its file; equal findings of a file have the same."""
    return _digest(problem.rule, steady_words(problem.message))[:16]


def steady_words(text: str) -> str:
    """Return a message without the numbers of lines and items in it, which move."""
    return _INDEX.sub("[#]", _LINE.sub(r"\1#", _OTHERS.sub("", text)))


def unique_fingerprints(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Yield each finding of a run with a fingerprint that no other has: equal ones of a file are numbered."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for one in problems:
        key = (one.rule, one.path, steady_words(one.message))
        seen[key] += 1
        yield one, _digest(*key, str(seen[key]))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
