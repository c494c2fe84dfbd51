"""Collect the writes that apply plans: files, locks, and the schemas for editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import assets, lock
from .planned import Unit
from .tree import DOT_DIR, LOCK_NAME, join
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
                files.append(Write(join(plan.unit, change.moved_from), change.ours, None, unit=plan.unit))
            elif change.writes:
                files.append(Write(path, change.ours, change.merged, change.mode, plan.unit))
        if plan.lock:
            text = lock.lock_text(plan.lock)
            locks.append(Write(join(plan.unit, LOCK_NAME), unit.lock_text, text, unit=plan.unit))
    return files + locks


def schema_writes(worktree: Worktree) -> list[Write]:
    """Return the writes that update the schemas for editors in ``.scaffold/schemas/``."""
    wanted: Mapping[str, str] = {
        f"{DOT_DIR}/schemas/{name}.schema.json": assets.schema_text(name)
        for name in (*assets.template_names(), "config", "expectations")
    }
    current = {path: worktree.read(path) for path in wanted}
    return [Write(path, current[path], text) for path, text in wanted.items() if current[path] != text]
