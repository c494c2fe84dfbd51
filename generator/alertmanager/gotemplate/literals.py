"""The constants of a template: texts and numbers as Go reads them. Source: https://go.dev/ref/spec#Literals"""

from __future__ import annotations

import math
import re

from .lexer import Token
from .nodes import TemplateError


def string_of(token: Token) -> str:
    """Return the text of a quoted constant. Raises TemplateError."""
    if token.text.startswith("`"):
        return token.text[1:-1]
    simple = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}

    def plain(match: re.Match[str]) -> str:
        body = match.group(1)
        if body[0] in simple:
            return simple[body[0]]
        if len(body) == 1:
            raise TemplateError(f"{token.text} has the escape \\{body}, which is none of Go's", token.at)
        number = int(body, 8) if body[0].isdigit() else int(body[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"

    escapes = r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)"
    return re.sub(escapes, plain, token.text[1:-1])


def number_of(token: Token) -> int | float:
    """Return the number of a constant, that of a character included. Raises TemplateError."""
    text = token.text.replace("_", "")
    if token.sort == "char":
        inner = token.text[1:-1]
        if len(inner) > 1 and not inner.startswith("\\"):
            raise TemplateError(f"malformed character constant {token.text}", token.at)
        return ord(inner) if len(inner) == 1 else 0
    try:
        whole = int(text, 16 if "x" in text.lower() else 8 if re.match(r"[-+]?0[0-7]", text) else 10)
    except ValueError:
        pass
    else:
        if not -(2**63) <= whole < 2**64:
            raise TemplateError(f"integer overflow: {token.text[:40]}", token.at)
        return whole
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise TemplateError(f"bad number {token.text[:40]}", token.at)
    return value
