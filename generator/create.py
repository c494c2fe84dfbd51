"""Create a unit: a spec with exactly the given values, and the files that follow from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from . import lock, repository, schema, spec
from .creation import Given, NewUnit, Where
from .errors import Invalid, Problem, invalid
from .merge import merge
from .pipeline import Pipeline
from .planned import Unit
from .tree import DOT_DIR, LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join, unit_fault
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
    ``command`` as the way to edit it. After a ``resumed`` run it is accepted if its spec has all given values.
    """

    update: bool
    command: str
    resumed: bool = False


def create_unit(
    pipeline: Pipeline, folder: str, template: str, given: Sequence[Given], known: Known, ask: Ask | None = None
) -> Created:
    """Return a new unit, or the existing unit with the values set in its spec.

    Raises Invalid, naming the options, for values that its template cannot use, for an existing unit that ``known``
    does not accept, and for a unit that ``diff`` would refuse or never find.
    """
    path = join(folder, SPEC_NAME)
    fault = unit_fault(folder)
    current = None if fault else pipeline.worktree.read(path)
    data: dict[str, Any] = {"template": template}
    for one in given:
        _put(data, one.where, one.value)
    up = "/".join([".."] * (0 if folder == "." else folder.count("/") + 1)) or "."
    edited: str | None = None
    if ask and current is not None:
        edited, given = _asked(current, path, template, given, ask)
    elif ask:
        data, given = _placed(ask, data, given)
    text = edited or spec.spec_text(data, f"{up}/{DOT_DIR}/schemas/{template}.schema.json")
    values = _checked(pipeline, text, template, given, path)
    if fault:
        raise invalid("--dir", f"{folder!r} {fault}", "name another folder below the root")
    if reason := repository.unseen(pipeline.worktree.root, path):
        message = f"no command would find {path}: {reason}"
        raise invalid("--dir", message, "name another folder, or change .gitignore if that is why")
    notes: list[str] = []
    if current is not None:
        text = edited or _edited(current, path, template, given)
        if not (ask or known.update or (known.resumed and text == current)):
            hint = f"edit it and run scaffold regenerate, or set these values in it: {known.command}"
            raise invalid(path, f"already exists: it is the spec of {values.get('name')}", hint)
    else:
        loaded, _ = pipeline.template(template, path)
        maker = partial(_maker, pipeline.worktree, pipeline.found, path)
        if created := loaded.behaviour.created:
            follows = created(NewUnit(values, frozenset(one.where for one in given), maker))
            notes += follows.notes
            text = spec.edit(text, path, follows.changes) if follows.changes else text
    unit = pipeline.added(folder, text)
    extra = [] if text == current else [Write(path, current, text, unit=folder)]
    blocked = unit.plan is None or unit.plan.blocked
    return Created(
        unit, () if blocked else tuple(writes_of([unit], [*extra, *schema_writes(pipeline.worktree)])), tuple(notes)
    )


def _checked(pipeline: Pipeline, text: str, template: str, given: Sequence[Given], path: str) -> dict[str, Any]:
    """Validate a new spec before reading or writing below its folder; problems name options instead of lines."""
    read = spec.parse_spec(text, path)
    loaded, _ = pipeline.template(template, path)
    try:
        return pipeline.values(read, loaded)
    except Invalid as error:
        places = {schema.position(read.node, list(one.where)): one.option for one in given}
        keys = {schema.position(read.node, list(one.where), key=True): one.option for one in given}
        options = {**keys, **places}
        raise Invalid(_renamed(one, options) if one.path == path else one for one in error.problems) from None


def _renamed(problem: Problem, options: Mapping[tuple[int, int], str]) -> Problem:
    option = options.get((problem.line, problem.column))
    return replace(problem, path=option, line=0, column=0) if option else problem


def _edited(current: str, path: str, template: str, given: Sequence[Given]) -> str:
    """Return the existing spec with the given values set, every other byte kept."""
    read = spec.parse_spec(current, path)
    if read.template != template:
        message = f"is the spec of a {read.template} unit"
        raise invalid(path, message, "choose another name or --dir", line=1, column=1)
    name = next((one.value for one in given if one.where == ("name",)), None)
    if read.data.get("name") != name:
        message = f"is the spec of {read.data.get('name')!r}, not of {name!r}"
        raise invalid(path, message, "choose another --dir", line=1, column=1)
    return spec.edit(current, path, {one.where: one.value for one in given})


def _placed(ask: Ask, data: Mapping[str, Any], given: Sequence[Given]) -> tuple[dict[str, Any], list[Given]]:
    after, options = ask(data)
    return dict(after), [*given, *(Given(where, None, option) for where, option in options)]


def _asked(current: str, path: str, template: str, given: Sequence[Given], ask: Ask) -> tuple[str, list[Given]]:
    """Return the existing spec with the edit applied, every other byte kept, and the place of each option."""
    text = _edited(current, path, template, given)
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


def _maker(worktree: Worktree, units: Sequence[str], path: str, *wanted: str) -> str:
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
