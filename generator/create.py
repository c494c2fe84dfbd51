"""Create a unit: a spec with exactly the given values, and the files that follow from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from . import lock, repository, spec
from .command_template import CommandTemplate, editor_schema
from .creation import Given, NewUnit, Where
from .errors import Invalid, invalid
from .manifest_folder import refuse_hand_written
from .merge import merge
from .option_problems import option_places, with_causes
from .pipeline import Pipeline
from .planned import Unit
from .spec import Spec
from .spec_editing import edit_spec
from .template import Template
from .tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join, unit_fault
from .worktree import Worktree, Write
from .writes import schema_writes, writes_of
from .yaml import dump


@dataclass(frozen=True)
class Created:
    """A planned unit, the writes that create it, and notes for the user."""

    unit: Unit
    writes: tuple[Write, ...]
    notes: tuple[str, ...] = ()


# Edits of more than single values: takes a spec's data, returns the changed data and the place of each option.
Ask = Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], Sequence[tuple[Where, str]]]]


@dataclass(frozen=True)
class Known:
    """How to treat an existing unit: with ``update`` its spec is edited, else it is refused, and the message names
    ``command`` as the way to edit it, ``""`` if there is none. After a ``resumed`` run it is accepted if its spec has
    all given values.
    """

    update: bool
    command: str
    resumed: bool = False


def create_unit(
    pipeline: Pipeline,
    folder: str,
    chosen: CommandTemplate,
    given: Sequence[Given],
    known: Known,
    ask: Ask | None = None,
) -> Created:
    """Return a new unit, or the existing unit with the values set in its spec.

    Raises Invalid, naming the options, for values that its template cannot use, for an existing unit that ``known``
    does not accept, and for a unit that ``diff`` would refuse or never find.
    """
    path = join(folder, SPEC_NAME)
    fault = unit_fault(folder)
    current = None if fault else pipeline.worktree.read(path)
    loaded = chosen.loaded(pipeline, path)
    if current is None:
        text, given = _new(folder, loaded, given, ask)
    else:
        if ask:
            text, given = _asked(pipeline, current, path, chosen, given, ask)
        else:
            text = _edited(current, path, chosen, given)
        if not (known.update or (known.resumed and text == current)):
            hint = "edit it and run scaffold regenerate"
            hint += f", or set these values in it: {known.command}" if known.command else ", or choose another name"
            name = next((one.value for one in given if one.where == ("name",)), folder)
            raise invalid(path, f"already exists: it is the spec of {name}", hint)
    values = _checked(pipeline, text, loaded, given, path, is_new=current is None)
    if fault:
        raise invalid("--dir", f"{folder!r} {fault}", "name another folder below the root")
    if reason := repository.unseen(pipeline.worktree.root, path):
        message = f"no command would find {path}: {reason}"
        raise invalid("--dir", message, "name another folder, or change .gitignore if that is why")
    notes: tuple[str, ...] = ()
    if current is None and (created := loaded.behaviour.created):
        maker = partial(maker_of_file, pipeline.worktree, pipeline.found, path)
        follows = created(NewUnit(values, frozenset(one.where for one in given), maker))
        notes = follows.notes
        text = edit_spec(text, path, follows.changes) if follows.changes else text
    options = option_places(spec.parse_spec(text, path).node, given) if current is None else None
    unit = _added(pipeline, folder, text, loaded, values, options)
    if current is None:
        refuse_hand_written(pipeline, folder, loaded.behaviour, str(values.get("name")), unit.plan)
    extra = [] if text == current else [Write(path, current, text, unit=folder)]
    blocked = unit.plan is None or unit.plan.blocked
    return Created(
        unit, () if blocked else tuple(writes_of([unit], [*extra, *schema_writes(pipeline.worktree)])), notes
    )


def current_data(pipeline: Pipeline, folder: str, chosen: CommandTemplate) -> Mapping[str, Any]:
    """Return the data of a unit's current spec, empty if it has none. Raises Invalid as ``regenerate`` does."""
    path = join(folder, SPEC_NAME)
    text = None if unit_fault(folder) else pipeline.worktree.read(path)
    return {} if text is None else _valid(pipeline, text, path, chosen).data


def _new(folder: str, loaded: Template, given: Sequence[Given], ask: Ask | None) -> tuple[str, Sequence[Given]]:
    """Return the text of a new spec, and the place of each option."""
    data: dict[str, Any] = {"template": loaded.name}
    for one in given:
        _put(data, one.where, one.value)
    if ask:
        data, given = _placed(ask, data, given)
    up = "/".join([".."] * (0 if folder == "." else folder.count("/") + 1)) or "."
    described = editor_schema(loaded)
    return spec.spec_text(data, f"{up}/{described}" if described else ""), given


