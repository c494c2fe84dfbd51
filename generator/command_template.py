"""The template of the units that a command creates or edits: the command's own, or one that extends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import assets, schema, spec
from .errors import Invalid, invalid
from .extending import open_schema
from .nearest import Guesses, name_list
from .pipeline import Pipeline
from .spec import Spec
from .template import Template, template_folder
from .tree import DOT_DIR, SPEC_NAME, join, unit_fault

_OPTION = "--template"


@dataclass(frozen=True)
class CommandTemplate:
    """The template of a unit that a command creates or edits: its name, and the name of the command's template."""

    name: str
    base: str

    def loaded(self, pipeline: Pipeline, path: str) -> Template:
        """Return the template. Raises Invalid, at ``path``."""
        return pipeline.template(self.name, path)[0]

    def check_form(self, read: Spec, loaded: Template) -> None:
        """Raise Invalid if a spec has values of another form than the command's options edit."""
        if loaded.extends == self.base:  # the schema was checked with the values
            return
        data = {**read.data, "template": self.base}
        problems = schema.schema_problems(read.node, data, open_schema(assets.schema_text(self.base)), read.path)
        why = f"and the options edit only specs of the form of {self.base}"
        if problems:
            raise Invalid(replace(one, message=f"{one.message}, {why}", hint="edit it by hand") for one in problems)


def command_template(pipeline: Pipeline, folder: str, base: str, wanted: str | None) -> CommandTemplate:
    """Return the template for the unit in ``folder``: the ``wanted`` one, that of its spec if it extends ``base``, or
    ``base``, the command's. Raises Invalid for a wanted template that is unknown, or does not extend ``base``.
    """
    if wanted not in {None, base}:
        _check(pipeline, base, str(wanted))
    path = join(folder, SPEC_NAME)
    text = None if unit_fault(folder) else pipeline.worktree.read(path)
    name = base if text is None else spec.parse_spec(text, path).template
    extends = name != base and pipeline.template(name, path)[0].extends == base
    if wanted and extends and wanted != name:
        raise invalid(_OPTION, f"{path} is the spec of a {name} unit, not of a {wanted} unit", f"omit {_OPTION}")
    return CommandTemplate(wanted or (name if extends else base), base)


def editor_schema(loaded: Template) -> str:
    """Return the path of the schema that editors use for specs of a template, in the dot folder; ``""`` for none."""
    if loaded.has_schema_file:
        return f"{template_folder(loaded.name)}/schema.json"
    return f"{DOT_DIR}/schemas/{loaded.name}.schema.json" if loaded.name == loaded.extends else ""


def _check(pipeline: Pipeline, base: str, wanted: str) -> None:
    own = sorted(pipeline.worktree.own_templates)
    if wanted not in own:
        message = f"unknown template {wanted!r}"
        if wanted in assets.template_names():
            message = f"{wanted} does not extend {base}"
        close = Guesses().nearest(wanted, [base, *own])
        raise invalid(_OPTION, message, f"did you mean {close!r}?" if close else _candidates(pipeline, base, own))
    try:
        loaded = _usable(pipeline, wanted)
    except Invalid as error:
        raise Invalid(replace(one, line=0, column=0) for one in error.problems) from None
    if loaded.extends != base:
        raise invalid(_OPTION, f"{wanted} does not extend {base}", _candidates(pipeline, base, own))


def _usable(pipeline: Pipeline, name: str) -> Template:
    """Return a template of the repository that specs can name. Raises Invalid, at the option."""
    spec.parse_spec(spec.spec_text({"template": name}, ""), _OPTION)
    return pipeline.template(name, _OPTION)[0]


def _candidates(pipeline: Pipeline, base: str, own: Sequence[str]) -> str:
    fitting = {base}
    for one in own:
        try:
            if _usable(pipeline, one).extends == base:
                fitting.add(one)
        except Invalid:
            continue
    add = f'or add "_extends": "{base}" to the cookiecutter.json of a template in {DOT_DIR}/templates'
    return f"name one of {name_list(fitting)}, {add}"
