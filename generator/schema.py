"""Validate a document against one of our JSON Schemas, with the place of every problem in the text.

Schemas are JSON Schema 2020-12 (https://json-schema.org/draft/2020-12). They close every object and describe every
key; the description of a key is the remedy that a problem with it shows. Nothing is ever retrieved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from .errors import Problem
from .yaml import Node

MAX_SHOWN = 100  # problems of one document: the rest is seldom of another sort
MAX_ENTRIES = 1_000  # of a map or list in a spec
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
    "null": "null",
}
_PYTHON = {str: "text", bool: "true or false", int: "a number", float: "a number", dict: "a map", list: "a list"}


def validate(node: Node, data: Any, schema: str, path: str) -> list[Problem]:
    """Return the problems of ``data``, read from ``node``, under the JSON Schema given as text, in order of place."""
    if _is_valid(schema, data):
        return []
    return explained(_validator(schema).iter_errors(data), node, path)


def explained(errors: Iterable[Any], node: Node, path: str) -> list[Problem]:
    """Return what jsonschema finds wrong with the data of ``node``, in order of place; of very much only the first."""
    each = (problem for error in _leaves(iter(errors)) for problem in _problems(error, node, path))
    problems = list(islice(each, MAX_SHOWN + 1))
    if len(problems) > MAX_SHOWN:
        message = f"has more problems than these {MAX_SHOWN}"
        problems[-1] = Problem(path, node.line, node.column, message, "fix these, and run it again")
    return sorted({(p.line, p.column, p.message): p for p in problems}.values())


def oversized(node: Node, path: str) -> list[Problem]:
    """Return a problem for each map and list of a spec that has more entries than anybody writes."""
    problems, stack = [], [node]
    while stack:
        one = stack.pop()
        below = [value for _, value in one.pairs] or list(one.items)
        if len(below) > MAX_ENTRIES:
            message = f"has {len(below)} entries, more than {MAX_ENTRIES}"
            problems.append(Problem(path, one.line, one.column, message, "write fewer"))
        stack += below
    return sorted(problems)[:MAX_SHOWN]


@cache
def load(schema: str) -> dict[str, Any]:
    """Return a schema's text, which is a map, as data."""
    loaded: dict[str, Any] = json.loads(schema)
    return loaded


@cache
def defaults(schema: str) -> Mapping[str, Any]:
    """Return the defaults that a schema gives, nested objects' too."""
    return _defaults(load(schema))


def place(node: Node, where: list[Any], *, key: bool = False) -> tuple[int, int]:
    """Return line and column of the value at the path ``where``, or of its key; of the nearest thing that is there."""
    line, column = node.line, node.column
    for number, part in enumerate(where):
        last = number == len(where) - 1
        if node.shape == "map":
            pair = node.pair(part)
            if pair is None:
                return line, column
            empty = pair[1].shape == "scalar" and pair[1].start == pair[1].end
            at = pair[0] if empty or (last and key) or pair[1].shape != "scalar" else pair[1]
            node = pair[1]
        elif node.shape == "list" and isinstance(part, int) and part < len(node.items):
            at = node = node.items[part]
        else:
            return line, column
        line, column = at.line, at.column
    return line, column


def _is_valid(schema: str, data: Any) -> bool:
    """Tell whether data fits for certain; jsonschema, which is slow to load, says what is wrong with the rest."""
    try:
        return bool(_quick(schema).is_valid(data))
    except (LookupError, ValueError, TypeError, OverflowError):  # what only the other one can hold, or tell of
        return False