def _valid(pipeline: Pipeline, text: str, path: str, chosen: CommandTemplate) -> Spec:
    """Return an existing spec if it is valid, and has the form that the options of the command rely on."""
    read = spec.parse_spec(text, path)
    loaded = chosen.loaded(pipeline, path)
    if read.template == loaded.name:  # else the mismatch is reported
        pipeline.values(read, loaded)
        chosen.check_form(read, loaded)
    return read


def _added(
    pipeline: Pipeline,
    folder: str,
    text: str,
    loaded: Template,
    values: Mapping[str, Any],
    options: Mapping[tuple[int, int], str] | None,
) -> Unit:
    """Return the planned unit; problems of a spec that does not exist yet name the option that causes them.

    ``options`` has the option of each place in a new spec, None for one that exists.
    """
    path = join(folder, SPEC_NAME)
    try:
        return pipeline.added(folder, text)
    except Invalid as error:
        if options is None:
            raise
        try:
            pipeline.render(loaded, values, path, folder)
            option = "--dir"
        except Invalid:
            option = f"--template {loaded.name}"
        raise Invalid(
            replace(one, path=options.get((one.line, one.column), option), line=0, column=0)
            if one.path == path
            else one
            for one in error.problems
        ) from None


def _checked(
    pipeline: Pipeline, text: str, loaded: Template, given: Sequence[Given], path: str, *, is_new: bool
) -> dict[str, Any]:
    """Validate a spec before reading or writing below its folder; problems name options instead of lines."""
    read = spec.parse_spec(text, path)
    try:
        return pipeline.values(read, loaded)
    except Invalid as error:
        options = option_places(read.node, given)
        told = [
            replace(one, path=option, line=0, column=0)
            for one in error.problems
            if one.path == path and (option := options.get((one.line, one.column)))
        ]
        others = [one for one in error.problems if one.path != path]
        left = [one for one in error.problems if one.path == path and (one.line, one.column) not in options]
        left = with_causes(left, pipeline, read, loaded) if is_new and left else left
        raise Invalid([*told, *others, *left]) from None


def _edited(current: str, path: str, chosen: CommandTemplate, given: Sequence[Given]) -> str:
    """Return the existing spec with the given values set, every other byte kept."""
    read = spec.parse_spec(current, path)
    if read.template != chosen.name:
        message = f"is the spec of a {read.template} unit"
        raise invalid(path, message, "choose another name or --dir", line=1, column=1)
    name = next((one.value for one in given if one.where == ("name",)), None)
    if read.data.get("name") != name:
        message = f"is the spec of {read.data.get('name')!r}, not of {name!r}"
        raise invalid(path, message, "choose another --dir", line=1, column=1)
    # An option that only names a section leaves the one that exists as it is.
    changes = {one.where: one.value for one in given if one.value != {} or not _has_section(read.data, one.where)}
    return edit_spec(current, path, changes)


def _has_section(data: Any, where: Where) -> bool:
    for part in where:
        data = data.get(part) if isinstance(data, Mapping) else None
    return isinstance(data, Mapping)


def _placed(ask: Ask, data: Mapping[str, Any], given: Sequence[Given]) -> tuple[dict[str, Any], list[Given]]:
    after, options = ask(data)
    return dict(after), [*given, *(Given(where, None, option) for where, option in options)]


def _asked(
    pipeline: Pipeline, current: str, path: str, chosen: CommandTemplate, given: Sequence[Given], ask: Ask
) -> tuple[str, list[Given]]:
    """Return the existing spec with the edit applied, every other byte kept, and the place of each option."""
    _valid(pipeline, current, path, chosen)
    text = _edited(current, path, chosen, given)
    before = spec.parse_spec(text, path).data
    after, places = _placed(ask, before, given)
    if after == before:
        return text, places
    merged = merge(dump(before), text, dump(after), path)
    if merged.conflicts:
        first = merged.conflicts[0]
        message = f"{first.field or 'the spec'} cannot be changed here: {first.reason}"
        raise invalid(path, message, "edit the spec by hand", line=first.line, column=1)
    return merged.text, places


def maker_of_file(worktree: Worktree, units: Sequence[str], path: str, *wanted: str) -> str:
    """Return the spec of a unit other than that of ``path`` that generated a file with all these lines, or ``""``."""
    for unit in units:
        lock_path = join(unit, LOCK_NAME)
        text = worktree.read(lock_path, MAX_LOCK_BYTES) or ""
        if join(unit, SPEC_NAME) == path or not all(json.dumps(line, ensure_ascii=False) in text for line in wanted):
            continue
        for one in lock.parse_lock(text, lock_path, unit).files.values():
            if set(wanted) <= set(one.text.split("\n")):
                return join(unit, SPEC_NAME)
    return ""


def _put(data: dict[str, Any], where: Where, value: Any) -> None:
    for part in where[:-1]:
        data = data.setdefault(part, {})
    data[where[-1]] = value
