"""Rules for the mistakes that schemas cannot see, a package per family. Pure: files in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from ..errors import Problem
from .recognise import Recognised, is_candidate, recognise
from .rule import Family, File, Finding, Rule, Scope, Severity, at
from .settle import Settled, settle

__all__ = [
    "Family",
    "File",
    "Finding",
    "Recognised",
    "Rule",
    "Scope",
    "Settled",
    "Severity",
    "all_rules",
    "at",
    "check",
    "is_candidate",
    "recognise",
    "settle",
]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in order of id: each ``Rule`` that a module below this package holds at its top level.

    A rule is found by being there. Its module is loaded only where rules run.
    """
    names = sorted(one.name for one in walk_packages(__path__, f"{__name__}."))
    made = {id(rule): rule for name in names for rule in _rules_of(import_module(name))}
    found = tuple(sorted(made.values(), key=lambda one: one.id))
    if len({one.id for one in found}) < len(found):
        raise ValueError("two rules have the same id")
    return found


def _rules_of(module: ModuleType) -> Iterator[Rule]:
    for one in vars(module).values():
        if isinstance(one, Rule):
            yield one


MAX_FINDINGS = 1_000  # of one rule in one file: nobody reads more, and each costs time


def _passed_on(_file: File, _rule: Rule, error: Exception) -> Problem:
    raise error


def check(
    files: Iterable[File], scope: Scope, failed: Callable[[File, Rule, Exception], Problem] = _passed_on
) -> list[Problem]:
    """Return what the rules find in ``files``, in order of place; ``scope`` is what they may look up beside them.

    ``failed`` is given an error that a rule raises, which is a bug of it, and returns what to tell in its place.
    """
    by_family: dict[str, list[Rule]] = {}
    for rule in all_rules():
        for family in rule.families:
            by_family.setdefault(family, []).append(rule)
    found: set[Problem] = set()
    for file in files:
        for rule in by_family.get(file.family, ()):
            try:
                for one in _bounded(rule.check(file, scope)):
                    severity = one.severity or rule.severity
                    found.add(Problem(file.path, one.line, one.column, one.message, one.hint, rule.id, severity))
            except Exception as error:
                found.add(failed(file, rule, error))
    # The error that a rule finds in a place is more to the point than what the schema says of it.
    told = {(x.path, x.line, x.column) for x in found if x.rule != "SCH001" and x.severity == "error"}
    return sorted(one for one in found if one.rule != "SCH001" or (one.path, one.line, one.column) not in told)


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings; of very many the first, and in the place of the next that there are more."""
    for number, one in enumerate(findings):
        if number == MAX_FINDINGS:
            yield replace(one, message=f"has more of these than {MAX_FINDINGS}", hint="fix those, and run it again")
            return
        yield one
