"""Findings at values of a configuration."""

from __future__ import annotations

from ..finding import Finding, Severity
from .value import Value


def fault_at(
    rule: str, value: Value, message: str, hint: str, severity: Severity | None = None, other: int = 0
) -> Finding:
    """Return a finding at a value, with the id of its rule."""
    return Finding(*value.place, message, hint, severity, rule, other)


def fault_at_key(rule: str, value: Value, message: str, hint: str, severity: Severity | None = None) -> Finding:
    """Return a finding at the key of a value, with the id of its rule."""
    place = (value.key_line, value.key_column) if value.key_line else value.place
    return Finding(*place, message, hint, severity, rule)


def in_quotes(text: str) -> str:
    """Return text for messages: in quotes, on one line, shortened."""
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return repr(shown)
