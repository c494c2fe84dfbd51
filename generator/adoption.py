"""Adopt manifests that exist: write the spec that their template infers, and the lock of what it renders.

No manifest is changed. The lock has the rendered text, so that whatever else a file has is an edit of the user, and
stays one in every later merge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from . import behaviour, repository, schema, spec
from .adoptable import HandWritten, Inferred, ManifestAdoption
from .adoption_trial import unfollowed
from .command_template import CommandTemplate, editor_schema
from .create import maker_of_file
from .creation import Given, NewUnit, Where
from .crossfile import across_files
from .errors import Invalid, Problem, invalid
from .manifest_folder import manifest_files
from .option_problems import option_places
from .pipeline import Pipeline
from .plan import Plan, kept, make_plan
from .planned import Unit
from .question import Question
from .template import Template
from .tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join, unit_fault
from .worktree import Write
from .writes import schema_writes, writes_of

_MISSING = object()
_OPTIONS: Mapping[Where, str] = {("tag",): "--tag", ("namespace", "name"): "--namespace"}


@dataclass(frozen=True)
class Adopted:
    """An adopted unit: its plan, the text of its spec, the values in it, the writes, and notes for the user."""

    unit: Unit
    text: str
    values: tuple[Inferred, ...]
    writes: tuple[Write, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Draft:
    """A spec that is inferred: its path, the template, the values that it has, and notes."""

    path: str
    template: Template
    values: tuple[Inferred, ...]
    notes: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0] or "."

    @property
    def text(self) -> str:
        """The text of the spec, its keys in the order of the schema."""
        order = list(schema.schema_data(self.template.schema).get("properties", {}))
        rank = {key: number for number, key in enumerate(order)}
        data: dict[str, Any] = {"template": self.template.name}
        for one in sorted(self.values, key=lambda each: rank.get(each.where[0], len(rank))):
            _put(data, one.where, one.value)
        up = "/".join([".."] * (0 if self.folder == "." else self.folder.count("/") + 1)) or "."
        described = editor_schema(self.template)
        return spec.spec_text(data, f"{up}/{described}" if described else "")


def adopting_template() -> str:
    """Return the shipped template that adopts manifests."""
    return next(one for one in behaviour.names() if behaviour.of(one).adoption)


def adopt_unit(pipeline: Pipeline, folder: str, chosen: CommandTemplate, asked: Mapping[str, str]) -> Adopted:
    """Return the unit of the manifests in a folder. Raises Invalid for what cannot be adopted, at its place."""
    path = join(folder, SPEC_NAME)
    _check_folder(pipeline, folder, path)
    loaded = chosen.loaded(pipeline, path)
    inherited = spec.completed_data({}, pipeline.config, loaded.name, *loaded.schemas)
    given = HandWritten(folder, manifest_files(pipeline, folder), inherited, asked)
    try:
        found = _adoption(loaded).infer(given)
    except Invalid as error:
        raise Invalid(replace(one, path=_place(folder, one.path)) for one in error.problems) from None
    said = tuple(one for one in found.values if _at(inherited, one.where) != _value(one))
    draft, values = _valid(pipeline, _Draft(path, loaded, said))
    draft, unit = _planned(pipeline, draft)
    notes = (
        *(join(folder, one) for one in found.notes),
        *draft.notes,
        *_twins(pipeline, draft, values),
        *_unfollowed(pipeline, draft, unit),
    )
    writes = writes_of([unit], [Write(path, None, draft.text, unit=folder), *schema_writes(pipeline.worktree)])
    return Adopted(unit, draft.text, draft.values, tuple(writes), notes)


def _check_folder(pipeline: Pipeline, folder: str, path: str) -> None:
    """Raise Invalid if a folder is a unit already, or cannot be one."""
    if fault := unit_fault(folder):
        raise invalid("DIR", f"{folder!r} {fault}", "name another folder below the root")
    if pipeline.worktree.read(path) is not None:
        raise invalid(path, "exists: the folder is a unit", "edit the spec, and run scaffold regenerate")
    lock_path = join(folder, LOCK_NAME)
    if pipeline.worktree.read(lock_path, MAX_LOCK_BYTES) is not None:
        raise invalid(lock_path, "exists without its spec", "restore the spec from git, or delete the lock")
    if reason := repository.unseen(pipeline.worktree.root, path):
        raise invalid("DIR", f"no command would find {path}: {reason}", "change .gitignore if that is why")


def _adoption(loaded: Template) -> ManifestAdoption:
    known = loaded.behaviour.adoption
    if known is None:
        raise invalid("--template", f"{loaded.name} adopts no manifests", "name a template that extends one that does")
    return known()


def _place(folder: str, path: str) -> str:
    """Return the path of a problem relative to the root; one of an option stays as it is."""
    return path if path.startswith("--") or path == folder else join(folder, path)


def _twins(pipeline: Pipeline, draft: _Draft, values: Mapping[str, Any]) -> list[str]:
    """Return notes on other units that define the same objects. They did before: clusters may have a copy each."""
    created = draft.template.behaviour.created
    if created is None:
        return []
    maker = partial(maker_of_file, pipeline.worktree, pipeline.found, draft.path)
    try:
        created(NewUnit(values, frozenset(one.where for one in draft.values), maker))
    except Invalid as error:
        return [one.message for one in error.problems]
    return []


def _valid(pipeline: Pipeline, draft: _Draft) -> tuple[_Draft, dict[str, Any]]:
    """Return a draft without the values that its template refuses, and its completed values.

    Raises Invalid, at the place of the value, if there is no unit without it.
    """
    while True:
        read = spec.parse_spec(draft.text, draft.path)
        try:
            return draft, pipeline.values(read, draft.template)
        except Invalid as error:
            given = [Given(one.where, one.value, str(number)) for number, one in enumerate(draft.values)]
            places = option_places(read.node, given)
            draft = _reduced(draft, [(one, _cause(draft, one, places)) for one in error.problems])


def _cause(draft: _Draft, problem: Problem, places: Mapping[tuple[int, int], str]) -> int | None:
    number = places.get((problem.line, problem.column)) if problem.path == draft.path else None
    return None if number is None else int(number)


def _reduced(draft: _Draft, problems: Sequence[tuple[Problem, int | None]]) -> _Draft:
    """Return a draft without the values that cause problems. Raises Invalid for the others."""
    values: dict[int, Inferred] = dict(enumerate(draft.values))
    refused: list[Problem] = []
    notes = list(draft.notes)
    for problem, number in problems:
        one = None if number is None else draft.values[number]
        if number is None or one is None or one.needed or (one.value is None and one.nullable) or one.source is None:
            refused.append(_at_source(draft.folder, problem, one))
            continue
        notes.append(f"{join(draft.folder, one.source.path)}:{one.source.line}: stays yours: {problem.message}")
        if one.nullable:
            values[number] = replace(one, value=None)
        else:
            values.pop(number, None)
    if refused:
        raise Invalid(refused)
    return replace(draft, values=tuple(values.values()), notes=tuple(dict.fromkeys(notes)))


def _at_source(folder: str, problem: Problem, one: Inferred | None) -> Problem:
    if one is None:
        return problem
    if one.source is None:
        option = _OPTIONS.get(one.where)
        return replace(problem, path=option or folder, line=0, column=0)
    place, line, column = one.source
    message = f"cannot be adopted: {problem.message}"
    return replace(problem, path=join(folder, place), line=line, column=column, message=message)


def _planned(pipeline: Pipeline, draft: _Draft) -> tuple[_Draft, Unit]:
    """Return the planned unit, of whose files none is written; what the folder does not have is not generated.

    Raises Invalid if the config keeps a manifest without which there is no unit from being generated.
    """
    unit = pipeline.added(draft.folder, draft.text)
    lock = unit.plan.lock if unit.plan else None
    if lock is None:
        raise invalid(draft.path, "cannot be planned", "report it as a bug")
    read = pipeline.worktree.read
    known = {one.where for one in draft.values}
    absent = [one for one in lock.files if read(join(draft.folder, one)) is None and ("files", one) not in known]
    unused = [one for one in draft.values if one.where[0] == "paths" and one.value not in lock.files]
    for one in unused:
        if one.needed:
            message = "is not generated, because files in .scaffold/config.yaml says so"
            raise invalid(join(draft.folder, str(one.value)), message, "change files there")
    if absent or unused:
        more = [Inferred(("files", one), "never") for one in absent]
        return _planned(pipeline, replace(draft, values=(*(x for x in draft.values if x not in unused), *more)))
    ours = {one: read(join(draft.folder, one)) or "" for one in lock.files}
    plan = kept(draft.folder, lock, ours, Question())
    return draft, Unit(draft.folder, replace(plan, lock=lock))


def _unfollowed(pipeline: Pipeline, draft: _Draft, unit: Unit) -> list[str]:
    """Return notes on values of the spec that the manifests do not follow when they change."""
    lock = unit.plan.lock if unit.plan else None
    if lock is None:
        return []
    ours = {one: pipeline.worktree.read(join(draft.folder, one)) or "" for one in lock.files}
    known = draft.template.behaviour

    def plan_of(values: Sequence[Inferred]) -> Plan:
        read = spec.parse_spec(replace(draft, values=tuple(values)).text, draft.path)
        completed = pipeline.values(read, draft.template)
        made = pipeline.render(draft.template, completed, draft.path, draft.folder)
        question = Question((spec.policies(completed), draft.template.once))
        plan = make_plan(draft.folder, draft.template.name, lock, ours, made, lock, question)
        return across_files(plan, lock, ours, known, completed, question)

    return unfollowed(draft.folder, draft.values, schema.schema_data(draft.template.schema), plan_of)


def _put(data: dict[str, Any], where: Where, value: Any) -> None:
    for part in where[:-1]:
        data = data.setdefault(part, {})
    data[where[-1]] = value


def _at(data: Mapping[str, Any], where: Where) -> Any:
    found: Any = data
    for part in where:
        if not isinstance(found, Mapping) or part not in found:
            return _MISSING
        found = found[part]
    return found


def _value(one: Inferred) -> Any:
    """Return a value as completed values have it: null is absence."""
    return _MISSING if one.value is None else one.value


def edited_files(plan: Plan) -> list[str]:
    """Return the files of a plan that have edits of the user."""
    return [one.path for one in plan.changes if one.state == "edited"]
