"""Check the specs and locks of units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from .. import lock, spec
from ..errors import Invalid, Problem
from ..pipeline import Pipeline
from ..planned import failure_of
from ..rules.recognise import conflict_markers
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join
from .unused_globs import ReadSpec, unused_of_spec


def unit_problems(
    pipeline: Pipeline, unit: str, specs: dict[str, ReadSpec]
) -> Iterator[tuple[list[Problem], Exception | None]]:
    """Yield the problems of a unit's spec, then of its lock, each with the bug that ended the check, if any.

    ``specs`` gets what is kept of a spec that was read, by unit.
    """
    for check in (partial(_spec, specs), _lock):
        try:
            yield list(check(pipeline, unit)), None
        except Exception as error:
            left = failure_of(unit, error)
            yield [_own_problem(one) for one in left.problems], left.bug


def read_units(pipeline: Pipeline, units: Iterable[str]) -> dict[str, ReadSpec]:
    """Return what is kept of the specs of units, leaving out those that cannot be read."""
    found = {}
    for unit in units:
        path = join(unit, SPEC_NAME)
        try:
            text = pipeline.worktree.read(path)
            if text is not None:
                found[unit] = ReadSpec(spec.parse_spec(text, path).template)
        except Invalid:
            continue
    return found


def _own_problem(problem: Problem) -> Problem:
    return replace(problem, line=max(problem.line, 1), column=max(problem.column, 1), rule=problem.rule or "SCF001")


def _spec(specs: dict[str, ReadSpec], pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        if not pipeline.worktree.has(join(unit, LOCK_NAME)):  # both were deleted, and git still lists the lock
            return []
        return [Problem(path, 1, 1, "is missing, but its lock exists", "restore it, or delete the lock", "SCF001")]
    if markers := conflict_markers(path, text):
        return markers
    read = spec.parse_spec(text, path)
    specs[unit] = ReadSpec(read.template)
    template, _ = pipeline.template(read.template, path)
    values = pipeline.values(read, template)
    return unused_of_spec(pipeline, unit, read, values)


def _lock(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, LOCK_NAME)
    text = pipeline.worktree.read(path, MAX_LOCK_BYTES)
    if text is None:
        return []
    if markers := conflict_markers(path, text):
        return [replace(one, hint=lock.CONFLICT_HINT) for one in markers]
    lock.parse_lock(text, path, unit)
    return []
