"""A text that a regular expression matches, to start from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import regex
from . import expressions

_MAX_LENGTH = 128  # of a tag
_MAX_DEPTH = 50
_REPEAT = re.compile(r"(?:[*+?]|\{(?P<least>[0-9]{1,4})(?:,[0-9]*)?\})\??")
_GROUP = re.compile(r"\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?")
_ESCAPED = {"d": "0", "w": "0", "s": " ", "D": "a", "W": "-", "S": "0", "n": "\n", "t": "\t"}
_PREFERRED = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-"  # characters of tags
_EMPTY = frozenset({"^", "$", r"\A", r"\z", r"\b", r"\B", r"\Q\E"})


def matching_text(pattern: str) -> str:
    """Return a short text that an expression matches, ``""`` if none is found.

    The first alternative is taken, and as few repetitions as possible: ``main-[a-f0-9]{7}`` gives ``main-0000000``. The
    caller tries the text, because flags and boundaries are not considered.
    """
    reader = _Reader([piece for _, piece in expressions.expression_tokens(pattern)])
    found = reader.alternatives()
    return found if len(found) <= _MAX_LENGTH and reader.at == len(reader.tokens) else ""


@dataclass
class _Reader:
    tokens: list[str]
    at: int = 0
    depth: int = 0

    def alternatives(self) -> str:
        """Read up to the end of a group; return the text of its first alternative."""
        found: list[str] = [""]
        while self.at < len(self.tokens) and self.tokens[self.at] != ")":
            if self.tokens[self.at] == "|":
                self.at += 1
                found.append("")
            else:
                found[-1] = (found[-1] + self._atom())[: _MAX_LENGTH + 1]
        return found[0]

    def _atom(self) -> str:
        piece = self.tokens[self.at]
        self.at += 1
        text = self._group() if piece == "(" else _text_of(piece)
        return text * self._least()

    def _group(self) -> str:
        """Read a group whose bracket has been read."""
        opening = _GROUP.match("".join(self.tokens[self.at - 1 : self.at + _MAX_LENGTH]))
        behind = len(opening[0]) - 1 if opening else 0
        while behind > 0 and self.at < len(self.tokens):
            behind -= len(self.tokens[self.at])
            self.at += 1
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.at = len(self.tokens) + 1
            return ""
        found = self.alternatives()
        self.depth -= 1
        self.at += 1
        return found

    def _least(self) -> int:
        """Read the repetition at this place, if there is one; return its lowest count."""
        repeat = _REPEAT.match("".join(self.tokens[self.at : self.at + 12]))
        if not repeat:
            return 1
        self.at += repeat.end()
        return min(int(repeat["least"]), _MAX_LENGTH) if repeat["least"] else int(repeat[0][0] == "+")


def _text_of(piece: str) -> str:
    """Return a text that a piece matches."""
    if piece in _EMPTY:
        return ""
    if piece.startswith(r"\Q"):
        return piece[2:].removesuffix(r"\E")
    if piece.startswith("[") and len(piece) > 1:
        return next((one for one in _PREFERRED if regex.search(piece, one)), "")
    if len(piece) > 1 and piece[0] == "\\":
        return _ESCAPED.get(piece[1], piece[1])
    return "0" if piece == "." else piece
