"""Texts at the edges of a regular expression: those that it just does not match.

A sample that every expression matches tells nothing of the alerts that one of them lets pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product, zip_longest

from .. import regex
from ..images.expressions import expression_tokens

_PROBES = "0azAZ-_. ~"  # ordinary characters of values
_ODD = ("é", "\n")  # a letter that is not ASCII, and what a dot does not match
_REPEAT = re.compile(r"\{([0-9]{1,3})(?:,([0-9]{0,3}))?\}")
_MAX_OUTSIDE = 6  # characters of a class
_MAX_CHARACTERS = 24
_MAX_TEXTS = 3000  # times expressions
_MAX_WORD = 3
_MAX_REPEATED = 256


def edge_characters(patterns: Sequence[str]) -> list[str]:
    """Return characters that stand in expressions, then those that tell their classes apart; the odd ones come last."""
    pieces = list(dict.fromkeys(piece for pattern in patterns for _, piece in expression_tokens(pattern)))
    classes = [one for one in pieces if len(one) > 1 and one[0] in "[\\"][:_MAX_CHARACTERS]
    written = [one for piece in pieces for one in (_written(piece) if piece in classes else piece) if one.isalnum()]
    around = [one for each in zip_longest(*map(_around, classes)) for one in each if one is not None]
    return list(dict.fromkeys([*list(dict.fromkeys([*written, *around]))[:_MAX_CHARACTERS], *_ODD]))


def edge_texts(patterns: Sequence[str], compared: int) -> Iterator[str]:
    """Yield texts at the edges of expressions: short words of their characters, and too many repetitions.

    Each is compared with so many expressions: there are fewer texts if these are many.
    """
    characters = edge_characters(patterns)
    for length in range(1, _MAX_WORD + 1):
        most = int((_MAX_TEXTS / max(1, compared)) ** (1 / length)) if length > 1 else len(characters)
        yield from map("".join, product(characters[:most], repeat=length))
    for pattern in patterns:
        for one in _REPEAT.finditer(pattern):
            most = int(one[2] or one[1])
            if most < _MAX_REPEATED:
                yield from (character * (most + 1) for character in characters[:_MAX_OUTSIDE])
                yield from ("0" * (most + 1), "a" * (most + 1), "0" * max(0, int(one[1]) - 1))


def _written(piece: str) -> str:
    """Return the characters that stand in a class; nothing for an escape."""
    return piece.strip("[]^") if piece[0] == "[" and "\\" not in piece and "[:" not in piece else ""


def _around(piece: str) -> list[str]:
    """Return characters that a class or an escape matches and does not match, by turns, those in it first."""
    source = f"^(?s:{piece})$"
    several = list(dict.fromkeys([*_written(piece), *_PROBES, *_ODD]))
    inside = [one for one in several if regex.search(source, one)]
    outside = [one for one in several if one not in inside]
    by_turns = [one for pair in zip_longest(inside[:2], outside[:_MAX_OUTSIDE]) for one in pair]
    return [one for one in by_turns if one is not None]
