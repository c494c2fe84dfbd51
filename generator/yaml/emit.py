"""Write scalars as YAML text that YAML 1.1 and 1.2 read alike.

For scalars in templates and in existing text. ``block_writer`` writes whole new documents, in the same styles.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal

# Text for every parser: begins with a letter or slash and has no syntax characters, or is a quantity or duration.
_SAFE = re.compile(r"(?:[A-Za-z/][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+*~^-]+)*|[0-9]+(?:[smhdw]|[KMGT]i))\Z")
# Words that some parser reads as a boolean, null or a number (YAML 1.1 types: bool, null, float, int).
_WORDS = frozenset(
    "y n yes no on off true false null nan inf".split()  # noqa: SIM905 - reads better than a list of quotes
)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_IN_BLOCKS = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"

Style = Literal["", "'", '"', "|"]


def scalar(value: Any) -> str:
    """Return a scalar as YAML for a value in block context, on one line.

    Text is plain if every YAML 1.1 and 1.2 parser reads it as text, and quoted otherwise. Raises TypeError for anything
    but a scalar.
    """
    if not isinstance(value, str):
        return plain_scalar(value)
    match style(value):
        case "":
            return value
        case "'":
            return f"'{value}'"
        case _:
            return quoted(value)


def style(value: str) -> Style:
    """Return the style of a text on one line: plain, single-quoted or double-quoted."""
    if _SAFE.match(value) and value.casefold() not in _WORDS:
        return ""
    return "'" if "'" not in value and re.fullmatch(r"[ -~]*[\"\\][ -~]*", value) else '"'


def block_style(value: str) -> Style:
    """Return the style of a text that may take several lines: a literal block if it can represent the text."""
    kept = len(value) - len(value.rstrip("\n"))
    fits = "\n" in value and kept < len(value) and kept <= 1 and value[0] not in " \n"
    return "|" if fits and not re.search(_NOT_IN_BLOCKS, value) else style(value)


def plain_scalar(value: Any) -> str:
    """Return a number, boolean or null as YAML. Raises TypeError for anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a scalar")


def _number(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    mantissa, exponent, power = repr(value).partition("e")
    return mantissa + (".0" if exponent and "." not in mantissa else "") + exponent + power


def quoted(value: str) -> str:
    """Return text in double quotes, which JSON and every YAML version read alike."""
    return _ESCAPED.sub(lambda m: f"\\u{ord(m.group()):04x}", json.dumps(value, ensure_ascii=False))


def block(value: str, indent: int) -> str:
    """Return text as a literal block scalar indented by ``indent`` spaces, or quoted if a block cannot represent it.

    The result begins with the header, for the value's place, and does not end with a newline.
    """
    if block_style(value) != "|":
        return scalar(value)
    lines = value.removesuffix("\n").split("\n")
    header = "|" if value.endswith("\n") else "|-"
    return header + "".join(f"\n{' ' * indent}{line}" if line else "\n" for line in lines)


def dump(value: Any) -> str:
    """Return a map or list as block YAML. Raises TypeError for types that YAML does not have, and for deep nesting."""
    from .block_text import block_text  # noqa: PLC0415 - it stands on this module

    return block_text(value)
