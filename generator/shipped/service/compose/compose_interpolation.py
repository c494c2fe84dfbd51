"""The variables in values of Compose files, as they are without an environment: only defaults are known.

Format: https://github.com/compose-spec/compose-spec, Interpolation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DEPTH = 20


@dataclass(frozen=True)
class Interpolated:
    """A text with its variables replaced, the names of those without a value, and whether the text is valid."""

    text: str
    unset: tuple[str, ...] = ()
    valid: bool = True


_BROKEN = Interpolated("", (), valid=False)


def interpolated(text: str, depth: int = 0) -> Interpolated:
    """Return a text with defaults in place of variables; ``$$`` is a dollar sign."""
    parts: list[str] = []
    unset: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        found, at = _variable(text, dollar + 1, depth)
        if not found.valid:
            return _BROKEN
        parts.append(found.text)
        unset += found.unset
    return Interpolated("".join([*parts, text[at:]]), tuple(dict.fromkeys(unset)))


def variables_in(text: str) -> frozenset[str]:
    """Return every word of a text that is a variable's name behind a dollar sign or an opening brace."""
    return frozenset(one.group() for one in _NAME.finditer(text) if text[max(one.start() - 1, 0)] in "${")


def _variable(text: str, at: int, depth: int) -> tuple[Interpolated, int]:
    """Return what the variable behind a dollar sign is replaced with, and where it ends."""
    if text.startswith("$", at):
        return Interpolated("$"), at + 1
    if not text.startswith("{", at):
        plain = _NAME.match(text, at)
        return (Interpolated("", (plain.group(),)), plain.end()) if plain else (_BROKEN, at)
    end = _closing(text, at + 1)
    name = _NAME.match(text, at + 1)
    if end < 0 or name is None or depth >= _MAX_DEPTH:
        return _BROKEN, at
    rest = text[name.end() : end]
    operator = rest[:2] if rest.startswith(":") else rest[:1]
    if operator not in {"", "-", ":-", "?", ":?", "+", ":+"}:
        return _BROKEN, at
    if operator.endswith("-"):
        return interpolated(rest[len(operator) :], depth + 1), end + 1
    if operator.endswith("+"):  # the text for a variable that is set
        return Interpolated(""), end + 1
    return Interpolated("", (name.group(),)), end + 1


def _closing(text: str, at: int) -> int:
    """Return where the brace is that closes the one before ``at``, -1 if none does; nested ones are of variables."""
    depth = 1
    while at < len(text):
        if text.startswith("${", at):
            depth, at = depth + 1, at + 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1
