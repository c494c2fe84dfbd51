"""Values to YAML text that YAML 1.1 and 1.2 read alike."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# What every reader takes for text: begins with a letter or slash and holds nothing that ends or starts anything, or is
# a quantity or duration.
_SAFE = re.compile(r"(?:[A-Za-z/][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+*~^-]+)*|[0-9]+(?:[smhdw]|[KMGT]i))\Z")
# Words that some reader takes for a truth value, nothing, or a number (YAML 1.1 types: bool, null, float, int).
_WORDS = frozenset(
    "y n yes no on off true false null nan inf".split()  # noqa: SIM905 - reads better than a list of quotes
)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MAX_DUMP_DEPTH = 50


def scalar(value: Any) -> str:
    """Return a scalar as YAML for a value's place in block context, on one line.

    Text stays plain where no reader of YAML 1.1 or 1.2 takes it for something else, and is double-quoted otherwise.
    Raises TypeError for anything that is no scalar.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not a scalar")
    if _SAFE.match(value) and value.casefold() not in _WORDS:
        return value
    if "'" not in value and re.fullmatch(r"[ -~]*[\"\\][ -~]*", value):
        return f"'{value}'"
    return quoted(value)


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
    lines = value.split("\n")
    kept = len(value) - len(value.rstrip("\n"))
    printable = not re.search(
        r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", value
    )
    if kept == len(value) or "\n" not in value or not printable or lines[0].startswith(" ") or kept > 1 or not lines[0]:
        return scalar(value)
    body = lines[:-1] if kept else lines
    space = " " * indent
    return ("|" if kept else "|-") + "".join(f"\n{space}{line}" if line else "\n" for line in body)


def dump(value: Any, indent: int = 0) -> str:
    """Return data as block YAML whose lines are indented by ``indent`` spaces, ending with a newline."""
    return "".join(f"{' ' * indent}{line}\n" for line in _lines(value, 0))


def _lines(value: Any, depth: int) -> list[str]:
    if depth > MAX_DUMP_DEPTH:
        raise TypeError("nested too deep")
    if isinstance(value, dict) and value:
        out: list[str] = []
        for key, one in value.items():
            if isinstance(one, dict | list) and one:
                out += [f"{scalar(key)}:", *(f"  {line}" for line in _lines(one, depth + 1))]
            else:
                out.append(f"{scalar(key)}: {_leaf(one)}")
        return out
    if isinstance(value, list) and value:
        out = []
        for one in value:
            first, *rest = _lines(one, depth + 1)
            out += [f"- {first}", *(f"  {line}" for line in rest)]
        return out
    return [_leaf(value)]


def _leaf(value: Any) -> str:
    if isinstance(value, dict | list) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    return scalar(value)
