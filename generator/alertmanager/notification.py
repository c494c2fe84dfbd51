"""The environment of Alertmanager's templates: functions, default templates, and the data of a notification.

https://prometheus.io/docs/alerting/latest/notifications/. Functions and their first versions are in
``schemas/alertmanager-fields.json``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from ..regex import search
from . import anchored as regex
from .config_fields import DefaultTemplate, field_table
from .gotemplate import Unknown, bounded
from .gotemplate.printing import List, Map, Struct, printed, true

# https://pkg.go.dev/text/template#hdr-Functions
GO_FUNCTIONS = frozenset(
    "and or not len index slice print printf println html js urlquery call eq ne lt le gt ge".split()  # noqa: SIM905
)


def functions() -> Mapping[str, str]:
    """Return the template functions of Alertmanager, each with the first version that has it."""
    return field_table().functions


def own_templates() -> Mapping[str, DefaultTemplate]:
    """Return the templates that Alertmanager defines, by name. Source: template/default.tmpl and email.tmpl."""
    return field_table().templates


def opaque(name: str) -> str | None:
    """Return a placeholder for the output of a default template of Alertmanager, or None for an unknown name."""
    found = own_templates().get(name)
    return None if found is None else "" if found.blank else "\u2026"


class KV(Map):
    """Labels or annotations."""

    def __init__(self, notification_data: Mapping[str, str]) -> None:
        super().__init__(notification_data)
        self.methods: Mapping[str, Callable[..., Any]] = {
            "SortedPairs": self._pairs,
            "Names": lambda: [one.fields["Name"] for one in self._pairs()],
            "Values": lambda: [one.fields["Value"] for one in self._pairs()],
            "Remove": self._without,
        }

    def _without(self, names: list[str]) -> KV:
        if not isinstance(names, list):
            raise TypeError("Remove takes a list")
        return KV({key: one for key, one in self.items() if key not in names})

    def _pairs(self) -> _Pairs:
        names = sorted(self, key=lambda name: (name != "alertname", name))
        return _Pairs(Struct({"Name": name, "Value": self[name]}) for name in names)


class _Pairs(List):
    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[override]
        return {
            "Names": lambda: [one.fields["Name"] for one in self],
            "Values": lambda: [one.fields["Value"] for one in self],
        }


class _Alerts(List):
    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[override]
        def those(status: str) -> list[Any]:
            return [one for one in self if one.fields["Status"] == status]

        return {"Firing": lambda: those("firing"), "Resolved": lambda: those("resolved")}


class _Time:
    """A time: results of its methods are not known, but not empty."""

    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:
        def some(*_given: Any) -> Any:
            raise Unknown("time")

        names = "Format Sub Add Unix UTC Local In Before After IsZero String Date Year Month Day Hour Minute Weekday"
        return dict.fromkeys(names.split(), some)

    def __str__(self) -> str:
        return "2026-01-02 03:04:05 +0000 UTC"


def notification_data(
    alerts: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    group_by: Sequence[str] | None,
    *,
    status: str = "firing",
) -> Struct:
    """Return the data of a notification about alerts (labels, annotations); ``group_by`` None means all labels."""

    def common(number: int) -> dict[str, str]:
        first = alerts[0][number]
        return {key: one for key, one in first.items() if all(each[number].get(key) == one for each in alerts)}

    made = _Alerts(
        Struct(
            {
                "Status": status,
                "Labels": KV(labels),
                "Annotations": KV(annotations),
                "StartsAt": _Time(),
                "EndsAt": _Time(),
                "GeneratorURL": "http://prometheus.example.org/graph",
                "Fingerprint": "0123456789abcdef",
            }
        )
        for labels, annotations in alerts
    )
    group = {key: one for key, one in common(0).items() if group_by is None or key in group_by}
    return Struct(
        {
            "Receiver": "receiver",
            "Status": status,
            "Alerts": made,
            "GroupLabels": KV(group),
            "CommonLabels": KV(common(0)),
            "CommonAnnotations": KV(common(1)),
            "ExternalURL": "http://alertmanager.example.org",
            "NotificationReason": "new",
            "RouteLabels": KV({}),
        }
    )


def _all_shown(given: Sequence[Any]) -> list[str]:
    """Return values as Go prints them. Raises Unknown if they are too long together."""
    parts: list[str] = []
    size = 0
    for one in given:
        parts.append(printed(one))
        size += len(parts[-1])
        bounded(size)
    return parts


def _format(text: str, *given: Any) -> str:
    parts = iter(_all_shown(given))

    def one(match: re.Match[str]) -> str:
        if match.group() == "%%":
            return "%"
        value = next(parts, "%!(MISSING)")
        return json.dumps(value) if match.group()[-1] == "q" else value

    return re.sub(r"%%|%[-+# 0-9.]*[a-zA-Z]", one, text)


def _print(*given: Any) -> str:
    """Print like Go's Sprint: with a space between two values that are both not text."""
    parts: list[str] = []
    for number, text in enumerate(_all_shown(given)):
        between = number > 0 and not isinstance(given[number], str) and not isinstance(given[number - 1], str)
        parts += [" " if between else "", text]
    return "".join(parts)


