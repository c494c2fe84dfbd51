"""Constants of a template: strings and numbers as in Go. Source: https://go.dev/ref/spec#Literals"""

from __future__ import annotations

import math
import re

from ..gostring import unquote
from .lexer import Token
from .nodes import TemplateError

_INTEGER = re.compile(r"[-+]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)")
_HEX_FLOAT = re.compile(
    r"[-+]?0[xX](?:_?[0-9a-fA-F])*(?:\.(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?)?[pP][-+]?[0-9](?:_?[0-9])*"
)
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def string_of(token: Token) -> str:
    """Return the text of a quoted constant. Raises TemplateError."""
    if token.text.startswith("`"):
        return token.text[1:-1].replace("\r", "")
    try:
        return unquote(token.text)
    except ValueError as error:
        raise TemplateError(str(error), token.at) from None


def number_of(token: Token) -> int | float | complex:
    """Return the value of a number or character constant. Raises TemplateError."""
    if token.sort == "char":
        return _character(token)
    text = token.text
    if text.endswith("i"):
        start = _imaginary_at(text)
        return complex(_float(text[:start], token) if start else 0, _float(text[start:-1], token))
    if _INTEGER.fullmatch(text):
        whole = _integer(text.replace("_", ""))
        if not -(2**63) <= whole < 2**64 or (text[0] in "+-" and whole >= 2**63):
            raise TemplateError(f"integer overflow: {text[:40]}", token.at)
        return whole
    if not re.search("[.eEpP]", text):
        raise TemplateError(f"bad number {text[:40]}", token.at)
    return _float(text, token)


def _integer(text: str) -> int:
    digits = text.lstrip("+-").lower()
    base = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
    return int(digits, base) * (-1 if text[0] == "-" else 1)


def _float(text: str, token: Token) -> float:
    try:
        if _HEX_FLOAT.fullmatch(text):
            return float.fromhex(text.replace("_", ""))
        if _INTEGER.fullmatch(text):
            return float(_integer(text.replace("_", "")))
        value = float(text) if _FLOAT.fullmatch(text) else math.inf
    except (ValueError, OverflowError):
        value = math.inf
    if math.isinf(value):
        raise TemplateError(f"bad number {token.text[:40]}", token.at)
    return value


def _imaginary_at(text: str) -> int:
    """Return where the imaginary part of a complex number begins: at the last sign that is not of an exponent."""
    signs = (at for at in range(len(text) - 1, 0, -1) if text[at] in "+-")
    return next((at for at in signs if text[at - 1] not in "eEpP"), 0)


def _character(token: Token) -> int:
    inner = token.text[1:-1]
    try:
        made = inner if len(inner) == 1 else unquote('"' + inner.replace("\\'", "'") + '"')
    except ValueError:
        made = ""
    if len(made) != 1 or inner in {"\\", '\\"'}:
        raise TemplateError(f"malformed character constant {token.text}", token.at)
    code = ord(made)
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code
