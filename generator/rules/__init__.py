"""Rules for the mistakes that schemas cannot see, a module per family of ids. Pure: files in, findings out."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .rule import Family, File, Finding, Rule, Scope, Severity, at

__all__ = ["Family", "File", "Finding", "Rule", "Scope", "Severity", "all_rules", "at"]

# Modules with a tuple RULES; each is loaded only where rules run.
_MODULES: tuple[str, ...] = ()


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in order of id."""
    found = [rule for name in _MODULES for rule in import_module(f".{name}", __package__).RULES]
    return tuple(sorted(found, key=lambda one: one.id))
