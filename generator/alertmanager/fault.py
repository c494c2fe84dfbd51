"""A fault in a configuration, with the id of the rule that reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .value import Value

Severity = Literal["error", "warning", "info"] | None


@dataclass(frozen=True)
class ConfigFault:
    """A fault at a place; ``rule`` is its code.

    ``severity`` is set if it differs from the rule's; ``other`` is the line of a conflicting value, or 0.
    """

    rule: str
    line: int
    column: int
    message: str
    hint: str
    severity: Severity = None
    other: int = 0


def fault_at(
    rule: str, value: Value, message: str, hint: str, severity: Severity = None, other: int = 0
) -> ConfigFault:
    """Return a fault at a value."""
    return ConfigFault(rule, *value.place, message, hint, severity, other)


def fault_at_key(rule: str, value: Value, message: str, hint: str, severity: Severity = None) -> ConfigFault:
    """Return a fault at the key of a value."""
    place = (value.key_line, value.key_column) if value.key_line else value.place
    return ConfigFault(rule, *place, message, hint, severity)


def in_quotes(text: str) -> str:
    """Return text for messages: in quotes, on one line, shortened."""
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return repr(shown)
