"""Explain JSON Schema errors in words, for both engines: jsonschema and jsonschema-rs.

An engine's error becomes a ``Fault``; if all alternatives fail, the faults of the closest one are reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .nearest import Guesses

_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "object": "a map",
    "array": "a list", "null": "null",
}  # fmt: skip
_PYTHON = ((bool, "true or false"), (str, "text"), (int | float, "a number"), (dict, "a map"), (list, "a list"))
_MAX_KNOWN = 12
_MAX_TEXT = 200
# Parts of patterns in schemas of others, and what they stand for.
_PATTERNS = (
    ("ms", "a duration such as 30s, 5m or 1h"),
    ("[KMGTPE]i", "a quantity such as 500m or 1Gi"),
    ("i?)?B", "a size such as 512MB"),
    ("://", "an address such as https://example.org"),
    (r"\$\{\{", "an expression such as ${{ inputs.name }}"),
)


@dataclass(frozen=True)
class Fault:
    """The failure of one schema keyword for the value at ``where``.

    ``error`` is the engine's own. ``expected`` is the keyword's operand: types, options, a limit, a schema; for
    ``required`` the missing key. ``keys`` are the unknown keys for ``additionalProperties``. ``schema`` is the schema
    that has the keyword, or empty. ``branches`` are the faults of each alternative.
    """

    where: tuple[Any, ...]
    keyword: str
    error: Any
    expected: Any = None
    keys: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    branches: tuple[tuple[Fault, ...], ...] = ()

    @cached_property
    def value(self) -> Any:
        """The value; jsonschema-rs copies it on each access, however large it is."""
        return self.error.instance

    @property
    def text(self) -> str:
        """The engine's own message, truncated, since it may contain the whole value."""
        return str(self.error.message)[:_MAX_TEXT]

    @property
    def known(self) -> list[str]:
        """The keys that the schema defines here."""
        return sorted(self.schema.get("properties", ()))


