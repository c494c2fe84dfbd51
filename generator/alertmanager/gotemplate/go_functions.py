"""The functions that every template of Go has: https://pkg.go.dev/text/template#hdr-Functions.

A function raises TypeError or another error where Go fails, and Unknown where the result is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from .budget import Unknown, bounded
from .printing import Byte, List, Map, Struct, printed, true

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"}
_PLAIN = re.compile(r"[\w .,:;/?!#@()\[\]{}*~^|$%-]*", re.ASCII)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(bytes_of(value))
    if isinstance(value, List | Map):
        return len(value)
    raise TypeError("len of this type is not defined")


def bytes_of(text: str) -> bytes:
    """Return the bytes of a text; those that are not UTF-8 are surrogates in it."""
    return text.encode("utf-8", "surrogateescape")


def _index(value: Any, *keys: Any) -> Any:
    if value is None:
        raise TypeError("index of nil")
    for key in keys:
        if isinstance(value, Map):
            if type(key) is not str:
                raise TypeError("the key of a map is not text")
            value = value.get(key, value.missing)
            continue
        if not isinstance(value, str | List):
            raise TypeError("this type has no items")
        items: Sequence[Any] = bytes_of(value) if isinstance(value, str) else value
        found = items[_place(key, len(items) - 1)]
        value = Byte(found) if isinstance(value, str) else found
    return value


def _place(key: Any, most: int) -> int:
    if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key <= most:
        raise TypeError(f"index out of range: {key}")
    return key


def _slice(value: Any, *at: Any) -> Any:
    if not isinstance(value, str | List) or len(at) > (2 if isinstance(value, str) else 3):
        raise TypeError("this type has no such slices")
    if len(at) == 3:
        raise Unknown("capacity")
    items: Any = bytes_of(value) if isinstance(value, str) else value
    ends = [_place(one, len(items)) for one in at]
    start, end = [*ends, *(0, len(items))[len(ends) :]]
    if start > end:
        raise TypeError(f"invalid slice index: {start} > {end}")
    if isinstance(value, str):
        return items[start:end].decode("utf-8", "surrogateescape")
    return type(value)(items[start:end])


def _all_shown(given: Sequence[Any]) -> list[str]:
    """Return values as Go prints them. Raises Unknown if they are too long together."""
    parts: list[str] = []
    size = 0
    for one in given:
        if isinstance(one, Struct):
            raise Unknown("how it is printed")
        parts.append("<nil>" if one is None else printed(one))
        size += len(parts[-1])
        bounded(size)
    return parts


def _print(*given: Any) -> str:
    """Print like Go's Sprint: with a space between two values that are both not text."""
    parts: list[str] = []
    for number, text in enumerate(_all_shown(given)):
        between = number > 0 and not isinstance(given[number], str) and not isinstance(given[number - 1], str)
        parts += [" " if between else "", text]
    return "".join(parts)


def _shown_alone(*given: Any) -> str:
    """Return what html, js and urlquery escape."""
    if len(given) == 1 and given[0] is None:
        return "<no value>"
    return given[0] if len(given) == 1 and isinstance(given[0], str) else _print(*given)


def _format(text: str, *given: Any) -> str:
    shown = iter(_all_shown(given))
    values = iter(given)
    used = 0

    def one(match: re.Match[str]) -> str:
        nonlocal used
        if match.group() == "%":
            raise Unknown("printf")
        if match.group() == "%%":
            return "%"
        verb = match.group()[-1]  # the width is not applied: it does not matter for what is blank
        value = next(values, _NOTHING)
        if value is _NOTHING or value is None or isinstance(value, float):
            raise Unknown("printf")
        used += 1
        number = isinstance(value, int) and not isinstance(value, bool)
        if verb == "v" or (verb == "s" and isinstance(value, str | Map | List)) or (verb == "d" and number):
            return next(shown)
        if verb == "q" and isinstance(value, str) and _PLAIN.fullmatch(value):
            return f'"{next(shown)}"'
        raise Unknown("printf")

    made = re.sub("%%|%[-+# 0-9.]*[a-zA-Z]|%", one, text)
    if used < len(given):
        raise Unknown("printf")
    return made


_NOTHING = object()


def _html(*given: Any) -> str:
    return re.sub("[&<>\"'\0]", lambda match: _ESCAPES[match.group()], _shown_alone(*given))


def _js(*given: Any) -> str:
    text = _shown_alone(*given)
    if not _PLAIN.fullmatch(text):
        raise Unknown("js")
    return text


def _basic(value: Any) -> str:
    """Return the basic type of a value that can be compared."""
    for name, sort in (("bool", bool), ("int", int), ("float", float), ("complex", complex), ("string", str)):
        if isinstance(value, sort):
            return name
    return ""


def _equal(left: Any, *right: Any) -> bool:
    if not right:
        raise TypeError("missing argument for comparison")
    for one in right:
        if _basic(left) != _basic(one):
            if left is not None and one is not None:
                raise TypeError("incompatible types for comparison")
        elif _basic(left):
            if left == one:
                return True
        elif left is None or one is None:
            if left is one:
                return True
        elif hasattr(left, "methods") and not isinstance(left, Struct | List | Map):
            raise Unknown("time")
        else:
            raise TypeError("these types cannot be compared")
    return False


def _less(left: Any, right: Any) -> bool:
    sorts = {_basic(left), _basic(right)}
    if len(sorts) > 1 or not sorts <= {"int", "float", "string"}:
        raise TypeError("incompatible types for comparison")
    return bool(left < right)


def _unknown(*_given: Any) -> Any:
    raise Unknown("function")


# The types of the parameters, and the function.
GO_BUILTINS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "and": ("any any...", _unknown),  # executed by the runner
    "or": ("any any...", _unknown),
    "not": ("any", lambda one: not true(one)),
    "len": ("any", _size),
    "index": ("any any...", _index),
    "slice": ("any any...", _slice),
    "print": ("any...", _print),
    "println": ("any...", lambda *given: " ".join(_all_shown(given)) + "\n"),
    "printf": ("string any...", _format),
    "html": ("any...", _html),
    "js": ("any...", _js),
    "urlquery": ("any...", lambda *given: quote_plus(_shown_alone(*given))),
    "call": ("any any...", _unknown),
    "eq": ("any any...", _equal),
    "ne": ("any any", lambda left, right: not _equal(left, right)),
    "lt": ("any any", _less),
    "le": ("any any", lambda left, right: _less(left, right) or left == right),
    "gt": ("any any", lambda left, right: not (_less(left, right) or left == right)),
    "ge": ("any any", lambda left, right: not _less(left, right)),
}
