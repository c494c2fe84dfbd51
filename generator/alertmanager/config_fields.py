"""The fields of Alertmanager's configuration, from ``schemas/alertmanager-fields.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .. import assets, mergekeys
from .versions import OLDEST, Versions

Where = list[Any]


@dataclass(frozen=True)
class FieldType:
    """A key: its type, the first versions that know it, and further properties.

    ``operator`` is the first Prometheus Operator that knows it, ``""`` for any, None if no known one does. ``file``
    is the key that names a file with the same value; ``for_operator`` the type that the operator checks, if it differs,
    and ``checked_since`` the first operator that does.
    """

    name: str
    type: str
    since: str = OLDEST
    operator: str | None = ""
    required: bool = False
    secret: bool = False
    templated: bool = False
    deprecated: bool = False
    file: str = ""
    about: str = ""
    enum: tuple[str, ...] = ()
    for_operator: str = ""
    checked_since: str = ""


@dataclass(frozen=True)
class Need:
    """Keys of which an integration must have one, unless ``global`` has one of the other keys."""

    keys: tuple[str, ...]
    globals: tuple[str, ...]


@dataclass(frozen=True)
class Messages:
    """The message fields of a receiver type.

    ``texts`` are the fields of a message with their defaults (read by ``alerting.message_texts``); ``title`` and
    ``body`` name the fields (with a dot for nested ones) that have title and text. ``read`` are the fields that people
    read, the subject first; ``shows_all`` is the field whose default shows every annotation of every alert.
    ``size`` limits the texts (``alerting.message_markup.Size``), ``size_with`` those of one that has a field.
    """

    texts: Mapping[str, Any]
    title: str = ""
    body: str = ""
    read: tuple[str, ...] = ()
    shows_all: str = ""
    size: Mapping[str, Any] = field(default_factory=dict)
    size_with: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """The keys of a map, sets of which at most one is allowed, and sets of which one is required.

    ``needs`` are required by Alertmanager, ``delivers`` by the service: without them it does not deliver a message.

    For a receiver type, ``authorization`` says whether its service has a credential that only ``http_config`` can
    have: ``required``, ``usual`` or ``""``.
    """

    name: str
    title: str
    since: str
    operator: str | None
    fields: Mapping[str, FieldType]
    exclusive: tuple[tuple[str, ...], ...]
    needs: tuple[Need, ...]
    delivers: tuple[Need, ...]
    exclusive_severity: str
    send_resolved: bool
    authorization: str
    messages: Messages


@dataclass(frozen=True)
class DefaultTemplate:
    """A template that Alertmanager defines: the first version with it, and the first without it again, or ``""``.

    ``takes`` is what it must be called with, as it fails with anything else: ``data`` (the notification), ``alerts``,
    or ``""``. ``blank`` says whether it prints nothing.
    """

    since: str = OLDEST
    until: str = ""
    takes: str = ""
    blank: bool = False


@dataclass(frozen=True)
class FieldTable:
    """The whole table: sections by name, receiver types by key, functions of templates with their versions.

    ``templates`` are those that Alertmanager defines, by name: of receiver types as ``TYPE.default.NAME``.
    """

    sections: Mapping[str, Section]
    receivers: Mapping[str, Section]
    functions: Mapping[str, str]
    templates: Mapping[str, DefaultTemplate]


@cache
def field_table() -> FieldTable:
    """Return the table."""
    raw = assets.data("alertmanager-fields")
    return FieldTable(
        {name: _section(name, one) for name, one in raw["sections"].items()},
        {name: _section(name, one) for name, one in raw["receivers"].items()},
        raw["functions"],
        {name: DefaultTemplate(**one) for name, one in _templates(raw)},
    )


def _templates(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from raw["templates"].items()
    for key, section in raw["receivers"].items():
        for name, one in section.get("templates", {}).items():
            yield f"{key.removesuffix('_configs')}.default.{name}", one


def receiver_types() -> Mapping[str, Section]:
    """Return the receiver types by their key, such as ``slack_configs``."""
    return field_table().receivers


def receiver_type_names() -> tuple[str, ...]:
    """Return the names of the receiver types, such as ``slack``."""
    return tuple(one.removesuffix("_configs") for one in receiver_types())


def section_fields(name: str) -> Mapping[str, FieldType]:
    """Return the fields of a section or receiver type; empty for any other name."""
    found = field_table().sections.get(name) or receiver_types().get(name)
    return found.fields if found is not None else {}


def is_supported(versions: Versions, section: str, key: str) -> bool:
    """Return whether a field of a section can be used with these versions."""
    field = section_fields(section)[key]
    return not versions.refusal(key, field.since, field.operator)


@cache
def _families() -> tuple[mergekeys.Family, ...]:
    return tuple(mergekeys.families({"route": "", "receivers": ""}))


def exclusive_fields(section: str, fields: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the sets of fields of a section or receiver type that exclude each other, each in the given order.

    A field excludes the same with _file, unless the table allows the pair.
    """
    there = tuple(fields)
    sets = mergekeys.exclusive(_families(), (section,), there)
    taken = [one.fields for one in sets if one.together]
    found = [one.fields for one in sets if not one.together and one.fields not in taken]
    largest = [one for one in found if not any(one < other for other in found)]
    return tuple(tuple(key for key in there if key in one) for one in largest)


