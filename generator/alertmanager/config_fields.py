"""What Alertmanager's configuration may have, from ``schemas/alertmanager-fields.json``: fields, types, versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import assets, mergekeys

Version = tuple[int, int]


@dataclass(frozen=True)
class FieldType:
    """One key: its type, the version that came with it, and what else is known of it."""

    name: str
    type: str
    since: str
    data: Mapping[str, Any]

    def flag(self, name: str) -> bool:
        """Tell whether the field is ``required``, ``templated``, ``secret`` or ``deprecated``."""
        return bool(self.data.get(name))


@dataclass(frozen=True)
class Section:
    """The keys that may stand together, sets of which at most one may, and sets of which one must."""

    name: str
    title: str
    since: str
    fields: Mapping[str, FieldType]
    exclusive: tuple[tuple[str, ...], ...]
    needs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    send_resolved: bool
    rejected: bool


@dataclass(frozen=True)
class Table:
    """Everything: sections by name, receivers' by their key, functions of templates, the newest versions known."""

    sections: Mapping[str, Section]
    receivers: Mapping[str, Section]
    functions: Mapping[str, str]
    newest: Mapping[str, str]


@cache
def table() -> Table:
    """Return the table."""
    raw = json.loads((assets.folder("schemas") / "alertmanager-fields.json").read_text("utf-8"))
    return Table(
        {name: _section(name, one) for name, one in raw["sections"].items()},
        {name: _section(name, one) for name, one in raw["receivers"].items()},
        raw["functions"],
        raw["newest"],
    )


@cache
def _families() -> tuple[mergekeys.Family, ...]:
    return tuple(mergekeys.families({"route": "", "receivers": ""}))


def exclusive(section: str, fields: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return which of the fields of a section or receiver type exclude each other, each set in their order.

    A field and the same with _file do, unless the table says of just these two that they may stand together.
    """
    there = tuple(fields)
    sets = mergekeys.exclusive(_families(), (section,), there)
    taken = [one.fields for one in sets if one.together]
    found = [one.fields for one in sets if not one.together and one.fields not in taken]
    largest = [one for one in found if not any(one < other for other in found)]
    return tuple(tuple(key for key in there if key in one) for one in largest)


def version(text: str) -> Version:
    """Return the first two numbers of a version such as ``v0.27.0``; the newest we know for what is none."""
    found = re.match(r"v?([0-9]{1,4})\.([0-9]{1,4})", text)
    return (int(found[1]), int(found[2])) if found else version(table().newest["alertmanager"])


def _section(name: str, raw: Mapping[str, Any]) -> Section:
    fields = {key: FieldType(key, one["type"], one.get("since", "0.15"), one) for key, one in raw["fields"].items()}
    needs = tuple((tuple(one["any"]), tuple(one["global"])) for one in raw.get("needs", ()))
    rejected = "operator" in raw and raw["operator"] is None
    return Section(
        name,
        raw.get("title", name),
        raw.get("since", "0.15"),
        fields,
        exclusive(name, fields),
        needs,
        bool(raw.get("send_resolved")),
        rejected,
    )
