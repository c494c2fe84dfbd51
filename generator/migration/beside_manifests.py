"""Where the new objects of a manifest go: a file beside it, listed in the folder's kustomization if that is plain."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import Invalid, Problem
from ..merge.syntax.edits import Edit, applied
from ..rules import Scope
from ..rules.readers.kustomize_builds import build_layers, listing, shared_step
from ..rules.readers.objects import kustomization_of, kustomization_resources, unreadable_kustomization
from ..tree import path_fault
from ..yaml import data_of, get, items_at, parse
from ..yaml.commented import CommentedObject, documents
from .plan_of_migration import FileEdit

_PLAIN_ITEM = re.compile(r"[ ]*-[ ]+\Z")


@dataclass(frozen=True)
class Beside:
    """The edits that add objects beside a manifest, and what the user has to do about them, ``""`` for nothing."""

    edits: tuple[FileEdit, ...]
    note: str = ""


def file_beside(path: str, suffix: str) -> str:
    """Return the path of the file for the objects of a manifest: ``web.yaml`` has ``web-SUFFIX.yaml``."""
    return f"{posixpath.splitext(path)[0]}-{suffix}.yaml"


def edit_beside(target: str, made: Iterable[CommentedObject], texts: Callable[[str], str | None]) -> FileEdit | Problem:
    """Return the edit that adds objects to the file beside a manifest, or why it cannot have them."""
    try:
        before = texts(target)
    except Invalid as error:
        first = error.problems[0]
        return Problem(target, 1, 1, f"would have the new resources, but {first.message}", "move it away")
    after = _objects_text(before, made, target)
    if after is None:
        return Problem(target, 1, 1, "is not YAML, but would have the new resources", "move it away")
    return FileEdit(target, before, after)


def _objects_text(before: str | None, objects: Iterable[CommentedObject], path: str) -> str | None:
    """Return a file's text with objects added at its end; None if it is not YAML."""
    made = f"{documents(objects)}\n"
    if not before:
        return made
    try:
        count = len(parse(before, path))
    except Invalid:
        return None
    if "\r\n" in before:
        made = made.replace("\n", "\r\n")
    end = "\r\n" if "\r\n" in before else "\n"
    joint = "" if before.endswith("\n") else end
    return f"{before}{joint}---{end}{made}" if count else f"{before}{joint}{made}"


def listed_beside(manifest: str, path: str, scope: Scope, texts: Callable[[str], str | None]) -> Beside:
    """Return the edit of the kustomization that lists a manifest, so that it lists the file at ``path`` too.

    Without such an edit the result has a note, if the user has to see that the file is applied.
    ``texts`` returns a file's text with the edits that are planned already.
    """
    users = listing(manifest, scope)
    if not users:
        return Beside((), _unlisted(manifest, path, scope))
    one = users[0]
    if why := _changed_in_build(manifest, scope):
        is_listed = any(path in kustomization_resources(user) for user in users)
        so = "" if is_listed else f", so it is not listed in {one.path}"
        return Beside((), f"{path}: {why}{so}: apply it from another folder")
    if path in kustomization_resources(one):
        return Beside(())
    name = posixpath.relpath(path, posixpath.dirname(one.path) or ".")
    before = None if path_fault(one.path) else texts(one.path)
    after = None if before is None else _with_resource(before, name, one.path)
    if before is None or after is None:
        return Beside(
            (), f"{path}: {one.path} has no plain list of resources that can be edited: add {name} there, or apply it"
        )
    return Beside((FileEdit(one.path, before, after),))


def _unlisted(manifest: str, path: str, scope: Scope) -> str:
    """Return the note on a new file beside a manifest that no kustomization lists, or ``""``."""
    folder = posixpath.dirname(path)
    found = kustomization_of(folder, scope)
    if found is not None:
        return f"{path}: {found.path} does not list {manifest}, nor this file: apply it as that is applied"
    if broken := unreadable_kustomization(folder, scope):
        return f"{path}: {broken} cannot be read: correct it, and list {posixpath.basename(path)} there"
    if why := _changed_in_build(manifest, scope):
        return f"{path}: {why}: let Flux or Argo CD apply it from another folder"
    return ""


def _changed_in_build(manifest: str, scope: Scope) -> str:
    """Return why objects beside a manifest would not be in the cluster once and by their names, or ``""``."""
    for layer in build_layers(manifest, scope):
        if layer.renames:
            return f"{layer.path} sets {layer.renames}, which would change the new resources too"
    if several := shared_step(manifest, scope):
        paths = ", ".join(sorted(one.path for one in several)[:3])
        return f"{paths} build the manifest, and would create the new resources several times"
    return ""


def _with_resource(text: str, name: str, path: str) -> str | None:
    """Return a kustomization with a resource added to its list, every other byte kept; None if it is not plain."""
    try:
        (document,) = parse(text, path)
        listed, items = get(document, "resources"), items_at(document, "resources")
        if listed is None or listed.style == "flow" or not items or listed.anchor:
            return None
        last = items[-1]
        start = text.rfind("\n", 0, last.start) + 1
        end = text.find("\n", last.end)
        dash = text[start : last.start]
        if last.shape != "scalar" or not _PLAIN_ITEM.match(dash):
            return None
        newline = "\r\n" if "\r\n" in text else "\n"
        at = len(text) if end < 0 else end + 1
        line = f"{newline if end < 0 else ''}{dash}{name}{newline if end >= 0 else ''}"
        after = applied(text, [Edit(at, at, line)])
        (changed,) = parse(after, path)
    except (Invalid, ValueError):
        return None
    wanted = data_of(document)
    wanted["resources"] = [*wanted["resources"], name]
    return after if data_of(changed) == wanted else None
