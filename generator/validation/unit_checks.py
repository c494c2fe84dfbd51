"""Check the specs and locks of units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .. import lock, spec
from ..errors import Problem
from ..pipeline import Pipeline
from ..planned import failure_of
from ..rules.recognise import conflict_markers
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join


def unit_problems(pipeline: Pipeline, unit: str) -> Iterator[tuple[list[Problem], Exception | None]]:
    """Yield the problems of a unit's spec, then of its lock, each with the bug that ended the check, if any."""
    for check in (_spec, _lock):
        try:
            yield list(check(pipeline, unit)), None
        except Exception as error:
            left = failure_of(unit, error)
            yield [_own_problem(one) for one in left.problems], left.bug


def _own_problem(problem: Problem) -> Problem:
    return replace(problem, line=max(problem.line, 1), column=max(problem.column, 1), rule=problem.rule or "SCF001")


def _spec(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        return [Problem(path, 1, 1, "is missing, but its lock exists", "restore it, or delete the lock", "SCF001")]
    if markers := conflict_markers(path, text):
        return markers
    read = spec.parse_spec(text, path)
    template, _ = pipeline.template(read.template, path)
    pipeline.values(read, template)
    return []


def _lock(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, LOCK_NAME)
    text = pipeline.worktree.read(path, MAX_LOCK_BYTES)
    if text is None:
        return []
    if markers := conflict_markers(path, text):
        return [replace(one, hint=lock.conflict_hint(path)) for one in markers]
    lock.parse_lock(text, path, unit)
    return []
