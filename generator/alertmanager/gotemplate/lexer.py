"""Split the text of a template into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .nodes import TemplateError

KEYWORDS = frozenset({"block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"})

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<mark>:=|[=|(),])
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)
    | (?P<char>'(?:[^'\\\n]|\\[^\n])+')
    | (?P<number>[+-]?(?:
        0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?
        | 0[oO][0-7_]*(?:\.[0-7_]*)? | 0[bB][01_]*(?:\.[01_]*)?
        | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?
      )i?)
    | (?P<field>\.\w+)
    | (?P<variable>\$\w*)
    | (?P<dot>\.)
    | (?P<word>\w+)""",
    re.VERBOSE,
)
_SPACE = " \t\r\n"
_END = re.compile(r"(?:[ \t\r\n]+-)?\}\}")
_ENDS_COMMENT = re.compile(r"(?:[ \t\r\n]-)?\}\}")
_ENDS_WORD = re.compile(r"[ \t\r\n.,|:)(]|\}\}|\Z")
_COMMENT = re.compile(r"\{\{(?:-[ \t\r\n])?/\*")


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
        trims_left = opening >= 0 and text.startswith("{{-", opening) and text[opening + 3 : opening + 4] in {*_SPACE}
        piece = text[at:stop]
        start = at
        if trim:
            start += len(piece) - len(piece.lstrip(_SPACE))
            piece = piece.lstrip(_SPACE)
        piece = piece.rstrip(_SPACE) if trims_left else piece
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
    end = _ENDS_COMMENT.match(text, closing + 2)
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
        if sort == "number":
            at = _complex_end(text, at)
        if sort in {"field", "variable", "word", "number"} and not _ENDS_WORD.match(text, at):
            raise TemplateError(f"bad character {text[at]!r} after {text[token.start() : at]}", at)
        found.append(Token(sort, text[token.start() : at], token.start()))


def _complex_end(text: str, at: int) -> int:
    """Return the end of a number: after its imaginary part if that follows."""
    second = _TOKEN.match(text, at) if text[at : at + 1] in {"+", "-"} else None
    return second.end() if second and second.lastgroup == "number" and second.group().endswith("i") else at


def _bad(text: str, opening: int, at: int) -> tuple[str, int]:
    if at >= len(text):
        return "unclosed action: }} is missing", opening
    if text[at] in "\"'`":
        return "unterminated quoted text", at
    if text.startswith("{{", at):
        return "unexpected {{ inside an action: }} is missing before it", at
    return f"unexpected {text[at]!r}", at
