"""Check templates of the repository: everything that would fail later, at its place in the template's files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import schema, spec
from ..errors import Invalid, Problem, invalid
from ..foreign import Foreign, TemplateFailed
from ..jsonschema_library import jsonschema_library
from ..nearest import suggestion
from ..pipeline import Pipeline
from ..template import Template, template_folder, template_problem
from ..template_folder import SOURCE_NAME
from ..template_settings import SETTINGS_NAME, unknown_settings
from ..yaml import parse_one
from .record_sides import settled_records
from .render_check import rendering_problems
from .source_record import folder_texts
from .template_copy import copied_files
from .template_update import edited_paths
from .version_check import version_problems

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SHOWN = 5


@dataclass(frozen=True)
class CheckedTemplates:
    """The templates that were checked, and what was found."""

    names: tuple[str, ...]
    problems: tuple[Problem, ...]


def check_templates(pipeline: Pipeline, names: Sequence[str], revision: str | None) -> CheckedTemplates:
    """Return what is found in these templates of the repository, or in all; ``revision`` is to compare versions with.

    Raises Invalid for an unknown name or revision.
    """
    known = pipeline.worktree.own_templates
    for name in names:
        if name not in known:
            hint = suggestion(name, known, "templates of this repository") if known else "run scaffold template list"
            raise invalid("NAME", f"{name!r} is not a template of this repository", hint)
    chosen = tuple(sorted({*names} or known))
    problems = list(version_problems(pipeline, chosen, revision))
    again = Foreign()
    for name in chosen:
        try:
            problems += _problems(pipeline, name, again)
        except Invalid as error:
            problems += error.problems
    again.close()
    placed = (replace(one, line=max(one.line, 1), column=max(one.column, 1)) for one in problems)
    return CheckedTemplates(chosen, tuple(sorted(set(placed))))


def _problems(pipeline: Pipeline, name: str, again: Foreign) -> Iterator[Problem]:
    folder = template_folder(name)
    try:
        spec.parse_spec(spec.spec_text({"template": name}, ""), folder)
    except Invalid:
        yield Problem(folder, 1, 1, f"{name!r} cannot be named by a spec", "rename the folder: letters, digits and -")
        return
    own = pipeline.worktree.own_template(name)
    if own is None:
        return
    if unusable := template_problem(name, own):
        yield unusable
        return
    loaded = pipeline.template(name, folder)[0]
    yield from _source_problems(pipeline, name)
    yield from _setting_problems(pipeline, loaded)
    found = list(_schema_problems(pipeline, loaded)) if loaded.has_schema_file else []
    for source, line, reason in pipeline.foreign.syntax_faults(loaded, folder):
        found.append(Problem(f"{folder}/{loaded.top}/{source}", line, 1, f"Jinja cannot read it: {reason}", "fix it"))
    yield from found
    if not found:
        yield from rendering_problems(pipeline, loaded, folder_texts(pipeline.worktree, name), again)


def _source_problems(pipeline: Pipeline, name: str) -> Iterator[Problem]:
    """Yield notes on edits of files that are from elsewhere, and on a newer version of a shipped template."""
    records = settled_records(pipeline.worktree, name)
    if records is None:
        return
    place = f"{template_folder(name)}/{SOURCE_NAME}"
    edited = edited_paths(records.lock, folder_texts(pipeline.worktree, name))
    if edited:
        shown = ", ".join(edited[:_SHOWN]) + (f" and {len(edited) - _SHOWN} more" if len(edited) > _SHOWN else "")
        message = f"files differ from those of {records.source.shown}: {shown}"
        hint = "these edits are kept: an update merges them"
        yield Problem(place, 1, 1, message, hint, severity="info")
    if not records.source.shipped:
        return
    files, version = copied_files(records.source.shipped, name)
    if files.digest != records.source.digest:
        message = f"the shipped template {records.source.shipped} has changed: its version is {version} now"
        hint = f"run scaffold template update {name} --dry-run to see what would change"
        yield Problem(place, 1, 1, message, hint, severity="info")


def _setting_problems(pipeline: Pipeline, loaded: Template) -> Iterator[Problem]:
    path = f"{template_folder(loaded.name)}/{SETTINGS_NAME}"
    for one in unknown_settings(pipeline.worktree.read(path) or "", loaded.settings):
        yield Problem(path, one.line, one.column, one.message, one.hint, severity="warning")


def _schema_problems(pipeline: Pipeline, loaded: Template) -> Iterator[Problem]:
    """Yield what makes a schema invalid, or refused: by its meta-schema, then by the engine that runs it."""
    library = jsonschema_library()
    path = f"{template_folder(loaded.name)}/schema.json"
    data = json.loads(loaded.schema)
    dialect = data.get("$schema", _DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") != _DIALECT:
        line, column = _place(loaded.schema, ["$schema"])
        message = "names another version of JSON Schema, but is read as 2020-12"
        yield Problem(path, line, column, message, f'write "{_DIALECT}"', severity="warning")
    try:
        library.meta.validate({**data, "$schema": _DIALECT})
    except library.ValidationError as error:
        line, column = _place(loaded.schema, list(error.instance_path))
        yield Problem(path, line, column, f"is not a valid JSON Schema: {error.message[:300]}", "fix the schema")
        return
    try:
        pipeline.foreign.faults(loaded, {"template": loaded.name}, path)
    except TemplateFailed as error:
        line, column = _place(loaded.schema, list(error.where))
        yield from (replace(one, line=line, column=column) for one in error.problems)
    except Invalid as error:
        yield from error.problems


def _place(text: str, where: list[Any]) -> tuple[int, int]:
    try:
        return schema.position(parse_one(text, "schema.json", json=True), where)
    except Invalid:
        return 1, 1
