"""The commands that create units, built from the declarations in the behaviours of shipped templates."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from .. import behaviour, report, repository, spec
from ..choice import Call
from ..command_template import command_template
from ..create import Created, Known, create_unit, current_data
from ..creation import Command, Folder, Given, Option, SpecEdit
from ..errors import Invalid, Problem, invalid
from ..pipeline import Pipeline, read_config
from ..printable import command_line
from ..taken_values import accepted_values
from ..template import load_template
from ..tree import LOCK_NAME, SPEC_NAME, join, unit_fault
from ..worktree import Applied, Worktree
from .asking import edit_refusal, valid_answer
from .console import err, out
from .given_file import given_file
from .interview import further_answers, given_answers, is_confirmed, required_answers
from .options import SETTLING, DirOption, Ours, Quiet, Reset, Root, TemplateOption, Theirs, Update, Yes, YesReroute
from .selection import check_places, finish_interrupted, open_worktree, read_choice
from .telling import tell_held, tell_resets, tell_writes


@cache
def templates_by_command() -> Mapping[str, str]:
    """Return the template of each command that creates units, by the command's name."""
    found: dict[str, str] = {}
    for name in behaviour.names():
        known = behaviour.of(name).command
        if known and found.setdefault(known, name) != name:
            raise ValueError(f"the templates {found[known]} and {name} both have the command {known}")
    return dict(sorted(found.items(), key=lambda pair: (pair[0] == pair[1], pair[0])))  # new-… first


def command(name: str) -> tuple[Callable[..., int], tuple[str, ...]]:
    """Return the function of a command, with a typer parameter for each of its options, and its examples."""
    template = templates_by_command()[name]
    declared = behaviour.of(template).declared
    if declared is None:
        raise ValueError(f"the template {template} has the command {name}, and does not declare it")
    known = declared()

    def run(ctx: typer.Context, **given: Any) -> int:
        return _run(ctx, template, known, given)

    common = {
        "directory": DirOption,
        "template": TemplateOption,
        **({} if known.edit else {"update": Update}),
        **({"yes": Yes} if known.further else {}),
        "ours": Ours,
        "theirs": Theirs,
        **({"yes_reroute": YesReroute} if behaviour.of(template).update else {}),
    }
    common |= {"reset": Reset, "root": Root, "quiet": Quiet}
    run.__doc__ = known.summary
    run.__annotations__ = {}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(_parameter(one.key, _annotation(one), None) for one in known.options),
            *(
                _parameter(key, one, False if one in (Update, Quiet, Yes, YesReroute) else None)
                for key, one in common.items()
            ),
        ]
    )
    return run, known.examples