@dataclass(frozen=True)
class Words:
    """Words faults. Descriptions in scaffold's own schemas are remedies; those in other schemas describe a field."""

    remedies: bool
    guesses: Guesses = field(default_factory=Guesses)

    def explain(self, fault: Fault) -> tuple[str, str]:
        """Return message and hint for a fault, one line each; for any keyword except unknown keys."""
        name, shown, expected = name_of(fault.where), show(fault.value), fault.expected
        match fault.keyword:
            case "required":
                about = (fault.schema.get("properties") or {}).get(expected)
                return f"{name_of([*fault.where, expected])} is missing", self._description(about, "add it")
            case "anyOf" | "oneOf" if needed := missing_choices(fault):
                return f"{name} needs {' or '.join(needed)}", "add one of them"
            case "type" | "anyOf" | "oneOf":
                return self._wrong_type(fault, name, shown)
            case "enum":
                return self._not_listed(fault, name, shown)
            case "pattern":
                return f"{name} is {shown}, which does not match the required format", self._hint(fault)
            case "minItems" | "minProperties" | "minLength":
                return f"{name} is empty or too short", self._hint(fault)
            case "not" if len(keys := list(expected.get("required", ())) if isinstance(expected, dict) else []) > 1:
                return f"{name} has {' and '.join(map(str, keys))} together", "keep one of them"
            case "dependentRequired" | "dependencies":
                return f"{name}: {fault.text}", "add what belongs to it"
        return _out_of_bounds(fault, name, shown), self._hint(fault)

    def no_value(self, fault: Fault) -> tuple[str, str]:
        """Return message and hint for a required key that is there, without a value."""
        about = (fault.schema.get("properties") or {}).get(fault.expected)
        return f"{name_of([*fault.where, fault.expected])} has no value", self._description(about, "give it a value")

    def unknown_key(self, fault: Fault, key: str, homes: Sequence[str] = ()) -> tuple[str, str]:
        """Return message and hint for one of the unknown keys of a fault; ``homes`` are where such a key is known."""
        message = f"unknown key {_in_quotes(key)}" + (f" in {name_of(fault.where)}" if fault.where else "")
        if homes:
            return message, f"write it as {' or '.join(name_of((*fault.where, one)) for one in homes)}"
        if close := self.guesses.nearest(key, fault.known):
            return message, f"did you mean {close!r}?"
        few = fault.known and (self.remedies or len(fault.known) <= _MAX_KNOWN)
        return message, f"known keys: {', '.join(fault.known)}" if few else "remove it, or move it to where it belongs"

    def _not_listed(self, fault: Fault, name: str, shown: str) -> tuple[str, str]:
        options = [one for one in fault.expected if self.remedies or one is not None]
        most = len(options) if self.remedies else _MAX_KNOWN
        allowed = ", ".join(json.dumps(one) for one in options[:most])
        more = f" and {len(options) - most} more" if len(options) > most else ""
        message = f"{name} is {shown}, not one of {allowed}{more}"
        if remedy := self._remedy(fault):
            return message, remedy
        close = self.guesses.nearest(str(fault.value), [str(one) for one in options])
        return message, f"did you mean {close!r}?" if close else "use one of them"

    def _wrong_type(self, fault: Fault, name: str, shown: str) -> tuple[str, str]:
        value, types = fault.value, list(dict.fromkeys(_wanted(fault)))
        if not types:
            return f"{name} is {shown}, which fits none of its forms or several", self._hint(fault)
        wanted = [_TYPES.get(one, one) for one in types if self.remedies or one != "null"]
        *some, last = wanted or ["something else"]
        expected = f"{', '.join(some)} or {last}" if some else last
        inline = f" ({shown})" if isinstance(value, str | int | float) else ""
        message = f"{name} must be {expected}, not {_found(value)}{inline}"
        if "string" in types and isinstance(value, int | float):
            return message, "write it in quotes"
        if "string" in types and isinstance(value, str):
            return f"{name} is {shown}, which does not match the required format", valid_value(fault)
        if remedy := self._remedy(fault):
            return message, remedy
        if isinstance(value, str) and _fits_unquoted(value, types):
            return message, "remove the quotes"
        return message, "give it a value" if value is None and self.remedies else valid_value(fault)

    def _hint(self, fault: Fault) -> str:
        return self._remedy(fault) or valid_value(fault)

    def _remedy(self, fault: Fault) -> str:
        return self._description(fault.schema) if self.remedies else ""

    def _description(self, schema: Any, todo: str = "") -> str:
        text = schema.get("description", "") if isinstance(schema, Mapping) else ""  # a schema may be true or false
        if self.remedies:
            return str(text) or todo
        first = re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0]
        first = first if len(first) <= 160 else f"{first[:159]}…"
        return ": ".join(one for one in (todo, first) if one)


def _out_of_bounds(fault: Fault, name: str, shown: str) -> str:
    match fault.keyword:
        case "const":
            return f"{name} is {shown}, not {json.dumps(fault.expected)}"
        case "maxLength" | "maxItems" | "maxProperties":
            what = "characters" if fault.keyword == "maxLength" else "entries"
            return f"{name} has {len(fault.value)} {what}, more than {fault.expected}"
        case "minimum" | "maximum":
            return f"{name} is {shown}, {'less' if fault.keyword == 'minimum' else 'more'} than {fault.expected}"
        case "not":
            return f"{name} may not be {shown}"
        case _:
            return f"{name}: {fault.text}"


def valid_value(fault: Fault) -> str:
    """Return how a valid value is written, as far as the schema says it."""
    expected = fault.expected
    match fault.keyword:
        case "minimum" | "maximum":
            return f"write {expected} or {'more' if fault.keyword == 'minimum' else 'less'}"
        case "maxLength":
            return f"write at most {expected} characters"
        case "minItems" | "minProperties" | "minLength":
            return "write at least one item" if isinstance(fault.value, list) else "give it a value, or remove the key"
        case "uniqueItems":
            return "remove the repeated item"
        case "not":
            return "write another value" if fault.value is not None else "remove it, or give it a value"
    forms = list(dict.fromkeys(_forms(fault)))
    if any(one.startswith("one of ") for one in forms):
        forms = [one for one in forms if one != "text"]
    if not forms:
        return "leave it empty" if "null" in _wanted(fault) else "write what the documentation of its format has"
    last = fault.where[-1] if fault.where else ""
    none = f", or remove the {'item' if isinstance(last, int) else 'key'}" if fault.value is None else ""
    return f"write {' or '.join(forms)}{none}"


