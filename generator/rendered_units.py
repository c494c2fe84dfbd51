"""The files of units as their specs render them now, without the edits and the lock on disk."""

from __future__ import annotations

from collections.abc import Iterable

from . import spec
from .errors import Invalid, Problem, invalid
from .pipeline import Pipeline
from .tree import SPEC_NAME, Tree, join


def rendered_units(pipeline: Pipeline, names: Iterable[str]) -> Tree:
    """Return the rendered files of units, by path relative to the root. Raises Invalid with every problem."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            found |= _rendered(pipeline, name)
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return found


def _rendered(pipeline: Pipeline, name: str) -> Tree:
    path = join(name, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        raise invalid(path, "does not exist", "restore it, or run scaffold list")
    read = spec.parse_spec(text, path)
    template, _ = pipeline.template(read.template, path)
    values = pipeline.values(read, template)
    tree = pipeline.render(template, values, path, name).tree
    return {join(name, one): text for one, text in sorted(tree.items()) if spec.is_generated(values, one)}