def _parameter(key: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _annotation(option: Option) -> Any:
    """Return the annotated type of an option's value, with its help and metavar."""
    enum: Any = StrEnum  # built from data, for typer's shell completion
    of: Any = enum(option.key, {one: one for one in option.choices}) if option.choices else option.type
    settings: dict[str, Any] = {"help": option.help, "metavar": option.metavar or _metavar(option)}
    if option.default or not option.flags.startswith("-"):
        settings["show_default"] = option.default or False
    if option.flags.startswith("-"):
        return Annotated[(list[of] if option.repeats else of) | None, typer.Option(option.flags, **settings)]
    return Annotated[of | None, typer.Argument(**settings)]


def _metavar(option: Option) -> str | None:
    """Return the word for an option's value, None for a flag and for choices."""
    if not option.flags.startswith("-"):
        return option.flags
    return None if option.choices else {str: "TEXT", int: "NUMBER"}.get(option.type)


def _run(ctx: typer.Context, template: str, known: Command, given: Mapping[str, Any]) -> int:
    worktree = open_worktree(given["root"])
    called = tuple(called_words(ctx))
    may_ask = not given.get("yes")
    found = given_answers(known, given)
    file = given_file(worktree, known, found)
    if file.shown and given.get("update"):
        raise invalid("--update", f"{file.shown} is read for a new unit only", "edit the spec by hand")
    partly = {**file.found.answers, **found}
    answers, is_asked = required_answers(known, partly, template, file.found.absent, may_ask=may_ask)
    usual = own_folder(worktree, given["template"], str(answers[known.options[0].key]))
    folder = _folder(worktree, known, given["directory"], answers, usual)
    is_reviewed = may_ask and not given.get("update") and sys.stdin.isatty() and bool(is_asked or file.shown)
    if known.further and is_asked and is_reviewed:
        answers = further_answers(known, answers, template, _inherited(worktree, folder, template, given["template"]))
    single = [Given(one.where, answers[one.key], one.name) for one in known.options if one.where and one.key in answers]
    values = [*single[:1], *known.read(answers), *single[1:]]
    edit = known.edit(answers) if known.edit else None
    if edit:
        edit = _completed(edit, worktree, folder, template, given["template"])
    choice = read_choice(given["ours"], given["theirs"], given["reset"], reroute=bool(given.get("yes_reroute")))

    def planned(resumed: bool = False) -> Created:
        pipeline = Pipeline(worktree, read_config(worktree), choice)
        chosen = command_template(pipeline, folder, template, given["template"])
        way = "" if file.shown else command_line(called, "--update")
        known_as = Known(bool(given.get("update") or edit), way, resumed)
        defaults = pipeline.config.defaults(chosen.name)
        put = partial(edit.put, _found(worktree, folder, {}, defaults)) if edit else None
        if not file.shown:
            return create_unit(pipeline, folder, chosen, values, known_as, put)
        taken, told = file.values(folder)
        every, refused = accepted_values(pipeline, folder, chosen, values, taken, file.shown)
        made = create_unit(pipeline, folder, chosen, every, known_as, put)
        return replace(made, notes=(*told, *refused, *made.notes))

    told: tuple[str, ...] = ()
    if is_reviewed and known.further:
        draft = planned()
        told = draft.notes
        if not _is_wanted(draft, folder):
            err("nothing was written")
            return 1
    with worktree.alone(err):
        resumed = finish_interrupted(worktree)
        made = planned(resumed)
        check_places(choice, [made.unit])
        applied = worktree.apply(made.writes)
    made = replace(made, notes=tuple(one for one in made.notes if one not in told))
    return tell_created(made, applied, Call(called, choice), given["quiet"])


def _is_wanted(draft: Created, folder: str) -> bool:
    """Show the spec of a unit, and ask whether to create it; a unit with a conflict is told without a question."""
    spec_path = join(folder, SPEC_NAME)
    text = next((one.after for one in draft.writes if one.path == spec_path), None)
    for note in draft.notes if text else ():
        err(f"note: {note}")
    return text is None or is_confirmed(folder, text)


def _inherited(worktree: Worktree, folder: str, template: str, wanted: str | None) -> Mapping[str, Any]:
    """Return the values that a new spec inherits from the config and the schema."""
    pipeline = Pipeline(worktree, read_config(worktree))
    loaded = command_template(pipeline, folder, template, wanted).loaded(pipeline, join(folder, SPEC_NAME))
    return spec.completed_data({}, pipeline.config, loaded.name, *loaded.schemas)


def own_folder(worktree: Worktree, template: str | None, name: str) -> str:
    """Return the folder for a new unit that the setting ``_dir`` of a template of the repository says, or ``""``."""
    try:
        own = worktree.own_template(template) if template else None
        return load_template(str(template), own, "").folder(name) if own else ""
    except Invalid:  # told when the template is used
        return ""


def _folder(worktree: Worktree, known: Command, directory: str | None, answers: dict[str, Any], own: str = "") -> str:
    """Return the unit's folder; an option that is a path may name it too, and is reduced to the file's name."""
    usual = own or known.folder(str(answers[known.options[0].key]))
    folder = folder_of_unit(worktree, directory, usual)
    for option in known.options:
        value = answers.get(option.key)
        if not option.is_path or value is None or "/" not in value:
            continue
        path = PurePosixPath(value)
        named = _relative(worktree, str(path.parent), option.name, value)
        if directory is not None and named != folder:
            message = f"{value} is not in the folder {folder}"
            raise invalid(option.name, message, "give the file's name only, or omit --dir")
        folder, answers[option.key] = named, path.name
    return folder


def folder_of_unit(worktree: Worktree, directory: str | None, usual: str) -> str:
    """Return the folder of a unit: that of ``--dir``, else the usual one. Raises Invalid."""
    if directory == "":
        raise invalid("--dir", "is empty", "name a folder; . is the root")
    return usual if directory is None else _relative(worktree, directory, "--dir", directory)


def _relative(worktree: Worktree, folder: str, option: str, given: str) -> str:
    """Return a folder that an option names, relative to the root. Raises Invalid, at the option."""
    try:
        return repository.path_argument(worktree.root, folder, Path.cwd())
    except Invalid as error:
        raise Invalid(
            replace(one, path=option, line=0, column=0, message=f"{given} {one.message}") for one in error.problems
        ) from None


def _found(worktree: Worktree, folder: str, data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Folder:
    """Return the unit's current folder, with the data of its spec."""
    if unit_fault(folder):
        return Folder(folder, False, data, defaults, lambda _file: None)
    is_new = worktree.read(join(folder, LOCK_NAME)) is None
    return Folder(folder, is_new, data, defaults, lambda file: worktree.read(join(folder, file)))


def _completed(edit: SpecEdit, worktree: Worktree, folder: str, template: str, wanted: str | None) -> SpecEdit:
    """Ask for the missing values of an edit on a terminal; without one, raise Invalid for all of them.

    Nothing is asked about an invalid spec, which is reported when it is edited.
    """
    try:
        pipeline = Pipeline(worktree, read_config(worktree))
        chosen = command_template(pipeline, folder, template, wanted)
        data = current_data(pipeline, folder, chosen)
    except Invalid:
        return edit
    found = _found(worktree, folder, data, pipeline.config.defaults(chosen.name))
    required = [one for one in edit.missing(found) if not one.optional]
    if required and not sys.stdin.isatty():
        raise Invalid(Problem(one.option, 0, 0, one.message, one.hint) for one in required)
    answers: dict[str, str] = {}
    while sys.stdin.isatty():
        missing = [one for one in edit.missing(found) if one.question not in answers]
        if not missing:
            break
        for one in missing:
            refusal = edit_refusal(edit, found, template, one.question)
            answers[one.question] = valid_answer(one.question, refusal, optional=one.optional)
            edit = edit.answered(found, {one.question: answers[one.question]})
    return edit


def tell_created(made: Created, applied: Applied, call: Call, quiet: bool) -> int:
    """Print the result of creating a unit, and return the exit code. Raises Invalid for paths left unchanged."""
    plan = made.unit.plan
    if plan is not None and plan.blocked:
        for change in plan.changes:
            if change.conflicts:
                err(*report.change_lines(made.unit, change, call))
        err(*report.all_lines([made.unit], call), "nothing was written")
        return 1
    tell_writes(applied.written, quiet)
    tell_resets([made.unit], call, quiet)
    if applied.left:
        raise Invalid(applied.left)
    for note in (*made.notes, *(note for change in (plan.changes if plan else ()) for note in change.notes)):
        err(f"note: {note}")
    if not made.writes and not quiet:
        out("nothing to do")
    tell_held(made.unit)
    return 1 if plan is not None and plan.held else 0


def called_words(ctx: typer.Context) -> Iterator[str]:
    """Yield the words of the command line without the settling options and their values."""
    options = [one for one in ctx.command.params if one.param_type_name == "option"]
    with_value = {name for one in options if not getattr(one, "is_flag", True) for name in one.opts} - SETTLING
    words = iter(sys.argv[1:])
    yield "scaffold"
    for one in words:
        if one == "--":
            yield one
            yield from words
        elif one == "--reset":
            next(words, None)
        elif one.partition("=")[0] not in SETTLING:
            yield one
            if one in with_value and (value := next(words, None)) is not None:
                yield value
