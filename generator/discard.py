"""Give edits up: named files, fields and lines become as they were generated last, and nothing else changes.

This is the engine of ``regenerate --reset`` with the generated text of the lock in place of a new one: so a reset never
brings a change of the spec or the template along, and the lock stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from . import yaml
from .behaviour import Update
from .edited_lines import is_line_number, lines_of
from .errors import Invalid, invalid
from .generated_unit import FileView, GeneratedFile, GeneratedUnit, renamed, view_of
from .plan import Change, kept
from .planned import Unit
from .question import Question


@dataclass(frozen=True)
class Discarded:
    """What is given up in a file: a field, a line by its number, or ``""`` for all of it."""

    file: GeneratedFile
    what: str = ""


@dataclass
class _Wanted:
    """What is given up in one file: fields, and the text on disk without the lines that are given up."""

    place: str
    ours: str | None
    fields: set[str] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)
    text: str | None = None


def plan_discards(found: Iterable[Discarded], *, reroute: bool = False) -> list[Unit]:
    """Return the plans of the units that give edits up, with the named files only. Raises Invalid with every problem.

    ``reroute``: whether receivers may lose alerts.
    """
    units: dict[str, tuple[GeneratedUnit, dict[str, _Wanted]]] = {}
    for one in found:
        unit, path = one.file.unit, one.file.path
        _, wanted = units.setdefault(unit.name, (unit, {}))
        if path not in wanted:
            wanted[path] = _Wanted(one.file.place, unit.ours(path))
        _add(wanted[path], one)
    return [_planned(unit, wanted, reroute=reroute) for unit, wanted in units.values()]


def _planned(unit: GeneratedUnit, wanted: dict[str, _Wanted], *, reroute: bool) -> Unit:
    """Return the plan of one unit."""
    ours = {
        path: text for path, one in wanted.items() if (text := one.ours if one.text is None else one.text) is not None
    }
    resets = {path: frozenset(one.fields) for path, one in wanted.items() if one.fields}
    question, known = Question(resets=resets), unit.template().behaviour
    if known.part or known.update:
        read, values = unit.read_values()
        question = question.of_behaviour(known, values, read.data, reroute=reroute)
    files = {path: unit.lock.files[path] for path, one in wanted.items() if one.fields or one.lines}
    try:
        plan = kept(unit.name, replace(unit.lock, files=files), ours, question)
        changes = tuple(_of_lines(one, wanted[one.path], question) for one in plan.changes)
    except Invalid as error:
        raise renamed(error, unit.name) from None
    return Unit(unit.name, replace(plan, changes=changes), (), unit.lock_text)


def _of_lines(change: Change, wanted: _Wanted, question: Question) -> Change:
    """Return the change of a file of which lines are given up, checked as it is. Raises Invalid."""
    if wanted.ours is None:
        return replace(change, reset=("",))
    if wanted.text is None:
        return change
    reset = (*change.reset, *(str(one) for one in sorted(wanted.lines)))
    if not wanted.fields and change.base is not None and change.theirs is not None and wanted.text != wanted.ours:
        made = Update(change.path, change.base, wanted.ours, change.theirs, wanted.text, lambda *_: None, is_final=True)
        checked = question.update(made)
        notes = checked.notes if checked else ()
        return replace(change, ours=wanted.ours, merged=wanted.text, reset=reset, notes=(*change.notes, *notes))
    return replace(change, ours=wanted.ours, reset=reset)


def _add(wanted: _Wanted, one: Discarded) -> None:
    """Add what is given up: a line by its field, if it has one with another value. Raises Invalid, at the file."""
    place, what = wanted.place, one.what
    if not what:
        wanted.fields = {""}
        return
    if wanted.ours is None:
        raise invalid(place, "is missing, and so are its fields", "reset the whole file: that creates it again")
    if "" in wanted.fields:
        return
    if not is_line_number(what):
        wanted.fields.add(what)
        return
    view, number = view_of(one.file, wanted.ours), int(what)
    count = len(lines_of(wanted.ours))
    if not 0 < number <= count:
        raise invalid(place, f"has {count} lines, and no line {number}", "name one of its lines")
    if view.is_outside(number):
        hint = "name a line of the generated part, or a field"
        raise invalid(place, "is not generated as a whole, and not here", hint, line=number, column=1)
    state = view.at(number)
    if state.author == "generated":
        return
    if state.field is not None and view.is_of_field(number) and view.is_value_of(state):
        wanted.fields.add(state.field.field)
        return
    wanted.lines.add(number)
    wanted.text = _without(view, wanted, number)


def _without(view: FileView, wanted: _Wanted, number: int) -> str:
    """Return the file without lines of the user. Raises Invalid if it cannot be read then."""
    part = view.part
    shift = part.line if part else 0
    if part is not None and part.encoded:
        hint = "name a field, as scaffold edits shows it decoded"
        raise invalid(wanted.place, "has its generated part encoded", hint, line=number, column=1)
    text = view.lines.without(one - shift for one in wanted.lines)
    text = part.put(text) if part else text
    if view.lines.fields:
        try:
            yaml.parse(text, wanted.place)
        except Invalid:
            message = "cannot be reset alone: the file would not be valid YAML"
            raise invalid(wanted.place, message, "edit it by hand, or reset more", line=number, column=1) from None
    return text
