"""Resolve the types of plain scalars, by dialect.

``core`` is the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), which scaffold uses. ``go`` is
the resolution of go-yaml v2 (https://github.com/go-yaml/yaml/blob/v2.4.0/resolve.go), which kubectl, Helm,
Alertmanager and Flux use: ``off`` is a truth value, ``0123`` is octal, ``1_000`` is a number.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Literal

Dialect = Literal["core", "go"]

MAX_DIGITS = 68  # of an integer of 64 bits, in binary, with its sign and prefix
MAX_FLOAT = 1_000  # of text that is parsed as a number
MAX_EXACT = 30  # of an integer that is converted to a value
TRUE = frozenset("y Y yes Yes YES true True TRUE on On ON".split())  # noqa: SIM905 - a list of words
FALSE = frozenset("n N no No NO false False FALSE off Off OFF".split())  # noqa: SIM905
NULL = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_FINITE = frozenset(
    ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF".split()  # noqa: SIM905
)
_NUMERIC = frozenset("0123456789+-")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_POINT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?\Z")  # _ between digits only
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


def resolve(text: str, dialect: Dialect, tag: str = "str") -> tuple[str, Any]:
    """Return the tag of a plain scalar (``null``, ``bool``, ``int``, ``float`` or ``str``) and its value.

    ``tag`` is the explicit tag, or the tag by the core schema; ``go`` uses the text alone. A number that JSON cannot
    represent, or with too many digits, has its text as value.
    """
    if dialect == "go":
        return _go(text)
    if tag == "null":
        return tag, None
    if tag == "bool":
        return tag, text.lower() == "true"
    try:
        if tag == "int":
            return tag, text if len(text) > MAX_EXACT else int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if tag == "float":
            return tag, _finite(text)
    except ValueError:
        return tag, text
    return tag, text


def tagged(text: str, tag: str) -> tuple[str, Any]:
    """Return tag and value of a scalar with an explicit tag as go-yaml v2 reads it; ``("", text)`` if they do not fit.

    ``tag`` is the short form; every tag that is not of the core schema means text.
    """
    if tag == "binary":
        try:
            return "str", base64.b64decode(text.replace("\n", ""), validate=True).decode("utf-8", "replace")
        except ValueError:
            return "", text
    if tag not in {"null", "bool", "int", "float"}:
        return "str", text
    found, value = _go(text)
    if tag == "float" and found == "int" and abs(value) < 1 << 63:
        return "float", float(value)
    return (found, value) if found == tag else ("", text)


def _go(text: str) -> tuple[str, Any]:
    if text in NULL:
        return "null", None
    if text in TRUE or text in FALSE:
        return "bool", text in TRUE
    if text in _NOT_FINITE:
        return "float", text
    if text[0] == ".":
        return _float(text.replace("_", ""), text) if _POINT.match(text) else ("str", text)
    if text[0] not in _NUMERIC:
        return "str", text
    digits = text.replace("_", "")
    if len(digits) <= MAX_DIGITS and _INTEGER.match(digits):
        value = int(re.sub(r"\A([-+]?)0(?=[0-7])", r"\g<1>0o", digits), 0)
        if -(1 << 63) <= value < (1 << 63 if digits[0] == "+" else 1 << 64):
            return "int", value
    return _float(digits, text)


def _float(digits: str, text: str) -> tuple[str, Any]:
    """Return tag and value of a scalar that is a number with a fraction, or too large for an integer, or text."""
    if len(digits) > MAX_FLOAT or not _FLOAT.match(digits):
        return "str", text
    value = float(digits)
    return ("float", value) if abs(value) != float("inf") else ("str", text)


def _finite(text: str) -> float | str:
    if text[-1:].lower() in {"f", "n"}:
        return text  # not a JSON number
    value = float(text)
    return text if value in {float("inf"), float("-inf")} else value
