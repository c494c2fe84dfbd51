"""Set ``automation: flux-v2`` for units under Flux v1: in their specs, or in the config where that decides.

A unit whose policies Flux v2 cannot follow is left, with the problems of its spec. The files follow from the specs, by
``scaffold regenerate``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import config, repository, schema, spec
from ..config import Config, decides
from ..errors import Invalid, Problem
from ..images.backends import backend_of
from ..pipeline import Pipeline
from ..planned import Unit
from ..spec import Spec
from ..spec_editing import edit_spec
from ..tree import SPEC_NAME, join
from ..validation import Selection
from ..worktree import Worktree
from ..yaml import dump
from .plan_of_migration import FileEdit, Migration
from .unit_obstacles import edited_annotations, other_policy

_SOURCE, _TARGET = "flux-v1", "flux-v2"
_WHERE = ("automation",)
_AGAIN = "then run this command again"


@dataclass(frozen=True)
class _Automated:
    """A unit under Flux v1: its spec, its values, whether the spec decides it, and whether it is selected."""

    name: str
    read: Spec
    values: Mapping[str, Any]
    is_own: bool
    selected: bool


@dataclass(frozen=True)
class _Found:
    """The units under Flux v1, the problems of selected specs that are not valid, and the specs that may follow the
    config but cannot be read.
    """

    units: tuple[_Automated, ...]
    left: tuple[Problem, ...]
    unknown: tuple[str, ...]

    @property
    def inherited(self) -> tuple[_Automated, ...]:
        """The units that follow the config."""
        return tuple(one for one in self.units if not one.is_own)


def migrate_units(worktree: Worktree, selection: Selection, settings: Config) -> Migration:
    """Return the edits of specs and of the config for the selected units, what is left, and what to regenerate."""
    if not selection.is_root:
        return Migration()
    pipeline = Pipeline(worktree, settings)
    found = _automated(pipeline, repository.discover(selection.base), set(selection.units))
    if not any(one.selected for one in found.units):
        return Migration(left=found.left)
    switched = _switched_config(pipeline, found)
    by_config = found.inherited if switched.edits else ()
    left, edits, done = [*found.left], [*switched.edits], [*by_config]
    for one in found.units:
        if not one.selected or one in by_config or not (one.is_own or _moves_images(one)):
            continue
        try:
            after = edit_spec(one.read.text, one.read.path, {_WHERE: _TARGET})
            faults = _faults(pipeline, one, after)
        except Invalid as error:
            after, faults = "", list(error.problems)
        left += [replace(problem, hint=f"{problem.hint}, {_AGAIN}" if problem.hint else _AGAIN) for problem in faults]
        if not faults:
            edits.append(FileEdit(one.read.path, one.read.text, after))
            done.append(one)
    notes = (*switched.notes, *(note for one in done for note in _notes(one)))
    names = tuple(one.name for one in done)
    return Migration(tuple(edits), tuple(left), notes, len(done), names, bool(by_config))


def _switched_config(pipeline: Pipeline, found: _Found) -> Migration:
    """Return the edit of the config, if all units that follow it can be migrated, or why it stays if that is not
    known.
    """
    units, text = found.inherited, pipeline.worktree.read(config.PATH) or ""
    changed = _config_with_target(pipeline.worktree, text, pipeline.config, units)
    if not units or changed is None or not all(one.selected for one in units):
        return Migration()
    if found.unknown:
        paths = ", ".join(found.unknown[:3]) + (", …" if len(found.unknown) > 3 else "")
        return Migration(notes=(f"{config.PATH} keeps its automation, which {paths} may follow: correct that first",))
    after = Pipeline(pipeline.worktree, changed[1])
    if any(_faults(after, one, one.read.text) for one in units):
        return Migration()
    return Migration((FileEdit(config.PATH, text, changed[0]),))


def _automated(pipeline: Pipeline, names: Iterable[str], chosen: Collection[str]) -> _Found:
    found: list[_Automated] = []
    broken: list[Problem] = []
    unknown: list[str] = []
    for name in names:
        path, read = join(name, SPEC_NAME), None
        try:
            text = pipeline.worktree.read(path)
            if text is None:
                continue
            read = spec.parse_spec(text, path)
            values = _values(pipeline, read)
        except Invalid as error:
            broken += error.problems if name in chosen else ()
            unknown += [path] if read is None or not decides(read.node, _WHERE) else []
            continue
        if values.get("automation") == _SOURCE:
            found.append(_Automated(name, read, values, decides(read.node, _WHERE), name in chosen))
    return _Found(tuple(found), tuple(broken), tuple(unknown))


def _values(pipeline: Pipeline, read: Spec) -> Mapping[str, Any]:
    """Return the values of a spec; if only Flux v2 can follow its policies, those that it would have with it."""
    loaded, _ = pipeline.template(read.template, read.path)
    try:
        return pipeline.values(read, loaded)
    except Invalid as error:
        usual = {**schema.defaults(loaded.schema), **pipeline.config.data, **pipeline.config.defaults(read.template)}
        if {**usual, **read.data}.get("automation") != _SOURCE:
            raise
        try:
            after = edit_spec(read.text, read.path, {_WHERE: _TARGET})
            values = pipeline.values(spec.parse_spec(after, read.path), loaded)
        except Invalid:
            raise error from None
        return {**values, "automation": _SOURCE}


def _config_with_target(
    worktree: Worktree, text: str, settings: Config, units: Sequence[_Automated]
) -> tuple[str, Config] | None:
    """Return the config with Flux v2 wherever it decides for these units, None if it cannot be edited."""
    places: dict[tuple[str, ...], Any] = {}
    for one in units:
        own = "automation" in settings.defaults(one.read.template)
        places["defaults", one.read.template, "automation"] = _TARGET
        if not own:
            del places["defaults", one.read.template, "automation"]
            places[_WHERE] = _TARGET
    try:
        if settings.node is None:
            after = f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{dump({'automation': _TARGET})}"
        else:
            after = edit_spec(text, config.PATH, places)
        return after, config.parse_config(after, worktree.own_templates)
    except Invalid:
        return None


def _faults(pipeline: Pipeline, one: _Automated, text: str) -> list[Problem]:
    """Return the problems that a unit would have with a spec, and why it stays under Flux v1 without them."""
    changed = Pipeline(pipeline.worktree, pipeline.config, pending={one.name: text})
    planned: Unit = changed.unit(one.name)
    if planned.bug:
        raise planned.bug
    if planned.problems:
        return list(planned.problems)
    try:
        edited = edited_annotations(pipeline.worktree, one.name, one.read)
    except Invalid as error:
        return list(error.problems)
    other = other_policy(one.read, one.values, _SOURCE, _TARGET) if _follows_tag(one) else None
    return [*edited, *([other] if other else [])]


def _moves_images(one: _Automated) -> bool:
    """Tell whether a unit has images of its own; the others serve the whole repository, and follow the config."""
    return "container" in one.values


def _follows_tag(one: _Automated) -> bool:
    """Tell whether the policy of a unit follows from its tag."""
    return not one.values.get("tags") and _moves_images(one)


def _notes(one: _Automated) -> Iterable[str]:
    """Yield how the policy of a unit changes that follows from its tag."""
    if not _follows_tag(one):
        return
    before, after = (backend_of(name).usual(one.values.get("tag")) for name in (_SOURCE, _TARGET))
    if before != after:
        yield f"{one.read.path}: its policy follows from its tag: {before} becomes {after}; set tags for another one"
