"""Checks of single values that the table of fields cannot express: addresses, numbers, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ..finding import Finding
from ..yaml.dialect import resolve
from .config_fields import FieldType, field_table
from .fault import fault_at, in_quotes
from .urls import url_fault
from .value import Value, truth

HELM = "\ue000"  # placeholder for text that only Helm knows
# Placeholders that are replaced before Alertmanager reads the file: by envsubst, Flux, the operator's reloader, SOPS, …
_BRACED = re.compile(r"\$\{(?!\})")
_LATER = re.compile(
    r"\$\([A-Za-z_]\w*\)|\bENC\[|^(?:ref|secretref)\+|^op://|^vault:|<path:|%\{"
    r"|\$[A-Z][A-Z0-9_]|@[A-Z][A-Z0-9_]+@|__[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*__"
)
# A whole value that stands for another: of autoconf, Windows, sed, envsubst, Go with other delimiters, ERB, Azure
# Pipelines, BOSH, and of people. Alertmanager itself prints <secret>.
_WHOLE = re.compile(
    r"@[A-Za-z_][\w.-]*@|%[A-Za-z_]\w*%|__[A-Za-z0-9]\w*__|\$\$?[A-Za-z_]\w*|<%.*%>|\[\[.*\]\]|#\{.*\}#?"
    r"|\(\([\w./-]+\)\)|<(?!secret>)[A-Za-z][^<>]*>",
    re.DOTALL,
)
_VARIABLE, _PLACEHOLDER = re.compile(r"[A-Z0-9_]+"), re.compile(r"PLACEHOLDER|REPLACE_?ME|CHANGE_?ME|\AYOUR_")

_POSITIVE = "write a larger number"
# What a field holds. Prometheus Operator reads numbers without a sign into 32 bits.
_RANGES = {
    "int": (-(1 << 63), (1 << 63) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint": (0, (1 << 64) - 1),
    "int32": (0, (1 << 31) - 1),
}
_URL = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)
_SCALARS = frozenset(
    "string filepath url any_url url_or_template host:port duration go_duration regex matcher secret".split()  # noqa: SIM905
)


def number_faults(value: Value, wanted: str, name: str, *, operator: bool) -> Iterator[Finding]:
    """Yield a fault if a value is not a number of the wanted type; ``operator`` says whether the operator reads it."""
    if value.tag not in {"int", "float"}:
        what = "number" if wanted == "float" else "whole number"
        hint = "write digits, without quotes" if what == "whole number" else "write a number, without quotes"
        yield fault_at("AM032", value, f"{name} is {in_quotes(value.text)}, not a {what}", hint)
    elif wanted != "float":
        least, most = _RANGES["int32" if operator and wanted == "uint" else wanted]
        number = resolve(value.source, "go")[1]
        if not isinstance(number, int | float) or not least <= number <= most:
            message = f"{name} is {in_quotes(value.source)}, not within {least} and {most}"
            yield fault_at("AM032", value, message, "write a smaller number" if value.source[:1] != "-" else _POSITIVE)


def filled_later(text: str) -> bool:
    """Return whether a text is replaced before Alertmanager reads it."""
    braced = _BRACED.search(text)
    is_braced = braced is not None and "}" in text[braced.end() :]
    return HELM in text or is_braced or bool(_LATER.search(text) or _WHOLE.fullmatch(text) or _is_named_so(text))


def _is_named_so(text: str) -> bool:
    return bool(_VARIABLE.fullmatch(text) and _PLACEHOLDER.search(text))


def url_faults(value: Value, wanted: str, name: str, field: FieldType) -> Iterator[Finding]:
    """Yield a fault if a value is not a URL, of any scheme for ``any_url``."""
    text = value.text
    if (text == "<secret>" and field.secret) or (wanted == "url_or_template" and "{{" in text):
        return
    if wanted != "any_url" and not _URL.match(text):
        what = "is empty" if not text else f"is {in_quotes(text)}, not an address"
        yield fault_at("AM032", value, f"{name} {what}", "write http:// or https:// and a host")
    elif reason := url_fault(text):
        message = f"{name} is {in_quotes(text)}, not an address: {reason}"
        yield fault_at("AM032", value, message, "write a URL, with other characters escaped as %20")


def duration_hint(text: str) -> str:
    """Return a hint for a duration."""
    if text.isdecimal():
        return f"add a unit: {text}s or {text}m"
    return "write whole numbers with units from large to small: 1d12h, 90m, 30s"


def called(wanted: str) -> str:
    """Return the name of a type for messages."""
    if wanted in _SCALARS:
        return "text"
    return {"bool": "true or false", "float": "a number"}.get(wanted, "a whole number")


def is_null_text(value: Value) -> bool:
    """Return whether a value is text that go-yaml v2 treats like null where a field has a decoder of its own."""
    return value.shape == "scalar" and value.tag == "str" and value.text in {"null", "~"}


def is_empty(value: Value) -> bool:
    """Return whether a value is null or an empty text."""
    return value.is_null or (value.shape == "scalar" and not value.text)


def is_set(value: Value, key: str) -> bool:
    """Return whether a key counts as set for Alertmanager: not null, empty, false, or the chat 0."""
    found = value.get(key)
    if found is None or is_empty(found) or (key in _flags() and truth(found) is False):
        return False
    return not (key == "chat_id" and found.text in {"0", "-0"})


def has_authorization(client: Value) -> bool:
    """Return whether an ``http_config`` has ``authorization``, also from a bearer token."""
    return client.get("authorization") is not None or any(
        is_set(client, one) for one in ("bearer_token", "bearer_token_file")
    )


@cache
def _flags() -> frozenset[str]:
    """Return the names of boolean fields."""
    table = field_table()
    sections = (*table.sections.values(), *table.receivers.values())
    return frozenset(name for one in sections for name, field in one.fields.items() if field.type == "bool")
