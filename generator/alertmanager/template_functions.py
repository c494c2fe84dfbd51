"""The functions of Alertmanager's templates, as exactly as their results are known.

Sources: https://pkg.go.dev/text/template#hdr-Functions and Alertmanager's package template. A function raises TypeError
or another error where Go fails, and Unknown where the result is not known. The first versions of Alertmanager's own
functions are in ``schemas/alertmanager-fields.json``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from ..regex import compiled, search
from . import anchored as regex
from .gotemplate import Unknown, bounded
from .gotemplate.printing import AnyList, AnyMap, Byte, List, Map, SafeText, Struct, TextList, printed, true

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"}
_PLAIN = re.compile(r"[\w .,:;/?!#@()\[\]{}*~^|$%-]*", re.ASCII)
_TIMES = frozenset({"date", "tz", "now", "since", "toDate", "mustToDate"})


class GoTime:
    """A time: results of its methods are not known, but not empty."""

    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """Return its methods."""

        def some(*_given: Any) -> Any:
            raise Unknown("time")

        names = "Format Sub Add Unix UTC Local In Before After IsZero String Date Year Month Day Hour Minute Weekday"
        return dict.fromkeys(names.split(), some)

    def __str__(self) -> str:
        return "2026-01-02 03:04:05 +0000 UTC"


def runnable() -> Mapping[str, Callable[..., Any]]:
    """Return the functions by name."""
    return _functions()


@cache
def _functions() -> Mapping[str, Callable[..., Any]]:
    made = {name: _checked(takes, function) for name, (takes, function) in _BY_NAME.items()}
    return {**made, **dict.fromkeys(_TIMES, _unknown)}


def parameters(name: str) -> tuple[tuple[str, ...], str] | None:
    """Return the types of a function's parameters, and that of any number of further ones or ``""``; None if not known.

    The types are ``string``, ``texts`` and ``list`` (lists of strings, and of any values), and ``any``.
    """
    found = _BY_NAME.get(name)
    return None if found is None else _types(found[0])


def _types(takes: str) -> tuple[tuple[str, ...], str]:
    types = takes.split()
    more = types.pop().removesuffix("...") if takes.endswith("...") else ""
    return tuple(types), more


def _checked(takes: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that fails like Go for arguments of other types: ``string any...`` and the like."""
    types, more = _types(takes)

    def called(*given: Any) -> Any:
        if len(given) < len(types) or (len(given) > len(types) and not more):
            raise TypeError(f"it takes {len(types)} arguments{' or more' if more else ''}, not {len(given)}")
        for number, one in enumerate(given):
            wanted = types[number] if number < len(types) else more
            if not _is_assignable(one, wanted):
                raise TypeError(f"argument {number + 1} is not a {wanted}")
        return function(*given)

    return called


def _is_assignable(value: Any, wanted: str) -> bool:
    match wanted:
        case "string":
            return type(value) is str
        case "texts":
            return value is None or (isinstance(value, List) and value.items_are == "string")
        case "list":
            return value is None or (isinstance(value, List) and value.items_are == "any")
    return True


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(_bytes(value))
    if isinstance(value, List | Map):
        return len(value)
    raise TypeError("len of this type is not defined")


def _bytes(text: str) -> bytes:
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
        items: Sequence[Any] = _bytes(value) if isinstance(value, str) else value
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
    items: Any = _bytes(value) if isinstance(value, str) else value
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

    made = re.sub(r"%%|%[-+# 0-9.]*[a-zA-Z]", one, text)
    if used < len(given) or re.search(r"%(?![-+# 0-9.]*[a-zA-Z]|%)", text.replace("%%", "")):
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


def _join(between: str, parts: Any) -> str:
    parts = parts or []
    bounded(len(between) * len(parts) + sum(map(len, parts)))
    return between.join(parts)


def _match(pattern: str, text: str) -> bool:
    _known_pattern(pattern)
    return search(pattern, text)


def _replaced(pattern: str, new: str, text: str) -> str:
    _known_pattern(pattern)
    made = regex.replaced(pattern, new, text)
    if made is None:
        raise Unknown("its values are too large")
    return made


def is_bad_pattern(pattern: str) -> bool:
    """Return whether a pattern is certainly no regular expression of Go."""
    return len(pattern) <= regex.MAX_PATTERN and compiled(pattern) is None


def _known_pattern(pattern: str) -> None:
    if len(pattern) > regex.MAX_PATTERN:
        raise Unknown("its pattern is too long")
    if is_bad_pattern(pattern):
        raise ValueError(f"{pattern!r} is not a valid regular expression")


def _title(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9 /.,:;()-]*", text):
        raise Unknown("title")
    return re.sub(r"[A-Za-z][A-Za-z0-9]*", lambda match: match.group().capitalize(), text)


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
        elif isinstance(left, GoTime):
            raise Unknown("time")
        else:
            raise TypeError("these types cannot be compared")
    return False


def _less(left: Any, right: Any) -> bool:
    sorts = {_basic(left), _basic(right)}
    if len(sorts) > 1 or not sorts <= {"int", "float", "string"}:
        raise TypeError("incompatible types for comparison")
    return bool(left < right)


def _dictionary(*given: Any) -> AnyMap:
    if len(given) % 2 or any(type(one) is not str for one in given[::2]):
        raise TypeError("dict takes pairs of a text and a value")
    return AnyMap(zip(given[::2], given[1::2], strict=True))


def _json(value: Any) -> str:
    if isinstance(value, str) and not re.search("[<>&\u2028\u2029\ud800-\udfff\x08\x0c\x7f]", value):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool) or type(value) is int:
        return json.dumps(value)
    raise Unknown("toJson")


def _decoded(text: str) -> str:
    try:
        found = base64.b64decode(text.replace("\n", "").replace("\r", ""), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("illegal base64 data") from None
    return found.decode("utf-8", "surrogateescape")


def _unescaped(text: str) -> str:
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise ValueError("invalid URL escape")
    return unquote_plus(text, errors="surrogateescape")


def _unknown(*_given: Any) -> Any:
    raise Unknown("function")


_BY_NAME: Mapping[str, tuple[str, Callable[..., Any]]] = {
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
    "toUpper": ("string", str.upper),
    "toLower": ("string", str.lower),
    "title": ("string", _title),
    "trimSpace": ("string", str.strip),
    "join": ("string texts", _join),
    "match": ("string string", _match),
    "reReplaceAll": ("string string string", _replaced),
    "safeHtml": ("string", SafeText),
    "safeUrl": ("string", SafeText),
    "urlUnescape": ("string", _unescaped),
    "stringSlice": ("string...", lambda *parts: TextList(parts)),
    "list": ("any...", lambda *parts: AnyList(parts)),
    "append": ("list any...", lambda first, *parts: AnyList([*(first or ()), *parts])),
    "dict": ("any...", _dictionary),
    "toJson": ("any", _json),
    "base64encode": ("string", lambda text: base64.urlsafe_b64encode(_bytes(text)).decode("ascii")),
    "base64decode": ("string", _decoded),
    "humanizeDuration": ("any", _unknown),
    "routeLabels": ("string", _unknown),
}
