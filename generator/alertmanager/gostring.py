"""Strings in double quotes as in Go. Source: https://go.dev/ref/spec#String_literals, strconv.Unquote."""

from __future__ import annotations

import re

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)")


def unquote(text: str) -> str:
    """Return the content of the quoted ``text``, escapes resolved. Raises ValueError with the fault."""

    def plain(match: re.Match[str]) -> str:
        body = match.group(1)
        if body[0] in _SIMPLE:
            return _SIMPLE[body[0]]
        if len(body) == 1:
            raise ValueError(f"{text} has the escape \\{body}, which Go does not have")
        number = int(body, 8) if body[0].isdigit() else int(body[1:], 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise ValueError(f"{text} has an escape that is not a character")
        return chr(number)

    return _ESCAPE.sub(plain, text[1:-1])
