"""Parse a setting of ``--set``: the receiver, the field, and the value in the field's type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...alertmanager.config_fields import section_fields, type_parts
from ...assignments import KeyPath, read_assignment
from ...errors import Invalid, invalid
from ...schema_words import name_of
from ...yaml import parse_one, plain

FieldPath = KeyPath  # below an integration
MAX_NAMES = 1_000  # characters of a setting searched for receiver and field
_FIELD = re.compile(r"([a-zA-Z_][\w.\[\]-]{0,999})=")


def read_setting(text: str, names: Iterable[str] = ()) -> tuple[str, FieldPath, str]:
    """Return receiver, field path and value of ``NAME.FIELD[.FIELD]=VALUE``; ``FIELD[0]`` is the first item of a list.

    A name may have dots: the longest of ``names`` that fits is meant, else what is before the first dot. Raises Invalid
    for another form.
    """
    known = [one for one in names if text.startswith(f"{one}.") and _FIELD.match(text, len(one) + 1)]
    name = max(known, key=len, default="")
    match = _FIELD.match(text, len(name) + 1) if name else None
    if not match and (found := re.match(r"(.+?)\.[a-zA-Z_][\w.\[\]-]*=", text[:MAX_NAMES], re.DOTALL)):
        name = found.group(1)
        match = _FIELD.match(text, len(name) + 1)
    path = _path(f"{match.group(1)}=") if match else ()
    if not match or not path:
        hint = "write NAME.FIELD=VALUE, such as email.to=ops@example.org or slack.fields[0].title=VALUE"
        raise invalid("--set", f"{text!r} is not a setting", hint)
    return name, path, text[match.end() :]


def _path(text: str) -> FieldPath:
    """Return the keys and the numbers of list items of ``FIELD.FIELD[0]=``; empty for another form."""
    try:
        return read_assignment(text)[0]
    except Invalid:
        return ()


_NUMBERS = frozenset({"int", "int64", "uint", "float"})


def typed_value(type_name: str, path: FieldPath, text: str) -> Any:
    """Convert a value to the type of its field: text stays, as do templates; anything else is parsed as YAML."""
    type_of = type_name
    for part in path:
        held, inner = type_parts(type_of)
        if held == ("map" if isinstance(part, str) else "list"):
            type_of = inner
            continue
        if held or isinstance(part, int):
            return text  # such as an item of what is no list, which the schema refuses
        field = section_fields(inner.partition("|")[2] or inner).get(part)
        if field is None:
            return text
        type_of = field.type
    if type_of == "any" and "{{" in text:
        return text
    if not ({type_of} & {*_NUMBERS, "bool", "any"} or type_parts(type_of)[0] or section_fields(type_of)):
        return text
    try:
        return plain(parse_one(text, "--set"), "--set")
    except Invalid as error:
        if type_of not in _NUMBERS:
            raise
        name = name_of(path)
        raise invalid("--set", f"{name}={text} is not a number", f"write {name}=NUMBER, such as {name}=5") from error
