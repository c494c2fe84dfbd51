"""Validate a document against one of scaffold's JSON Schemas, with the position of every problem in the text.

Schemas are JSON Schema 2020-12 (https://json-schema.org/draft/2020-12). They close every object and describe every
key; the description of a key is the hint of problems with it. References to other files are never followed, except to
the fields of Kubernetes' objects (``object_fields``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from . import object_fields
from .behaviour import SpecFault
from .errors import Problem
from .jsonschema_library import jsonschema_library
from .schema_words import Fault, Words, closest_faults, name_of, show
from .yaml import Node

MAX_SHOWN = 100  # problems of one document: the rest is rarely different
MAX_ENTRIES = 1_000  # of a map or list in a spec
_NONE = object()


def schema_problems(node: Node, data: Any, schema: str, path: str) -> list[Problem]:
    """Return the problems of ``data``, read from ``node``, under the JSON Schema given as text, by position."""
    return faults_as_problems(schema_faults(data, schema), lambda fault: (path, *place_of_fault(fault, node)))


def schema_faults(data: Any, schema: str) -> list[SpecFault]:
    """Return the faults of ``data`` under the JSON Schema given as text."""
    return [] if _is_valid(schema, data) else explained(_validator(schema).iter_errors(data))


def fits_schema(data: Any, schema: str) -> bool:
    """Tell whether data is certainly valid under the JSON Schema given as text, without the reasons."""
    return _is_valid(schema, data)


def explained(errors: Iterable[Any]) -> list[SpecFault]:
    """Return jsonschema's errors in words, at most ``MAX_SHOWN``."""
    words = Words(remedies=True)
    each = (told for fault in closest_faults(map(_fault, errors)) for told in _told(fault, words))
    found = list(islice(each, MAX_SHOWN + 1))
    if len(found) > MAX_SHOWN:
        found[-1] = SpecFault((), f"has more than {MAX_SHOWN} problems", "fix these, and run again")
    return found


def faults_as_problems(
    faults: Iterable[SpecFault], place: Callable[[SpecFault], tuple[str, int, int]]
) -> list[Problem]:
    """Return faults as problems at their places (path, line, column), in order."""
    problems = (Problem(*place(one), one.message, one.hint) for one in faults)
    return sorted({(p.path, p.line, p.column, p.message): p for p in problems}.values())


def place_of_fault(fault: SpecFault, node: Node) -> tuple[int, int]:
    """Return line and column of a fault in the text of ``node``."""
    return position(node, list(fault.where), key=fault.at_key)


def oversized(node: Node, path: str) -> list[Problem]:
    """Return a problem for each map and list of a spec with more than ``MAX_ENTRIES`` entries."""
    problems, stack = [], [node]
    while stack:
        one = stack.pop()
        below = [value for _, value in one.pairs] or list(one.items)
        if len(below) > MAX_ENTRIES:
            message = f"has {len(below)} entries, more than {MAX_ENTRIES}"
            problems.append(Problem(path, one.line, one.column, message, "use fewer entries"))
        stack += below
    return sorted(problems)[:MAX_SHOWN]


@cache
def schema_data(schema: str) -> dict[str, Any]:
    """Return the data of a schema's text, which must be a map."""
    loaded: dict[str, Any] = json.loads(schema)
    return loaded


@cache
def defaults(schema: str) -> Mapping[str, Any]:
    """Return the defaults of a schema: a map's own default, completed by those of its properties."""
    return default_of(schema_data(schema))


