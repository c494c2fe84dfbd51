"""Plan a unit from three trees: the state of each file, and what regenerating would do to it. Pure.

The table of states is in docs/user/states.md. A state is derived from the four texts and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from .behaviour import Update
from .digests import text_digest
from .errors import invalid
from .file_modes import merged_mode
from .file_moves import followed_by_hand, moved_targets, with_owner_line
from .lock import Lock, Locked
from .merge import MARKED, Conflict, Settle, Side, differs, markers, may_be_marked, merge, reset, unmarked
from .offers import offered
from .question import Question, merged_cleanly
from .render import Rendered
from .tree import Tree

_NOTHING = Settle()
_ORPHAN = "no longer generated, but you edited it"
State = Literal["clean", "edited", "behind", "conflict", "missing", "orphan", "new", "adopted"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a unit: the three texts, the merged text, and its conflicts. None is absence."""

    path: str
    base: str | None
    ours: str | None
    theirs: str | None
    merged: str | None
    mode: int = 0o644
    executable: bool | None = None  # the bit to set on an existing file
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    moved_from: str = ""
    tampered: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()  # the fields to reset, "" for the whole file
    marked: tuple[Conflict, ...] = ()  # the conflicts to write as markers
    barred: tuple[Side, ...] = ()  # the sides with which the file would be refused, if all conflicts are settled for it
    rerouting: tuple[Side, ...] = ()  # those with which receivers lose alerts
    is_part: bool = False  # the unit takes over only a part of what the file has
    decoded: tuple[str, str] | None = None  # the encoded texts in ours and merged, decoded

    @property
    def state(self) -> State:
        """The state, a row of the table of states."""
        if self.conflicts or self.marked:
            return "conflict"
        if self.base is None:
            return "new" if self.ours is None else "adopted"
        if self.ours is None:
            return "orphan" if self.theirs is None else "missing"
        if self.theirs is None:
            return "orphan"
        if self.base != self.theirs or self._is_moved:
            return "behind"
        return "edited" if differs(self.base, self.ours) else "clean"

    @property
    def _is_moved(self) -> bool:
        return bool(self.moved_from) or self.executable is not None

    @property
    def writes(self) -> bool:
        """Whether regenerating changes the file on disk."""
        return not self.conflicts and (self.merged != self.ours or self._is_moved)

    @property
    def drifts(self) -> bool:
        """Whether the file makes ``diff`` exit 1."""
        return bool(self.conflicts or self.tampered) or self.writes or self.is_unknown_edit

    @property
    def is_unknown_edit(self) -> bool:
        """Whether an existing file without a lock entry differs from the generated text, though nothing is written."""
        both = self.base is None and self.ours is not None and self.theirs is not None
        return both and differs(str(self.theirs), str(self.ours))


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that regenerating would make to one unit. ``lock`` is the lock to write, None if unchanged."""

    unit: str
    template: str
    changes: tuple[Change, ...]
    lock: Lock | None = None
    held: bool = False

    @property
    def blocked(self) -> bool:
        """Whether a conflict keeps the unit unchanged."""
        return any(change.conflicts for change in self.changes)

    @property
    def is_unfinished(self) -> bool:
        """Whether the user has to act: the unit is blocked or held, or has conflicts written into files."""
        return self.blocked or self.held or any(change.marked for change in self.changes)

    @property
    def drifts(self) -> bool:
        """Whether the unit makes ``diff`` exit 1."""
        return self.held or any(change.drifts for change in self.changes)

    def noted(self, notes: Mapping[str, Sequence[str]]) -> Plan:
        """Return the plan with further notes on its files, by path."""
        changes = (replace(one, notes=(*one.notes, *notes.get(one.path, ()))) for one in self.changes)
        return replace(self, changes=tuple(changes)) if notes else self


def make_plan(
    unit: str, template: str, base: Lock | None, ours: Tree, rendered: Rendered, new_lock: Lock, question: Question
) -> Plan:
    """Return the plan of a unit. ``new_lock`` is the lock to write if nothing conflicts, without its files."""
    theirs = {path: text for path, text in rendered.tree.items() if question.policy(path) != "never"}
    bases = {path: one for path, one in (base.files if base else {}).items() if question.policy(path) != "never"}
    bases = followed_by_hand(bases, rendered, theirs, ours)
    moves = moved_targets(bases, rendered, theirs, ours, question)
    changes = []
    for path in sorted({*bases, *theirs} - set(moves.values())):
        source = moves.get(path, path)
        old, before = bases.get(source), ours.get(source)
        change = _offering(path, old, before, theirs.get(path), question)
        mode, bit = rendered.modes.get(path, old.mode if old else 0o644), None
        if change.ours is not None and change.theirs is not None:
            last = old.mode if old and question.policy(path) != "once" else None
            mode, bit = merged_mode(last, mode, is_executable=source in question.executable)
        moved_from = "" if source == path or before is None else source
        changes.append(replace(change, mode=mode, executable=bit, moved_from=moved_from))
    files = {
        path: Locked(text, rendered.origins[path], rendered.modes[path], text_digest(text))
        for path, text in sorted(theirs.items())
    }
    lock = new_lock.written(files)
    return Plan(unit, template, tuple(changes), None if lock == base else lock)


def kept(unit: str, base: Lock, ours: Tree, question: Question, *, held: bool = False) -> Plan:
    """Return the plan of a unit with unchanged inputs: theirs is base, and nothing is merged."""
    changes = []
    for path, one in base.files.items():
        change = _offering(path, one, ours.get(path), one.text, question)
        changes.append(replace(change, mode=one.mode) if one.mode != change.mode else change)
    return Plan(unit, base.template, tuple(changes), None, held)


def _offering(path: str, old: Locked | None, ours: str | None, theirs: str | None, question: Question) -> Change:
    """Plan one file, and say what each of its conflicts can be settled with."""
    change = _change(path, old, ours, theirs, question)
    if not change.conflicts or ours is None or theirs is None:
        return change

    def replan(asked: Question) -> Sequence[Conflict]:
        return _change(path, old, ours, theirs, asked).conflicts

    found, barred, rerouting = offered(path, change.conflicts, question, replan, whole=not change.is_part)
    return replace(change, conflicts=found, barred=barred, rerouting=rerouting)


def _change(path: str, old: Locked | None, ours: str | None, theirs: str | None, question: Question) -> Change:
    """Plan one file. Raises Invalid, at its path in the unit, for a field that cannot be reset."""
    if question.part is not None and theirs is not None:
        return _change_of_part(path, old, ours, theirs, question)
    base = old.text if old else None
    settle = question.settle.get(path, _NOTHING)
    if ours is None:
        missed = question.missed(path, base, theirs)
        return Change(path, base, None, theirs, None if missed else theirs, conflicts=missed)
    if fields := question.resets.get(path):
        return _reset(path, (base, ours, theirs), fields, question)
    if theirs is None:
        return orphan(path, base, ours, settle)
    if ours != base and may_be_marked(ours) and (found := _marked(path, (base, ours, theirs), old, settle, question)):
        return found
    if base is not None and (base == theirs or question.policy(path) == "once"):
        return Change(path, theirs, ours, theirs, ours)
    fit = question.fit(path, ours) if base is None and ours != theirs else None
    before, after = (fit.base, fit.theirs) if fit else (base, theirs)
    before, mine = with_owner_line(path, before, ours, after)
    merged = merge(before, mine, after, path, settle)
    notes = (*merged.notes, *(fit.notes if fit else ()))
    if merged.conflicts or merged.text != ours or (base is not None and question.is_judged):
        tried = None if merged.conflicts else merged.text
        made: dict[str, tuple[str, ...]] = {}
        clean = partial(merged_cleanly, path, settle, made)
        checked = question.update(Update(path, base, ours, theirs, tried, clean, is_trial=question.is_trial))
        if checked and checked.instead is None:
            told = notes if checked.text == tried else made.get(checked.text, notes)
            return Change(path, base, ours, theirs, checked.text, notes=(*told, *checked.notes))
        if checked and checked.instead is not None and not question.markers:
            left = merge(before, ours, checked.instead, path, settle)
            merged = left if left.conflicts else merged
    if merged.conflicts and question.markers:
        text = markers(before or "", ours, after, MARKED)
        return Change(path, base, ours, theirs, text, notes=notes, marked=merged.conflicts)
    change = Change(path, base, ours, theirs, merged.text, conflicts=merged.conflicts, notes=notes)
    return replace(change, is_part=fit is not None)


def _change_of_part(path: str, old: Locked | None, ours: str | None, theirs: str, question: Question) -> Change:
    """Plan a file of which a part may be generated: the part alone, if it is one."""
    rest = replace(question, part=None)
    if ours is not None and may_be_marked(ours) and not question.resets.get(path):
        texts, settle = (old.text if old else None, ours, theirs), question.settle.get(path, _NOTHING)
        if found := _marked(path, texts, old, settle, question):
            return found
    part = question.part(path, ours) if question.part is not None else None
    if part is None or ours is None:
        return _change(path, old, ours, theirs, rest)
    if "" in question.resets.get(path, ()):
        raise invalid(path, "is not generated as a whole", "reset its fields instead")
    markers_fit = question.markers and not part.encoded
    rest = replace(rest, update=partial(part.checked, question.update), markers=markers_fit)
    if part.fit is not None:
        rest = replace(rest, fit=lambda _path, _ours: part.fit() if part.fit else None)
    alone = replace(old, text=part.around(old.text)) if old else None
    change = _change(path, alone, part.text, part.around(theirs), rest)
    whole = [None if one is None else part.put(one) for one in (change.base, change.theirs, change.merged)]
    each_kind = change.conflicts, change.marked
    shifted = [tuple(replace(one, line=part.line_of(one.line)) for one in each) for each in each_kind]
    return replace(
        change,
        base=whole[0],
        ours=ours,
        theirs=whole[1],
        merged=ours if change.merged == part.text else whole[2],
        conflicts=shifted[0],
        marked=shifted[1],
        is_part=True,
        decoded=(part.text, change.merged or part.text) if part.encoded else None,
    )


def _marked(
    path: str, texts: tuple[str | None, str, str], old: Locked | None, settle: Settle, question: Question
) -> Change | None:
    """Plan a file with conflict markers: settled as the user chose, or a conflict; None if they are not markers.

    Markers are never merged: they are not part of the file's content, whatever its base.
    """
    base, ours, theirs = texts
    settled = unmarked(ours, settle, f"{base or ''}\n{theirs}", path)
    if settled.conflicts:
        return Change(path, base, ours, theirs, ours, conflicts=settled.conflicts)
    if settled.text == ours:
        return None
    rest = Settle(*(frozenset(one for one in side if not one.isdecimal()) for side in (settle.ours, settle.theirs)))
    change = _change(path, old, settled.text, theirs, replace(question, settle={path: rest}, is_trial=True))
    change = replace(change, ours=ours, notes=(*settled.notes, *change.notes))
    mine = unmarked(ours, Settle(ours=frozenset({""})), f"{base or ''}\n{theirs}", path).text
    return _checked(path, base, mine, theirs, change, question)


def _reset(path: str, texts: tuple[str | None, str, str | None], fields: frozenset[str], question: Question) -> Change:
    """Plan a file with fields to reset: these become as generated, and the rest is planned as usual."""
    base, ours, theirs = texts
    if theirs is None:
        if "" in fields:
            return Change(path, base, ours, None, None, reset=("",))
        raise invalid(
            path, "is no longer generated, and neither are its fields", "reset the whole file: that deletes it"
        )
    text = reset(base, ours, theirs, path, fields)
    if "" in fields:
        before = theirs if question.policy(path) == "once" and base is not None else base
        change = Change(path, before, ours, theirs, text, reset=("",))
    else:
        old = Locked(base, "", 0, "") if base is not None else None
        change = _change(path, old, text, theirs, replace(question, resets={}, is_trial=True))
        change = replace(change, ours=ours, reset=tuple(sorted(fields)))
    return _checked(path, base, ours, theirs, change, question)


def _checked(path: str, base: str | None, ours: str, theirs: str | None, change: Change, question: Question) -> Change:
    """Return a change of ours to what the user asked for, checked as it is."""
    if change.conflicts or change.marked or theirs is None or change.merged in (None, ours):
        return change
    made = Update(
        path, base, ours, theirs, change.merged, partial(merged_cleanly, path, _NOTHING, {}), is_trial=question.is_trial
    )
    checked = question.update(replace(made, is_final=True))
    return replace(change, notes=(*change.notes, *checked.notes)) if checked else change


def orphan(path: str, base: str | None, ours: str, settle: Settle, reason: str = _ORPHAN) -> Change:
    """Plan a file that is no longer generated: delete it, unless the user has edited it."""
    if base is not None and not differs(base, ours):
        return Change(path, base, ours, None, None)
    side = settle.side("")
    if side:
        return Change(path, base, ours, None, ours if side == "ours" else None)
    return Change(path, base, ours, None, ours, conflicts=(Conflict("", 1, base, ours, None, reason),))