@cache
def _quick(schema: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - not needed when nothing changed

    return jsonschema_rs.Draft202012Validator(load(schema), retriever=_nothing)


def _nothing(address: str) -> Any:
    raise LookupError(address)


@cache
def _validator(schema: str) -> Any:
    import jsonschema  # noqa: PLC0415 - slow to load, and not needed when nothing changed
    import referencing  # noqa: PLC0415

    return jsonschema.Draft202012Validator(load(schema), registry=referencing.Registry())


def _leaves(errors: Iterable[Any]) -> Iterator[Any]:
    """Yield the errors to show: of an alternative the branch that came closest."""
    for error in errors:
        if error.validator in {"anyOf", "oneOf"} and error.context:
            by_branch: dict[Any, list[Any]] = {}
            for one in error.context:
                by_branch.setdefault(next(iter(one.schema_path), None), []).append(one)
            typed = [e for e in by_branch.values() if not any(map(_is_of_another_type, e))]
            if len(typed) == 1:
                yield from _leaves(iter(typed[0]))
                continue
        yield error


def _is_of_another_type(error: Any) -> bool:
    """Tell whether an alternative is for values of another type: by its word, or as it lists scalars for a map."""
    listed = error.validator in {"enum", "const"} and isinstance(error.instance, dict | list)
    return (error.validator == "type" or listed) and not error.path


def _problems(error: Any, node: Node, path: str) -> Iterable[Problem]:
    where = list(error.absolute_path)
    if "propertyNames" in list(error.relative_schema_path)[-2:-1]:
        message = f"{name_of(where)} has the key {show(error.instance)}, which is not allowed here"
        line, column = place(node, [*where, error.instance], key=True)
        return [Problem(path, line, column, message, error.schema.get("description", "") or "rename it")]
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        return (_unknown_key(key, known, node, where, path) for key in error.instance if key not in known)
    return [_problem(error, node, path)]


def _problem(error: Any, node: Node, path: str) -> Problem:
    where = list(error.absolute_path)
    name = name_of(where)
    remedy = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    line, column = place(node, where)
    match error.validator:
        case "required":
            missing = next((key for key in error.validator_value if key not in error.instance), "?")
            known = error.schema.get("properties", {}).get(missing)  # a schema may be true or false
            about = known.get("description", "") if isinstance(known, dict) else ""
            return Problem(path, line, column, f"{name_of([*where, missing])} is missing", about or "add it")
        case "type":
            return Problem(path, line, column, *_wrong_type(error, name, remedy))
        case "enum":
            allowed = ", ".join(json.dumps(one) for one in error.validator_value)
            message = f"{name} is {show(error.instance)}, not one of {allowed}"
        case "const":
            message = f"{name} is {show(error.instance)}, not {json.dumps(error.validator_value)}"
        case "maxLength":
            message = f"{name} has {len(error.instance)} characters, more than {error.validator_value}"
        case "pattern":
            message = f"{name} is {show(error.instance)}, which has not the form it needs"
        case "minimum" | "maximum":
            side = "less" if error.validator == "minimum" else "more"
            message = f"{name} is {error.instance}, {side} than {error.validator_value}"
        case "not":
            message = f"{name} may not be {show(error.instance)}"
        case _:
            message = f"{name}: {error.message[:200]}"
    return Problem(path, line, column, message, remedy or "change the value")


def _unknown_key(bad: str, known: list[str], node: Node, where: list[Any], path: str) -> Problem:
    line, column = place(node, [*where, bad], key=True)
    import difflib  # noqa: PLC0415 - only for what is wrong

    close = difflib.get_close_matches(bad, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
    message = f"unknown key {bad!r}" + (f" in {name_of(where)}" if where else "")
    return Problem(path, line, column, message, hint)


def _wrong_type(error: Any, name: str, remedy: str) -> tuple[str, str]:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    expected = " or ".join(_TYPES[one] for one in wanted)
    found = "null" if error.instance is None else _PYTHON.get(type(error.instance), "something else")
    if "string" in wanted and isinstance(error.instance, int | float | None):
        remedy = "write it in quotes" if error.instance is not None else (remedy or "give it a value")
    shown = f" ({show(error.instance)})" if isinstance(error.instance, str | int | float) else ""
    return f"{name} must be {expected}, not {found}{shown}", remedy or "change the value"


def show(value: Any) -> str:
    """Return a value on one line, for messages."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def name_of(where: list[Any]) -> str:
    """Return a path of keys and item numbers as people write it."""
    out = ""
    for part in where:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out or "the document"


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    properties = schema.get("properties", {})
    for key, one in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(one, dict):  # a schema may be true or false
            continue
        nested = _defaults(one) if "properties" in one else {}
        if nested or "default" in one:
            out[key] = nested or one["default"]
    return out