def default_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the defaults of a schema given as data."""
    found = _default(schema)
    return found if isinstance(found, dict) else {}


def position(node: Node, where: list[Any], *, key: bool = False) -> tuple[int, int]:
    """Return line and column of the value at the path ``where``, or of its key; else of the closest existing parent."""
    found = place_at(node, where, key=key)
    return found.line, found.column


def place_at(node: Node, where: list[Any], *, key: bool = False) -> Node:
    """Return the node whose place is that of the value at the path ``where``, as ``position`` says."""
    place = node
    for number, part in enumerate(where):
        last = number == len(where) - 1
        if node.shape == "map":
            pair = node.pair(part)
            if pair is None:
                return place
            empty = pair[1].shape == "scalar" and pair[1].start == pair[1].end
            place = pair[0] if empty or (last and key) or pair[1].shape != "scalar" else pair[1]
            node = pair[1]
        elif node.shape == "list" and isinstance(part, int) and part < len(node.items):
            place = node = node.items[part]
        else:
            return place
    return place


def _is_valid(schema: str, data: Any) -> bool:
    """Tell whether data is certainly valid; jsonschema, which is slow to load, explains the rest."""
    try:
        if object_fields.refers_to_fields(schema) and _outline(schema).is_valid(data):
            return True
        return bool(_quick(schema).is_valid(data))
    except (LookupError, ValueError, TypeError, OverflowError):  # values that only jsonschema supports or explains
        return False


@cache
def _quick(schema: str) -> Any:
    return jsonschema_library().Draft202012Validator(schema_data(schema), retriever=object_fields.retrieved)


@cache
def _outline(schema: str) -> Any:
    """Return the validator that knows none of the fields of Kubernetes' objects, which is enough for most specs."""
    data = object_fields.without_fields(schema)
    return jsonschema_library().Draft202012Validator(data, retriever=object_fields.retrieved)


@cache
def _validator(schema: str) -> Any:
    import jsonschema  # noqa: PLC0415 - slow to load, and not needed when nothing changed
    import referencing  # noqa: PLC0415

    registry: Any = referencing.Registry(retrieve=object_fields.resource_at)  # type: ignore[call-arg]
    return jsonschema.Draft202012Validator(schema_data(schema), registry=registry)


def _fault(error: Any) -> Fault:
    """Return a jsonschema error as a fault."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    branches: dict[Any, list[Fault]] = {}
    for one in error.context or ():
        branches.setdefault(next(iter(one.schema_path), None), []).append(_fault(one))
    keyword, expected = error.validator, error.validator_value
    keys: tuple[str, ...] = ()
    if "propertyNames" in list(error.relative_schema_path)[-2:-1]:
        keyword = "propertyNames"
    elif keyword == "required":
        expected = next((key for key in expected if key not in error.instance), "?")
    elif keyword == "type":
        expected = expected if isinstance(expected, list) else [expected]
    elif keyword == "additionalProperties":
        keys = tuple(key for key in error.instance if key not in schema.get("properties", {}))
    return Fault(
        tuple(error.absolute_path), keyword, error, expected, keys, schema,
        tuple(map(tuple, branches.values())),
    )  # fmt: skip


def _told(fault: Fault, words: Words) -> Iterator[SpecFault]:
    where = fault.where
    if fault.keyword == "propertyNames":
        message = f"{name_of(where)} has the key {show(fault.value)}, which is not a valid name"
        yield SpecFault((*where, fault.value), message, fault.schema.get("description", "") or "rename it", at_key=True)
    elif fault.keyword == "additionalProperties":
        for key in fault.keys:
            homes = object_fields.homes(fault.schema, key)
            told = _set_elsewhere(fault, key) or words.unknown_key(fault, key, homes)
            yield SpecFault((*where, key), *told, at_key=True)
    else:
        yield SpecFault(where, *words.explain(fault))


def _set_elsewhere(fault: Fault, key: str) -> tuple[str, str] | None:
    """Return message and hint for a field of a fragment that another key of the spec sets; None for any other key.

    The keyword ``x-elsewhere`` of our schemas maps such fields to keys, ``""`` for what the template decides.
    """
    elsewhere = fault.schema.get("x-elsewhere")
    own = elsewhere.get(key) if isinstance(elsewhere, dict) else None
    if not isinstance(own, str):
        return None
    message = f"{name_of((*fault.where, key))} is set by {f'the key {own}' if own else 'the template'}"
    return message, f"use {own}" if own else "remove it"


def _default(schema: Any) -> Any:
    """Return the default of a schema, ``_NONE`` if it has none. A schema may be true or false."""
    if not isinstance(schema, dict):
        return _NONE
    properties = schema.get("properties", {})
    each = {key: _default(one) for key, one in properties.items()} if isinstance(properties, dict) else {}
    nested = {key: one for key, one in each.items() if one is not _NONE}
    return _filled(schema["default"], nested) if "default" in schema else nested or _NONE


def _filled(value: Any, usual: Mapping[str, Any]) -> Any:
    """Return a default with what it lacks from the defaults of its properties, if it is a map."""
    if not isinstance(value, dict):
        return value
    given = {key: _filled(one, usual[key]) if isinstance(usual.get(key), dict) else one for key, one in value.items()}
    return {**usual, **given}
