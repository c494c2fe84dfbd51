"""Create a unit of any template, from values that ``--set`` names."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import assets, repository, spec
from ..errors import Invalid, Problem
from ..schema import schema_data
from .console import ask, err
from .options import DirOption, Ours, Quiet, Reset, Root, Theirs, Update, YesReroute
from .selection import check_places, finish_interrupted, open_worktree, read_choice

if TYPE_CHECKING:  # loaded only by this command
    from ..creation import Given, Where
    from ..pipeline import Pipeline
    from ..template import Template

EXAMPLES = (
    "scaffold new service orders --set image=ghcr.io/example/orders --set tag=v1.4.2",
    "scaffold new service orders --update --set resources.limits.memory=512Mi --set 'labels.\"example.org/team\"=web'",
)


def _complete(incomplete: str) -> list[str]:
    """Complete the names of templates for the shell."""
    from pathlib import Path  # noqa: PLC0415 - only for completion

    from ..worktree import Worktree  # noqa: PLC0415

    try:
        own = Worktree(repository.find_root(Path.cwd())).own_templates
    except Invalid:
        own = frozenset()
    return [one for one in sorted({*assets.template_names(), *own}) if one.startswith(incomplete) and one.isascii()]


def run_new(
    ctx: typer.Context,
    template: Annotated[
        str,
        typer.Argument(help="Template, shipped or of this repository.", metavar="TEMPLATE", autocompletion=_complete),
    ],
    name: Annotated[str, typer.Argument(help="Name of the unit.", metavar="NAME")],
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="Value of the spec; [0] is the first item of a list.", metavar="KEY=VALUE"),
    ] = None,
    directory: DirOption = None,
    update: Update = False,
    ours: Ours = None,
    theirs: Theirs = None,
    yes_reroute: YesReroute = False,
    reset: Reset = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Create a unit of any template.

    Its spec has exactly the given values. On a terminal, asks for the values that the template requires.
    """
    from ..choice import Call  # noqa: PLC0415 - see above
    from ..command_template import CommandTemplate  # noqa: PLC0415
    from ..create import Known, create_unit  # noqa: PLC0415
    from ..pipeline import Pipeline, read_config  # noqa: PLC0415
    from ..printable import command_line  # noqa: PLC0415
    from .new import called_words, folder_of_unit, tell_created  # noqa: PLC0415

    worktree = open_worktree(root)
    called = tuple(called_words(ctx))
    choice = read_choice(ours, theirs, reset, reroute=yes_reroute)
    loaded = _template(Pipeline(worktree, read_config(worktree)), template)
    folder = folder_of_unit(worktree, directory, _usual_folder(loaded, name))
    given = _assigned(loaded, sets or ())
    given += _answers(Pipeline(worktree, read_config(worktree)), loaded, folder, name, given)
    with worktree.alone(err):
        resumed = finish_interrupted(worktree)
        pipeline = Pipeline(worktree, read_config(worktree), choice)
        chosen = CommandTemplate(template, loaded.extends)
        known = Known(update, command_line(called, "--update"), resumed)
        made = create_unit(pipeline, folder, chosen, _name(loaded, name), known, lambda data: _put(data, given))
        check_places(choice, [made.unit])
        applied = worktree.apply(made.writes)
    return tell_created(made, applied, Call(called, choice), quiet)


def _template(pipeline: Pipeline, name: str) -> Template:
    """Return the template that the argument names. Raises Invalid, at the argument."""
    try:
        spec.parse_spec(spec.spec_text({"template": name}, ""), "TEMPLATE")
        return pipeline.template(name, "TEMPLATE")[0]
    except Invalid as error:
        raise Invalid(Problem(one.path, 0, 0, one.message, one.hint) for one in error.problems) from None


def _usual_folder(loaded: Template, name: str) -> str:
    """Return the folder of a new unit: by the template, by the command of the template it extends, or by its name."""
    known = loaded.behaviour
    if found := loaded.folder(name):
        return found
    if known.declared:
        return known.declared().folder(name)
    return known.initial.folder if known.initial else f"{loaded.name}/{name}"


