"""Matchers: the classic grammar, and the one with UTF-8 names that Alertmanager 0.27 added.

https://prometheus.io/docs/alerting/latest/configuration/#matcher. Since 0.27 Alertmanager parses with the new grammar
and falls back to the classic one, which also wins where both accept a text and differ; Prometheus Operator checks
only with the classic one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from . import anchored as regex
from .gostring import unquote

Op = Literal["=", "!=", "=~", "!~"]

CLASSIC_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
MAX_TEXT = 16_384
# Blanks of Go's regular expressions, and those of package unicode. Python's are others.
_BLANKS = "\t\n\f\r "
_SPACES = _BLANKS + "\v\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_CLASSIC = re.compile(rf"[{_BLANKS}]*+([a-zA-Z_:][a-zA-Z0-9_:]*+)[{_BLANKS}]*+(=~|=|!=|!~)(.*)\Z", re.DOTALL)
_TOKEN = re.compile(
    rf"[{_SPACES}]*+(?:(?P<mark>[{{}},])|(?P<op>=~|!=|!~|=)|(?P<quoted>\"(?:[^\"\\\n]|\\.)*+\")|"
    rf"(?P<bare>[^{_SPACES}{{}}!=~,\\\"'`]++))"
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label; a missing label counts as empty."""

    name: str
    op: Op
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels match."""
        return self.takes(labels.get(self.name, ""))

    def takes(self, text: str) -> bool:
        """Return whether a value of its label matches."""
        if self.op in {"=", "!="}:
            return (text == self.value) == (self.op == "=")
        return regex.matches_whole(self.value, text) == (self.op == "=~")

    def __str__(self) -> str:
        """Return the form that all versions and parsers read alike."""
        name = self.name if re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", self.name) else json.dumps(self.name)
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{name}{self.op}"{value}"'


class MatcherError(ValueError):
    """The reason why a text is not a valid matcher."""


@lru_cache(maxsize=8192)
def parse_matchers(text: str, *, utf8: bool = True) -> tuple[Matcher, ...]:
    """Parse matchers by both grammars like Alertmanager from 0.27 on, or by the classic one.

    Raises MatcherError.
    """
    if not utf8:
        return classic(text)
    try:
        modern = parse_utf8(text)
    except MatcherError as error:
        try:
            return classic(text)
        except MatcherError as older:
            raise older if str(older) != "" else error from None
    try:
        return classic(text)
    except MatcherError:
        return modern


def parse_matcher(text: str) -> Matcher:
    """Parse one matcher like amtool and Alertmanager from 0.27 on, by both grammars. Raises MatcherError."""
    if text.startswith("{") or text.endswith("}"):
        raise MatcherError("a brace is not expected here")
    try:
        modern = parse_utf8(text)
    except MatcherError:
        return _checked([_classic(_bounded(text))])[0]
    try:
        return _checked([_classic(text)])[0]
    except MatcherError:
        if len(modern) != 1:
            raise
        return modern[0]


@lru_cache(maxsize=8192)
def classic(text: str) -> tuple[Matcher, ...]:
    """Parse matchers by the classic grammar. Raises MatcherError."""
    return _checked([_classic(one) for one in _pieces(_bounded(text))])


def parse_utf8(text: str) -> tuple[Matcher, ...]:
    """Parse matchers by the grammar with UTF-8 names. Raises MatcherError."""
    tokens = _tokens(_bounded(text).rstrip(_SPACES))
    opened = bool(tokens) and tokens[0] == ("mark", "{")
    closed = bool(tokens) and tokens[-1] == ("mark", "}")
    if opened != closed:
        raise MatcherError("a brace is missing")
    tokens = tokens[1:-1] if opened else tokens
    found: list[Matcher] = []
    while tokens:
        sorts = [sort for sort, _ in tokens[:4]]
        words = ({"quoted", "bare"}, {"op"}, {"quoted", "bare"})
        if len(tokens) < 3 or any(sort not in wanted for sort, wanted in zip(sorts, words, strict=False)):
            raise MatcherError("a matcher is a name, an operator and a value")
        found.append(Matcher(_unquoted(tokens[0]), tokens[1][1], _unquoted(tokens[2])))  # type: ignore[arg-type]
        tokens = tokens[3:]
        if tokens and tokens[0] != ("mark", ","):
            raise MatcherError("a comma is missing between two matchers")
        tokens = tokens[1:]
    return _checked(found)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise MatcherError(f"it is longer than {MAX_TEXT} characters")
    return text


def _checked(found: list[Matcher]) -> tuple[Matcher, ...]:
    for one in found:
        reason = regex.pattern_fault(one.value) if one.op in {"=~", "!~"} else ""
        if reason:
            raise MatcherError(f"{one.value!r} is not a valid RE2 expression: {reason}")
    return tuple(found)


def _pieces(text: str) -> list[str]:
    text = text.removeprefix("{").removesuffix("}")
    pieces, piece, quoted, escaped = [], "", False, False
    for char in text:
        if char == "," and not quoted:
            pieces.append(piece)
            piece = ""
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = char == "\\" and not escaped
        piece += char
    piece = piece.strip(_SPACES)
    return [*pieces, piece] if piece else pieces


def _classic(piece: str) -> Matcher:
    match = _CLASSIC.match(piece)
    if not match:
        raise MatcherError(f"{piece.strip()!r} is not a name, an operator (=, !=, =~, !~) and a value")
    name, operator, raw = match.groups()
    raw = raw.strip(_BLANKS)
    quoted = raw.startswith('"')
    raw = raw[1:] if quoted else raw
    value, escaped = "", False
    for number, char in enumerate(raw):
        last = number == len(raw) - 1
        if escaped:
            value += {"n": "\n", '"': '"', "\\": "\\"}.get(char, "\\" + char)
            escaped = False
        elif char == "\\" and not last:
            escaped = True
        elif char == '"' and quoted and last:
            quoted = False
        elif char == '"':
            raise MatcherError(f"{piece.strip()!r} has a double quote that is not escaped")
        else:
            value += char
    if quoted:
        raise MatcherError(f"{piece.strip()!r} has no closing quote")
    return Matcher(name, operator, value)  # type: ignore[arg-type]


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match or not match.lastgroup:
            raise MatcherError(f"{text[at : at + 20].strip()!r} is not expected here")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return tokens


def _unquoted(token: tuple[str, str]) -> str:
    sort, text = token
    if sort == "bare":
        return text
    try:
        found = unquote(text)
    except ValueError as error:
        raise MatcherError(str(error)) from None
    if re.search("[\ud800-\udfff]", found):
        raise MatcherError(f"{text} has bytes that are not UTF-8")
    return found
