"""Texts that a regular expression matches, to start from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from .. import regex
from . import expressions

_MAX_LENGTH = 128  # of a tag
_MAX_DEPTH = 50
_MAX_TEXTS = 60
_REPEAT = re.compile(r"(?:[*+?]|\{(?P<least>[0-9]{1,4})(?:,[0-9]*)?\})\??")
_GROUP = re.compile(r"\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]*\)")
_ESCAPED = {"d": "0", "w": "0", "s": " ", "D": "a", "W": "-", "S": "0", "n": "\n", "t": "\t"}
_PREFERRED = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-"  # characters of tags
_LETTERS = "éÉαΩжЖא你あカ한عกअ€+,! ²½"  # of other scripts and classes
_EMPTY = frozenset({"^", "$", r"\A", r"\z", r"\b", r"\B", r"\Q\E"})


def matching_text(pattern: str) -> str:
    """Return a short text that an expression matches, ``""`` if none is found.

    The first alternative is taken, and as few repetitions as possible: ``main-[a-f0-9]{7}`` gives ``main-0000000``. The
    caller tries the text, because flags and boundaries are not considered.
    """
    return next(iter(_texts(pattern, (), 1)), "")


def matching_texts(pattern: str, fillers: Iterable[str] = ()) -> Sequence[str]:
    """Return texts that an expression probably matches, at most _MAX_TEXTS, from every alternative: with as few
    repetitions as possible, and with each filler that a repetition takes (``db-.*`` with ``-prod`` gives ``db--prod``).
    """
    return _texts(pattern, tuple(fillers), _MAX_TEXTS)


def _texts(pattern: str, fillers: tuple[str, ...], most: int) -> list[str]:
    reader = _Reader([piece for _, piece in expressions.expression_tokens(pattern)], most, fillers)
    found = reader.alternatives()
    return [one for one in found if len(one) <= _MAX_LENGTH] if reader.at == len(reader.tokens) else []


@dataclass
class _Reader:
    """Reads tokens, and returns at most ``most`` texts for each part."""

    tokens: list[str]
    most: int
    fillers: tuple[str, ...]
    at: int = 0
    depth: int = 0

    def alternatives(self) -> list[str]:
        """Read up to the end of a group; return the texts of its alternatives, the first one's first."""
        found: list[list[str]] = [[""]]
        while self.at < len(self.tokens) and self.tokens[self.at] != ")":
            if self.tokens[self.at] == "|":
                self.at += 1
                found.append([""])
            else:
                both = ((one + more)[: _MAX_LENGTH + 1] for more in self._atom() for one in found[-1])
                found[-1] = list(dict.fromkeys(islice(both, self.most)))
        return list(dict.fromkeys(chain.from_iterable(zip_longest(*found, fillvalue=found[0][0]))))[: self.most]

    def _atom(self) -> list[str]:
        start = self.at
        piece = self.tokens[self.at]
        self.at += 1
        if piece == "(" and (flags := _FLAGS.match("".join(self.tokens[start : start + 12]))):
            self.at = start + flags.end()
            return [""]
        texts = self._group() if piece == "(" else [_text_of(piece)]
        least = self._least()
        found = [one * least for one in texts]
        if self.at == start + 1 or not self.fillers:
            return found
        source = f"^(?s:{''.join(self.tokens[start : self.at])})$"
        return [*found, *(one for one in self.fillers if one not in found and regex.search(source, one))]

    def _group(self) -> list[str]:
        """Read a group whose bracket has been read."""
        opening = _GROUP.match("".join(self.tokens[self.at - 1 : self.at + _MAX_LENGTH]))
        behind = len(opening[0]) - 1 if opening else 0
        while behind > 0 and self.at < len(self.tokens):
            behind -= len(self.tokens[self.at])
            self.at += 1
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.at = len(self.tokens) + 1
            return [""]
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
    if piece.startswith(("\\p{", "\\P{")):
        return next((one for one in _PREFERRED + _LETTERS if regex.search(f"^{piece}$", one)), "")
    if piece.startswith("\\x{") and len(piece) <= len("\\x{10ffff}"):
        return chr(min(int(piece[3:-1], 16), 0x10FFFF)) if re.fullmatch("[0-9A-Fa-f]+", piece[3:-1]) else ""
    if len(piece) > 1 and piece[0] == "\\":
        return _ESCAPED.get(piece[1], piece[1])
    return "0" if piece == "." else piece
