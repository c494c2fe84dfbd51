"""Split the text of a template into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .nodes import TemplateError

KEYWORDS = frozenset({"block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"})

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<mark>:=|[=|(),])
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)
    | (?P<char>'(?:[^'\\\n]|\\[^\n])+')
    | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)i?)
    | (?P<field>\.\w+)
    | (?P<variable>\$\w*)
    | (?P<dot>\.)
    | (?P<word>\w+)""",
    re.VERBOSE,
)
_END = re.compile(r"(?:\s+-)?\}\}")
_ENDS_WORD = re.compile(r"[\s.,|:)(]|(?:\s-)?\}\}|\Z")
_COMMENT = re.compile(r"\{\{(?:-\s)?/\*")


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` between actions, ``open`` and ``close`` around an action, and the tokens inside."""

    sort: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of a template. Raises TemplateError."""
    found: list[Token] = []
    at, trim = 0, False
    while at <= len(text):
        opening = text.find("{{", at)
        stop = opening if opening >= 0 else len(text)
        trims_left = opening >= 0 and text.startswith("{{-", opening) and text[opening + 3 : opening + 4].isspace()
        piece = text[at:stop]
        start = at
        if trim:
            start += len(piece) - len(piece.lstrip())
            piece = piece.lstrip()
        piece = piece.rstrip() if trims_left else piece
        if piece:
            found.append(Token("text", piece, start))
        if opening < 0:
            break
        if _COMMENT.match(text, opening):
            at, trim = _comment(text, opening)
        else:
            at, trim = _action(text, opening, opening + (3 if trims_left else 2), found)
    return found


def _comment(text: str, opening: int) -> tuple[int, bool]:
    closing = text.find("*/", opening)
    if closing < 0:
        raise TemplateError("unclosed comment", opening)
    end = _END.match(text, closing + 2)
    if not end:
        raise TemplateError("comment ends before closing delimiter", opening)
    return end.end(), len(end.group()) > 2


def _action(text: str, opening: int, at: int, found: list[Token]) -> tuple[int, bool]:
    found.append(Token("open", "{{", opening))
    while True:
        end = _END.match(text, at)
        if end:
            found.append(Token("close", "}}", at))
            return end.end(), len(end.group()) > 2
        token = _TOKEN.match(text, at)
        if not token or not token.lastgroup:
            raise TemplateError(*_bad(text, opening, at))
        sort, at = token.lastgroup, token.end()
        found.append(Token("space" if sort == "space" else sort, token.group(), token.start()))
        if sort in {"field", "variable", "word", "number"} and not _ENDS_WORD.match(text, at):
            raise TemplateError(f"bad character {text[at]!r} after {token.group()}", at)


def _bad(text: str, opening: int, at: int) -> tuple[str, int]:
    if at >= len(text):
        return "unclosed action: }} is missing", opening
    if text[at] in "\"'`":
        return "unterminated quoted text", at
    if text.startswith("{{", at):
        return "unexpected {{ inside an action: }} is missing before it", at
    return f"unexpected {text[at]!r}", at
