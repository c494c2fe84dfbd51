"""List the templates that specs can name, shipped and of the repository."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .. import assets, behaviour, repository, spec
from ..errors import Invalid, Problem
from ..pipeline import Pipeline
from ..template import template_folder, template_problem
from ..tree import SPEC_NAME, join
from .record_sides import settled_records
from .source_record import TemplateSource


@dataclass(frozen=True)
class ListedTemplate:
    """A template: its version (None if it cannot be used), where it is from, what it extends, the command that creates
    its units, and the number of its units. ``overrides``: it replaces the shipped template of the same name.
    """

    name: str
    version: int | None
    is_own: bool
    source: TemplateSource | None
    extends: str
    command: str
    units: int
    overrides: bool = False

    @property
    def origin(self) -> str:
        """Where it is from, for people."""
        if not self.is_own:
            return "shipped"
        return f"from {self.source.shown}" if self.source else template_folder(self.name)


def listed_templates(pipeline: Pipeline) -> tuple[list[ListedTemplate], list[Problem]]:
    """Return all templates sorted by name, and the problems of those of the repository, and of specs."""
    worktree = pipeline.worktree
    counts, problems = _counts(pipeline)
    rows = []
    for name in sorted({*assets.template_names(), *worktree.own_templates}):
        own = worktree.own_template(name) if name in worktree.own_templates else None
        version, extends, source = None, "", None
        found: list[Problem | None] = []
        try:
            source = None if own is None else _source(pipeline, name)
            found = [template_problem(name, own)] if own else []
            if not any(found):
                loaded = pipeline.template(name, template_folder(name))[0]
                version, extends = loaded.version, loaded.extends if loaded.is_own else ""
        except Invalid as error:
            found += error.problems
        problems += [one for one in found if one]
        command = f"new {name}" if own else behaviour.of(name).command or f"new {name}"
        overrides = own is not None and name in assets.template_names()
        made = ListedTemplate(name, version, own is not None, source, extends, command, counts[name], overrides)
        rows.append(made)
    return rows, problems


def units_of(pipeline: Pipeline, names: Iterable[str]) -> tuple[dict[str, list[str]], list[Problem]]:
    """Return the units of each of these templates, and the problems of specs that cannot be read."""
    wanted = set(names)
    found: dict[str, list[str]] = {name: [] for name in wanted}
    problems: list[Problem] = []
    for unit in repository.discover(pipeline.worktree.root):
        path = join(unit, SPEC_NAME)
        try:
            name = spec.parse_spec(pipeline.worktree.read(path) or "", path).template
        except Invalid as error:
            problems += error.problems
            continue
        if name in wanted:
            found[name].append(unit)
    return found, problems


def _counts(pipeline: Pipeline) -> tuple[Counter[str], list[Problem]]:
    names = {*assets.template_names(), *pipeline.worktree.own_templates}
    found, problems = units_of(pipeline, names)
    return Counter({name: len(units) for name, units in found.items()}), problems


def _source(pipeline: Pipeline, name: str) -> TemplateSource | None:
    records = settled_records(pipeline.worktree, name)
    return records.source if records else None
