"""Checks that the table of fields cannot express: addresses, numbers, keys that need each other, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..finding import Finding
from .config_fields import FieldType, Section
from .fault import fault_at, fault_at_key, in_quotes
from .value import Value, truth

HELM = "\ue000"  # placeholder for text that only Helm knows
# Placeholders that are replaced before Alertmanager reads the file: by envsubst, Flux, the operator's reloader, SOPS, …
_BRACED = re.compile(r"\$\{(?!\})")
_LATER = re.compile(r"\$\([A-Za-z_]\w*\)|\bENC\[|^ref\+|^vault:|<path:|%\{")

_URL = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)
_RESPONDERS = frozenset({"team", "teams", "user", "escalation", "schedule"})
_SCALARS = frozenset(
    "string filepath url url_or_template host:port duration go_duration regex matcher secret".split()  # noqa: SIM905
)


def number_faults(value: Value, wanted: str, name: str) -> Iterator[Finding]:
    """Yield a fault if a value is not a number of the wanted type."""
    if wanted == "float" and value.tag not in {"int", "float"}:
        yield fault_at(
            "AM032", value, f"{name} is {in_quotes(value.text)}, not a number", "write a number, without quotes"
        )
    elif wanted != "float" and (value.tag != "int" or (wanted == "uint" and value.text.startswith("-"))):
        message = f"{name} is {in_quotes(value.source)}, not a whole number"
        yield fault_at("AM032", value, message, "write digits, without quotes")


def filled_later(text: str) -> bool:
    """Return whether a text is replaced before Alertmanager reads it."""
    braced = _BRACED.search(text)
    return HELM in text or (braced is not None and "}" in text[braced.end() :]) or _LATER.search(text) is not None


def special_faults(value: Value, section: Section, name: str) -> Iterator[Finding]:
    """Yield the faults that the table cannot express."""
    if section.name == "SlackAction" and not (is_set(value, "url") or is_set(value, "name")):
        yield fault_at("AM033", value, "an action has neither url nor name", "add one")
    if section.name == "authorization" and value.text_of("type").lower() == "basic":
        yield fault_at("AM020", value, "authorization must not have the type basic", "use basic_auth")
    if section.name == "http_config" and is_set(value, "no_proxy") and not is_set(value, "proxy_url"):
        yield fault_at_key("AM020", value.pairs["no_proxy"], "no_proxy needs proxy_url", "add proxy_url, or remove it")
    if section.name == "sigv4_config" and is_set(value, "access_key") != is_set(value, "secret_key"):
        yield fault_at(
            "AM020", value, "sigv4 has an access_key or a secret_key without the other", "set both, or neither"
        )
    if section.name == "OpsGenieConfigResponder":
        yield from _responder(value)
    if section.name == "tls_config":
        cert, key = (is_set(value, one) or is_set(value, f"{one}_file") for one in ("cert", "key"))
        if cert != key:
            yield fault_at("AM020", value, f"{name} has a client certificate or key without the other", "set both")


def _responder(value: Value) -> Iterator[Finding]:
    if not any(is_set(value, key) for key in ("id", "name", "username")):
        yield fault_at("AM033", value, "a responder has neither id, name nor username", "add one")
    sort = value.text_of("type")
    if "{{" not in sort and sort.lower() not in _RESPONDERS:
        allowed = ", ".join(sorted(_RESPONDERS))
        yield fault_at(
            "AM032", value.get("type") or value, f"a responder has the type {in_quotes(sort)}", f"use one of {allowed}"
        )


def url_faults(value: Value, wanted: str, name: str, field: FieldType) -> Iterator[Finding]:
    """Yield a fault if a value is not a URL."""
    text = value.text
    if (text == "<secret>" and field.secret) or (wanted == "url_or_template" and "{{" in text):
        return
    if not _URL.match(text):
        what = "is empty" if not text else f"is {in_quotes(text)}, not an address"
        yield fault_at("AM032", value, f"{name} {what}", "write http:// or https:// and a host")


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


def is_empty(value: Value) -> bool:
    """Return whether a value is null or an empty text."""
    return value.is_null or (value.shape == "scalar" and not value.text)


def is_set(value: Value, key: str) -> bool:
    """Return whether a key counts as set for Alertmanager: not null, empty, false, or the chat 0."""
    found = value.get(key)
    if found is None or is_empty(found) or truth(found) is False:
        return False
    return not (key == "chat_id" and found.text == "0")
