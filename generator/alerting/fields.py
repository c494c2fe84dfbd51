"""Alertmanager's configuration, field by field: ``schemas/alertmanager-fields.json``.

A version is a pair of numbers here: releases of Alertmanager and Prometheus Operator add fields in minor versions only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import assets

Version = tuple[int, int]
Field = Mapping[str, Any]
Where = list[Any]


@cache
def known() -> Mapping[str, Any]:
    """Return the whole file."""
    found: Mapping[str, Any] = assets.data("alertmanager-fields")
    return found


def types() -> Mapping[str, Any]:
    """Return the receiver types by their key, such as ``slack_configs``."""
    found: Mapping[str, Any] = known()["receivers"]
    return found


def type_names() -> tuple[str, ...]:
    """Return the receiver types as people say them, such as ``slack``."""
    return tuple(one.removesuffix("_configs") for one in types())


def section(name: str) -> Mapping[str, Field]:
    """Return the fields of a section or receiver type; none of what is no section."""
    found = known()["sections"].get(name) or types().get(name) or {}
    fields: Mapping[str, Field] = found.get("fields", {})
    return fields


def version(text: str) -> Version:
    """Return the version that ``0.27``, ``v0.27`` or ``v0.27.1`` names."""
    major, minor = (int(part) for part in text.removeprefix("v").split(".")[:2])
    return major, minor


@cache
def newest(what: str) -> Version:
    """Return the newest version of ``alertmanager`` or ``operator`` that the file knows."""
    return version(known()["newest"][what])


@cache
def operator_loads() -> Version:
    """Return the Alertmanager that the newest known operator is built with, whose fields it accepts."""
    return version(known()["newest"]["operator_loads"])


def shown(one: Version) -> str:
    """Return a version as people write it."""
    return f"{one[0]}.{one[1]}"


@dataclass(frozen=True)
class Target:
    """What a configuration is for: an Alertmanager, and the Prometheus Operator that reads it first, if one does."""

    alertmanager: Version
    operator: Version | None

    def refusal(self, name: str, one: Field) -> str:
        """Return why a field or receiver type cannot be used here, or nothing. ``name`` says what it is."""
        since = version(one["since"])
        if since > self.alertmanager:
            return f"Alertmanager knows {name} since {shown(since)}, and this is for {shown(self.alertmanager)}"
        if self.operator is None:
            return ""
        newest_operator = newest("operator")
        if "operator" in one and one["operator"] is None:
            up_to = shown(newest_operator)
            why = f"no Prometheus Operator up to {up_to} knows {name}: it would refuse the whole configuration"
            return why if self.operator <= newest_operator else ""
        if "operator" in one and version(one["operator"]) > self.operator:
            needs, has = shown(version(one["operator"])), shown(self.operator)
            return f"{name} needs Prometheus Operator {needs}, and this is for {has}, which would refuse it"
        if self.operator <= newest_operator and since > operator_loads():
            return (
                f"Prometheus Operator {shown(newest_operator)} is built with Alertmanager {shown(operator_loads())}, "
                f"and {name} is known since {shown(since)}: the operator would refuse the whole configuration"
            )
        return ""

    def takes(self, section_name: str, key: str) -> bool:
        """Tell whether a field of a section can be used here."""
        return not self.refusal(key, section(section_name)[key])


def target(values: Mapping[str, Any]) -> Target:
    """Return what the values of a spec are for: the newest versions known, where it does not say."""
    operator = values.get("operator")
    known_operator = None if operator == "none" else version(operator) if operator else newest("operator")
    own = values.get("alertmanager")
    return Target(version(own) if own else newest("alertmanager"), known_operator)


def parts(name: str) -> tuple[str, str]:
    """Return how values of a type are held (``list``, ``map`` or nothing) and the type of one of them."""
    match = re.fullmatch(r"(list|map)<(.+)>", name)
    return (match.group(1), match.group(2)) if match else ("", name)


def walk(value: Any, type_name: str, where: Where) -> Iterator[tuple[Where, str, Field, Any]]:
    """Yield every known field set in ``value``, however deep: where, the section it is of, what it is, its value."""
    held, inner = parts(type_name)
    if held == "list" and isinstance(value, list):
        for number, one in enumerate(value):
            yield from walk(one, inner, [*where, number])
    elif held == "map" and isinstance(value, Mapping):
        for key, one in value.items():
            yield from walk(one, inner, [*where, key])
    elif not held and isinstance(value, Mapping):
        name = next((one for one in inner.split("|") if section(one)), "")
        for key, one in value.items():
            if field := section(name).get(key):
                at = [*where, key]
                yield at, name, field, one
                yield from walk(one, str(field["type"]), at)


def receiver_fields(receiver: Mapping[str, Any], where: Where) -> Iterator[tuple[Where, str, Field, Any]]:
    """Yield every known field set in a receiver, its integrations' too."""
    yield from walk({key: one for key, one in receiver.items() if key not in types()}, "receiver", where)
    for name in types():
        if name in receiver:
            yield from walk(receiver[name], f"list<{name}>", [*where, name])


def integrations(receiver: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Yield the type, number and fields of every integration of a receiver."""
    for name in types():
        listed = receiver.get(name)
        for number, one in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(one, Mapping):
                yield name, number, one