def type_parts(name: str) -> tuple[str, str]:
    """Return the container of a type (``list``, ``map`` or empty) and the type of its items."""
    match = re.fullmatch(r"(list|map)<(.+)>", name)
    return (match.group(1), match.group(2)) if match else ("", name)


def fields_set(value: Any, type_name: str, where: Where) -> Iterator[tuple[Where, str, FieldType, Any]]:
    """Yield every known field in nested data: its place, section, type and value."""
    held, inner = type_parts(type_name)
    if held == "list" and isinstance(value, list):
        for number, one in enumerate(value):
            yield from fields_set(one, inner, [*where, number])
    elif held == "map" and isinstance(value, Mapping):
        for key, one in value.items():
            yield from fields_set(one, inner, [*where, key])
    elif not held and isinstance(value, Mapping):
        name = next((one for one in inner.split("|") if section_fields(one)), "")
        for key, one in value.items():
            if field := section_fields(name).get(key):
                at = [*where, key]
                yield at, name, field, one
                yield from fields_set(one, field.type, at)


def receiver_fields(receiver: Mapping[str, Any], where: Where) -> Iterator[tuple[Where, str, FieldType, Any]]:
    """Yield every known field in a receiver's data, including its integrations."""
    types = receiver_types()
    yield from fields_set({key: one for key, one in receiver.items() if key not in types}, "receiver", where)
    for name in types:
        if name in receiver:
            yield from fields_set(receiver[name], f"list<{name}>", [*where, name])


def integrations_of(receiver: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Yield the type, number and fields of every integration of a receiver's data."""
    for name in receiver_types():
        listed = receiver.get(name)
        for number, one in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(one, Mapping):
                yield name, number, one


def _section(name: str, raw: Mapping[str, Any]) -> Section:
    fields = {key: _field(key, one) for key, one in raw["fields"].items()}
    return Section(
        name,
        raw.get("title", name),
        raw.get("since", OLDEST),
        raw.get("operator", ""),
        fields,
        exclusive_fields(name, fields),
        _needs(raw.get("needs", ())),
        _needs(raw.get("delivers", ())),
        raw.get("exclusive_severity", "error"),
        bool(raw.get("send_resolved")),
        raw.get("authorization", ""),
        _messages(raw.get("messages", {})),
    )


def _needs(raw: Iterable[Mapping[str, Any]]) -> tuple[Need, ...]:
    return tuple(Need(tuple(one["any"]), tuple(one["global"])) for one in raw)


def _messages(raw: Mapping[str, Any]) -> Messages:
    read = tuple(raw.get("read", ()))
    names = {name: raw.get(name, "") for name in ("title", "body", "shows_all")}
    sizes = {name: raw.get(name, {}) for name in ("size", "size_with")}
    return Messages(raw.get("texts", {}), read=read, **names, **sizes)


def _field(key: str, raw: Mapping[str, Any]) -> FieldType:
    flags = {name: bool(raw.get(name)) for name in ("required", "secret", "templated", "deprecated")}
    return FieldType(
        key,
        raw["type"],
        raw.get("since", OLDEST),
        raw.get("operator", ""),
        **flags,
        file=raw.get("file", ""),
        about=raw.get("about", ""),
        enum=tuple(raw.get("enum", ())),
        for_operator=raw.get("for_operator", ""),
        checked_since=raw.get("checked_since", ""),
    )
