"""Files of a unit that go, and that kustomizations which stay still list: without them these cannot be built. Pure.

Such a file stays, and is the user's from then on, like a kustomization that the user keeps. One that moves is told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from .errors import Invalid
from .kept_entries import KUSTOMIZATION_NAMES, is_kustomization
from .merge import differs
from .plan import Change, Plan
from .question import Question
from .tree import Tree, join
from .yaml import parse, walk_nodes


def with_listed_files(plan: Plan, question: Question, beside: Callable[[], Tree]) -> Plan:
    """Return a plan that keeps what kustomizations that stay list, with a note for each file.

    ``beside`` returns the kustomizations in the folder of the unit, by path in it: among them are the user's own.
    """
    going = {one.path: one for one in plan.changes if one.ours is not None and one.merged is None}
    there = {one.path for one in plan.changes if one.merged is not None}
    moved = {one.moved_from: one.path for one in plan.changes if one.moved_from and one.moved_from not in there}
    if not going and not moved:
        return plan
    staying = {path: text for path, text in beside().items() if path not in going and path not in moved}
    for one in plan.changes:
        if is_kustomization(one.path):
            staying.pop(one.path, None)
            if one.merged is not None and not one.conflicts and question.policy(one.path) != "once":
                staying[one.path] = one.merged  # the user's own (once) has notes of its own
    kept, notes = _kept(plan.unit, going, staying)
    for path, by, entry in _entries(staying):
        if target := moved.get(path):
            told = f"{join(plan.unit, by)} cannot be built as it is: it lists {entry}"
            notes.setdefault(target, []).append(f"{told}: {_instead(target, by, entry, path)}")
    for path, one in going.items():
        if is_kustomization(path) and path not in kept:
            for lost in _orphans_of(plan, one):
                notes.setdefault(lost, []).append(f"is no longer applied: {join(plan.unit, path)} is deleted")
    changes = (replace(one, merged=one.ours) if one.path in kept else one for one in plan.changes)
    return replace(plan, changes=tuple(changes)).noted(notes)


def _kept(unit: str, going: Mapping[str, Change], staying: dict[str, str]) -> tuple[set[str], dict[str, list[str]]]:
    """Return the paths that stay since what stays lists them, and notes; adds the kustomizations among them."""
    kept: set[str] = set()
    notes: dict[str, list[str]] = {}
    waiting = dict(staying)
    while waiting:
        found = [(path, by) for path, by, _ in _entries(waiting) if path in going and path not in notes]
        waiting = {}
        for path, by in found:
            one, who = going[path], join(unit, by)
            if path in notes:
                continue
            if one.reset or differs(str(one.base), str(one.ours)):  # the user said to delete it
                notes[path] = [f"{who} lists it, and cannot be built without it: remove it there"]
                continue
            kept.add(path)
            notes[path] = [f"stays, and is yours from now on: {who} lists it"]
            if is_kustomization(path):
                staying[path] = waiting[path] = str(one.ours)
    return kept, notes


def _entries(kustomizations: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield each path that the kustomizations may list, also those in the folders that they list: by whom, and as what.

    That a text is a path is taken from where it leads: it is compared with the files that go.
    """
    for by, text in kustomizations.items():
        folder = posixpath.dirname(by)
        try:
            nodes = [one for document in parse(text, by) for one in walk_nodes(document)]
        except Invalid:  # which the merge, or kustomize, reports
            continue
        for entry in dict.fromkeys(one.text for one in nodes if one.shape == "scalar" and one.text):
            path = posixpath.normpath(posixpath.join(folder, entry.rpartition("=")[2]))
            yield path, by, entry
            yield from ((posixpath.normpath(posixpath.join(path, name)), by, entry) for name in KUSTOMIZATION_NAMES)


def _instead(target: str, by: str, entry: str, path: str) -> str:
    """Return what a kustomization lists instead of a file that moved: its folder, if it did before."""
    is_folder = is_kustomization(path) and not is_kustomization(entry)
    place = posixpath.dirname(target) if is_folder else target
    folder = posixpath.dirname(by)
    if is_folder and f"{folder}/".startswith(f"{place}/" if place else ""):
        return "move its folder out of the one around it, which kustomize refuses as a base, and list that"
    shown = posixpath.relpath(f"/{place}", f"/{folder}")
    return f"list {entry.rpartition('=')[0]}={shown} instead" if "=" in entry else f"list {shown} instead"


def _orphans_of(plan: Plan, deleted: Change) -> Iterator[str]:
    """Yield the files that the user keeps and that a deleted kustomization lists."""
    listed = {path for path, _, _ in _entries({deleted.path: str(deleted.ours)})}
    for one in plan.changes:
        if one.path in listed and one.theirs is None and one.merged is not None and not one.conflicts:
            yield one.path
