"""What other units need of removed units, such as a namespace: one of them is made to provide it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import behaviour, lock, repository
from ..behaviour import Behaviour
from ..errors import Invalid, Problem
from ..git import committed_text
from ..lock import Lock
from ..pipeline import Pipeline
from ..planned import Unit
from ..spec_editing import edit_spec
from ..succession import RemovedUnit, SharedNeed
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join
from ..worktree import Worktree, Write
from ..yaml import parse, plain


@dataclass(frozen=True)
class Heirs:
    """The units that provide what removed ones did, the writes of their specs, notes, and a problem for each need that
    no unit can provide.
    """

    units: tuple[Unit, ...] = ()
    specs: tuple[Write, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def needs_of(worktree: Worktree, removed: Mapping[str, Lock], gone: Collection[str]) -> list[tuple[str, SharedNeed]]:
    """Return what units need that only removed units provided, with the folder of the removed unit.

    ``gone`` are the paths of the files that exist no longer.
    """
    wanted = [(one, need) for one in removed if (need := behaviour.of(_base_of(worktree, removed[one])).needed)]
    if not wanted:
        return []
    made = _Generated(worktree, [one for one in worktree.units() if one not in removed])

    def has_object(sort: str, name: str) -> bool:
        return _has_object(worktree, gone, sort, name)

    return [
        (one, found)
        for one, needed in wanted
        for found in needed(
            RemovedUnit({path: file.text for path, file in removed[one].files.items()}, made.units_with, has_object)
        )
    ]


def lost_needs(worktree: Worktree, commit: str, paths: Sequence[str]) -> list[str]:
    """Return a message for each thing that units need of others, and that nothing in the repository makes any more.

    ``paths`` are the locks at ``commit`` of units that were deleted since.
    """
    removed: dict[str, Lock] = {}
    for path in paths:
        unit = path.rpartition("/")[0] or "."
        try:
            text = None if worktree.has(path) else committed_text(worktree.root, commit, path)
            removed |= {unit: lock.parse_lock(text, path, unit)} if text else {}
        except Invalid:
            continue
    return [
        f"{unit}, which was deleted, made {need.what}, needed by {_listed(need.units)}: no file here makes it now\n"
        f"    if nothing else does: set {_values(need)} in the spec of one of them"
        for unit, need in (needs_of(worktree, removed, ()) if removed else ())
    ]


def hand_over(pipeline: Pipeline, removed: Mapping[str, Lock], gone: Collection[str]) -> Heirs:
    """Return the units that provide what others need of the removed ones."""
    units: dict[str, Unit] = {}
    specs: list[Write] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for unit, need in needs_of(pipeline.worktree, removed, gone):
        heir = next(filter(None, (_heir(pipeline, one, need) for one in need.units if one not in units)), None)
        if heir is None:
            message = f"is the only unit that makes {need.what}, needed by {_listed(need.units)}"
            hint = f"set {_values(need)} in the spec of one of them, run scaffold regenerate, and repeat the command"
            problems.append(Problem(join(unit, SPEC_NAME), 1, 1, message, hint))
            continue
        planned, write = heir
        units[planned.name] = planned
        specs.append(write)
        others = [one for one in need.units if one != planned.name]
        needed_by = f", needed by {_listed(others)} too" if others else ""
        notes.append(f"{planned.name} makes {need.what} now{needed_by}")
    return Heirs(tuple(units.values()), tuple(specs), tuple(notes), tuple(problems))


def _values(need: SharedNeed) -> str:
    """Return the values to set in words."""
    return ", ".join(f"{'.'.join(key)}: {str(value).lower()}" for key, value in need.changes.items())


def _listed(units: Sequence[str]) -> str:
    """Return the first units in words."""
    rest = f" and {len(units) - 3} more" if len(units) > 3 else ""
    return ", ".join(units[:3]) + rest


def _heir(pipeline: Pipeline, name: str, need: SharedNeed) -> tuple[Unit, Write] | None:
    """Return a unit with the values set in its spec, and the write of the spec; None if it cannot have them."""
    path = join(name, SPEC_NAME)
    try:
        before = pipeline.worktree.read(path) or ""
        after = edit_spec(before, path, need.changes)
        unit = pipeline.added(name, after)
    except Invalid:
        return None
    plan = unit.plan
    if plan is None or plan.lock is None or plan.blocked or plan.held or after == before:
        return None
    if not _provides(behaviour.of(_base_of(pipeline.worktree, plan.lock)), plan.lock, need):
        return None
    return unit, Write(path, before, after, unit=name)


def _provides(known: Behaviour, made: Lock, need: SharedNeed) -> bool:
    """Tell whether a unit provides what others need: then it would be missed itself."""
    files = {path: one.text for path, one in made.files.items()}
    alone = RemovedUnit(files, lambda *_lines: list(need.units), lambda _sort, _name: False)
    return known.needed is not None and any(one.what == need.what for one in known.needed(alone))


def _base_of(worktree: Worktree, base: Lock) -> str:
    """Return the shipped template that a unit was made from, or that its own template extends."""
    from ..template import load_template  # noqa: PLC0415 - only for a template of the repository

    folder = worktree.own_template(base.template)
    if folder is None:
        return base.template
    try:
        return load_template(base.template, folder, "", worktree.own_templates).extends or base.template
    except Invalid:
        return base.template


@dataclass
class _Generated:
    """What units generated last, read when it is first asked for."""

    worktree: Worktree
    units: Sequence[str]
    texts: dict[str, list[frozenset[str]]] = field(default_factory=dict)

    def units_with(self, *lines: str) -> list[str]:
        """Return the units that generated a file with all lines, sorted."""
        if not self.texts:
            self.texts = {one: self._of(one) for one in self.units}
        return sorted(unit for unit, texts in self.texts.items() if any({*lines} <= text for text in texts))

    def _of(self, unit: str) -> list[frozenset[str]]:
        path = join(unit, LOCK_NAME)
        try:
            text = self.worktree.read(path, MAX_LOCK_BYTES)
            files = lock.parse_lock(text, path, unit).files if text else {}
        except Invalid:
            return []
        return [frozenset(one.text.split("\n")) for one in files.values()]


def _has_object(worktree: Worktree, gone: Collection[str], sort: str, name: str) -> bool:
    """Tell whether a file of the repository has an object of this kind and name, in YAML or in a text like it."""
    listed = repository.mentioning(worktree.root, [name])
    for path in repository.known_files(worktree.root) if listed is None else listed:
        if path in gone or posixpath.basename(path) == LOCK_NAME:
            continue
        try:
            text = worktree.read(path) or ""
        except Invalid:
            continue
        if sort in text and name in text and _defines(text, sort, name):
            return True
    return False


def _defines(text: str, sort: str, name: str) -> bool:
    try:
        found: list[Any] = [plain(one, "") for one in parse(text, "")]
    except Invalid:  # a chart's template, or another format
        lines = {one.strip().removeprefix("- ") for one in text.split("\n")}
        return f"kind: {sort}" in lines and not lines.isdisjoint({f"name: {name}", f'name: "{name}"'})
    return any(_is_object(one, sort, name) for one in found)


def _is_object(data: Any, sort: str, name: str) -> bool:
    if not isinstance(data, dict):
        return False
    if data.get("kind") == "List" and isinstance(data.get("items"), list):
        return any(_is_object(one, sort, name) for one in data["items"])
    metadata = data.get("metadata")
    return data.get("kind") == sort and isinstance(metadata, dict) and metadata.get("name") == name
