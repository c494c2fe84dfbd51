"""Strings in double quotes as in Go. Source: https://go.dev/ref/spec#String_literals, strconv.Unquote."""

from __future__ import annotations

import re

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)")


def unquote(text: str) -> str:
    """Return the content of the quoted ``text``, escapes resolved; bytes that are not UTF-8 are surrogates.

    Raises ValueError with the fault.
    """

    def plain(match: re.Match[str]) -> str:
        body = match.group(1)
        if body[0] in _SIMPLE:
            return _SIMPLE[body[0]]
        if len(body) == 1:
            raise ValueError(f"{text} has the escape \\{body}, which Go does not have")
        number = int(body, 8) if body[0].isdigit() else int(body[1:], 16)
        if body[0] not in "uU":
            if number > 0xFF:
                raise ValueError(f"{text} has an escape that is not a byte")
            return chr(number) if number < 0x80 else chr(0xDC00 + number)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise ValueError(f"{text} has an escape that is not a character")
        return chr(number)

    found = _ESCAPE.sub(plain, text[1:-1])
    if not re.search("[\udc80-\udcff]", found):
        return found
    return found.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
