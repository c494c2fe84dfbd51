"""Constants of a template: strings and numbers as in Go. Source: https://go.dev/ref/spec#Literals"""

from __future__ import annotations

import math
import re

from ..gostring import unquote
from .lexer import Token
from .nodes import TemplateError


def string_of(token: Token) -> str:
    """Return the text of a quoted constant. Raises TemplateError."""
    if token.text.startswith("`"):
        return token.text[1:-1]
    try:
        return unquote(token.text)
    except ValueError as error:
        raise TemplateError(str(error), token.at) from None


def number_of(token: Token) -> int | float:
    """Return the value of a number or character constant. Raises TemplateError."""
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
