"""What jsonschema-rs says of a document, in words and with places in the user's file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .. import schema
from ..nearest import Guesses
from ..yaml import Node, get, key_of
from .readers.compiled import Compiled
from .rule import Finding

# Kustomize and kubectl read these in patches (strategic merge patch directives), and they are in no schema.
_DIRECTIVE = re.compile(r"\$(?:patch|retainKeys|setElementOrder/.*|deleteFromPrimitiveList/.*)\Z")
# Placeholders that something fills in before Kubernetes sees the value: Flux's envsubst, kustomize's vars.
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z_]|\$\([A-Za-z_]")
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
    "null": "null",
}
_MAX_KNOWN = 12

Place = tuple[int, int]


def findings(used: Compiled, node: Node, data: Any, *, patch: bool = False) -> Iterator[Finding]:
    """Yield what a schema says of data that was read from a node; of a patch nothing is missed."""
    seen: set[tuple[int, int, str]] = set()
    leaves = [leaf for error in used.errors(data) for leaf in _leaves(error)]
    misspelt = {tuple(leaf.instance_path) for leaf in leaves if leaf.kind.name == "additionalProperties"}
    guesses = Guesses()
    for leaf in leaves:
        if patch and leaf.kind.name == "required":
            continue
        if tuple(leaf.instance_path) in misspelt and _choices(leaf):
            continue  # the misspelt key is what is missing
        for line, column, message, hint in _explained(used, leaf, node, patch, guesses):
            if (line, column, message) not in seen:
                seen.add((line, column, message))
                yield Finding(line, column, message, hint)


def _leaves(error: Any) -> Iterator[Any]:
    """Yield the errors to show: of alternatives those of the one that came closest, if one did."""
    branches = getattr(error.kind, "context", None)
    if error.kind.name not in {"anyOf", "oneOf"} or not branches:
        yield error
        return
    here = list(error.instance_path)
    fitting = [one for one in branches if one and not any(_is_other_type(leaf, here) for leaf in one)]
    if not fitting or not isinstance(error.instance, dict | list):
        yield error
        return
    best = min(fitting, key=lambda one: (sum(list(leaf.instance_path) == here for leaf in one), len(one)))
    if all(leaf.kind.name == "required" and list(leaf.instance_path) == here for one in fitting for leaf in one):
        yield error
        return
    for leaf in best:
        yield from _leaves(leaf)


def _choices(error: Any) -> list[str]:
    """Return the keys of which one is missing, where that is all that is wrong."""
    branches = getattr(error.kind, "context", None) or ()
    leaves = [leaf for one in branches for leaf in one if not _is_other_type(leaf, list(error.instance_path))]
    if not leaves or not isinstance(error.instance, dict) or any(leaf.kind.name != "required" for leaf in leaves):
        return []
    return list(dict.fromkeys(str(leaf.kind.property) for leaf in leaves))


def _is_other_type(error: Any, here: list[Any]) -> bool:
    return list(error.instance_path) == here and error.kind.name in {"type", "const", "enum"}


def _explained(
    used: Compiled, error: Any, node: Node, patch: bool, guesses: Guesses
) -> Iterator[tuple[int, int, str, str]]:
    where, value = list(error.instance_path), error.instance
    if isinstance(value, str) and _PLACEHOLDER.search(value):
        return
    if error.kind.name == "additionalProperties":
        known = sorted((_parent(used, error) or {}).get("properties", {}))
        for key in error.kind.unexpected:
            if not (patch and _DIRECTIVE.match(key)):
                line, column = _place(node, [*where, key], key=True)
                yield line, column, *_unknown_key(key, known, where, guesses)
        return
    line, column = _place(node, where)
    yield line, column, *_message(used, error, where, value, guesses)


def _message(used: Compiled, error: Any, where: list[Any], value: Any, guesses: Guesses) -> tuple[str, str]:
    """Return what is wrong with a value, which each look at ``error.instance`` would copy, however large it is."""
    name, reason = schema.name_of(where), error.kind
    shown = schema.show(value)
    match reason.name:
        case "required":
            missing = str(reason.property)
            about = ((_parent(used, error) or {}).get("properties") or {}).get(missing) or {}
            return f"{schema.name_of([*where, missing])} is missing", _first_sentence(about) or "add it"
        case "anyOf" | "oneOf" if choices := _choices(error):
            return f"{name} needs {' or '.join(choices)}", "add one of them"
        case "type" | "anyOf" | "oneOf":
            return _wrong_type(error, value, name, shown)
        case "enum":
            options = [one for one in reason.options if one is not None]
            close = guesses.nearest(str(value), [str(one) for one in options])
            allowed = ", ".join(json.dumps(one) for one in options[:_MAX_KNOWN])
            more = f" and {len(options) - _MAX_KNOWN} more" if len(options) > _MAX_KNOWN else ""
            hint = f"did you mean {close!r}?" if close else "use one of them"
            return f"{name} is {shown}, not one of {allowed}{more}", hint
        case "const":
            return f"{name} is {shown}, not {json.dumps(reason.expected_value)}", "change the value"
        case "pattern":
            return f"{name} is {shown}, which has not the form it needs", _about(used, error) or "change the value"
        case "minimum" | "maximum":
            side = "less" if reason.name == "minimum" else "more"
            return f"{name} is {shown}, {side} than {reason.limit}", "change the value"
        case "minItems" | "minProperties" | "minLength":
            return f"{name} is empty or too short", _about(used, error) or "give it a value"
        case "not":
            keys = [*_keys(reason.value)]
            if len(keys) > 1:
                return f"{name} has {' and '.join(keys)} together", "keep one of them"
            return f"{name} may not be {shown}", "change the value"
        case "dependentRequired" | "dependencies":
            return f"{name}: {error.message[:200]}", "add what belongs to it"
        case _:
            return f"{name}: {error.message[:200]}", "change the value"


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(one) for one in value.get("required", ()))


def _wrong_type(error: Any, value: Any, name: str, shown: str) -> tuple[str, str]:
    types = list(dict.fromkeys(_types(error)))
    wanted = [_WORDS.get(one, one) for one in types if one != "null"]
    expected = " or ".join(wanted) if wanted else "something else"
    found = _WORDS["null"] if value is None else _found(value)
    inline = f" ({shown})" if isinstance(value, str | int | float) else ""
    if "string" in types and isinstance(value, int | float):
        return f"{name} must be {expected}, not {found}{inline}", "write it in quotes"
    if isinstance(value, str) and "string" in types:
        return f"{name} is {shown}, which has not the form it needs", f"it may be {expected}"
    hint = "remove the quotes" if isinstance(value, str) and _fits_unquoted(value, types) else "change the value"
    return f"{name} must be {expected}, not {found}{inline}", hint


def _types(error: Any) -> Iterator[str]:
    """Yield the types that would do."""
    if error.kind.name == "type":
        yield from error.kind.types
    elif error.kind.name in {"enum", "pattern"}:
        yield "string"
    for branch in getattr(error.kind, "context", None) or ():
        for one in branch:
            if list(one.instance_path) == list(error.instance_path):
                yield from _types(one)


def _found(value: Any) -> str:
    names = ((bool, "true or false"), (str, "text"), (int | float, "a number"), (dict, "a map"), (list, "a list"))
    return next((name for one, name in names if isinstance(value, one)), "something else")


def _fits_unquoted(value: str, types: list[str]) -> bool:
    if "boolean" in types and value in {"true", "false"}:
        return True
    return ("integer" in types or "number" in types) and value.isdecimal()


def _unknown_key(key: str, known: list[str], where: list[Any], guesses: Guesses) -> tuple[str, str]:
    close = guesses.nearest(key, known)
    if close:
        hint = f"did you mean {close!r}?"
    elif known and len(known) <= _MAX_KNOWN:
        hint = f"known here: {', '.join(known)}"
    else:
        hint = "remove it, or put it where it belongs"
    return f"unknown key {schema.show(key)}" + (f" in {schema.name_of(where)}" if where else ""), hint


def _parent(used: Compiled, error: Any) -> Any:
    """Return the schema that holds the keyword which failed."""
    location = error.absolute_keyword_location or ""
    found = used.part(location.rpartition("/")[0])
    return found if isinstance(found, dict) else None


def _about(used: Compiled, error: Any) -> str:
    return _first_sentence(_parent(used, error) or {})


def _first_sentence(part: Any) -> str:
    text = part.get("description", "") if isinstance(part, dict) else ""
    first = re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0]
    return first if len(first) <= 160 else f"{first[:159]}…"


def _place(node: Node, where: list[Any], *, key: bool = False) -> Place:
    """Return the place of a key, or of the value at a path: the key's where the value is empty or a block."""
    if key and where:
        found = key_of(get(node, *where[:-1]), str(where[-1]))
        if found is not None:
            return found.line, found.column
    return schema.place(node, where, key=key)
