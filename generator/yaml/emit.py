"""Values to YAML text that YAML 1.1 and 1.2 read alike.

A scalar for a place in a template or in text that is there is written here. A value that exists nowhere as text yet is
written as a whole by ``writer``, in the same styles.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal

# What every reader takes for text: begins with a letter or slash and holds nothing that ends or starts anything, or is
# a quantity or duration.
_SAFE = re.compile(r"(?:[A-Za-z/][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+*~^-]+)*|[0-9]+(?:[smhdw]|[KMGT]i))\Z")
# Words that some reader takes for a truth value, nothing, or a number (YAML 1.1 types: bool, null, float, int).
_WORDS = frozenset(
    "y n yes no on off true false null nan inf".split()  # noqa: SIM905 - reads better than a list of quotes
)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_IN_BLOCKS = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"

Style = Literal["", "'", '"', "|"]


def scalar(value: Any) -> str:
    """Return a scalar as YAML for a value's place in block context, on one line.

    Text stays plain where no reader of YAML 1.1 or 1.2 takes it for something else, and is double-quoted otherwise.
    Raises TypeError for anything that is no scalar.
    """
    if not isinstance(value, str):
        return unquoted(value)
    match style(value):
        case "":
            return value
        case "'":
            return f"'{value}'"
        case _:
            return quoted(value)


def style(value: str) -> Style:
    """Return the style that a text is written in on one line: plain, single-quoted or double-quoted."""
    if _SAFE.match(value) and value.casefold() not in _WORDS:
        return ""
    return "'" if "'" not in value and re.fullmatch(r"[ -~]*[\"\\][ -~]*", value) else '"'


def block_style(value: str) -> Style:
    """Return the style of a text that may take several lines: as a literal block where one can hold it."""
    kept = len(value) - len(value.rstrip("\n"))
    fits = "\n" in value and kept < len(value) and kept <= 1 and value[0] not in " \n"
    return "|" if fits and not re.search(_NOT_IN_BLOCKS, value) else style(value)


def unquoted(value: Any) -> str:
    """Return a number, a truth value or nothing as YAML. Raises TypeError for anything else."""
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
    """Return text in double quotes, which reads the same as JSON and in every YAML."""
    return _ESCAPED.sub(lambda m: f"\\u{ord(m.group()):04x}", json.dumps(value, ensure_ascii=False))


def block(value: str, indent: int) -> str:
    """Return text as a literal block scalar indented by ``indent`` spaces, or quoted where none can hold it.

    The header stands where the value begins; the lines that follow do not end with a newline.
    """
    if block_style(value) != "|":
        return scalar(value)
    lines = value.removesuffix("\n").split("\n")
    header = "|" if value.endswith("\n") else "|-"
    return header + "".join(f"\n{' ' * indent}{line}" if line else "\n" for line in lines)


def dump(value: Any) -> str:
    """Return a map or list as block YAML. Raises TypeError for what YAML does not have, or what is nested too deep."""
    from . import block_writer  # noqa: PLC0415 - slow to load, and only for what is written anew

    return block_writer.dump(value)