def _forms(fault: Fault) -> Iterator[str]:
    """Yield the forms that a value may have, of all alternatives."""
    match fault.keyword:
        case "type":
            few = 0 < len(fault.known) <= _MAX_KNOWN
            map_form = f"a map (keys: {', '.join(fault.known)})" if few else "a map (KEY: VALUE)"
            special = {"object": map_form, "array": "a list (- ITEM)"}
            yield from (special.get(one, _TYPES.get(one, one)) for one in fault.expected if one != "null")
        case "enum":
            options = [json.dumps(one) for one in fault.expected[:_MAX_KNOWN] if one is not None]
            yield f"one of {', '.join(options)}" if len(options) > 1 else "".join(options)
        case "const":
            yield json.dumps(fault.expected)
        case "pattern":
            about = next((form for part, form in _PATTERNS if part in fault.expected), "")
            yield about or f"text that matches {fault.expected[:_MAX_TEXT]}"
    for branch in fault.branches:
        for one in branch:
            if one.where == fault.where:
                yield from _forms(one)


def closest_faults(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults to report: of alternatives, those of the closest one, if one is close."""
    for fault in faults:
        best = _closest(fault) if fault.keyword in {"anyOf", "oneOf"} else None
        yield from [fault] if best is None else closest_faults(best)


def _closest(fault: Fault) -> tuple[Fault, ...] | None:
    fitting = [one for one in fault.branches if one and not any(_is_of_another_type(leaf, fault) for leaf in one)]
    if len(fitting) == 1 and not isinstance(fault.value, dict | list):
        return fitting[0]
    if not fitting or not isinstance(fault.value, dict | list):
        return None
    if all(leaf.keyword == "required" and leaf.where == fault.where for one in fitting for leaf in one):
        return None if len(fitting) > 1 else fitting[0]
    return min(fitting, key=lambda one: (sum(leaf.where == fault.where for leaf in one), len(one)))


def missing_choices(fault: Fault) -> list[str]:
    """Return the keys of which one is required, if that is the only fault."""
    each = [leaf for one in fault.branches for leaf in one if not _is_of_another_type(leaf, fault)]
    if not each or not isinstance(fault.value, dict) or any(leaf.keyword != "required" for leaf in each):
        return []
    return list(dict.fromkeys(str(leaf.expected) for leaf in each))


def _is_of_another_type(leaf: Fault, fault: Fault) -> bool:
    """Tell whether an alternative is for another type: its ``type`` says so, or it lists scalars for a map."""
    if leaf.where != fault.where:
        return False
    return leaf.keyword == "type" or (leaf.keyword in {"enum", "const"} and isinstance(fault.value, dict | list))


def _wanted(fault: Fault) -> Iterator[str]:
    """Yield the accepted types."""
    if fault.keyword == "type":
        yield from fault.expected
    elif fault.keyword in {"enum", "pattern"}:
        yield "string"
    for branch in fault.branches:
        for one in branch:
            if one.where == fault.where:
                yield from _wanted(one)


def _found(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for one, name in _PYTHON if isinstance(value, one)), "something else")


def _fits_unquoted(value: str, types: list[str]) -> bool:
    if "boolean" in types and value in {"true", "false"}:
        return True
    return ("integer" in types or "number" in types) and value.isdecimal()


def _in_quotes(key: str) -> str:
    text = repr(key)
    return text if len(text) <= 60 else f"{text[:57]}…"


def show(value: Any) -> str:
    """Return a value on one line, for messages."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def name_of(where: Iterable[Any]) -> str:
    """Return a path of keys and item numbers as text, such as ``a.b[0]``."""
    out = ""
    for part in where:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out or "the document"


def is_or_has(where: Iterable[Any], name: str) -> bool:
    """Tell whether a name, as of ``name_of``, is that of a value or of a map or list that the value is in."""
    return f"{name_of(where)}.".startswith((f"{name}.", f"{name}["))
