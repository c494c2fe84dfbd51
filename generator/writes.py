"""Collect the writes that apply plans: files, locks, and the schemas for editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from . import assets, lock, object_fields
from .plan import Change
from .planned import Unit
from .tree import DOT_DIR, LOCK_NAME, join, owner_folder, workflow_of
from .worktree import Worktree, Write


def writes_of(units: Iterable[Unit], extra: Iterable[Write] = ()) -> list[Write]:
    """Return the writes that apply plans, files first, locks last; none for a blocked unit, and only a
    settled lock for one that is held."""
    files: list[Write] = list(extra)
    locks: list[Write] = []
    for unit in units:
        plan = unit.plan
        if plan is None or plan.blocked:
            continue
        for change in () if plan.held else plan.changes:
            path = join(plan.unit, change.path)
            if change.moved_from:
                files.append(Write(path, None, change.merged, change.mode, plan.unit))
                files.append(_deleted(plan.unit, change.moved_from, change))
            elif change.writes and change.merged is None:
                files.append(_deleted(plan.unit, change.path, change))
            elif change.writes:
                owner = _owner(plan.unit, change.path, change)
                bit = change.executable
                files.append(Write(path, change.ours, change.merged, change.mode, owner, plan.unit, executable=bit))
        if plan.lock:
            text = lock.lock_text(plan.lock)
            locks.append(Write(join(plan.unit, LOCK_NAME), unit.lock_text, text, unit=plan.unit))
    return _joined(files) + locks


def _deleted(unit: str, path: str, change: Change) -> Write:
    """Return the write that deletes a file of a unit, or the workflow that it had in another folder."""
    return Write(join(unit, path), change.ours, None, unit=_owner(unit, path, change), group=unit)


def _owner(unit: str, path: str, change: Change) -> str:
    """Return the folder that a file belongs to: the unit's, or the one in which it had the workflow at ``path``."""
    is_former = path.startswith("/") and path != workflow_of(unit)
    return (owner_folder(change.base or "") if is_former else "") or unit


def _joined(writes: Sequence[Write]) -> list[Write]:
    """Return writes of files, in which one that moves to the place of another, which moves away, replaces it."""
    gone = {one.path: one.before for one in writes if one.after is None}
    taken = {one.path for one in writes if one.path in gone and one.before is None}
    return [
        replace(one, before=gone[one.path]) if one.path in taken else one
        for one in writes
        if one.after is not None or one.path not in taken
    ]


def schema_writes(worktree: Worktree) -> list[Write]:
    """Return the writes that update the schemas for editors in ``.scaffold/schemas/``."""
    texts = {name: assets.schema_text(name) for name in (*assets.template_names(), "config", "expectations")}
    if any(map(object_fields.refers_to_fields, texts.values())):
        texts[object_fields.NAME] = assets.schema_text(object_fields.NAME)
    wanted: Mapping[str, str] = {f"{DOT_DIR}/schemas/{name}.schema.json": text for name, text in texts.items()}
    current = {path: worktree.read(path) for path in wanted}
    return [Write(path, current[path], text) for path, text in wanted.items() if current[path] != text]
