"""Something wrong in a configuration, with the id of the rule that tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .value import Value

Severity = Literal["error", "warning", "info"] | None


@dataclass(frozen=True)
class Fault:
    """A mistake at a place; ``severity`` only where it is not the rule's own."""

    rule: str
    line: int
    column: int
    message: str
    hint: str
    severity: Severity = None


def fault(rule: str, value: Value, message: str, hint: str, severity: Severity = None) -> Fault:
    """Return a fault at a value."""
    return Fault(rule, *value.place, message, hint, severity)


def at_key(rule: str, value: Value, message: str, hint: str, severity: Severity = None) -> Fault:
    """Return a fault at the key of a value."""
    place = (value.key_line, value.key_column) if value.key_line else value.place
    return Fault(rule, *place, message, hint, severity)


def quoted(text: str) -> str:
    """Return text as messages show it: in quotes, on one line, not too long."""
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return repr(shown)
