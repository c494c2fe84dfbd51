"""The entries of generated kustomizations for files of a unit that are generated no more, but stay. Pure.

A file that the user keeps stays in ``resources``, as an entry of the user's from then on: to keep a file that is not
applied would delete its objects from the cluster.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import replace

from .errors import Invalid
from .lock import Lock
from .merge import Settle, merge
from .plan import Change, Plan
from .question import Question
from .tree import Tree
from .yaml import Node, items_at, parse

KUSTOMIZATION_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def is_kustomization(path: str) -> bool:
    """Tell whether kustomize reads a file as a kustomization."""
    return posixpath.basename(path) in KUSTOMIZATION_NAMES


def with_kept_entries(plan: Plan, base: Lock | None, ours: Tree, question: Question) -> Plan:
    """Return a plan whose kustomizations still list the orphans that the user keeps, with a note for each.

    A file with the policy ``never`` is not listed, as documented; a note says so if it is there.
    """
    if any(_is_of_user(one, question) for one in plan.changes):
        plan = replace(plan, changes=tuple(_unlisted(one, plan, question) for one in plan.changes))
    kept = {one.path for one in plan.changes if one.theirs is None and one.merged is not None and not one.conflicts}
    never = {path for path in (base.files if base else ()) if question.policy(path) == "never" and path in ours}
    if not kept and not never:
        return plan
    changes = (_listing(one, kept, never, question) if _may_list(one, question) else one for one in plan.changes)
    return replace(plan, changes=tuple(changes))


def _may_list(change: Change, question: Question) -> bool:
    is_text = None not in (change.base, change.ours, change.theirs)
    is_whole = not (change.marked or change.reset or question.policy(change.path) == "once")
    return is_kustomization(change.path) and is_text and is_whole


def _is_of_user(change: Change, question: Question) -> bool:
    is_there = change.ours is not None and change.theirs is not None and is_kustomization(change.path)
    return is_there and question.policy(change.path) == "once"


def _unlisted(change: Change, plan: Plan, question: Question) -> Change:
    """Return a kustomization that is the user's, with notes on the files that come and go beside it."""
    if not _is_of_user(change, question):
        return change
    try:
        mine, generated = (_resources(str(text), change.path) for text in (change.ours, change.theirs))
    except Invalid:
        return change
    folder = posixpath.dirname(change.path)
    new = {one.path for one in plan.changes if one.ours is None and one.merged is not None}
    gone = {one.path for one in plan.changes if one.ours is not None and one.merged is None}
    notes = [
        *(f"is yours (once): list {one}, which is new" for one in generated
          if one not in mine and posixpath.join(folder, one) in new),
        *(f"is yours (once): remove {one}, which is deleted" for one in mine if posixpath.join(folder, one) in gone),
    ]  # fmt: skip
    return replace(change, notes=(*change.notes, *notes))


def _listing(change: Change, kept: Collection[str], never: Collection[str], question: Question) -> Change:
    base, ours, theirs = str(change.base), str(change.ours), str(change.theirs)
    try:
        listed, mine, generated = (_resources(text, change.path) for text in (base, ours, theirs))
    except Invalid:  # which the merge reports
        return change
    folder = posixpath.dirname(change.path)
    gone = {one: posixpath.join(folder, one) for one in listed if one in mine and one not in generated}
    left = [one for one, path in gone.items() if path in never]
    notes = tuple(f"no longer lists {one}, which files: never keeps out: delete {one}, or list it here" for one in left)
    stays = {one: listed[one] for one, path in gone.items() if path in kept}
    settle = question.settle.get(change.path, Settle())
    if not stays or any(settle.theirs):  # the user gives up what a field is
        return replace(change, notes=(*change.notes, *notes))
    # Without the entries in base they are additions of the user's, which a merge keeps.
    lines = base.split("\n")
    rest = "\n".join(line for number, line in enumerate(lines, 1) if number not in {one.line for one in stays.values()})
    merged = merge(rest, ours, theirs, change.path, settle)
    if change.conflicts and merged.conflicts:
        return change
    if merged.conflicts or not stays.keys() <= _resources(merged.text, change.path).keys():
        notes += tuple(f"no longer lists {one}, which you keep: to apply it, list it by hand" for one in stays)
        return replace(change, notes=(*change.notes, *notes))
    notes += tuple(f"still lists {one}, which is yours from now on, as is its entry" for one in stays)
    return replace(change, merged=merged.text, notes=(*merged.notes, *notes), conflicts=())


def _resources(text: str, path: str) -> dict[str, Node]:
    """Return the entries of a kustomization's resources. Raises Invalid."""
    return {one.text: one for document in parse(text, path) for one in items_at(document, "resources")}
