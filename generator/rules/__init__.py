"""Rules for mistakes that schemas cannot express, one package per family. Pure: files in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from ..errors import Problem
from ..finding import Finding, Severity, told
from .built.views import BuiltView, is_judged_as_built, is_unjudged_patch, views_of
from .readers.objects import is_patch
from .recognise import Recognised, is_candidate, recognise, recognise_rule_file
from .rule import Family, File, Reading, Rule, Scope, at
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
    "recognise_rule_file",
    "settle",
]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return all rules, ordered by id: each ``Rule`` at the top level of a module below this package.

    Rules are discovered, not listed. Their modules are loaded only if rules run.
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


MAX_FINDINGS = 1_000  # per rule and file; bounds time and output


def _passed_on(_file: File, _rule: Rule, error: Exception) -> Problem:
    raise error


def _problem(path: str, rule: Rule, one: Finding) -> Problem:
    path, severity = one.path or path, one.severity or rule.severity
    return Problem(path, one.line, one.column, told(one), one.hint, rule.id, severity, fix=one.fix)


@cache
def _by_family() -> dict[str, list[tuple[Reading | None, list[Rule]]]]:
    """Return the rules of each family, grouped by what they read."""
    found: dict[str, dict[Reading | None, list[Rule]]] = {}
    for rule in all_rules():
        for family in rule.families:
            found.setdefault(family, {}).setdefault(rule.reading, []).append(rule)
    return {family: list(groups.items()) for family, groups in found.items()}


def _has_any(reading: Reading, file: File, scope: Scope) -> bool:
    """Tell whether a file has what a group of rules reads; if that fails, each of them is to fail on it."""
    try:
        return bool(reading(file, scope))
    except Exception:
        return True


_Failed = Callable[[File, Rule, Exception], Problem]  # what reports that a rule failed on a file


def _found(file: File, rule: Rule, scope: Scope, failed: _Failed) -> set[Problem]:
    """Return the problems that one rule finds in one file."""
    found: set[Problem] = set()
    try:
        for number, one in enumerate(rule.check(file, scope)):
            found.add(_problem(file.path, rule, one if number < MAX_FINDINGS else _left_out(one)))
            if number == MAX_FINDINGS:
                break
    except Exception as error:
        found.add(failed(file, rule, error))
    return found


def _found_as_built(file: File, rule: Rule, scope: Scope, failed: _Failed) -> set[Problem]:
    """Return the problems that one rule finds in one file, of objects of kustomizations as these build them.

    Most objects are judged as they are, since what a kustomization without patches adds to them breaks nothing. What is
    found then has to be there as they are built too.
    """
    if not rule.as_built or file.family != "kubernetes":
        return _found(file, rule, scope, failed)
    if not rule.across and is_judged_as_built(file, scope):
        views = views_of(file, scope)
        return _found(file, rule, scope, failed) if views is None else _found_in_views(views, rule, scope, failed)
    found = _found(file, rule, scope, failed)
    if found and is_patch(file, scope) and is_unjudged_patch(file, scope):
        return set()
    views = views_of(file, scope) if found else None
    if views is None:
        return found
    built = _found_in_views(views, rule, None if rule.across else scope, failed)
    if not rule.across:
        return built
    places = {_place(one) for one in built}
    return {one for one in found if _place(one) in places}


def _found_in_views(views: Iterable[BuiltView], rule: Rule, scope: Scope | None, failed: _Failed) -> set[Problem]:
    """Return what a rule finds in the first of several builds at each place; without ``scope`` it compares the objects
    of one build.
    """
    found: dict[tuple[str, int, int], set[Problem]] = {}
    for view in views:
        places: dict[tuple[str, int, int], set[Problem]] = {}
        for one in _found(view.file, rule, scope or view.scope, failed):
            places.setdefault(_place(one), set()).add(one)
        found = {**places, **found}
    return {one for some in found.values() for one in some}


def _place(one: Problem) -> tuple[str, int, int]:
    return one.path, one.line, one.column


def check(files: Iterable[File], scope: Scope, failed: _Failed = _passed_on) -> list[Problem]:
    """Return the problems that the rules find in ``files``, ordered by place; ``scope`` is what rules may look up.

    ``failed`` receives an exception that a rule raises, which is a bug, and returns the problem to report instead.
    """
    found: set[Problem] = set()
    by_family = _by_family()
    for file in files:
        for reading, group in by_family.get(file.family, ()):
            if reading is None or _has_any(reading, file, scope):
                for rule in group:
                    found |= _found_as_built(file, rule, scope, failed)
    return sorted(_without_doubles(found))


# Rules whose finding says less than the error of another at the same place, and which others these are; None is any.
_GENERAL: dict[str, frozenset[str] | None] = {"SCH001": None, "AM033": frozenset({"AM001"})}


def _without_doubles(found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield findings, of several for one cause at one place only the most specific."""
    found = list(found)
    errors: dict[tuple[str, int, int], set[str]] = {}
    for one in found:
        if one.severity == "error":
            errors.setdefault((one.path, one.line, one.column), set()).add(one.rule)
    for one in found:
        others = errors.get((one.path, one.line, one.column), set()) - {one.rule}
        specific = _GENERAL.get(one.rule, frozenset())
        if not (others if specific is None else others & specific):
            yield one


def _left_out(one: Finding) -> Finding:
    """Return the finding that says that from this one on they are left out."""
    return replace(one, message=f"has more than {MAX_FINDINGS} of these", hint="fix them and run it again", fix=None)
