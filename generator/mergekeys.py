"""Merge keys of lists and mutually exclusive fields, from the table schemas/merge-keys.json.

A family is a type of document; in it, a list or a map is named by the keys above it, and the longest matching name
wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import assets

Names = tuple[str, ...]
LONGEST = 3  # keys in the name of a list


@dataclass(frozen=True)
class Family:
    """The rules that apply at and below one place of a document."""

    at: Names
    lists: Mapping[str, Any]
    exclusive: Mapping[str, Sequence[Sequence[str]]]
    suffixes: tuple[str, ...] = ()  # a field and the same field with this suffix exclude each other, everywhere
    name: str = ""


@dataclass(frozen=True)
class Exclusive:
    """Mutually exclusive fields: an object has one of them; fields of ``together`` may be combined consistently."""

    fields: frozenset[str]
    together: bool = False


@cache
def table() -> Mapping[str, Any]:
    """Return the table."""
    found = json.loads(assets.data_bytes("merge-keys"))
    for family in found["families"]:
        family["at"] = [tuple(one.split(".")) if one else () for one in family.get("at", [""])]
        if isinstance(family["lists"], str):
            family["lists"] = found["lists"][family["lists"]]
        family["exclusive"] = found["exclusive"].get(family.get("exclusive"), {})
        family |= {name: frozenset(family.get(name, ())) for name in ("has", "lacks", "only")}
        family["is"] = family.get("is", {})
        family["found"] = [
            Family(at, family["lists"], family["exclusive"], tuple(family.get("suffixes", ())), family["name"])
            for at in family["at"]
        ]
    return dict(found)


@cache
def fits() -> list[Mapping[str, Any]]:
    """Return the consistency rules of objects, from the table schemas/merge-fits.json.

    ``objects`` has, by kind, the places where the rules of a family begin, for some versions.
    """
    found: list[dict[str, Any]] = json.loads(assets.data_bytes("merge-fits"))["fits"]
    for number, family in enumerate(found):
        objects: dict[str, dict[str, str]] = {}
        for one, begin in family["objects"].items():
            version, _, sort = one.partition(" ")
            objects.setdefault(sort, {})[version] = begin
        family |= {"objects": objects, "name": str(number)}
    return list(found)


def families(fields: Mapping[str, str]) -> list[Family]:
    """Return the families of a document by its fields: the text of a scalar, ``""`` for any other value."""
    return [found for one in table()["families"] if _is_of(fields, one) for found in one["found"]]


def _is_of(fields: Mapping[str, str], family: Mapping[str, Any]) -> bool:
    """Tell whether a document with these fields belongs to a family."""
    for name, text in family["is"].items():
        if not fields.get(name, "").startswith(text):
            return False
    there = fields.keys()
    return (
        family["has"] <= there
        and family["lacks"].isdisjoint(there)
        and (not family["only"] or (bool(fields) and there <= family["only"]))
    )


def entry_for(found: Iterable[Family], names: Names) -> Mapping[str, Any] | None:
    """Return the entry of the table for a list under the keys ``names``, or None."""
    for family, below in _fitting(found, names):
        for name in _suffixes(below):
            if (entry := family.lists.get(name)) is not None:
                return dict(entry)
    return None


def exclusive(found: Sequence[Family], names: Names, fields: Iterable[str]) -> list[Exclusive]:
    """Return the mutually exclusive fields of a map, or of a list item, under the keys ``names``."""
    out: list[Exclusive] = []
    there = frozenset(fields)
    if len(there & _listed()) < 2 and not any(family.suffixes for family in found):
        return out
    for family, below in _fitting(found, names):
        for name in (*_suffixes(below), "*"):
            if (sets := family.exclusive.get(name)) is not None:
                out += [Exclusive(frozenset(one) - {"+"}, "+" in one) for one in sets]
                break
        for suffix in family.suffixes:
            out += [Exclusive(frozenset((one, one + suffix))) for one in sorted(there) if one + suffix in there]
    return [one for one in out if len(one.fields & there) > 1]


@cache
def _listed() -> frozenset[str]:
    """Return every field that excludes another field anywhere."""
    return frozenset(
        field for named in table()["exclusive"].values() for sets in named.values() for one in sets for field in one
    )


@cache
def partners() -> Mapping[str, frozenset[str]]:
    """Return, for each field, the fields that it excludes in some map; without the ``suffixes`` rules."""
    found: dict[str, set[str]] = {}
    for one in (one for named in table()["exclusive"].values() for sets in named.values() for one in sets):
        for field in one if "+" not in one else ():
            found.setdefault(field, set()).update(set(one) - {field})
    return {field: frozenset(others) for field, others in found.items()}


def _fitting(found: Iterable[Family], names: Names) -> Iterator[tuple[Family, Names]]:
    for family in found:
        at = family.at
        if len(names) >= len(at) and all(one in {"*", name} for one, name in zip(at, names, strict=False)):
            yield family, names[len(at) :]


def _suffixes(names: Names) -> Iterator[str]:
    for count in range(min(len(names), LONGEST), 0, -1):
        yield ".".join(names[-count:])
