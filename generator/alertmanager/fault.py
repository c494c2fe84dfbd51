"""Findings at values of a configuration."""

from __future__ import annotations

from ..finding import Finding, Severity
from ..fix import Fix, quoting
from .value import Value


def fault_at(
    rule: str,
    value: Value,
    message: str,
    hint: str,
    severity: Severity | None = None,
    other: int = 0,
    *,
    fix: Fix | None = None,
) -> Finding:
    """Return a finding at a value, with the id of its rule."""
    return Finding(*value.place, message, hint, severity, rule, other, fix)


def fault_at_key(rule: str, value: Value, message: str, hint: str, severity: Severity | None = None) -> Finding:
    """Return a finding at the key of a value, with the id of its rule."""
    place = (value.key_line, value.key_column) if value.key_line else value.place
    return Finding(*place, message, hint, severity, rule)


def quoting_fix(value: Value) -> Fix | None:
    """Return the fix that puts a plain scalar in quotes, None for a value that is not as written in the user's file."""
    is_there = value.shape == "scalar" and not (value.style or value.chart or value.origin) and value.start >= 0
    return quoting(value.start, value.source) if is_there else None


def in_quotes(text: str) -> str:
    """Return text for messages: in quotes, on one line, shortened."""
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return repr(shown)
