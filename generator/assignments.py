"""Assignments of the command line, ``KEY.KEY[0]=VALUE``, and how they are put into the data of a spec."""

from __future__ import annotations

import re
from typing import Any

from .errors import invalid
from .schema_words import name_of

KeyPath = tuple[str | int, ...]  # keys, and numbers of items
_MAX_PATH = 1_000
_MAX_DEPTH = 20
_STEP = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|\[([0-9]{1,4})\]|([^.\[\]=\"']+)")
_PLAIN = re.compile(r"[\w-]+")
_HINT = "write KEY=VALUE, such as resources.limits.cpu=500m, args[0]=--verbose or 'labels.\"example.org/team\"=web'"


def read_assignment(text: str, option: str = "--set") -> tuple[KeyPath, str]:
    """Return path and value of ``KEY.KEY[0]=VALUE``; a key with dots, brackets or ``=`` is in quotes.

    Raises Invalid, at ``option``, for another form.
    """
    path: list[str | int] = []
    at, head = 0, text[:_MAX_PATH]
    while len(path) < _MAX_DEPTH and (step := _STEP.match(head, at)):
        double, single, number, plain = step.groups()
        after_key = bool(path) and head[at - 1] != "."
        if after_key != (number is not None) or (number is not None and not path):
            break
        path.append(
            int(number)
            if number is not None
            else re.sub(r"\\(.)", r"\1", double)
            if double is not None
            else single
            if single is not None
            else plain
        )
        at = step.end()
        follows = head[at : at + 1]
        if follows == "=":
            return tuple(path), text[at + 1 :]
        if follows == ".":
            at += 1
        elif follows != "[":
            break
    raise invalid(option, f"{text[:80]!r} is not an assignment", _HINT)


def assignment_path(where: KeyPath) -> str:
    """Return a path as an assignment has it, with quotes around keys that need them."""
    out = ""
    for part in where:
        if isinstance(part, int):
            out += f"[{part}]"
            continue
        is_plain = _STEP.fullmatch(part) and part[0] not in "\"'["
        quoted = part if is_plain else '"' + re.sub(r"([\"\\])", r"\\\1", part) + '"'
        out += f".{quoted}" if out else quoted
    return out


def put_value(data: dict[str, Any], where: tuple[Any, ...], value: Any, option: str) -> None:
    """Set a value; maps and lists around it, and the next item of a list, are made.

    Raises Invalid, at ``option``, if a value of another type is in its way, or for an item behind the next one.
    """
    holder: Any = data
    for at, part in enumerate(where):
        if isinstance(part, int) and isinstance(holder, list) and part > len(holder):
            hint = f"write {name_of((*where[:at], len(holder)))} for the next one"
            raise invalid(option, f"{name_of(where[:at])} has {len(holder)} items, and none of number {part}", hint)
        if not isinstance(holder, list if isinstance(part, int) else dict):
            wanted = "list" if isinstance(part, int) else "map"
            hint = f"change {name_of(where[:at])} by hand, and run scaffold regenerate"
            raise invalid(option, f"{name_of(where[:at])} is not a {wanted}", hint)
        empty: Any = None if at == len(where) - 1 else [] if isinstance(where[at + 1], int) else {}
        if isinstance(holder, list) and part == len(holder):
            holder.append(empty)
        if empty is None:
            holder[part] = value
        else:
            holder = holder[part] if isinstance(holder, list) else holder.setdefault(part, empty)