def _assigned(loaded: Template, sets: Sequence[str]) -> list[Given]:
    """Return the values of ``--set``, of the types that the template's schema wants. Raises Invalid for all of them."""
    from ..assignments import assignment_path, read_assignment  # noqa: PLC0415 - see above
    from ..creation import Given  # noqa: PLC0415
    from ..printable import shell_word  # noqa: PLC0415
    from ..value_types import typed_value_of, unquoted_key  # noqa: PLC0415

    found: list[Given] = []
    problems: list[Problem] = []
    for one in sets:
        try:
            where, text = read_assignment(one)
            option = f"--set {assignment_path(where)}"
            found.append(Given(where, typed_value_of(loaded.schemas, where, text, option), option))
            problems += _unknown_key(loaded, where[0], option)
            if meant := unquoted_key(loaded.schemas, where):
                hint = f"write --set {shell_word(f'{assignment_path(meant)}={text}')}"
                problems.append(Problem(option, 0, 0, "has a key with dots, which needs quotes", hint))
            if where[0] in {"name", "template"}:
                problems.append(Problem(option, 0, 0, f"is the argument {str(where[0]).upper()}", "omit the option"))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return found


def _unknown_key(loaded: Template, key: str | int, option: str) -> Iterator[Problem]:
    """Yield the problem of a key that no spec of the template can have."""
    from ..nearest import suggestion  # noqa: PLC0415 - see above
    from ..value_types import described_keys  # noqa: PLC0415

    known = frozenset().union(*map(described_keys, loaded.schemas))
    if key not in known and schema_data(loaded.schema).get("additionalProperties") is False:
        yield Problem(option, 0, 0, f"unknown key {str(key)[:80]!r}", suggestion(str(key), known, "known keys"))


def _answers(pipeline: Pipeline, loaded: Template, folder: str, name: str, given: Sequence[Given]) -> list[Given]:
    """Ask for the values that the spec lacks; without a terminal, raise Invalid for all of them.

    Nothing is asked about an invalid spec, which is reported when it is edited.
    """
    from ..assignments import assignment_path  # noqa: PLC0415 - see above
    from ..command_template import CommandTemplate  # noqa: PLC0415
    from ..create import current_data  # noqa: PLC0415
    from ..creation import Given  # noqa: PLC0415
    from ..value_types import missing_values, typed_value_of  # noqa: PLC0415

    try:
        data = current_data(pipeline, folder, CommandTemplate(loaded.name, loaded.extends))
    except Invalid:
        return []
    named, _ = _put({"template": loaded.name, **data}, [*_name(loaded, name), *given])
    whole = spec.completed_data(named, pipeline.config, loaded.name, *loaded.schemas)
    missing = {one.where: one for text in loaded.schemas for one in missing_values(text, whole)}
    options = {where: f"--set {assignment_path(where)}" for where in missing}
    if missing and not sys.stdin.isatty():
        raise Invalid(
            Problem(f"{options[one.where]}=VALUE", 0, 0, "is missing", one.about or "give it on the command line")
            for one in missing.values()
        )
    found = []
    for one in missing.values():
        about = f" ({one.about})" if one.about else ""
        answer = ask(f"{assignment_path(one.where)}{about}")
        option = options[one.where]
        found.append(Given(one.where, typed_value_of(loaded.schemas, one.where, answer, option), option))
    return found


def _name(loaded: Template, name: str) -> list[Given]:
    """Return the value for the name of the unit, if its specs have names."""
    from ..creation import Given  # noqa: PLC0415 - see above
    from ..value_types import described_keys  # noqa: PLC0415

    is_known = any("name" in described_keys(one) for one in loaded.schemas)
    return [Given(("name",), name, "NAME")] if is_known else []


def _put(data: Mapping[str, Any], given: Sequence[Given]) -> tuple[Mapping[str, Any], Sequence[tuple[Where, str]]]:
    """Return a spec's data with the values set, and the option of each."""
    from ..assignments import put_value  # noqa: PLC0415 - see above

    after = copy.deepcopy(dict(data))
    for one in given:
        put_value(after, one.where, copy.deepcopy(one.value), one.option)
    return after, [(one.where, one.option) for one in given]
