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
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from ..regex import compiled, search
from . import anchored as regex
from . import durations
from .gotemplate import GO_BUILTINS, Unknown, bounded, bytes_of
from .gotemplate.printing import AnyList, AnyMap, List, SafeText, TextList
from .versions import Version

JOINS_ANY_LIST = "0.35"  # the first Alertmanager whose join takes lists of other values than texts
_JOINS_ANY_LIST = (0, 35)
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


def runnable(alertmanager: Version | None = None) -> Mapping[str, Callable[..., Any]]:
    """Return the functions by name: those that a version has as it has them, for None as the newest does."""
    return _functions(alertmanager is None or alertmanager >= _JOINS_ANY_LIST)


@cache
def _functions(joins_any_list: bool) -> Mapping[str, Callable[..., Any]]:
    made = {name: _checked(takes, function) for name, (takes, function) in _BY_NAME.items()}
    if not joins_any_list:
        made["join"] = _checked("string texts", _join)
    return {**made, **dict.fromkeys(_TIMES, _unknown)}


def parameters(name: str) -> tuple[tuple[str, ...], str] | None:
    """Return the types of a function's parameters, and that of any number of further ones or ``""``; None if not known.

    The types are ``string``, ``texts`` and ``list`` (lists of strings, and of any values), ``slice`` (any list),
    ``time`` and ``any``.
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
        case "slice":
            return value is None or isinstance(value, List)
        case "time":
            return isinstance(value, GoTime)
    return True


def _join(between: str, parts: Any) -> str:
    shown: list[str] = []
    size = 0
    for one in parts or []:
        shown.append(one if isinstance(one, str) else GO_BUILTINS["print"][1](one))
        size += len(between) + len(shown[-1])
        bounded(size)
    return between.join(shown)


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


def _later(duration: str, _time: GoTime) -> int:
    if len(duration) <= durations.MAX_TEXT and durations.go(duration) is None:
        raise ValueError(f"{duration!r} is not a valid duration")
    raise Unknown("time")


def _unknown(*_given: Any) -> Any:
    raise Unknown("function")


_BY_NAME: Mapping[str, tuple[str, Callable[..., Any]]] = {
    **GO_BUILTINS,
    "toUpper": ("string", str.upper),
    "toLower": ("string", str.lower),
    "title": ("string", _title),
    "trimSpace": ("string", str.strip),
    "join": ("string slice", _join),
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
    "base64encode": ("string", lambda text: base64.urlsafe_b64encode(bytes_of(text)).decode("ascii")),
    "base64decode": ("string", _decoded),
    "humanizeDuration": ("any", _unknown),
    "routeLabels": ("string", _unknown),
    "addDuration": ("string time", _later),
}