def _join(between: str, parts: Any) -> str:
    if not isinstance(parts, list):
        raise TypeError("join takes a list")
    bounded(len(between) * len(parts) + sum(map(len, parts)))
    return between.join(parts)


def _match(pattern: str, text: str) -> bool:
    if regex.pattern_fault(pattern):
        raise Unknown("match")
    return search(pattern, text)


def _replaced(pattern: str, new: str, text: str) -> str:
    made = regex.replaced(pattern, new, text) if len(pattern) <= regex.MAX_PATTERN else None
    if made is None:
        raise Unknown("its values are too large")
    return made


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value.get(key, "") if isinstance(value, Map) else value[key]
    return value


def _compare(left: Any, *right: Any) -> bool:
    if not right:
        raise TypeError("missing argument for comparison")
    if not isinstance(left, str | int | float) or any(type(one) is not type(left) for one in right):
        raise TypeError("incompatible types for comparison")
    return left in right


def _ordered(left: Any, right: Any) -> int:
    if type(left) is not type(right):
        raise TypeError("incompatible types for comparison")
    return int(left > right) - int(left < right)


def _title(text: str) -> str:
    return re.sub(r"\b\w", lambda match: match.group().upper(), text)


def _unknown(*_given: Any) -> Any:
    raise Unknown("function")


def runnable() -> Mapping[str, Callable[..., Any]]:
    """Return implementations of the functions, precise enough to know whether the output is blank."""
    return {
        "not": lambda one: not true(one),
        "len": len,
        "index": _index,
        "slice": lambda one, *at: one[slice(*(at if len(at) > 1 else (at[0], None) if at else (None,)))],
        "print": _print,
        "println": lambda *given: " ".join(_all_shown(given)) + "\n",
        "printf": _format,
        "html": lambda one: html.escape(printed(one)),
        "js": printed,
        "urlquery": lambda one: quote_plus(printed(one)),
        "eq": _compare,
        "ne": lambda left, right: not _compare(left, right),
        "lt": lambda left, right: _ordered(left, right) < 0,
        "le": lambda left, right: _ordered(left, right) <= 0,
        "gt": lambda left, right: _ordered(left, right) > 0,
        "ge": lambda left, right: _ordered(left, right) >= 0,
        "toUpper": str.upper,
        "toLower": str.lower,
        "title": _title,
        "trimSpace": str.strip,
        "join": _join,
        "match": _match,
        "reReplaceAll": _replaced,
        "safeHtml": printed,
        "safeUrl": printed,
        "urlUnescape": unquote_plus,
        "stringSlice": lambda *parts: list(parts),
        "list": lambda *parts: list(parts),
        "append": lambda first, *parts: [*first, *parts],
        "dict": lambda *given: Map(zip(given[::2], given[1::2], strict=True)),
        "toJson": lambda one: json.dumps(printed(one)),
        "date": lambda _form, _time: "date",
        "tz": lambda _name, time: time,
        "since": _unknown,
        "routeLabels": _unknown,
    }
