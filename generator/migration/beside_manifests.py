"""Where the new objects of a manifest go: a file beside it, listed in the folder's kustomization if that is plain."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import Invalid
from ..merge.syntax.edits import Edit, applied
from ..rules import File, Scope
from ..rules.readers.objects import kustomization_of, kustomization_resources
from ..yaml import data_of, get, items_at, parse
from ..yaml.commented import CommentedObject, documents
from .plan_of_migration import FileEdit

# What a kustomization may do to the names and namespaces of objects, by which markers and controllers find them.
_RENAMES = ("namespace", "namePrefix", "nameSuffix", "transformers")
_PLAIN_ITEM = re.compile(r"[ ]*-[ ]+\Z")


@dataclass(frozen=True)
class Beside:
    """The edits that add objects beside a manifest, and what the user has to do about them, ``""`` for nothing."""

    edits: tuple[FileEdit, ...]
    note: str = ""


def file_beside(path: str, suffix: str) -> str:
    """Return the path of the file for the objects of a manifest: ``web.yaml`` has ``web-SUFFIX.yaml``."""
    return f"{posixpath.splitext(path)[0]}-{suffix}.yaml"


def objects_text(before: str | None, objects: Iterable[CommentedObject], path: str) -> str | None:
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
    folder, name = posixpath.split(path)
    found = kustomization_of(folder, scope)
    if found is None:
        if why := _renamed_above(folder, None, scope):
            return Beside((), f"{path}: {why}: let Flux or Argo CD apply it from another folder")
        return Beside(())
    if path in kustomization_resources(found):
        return Beside(())
    if manifest not in kustomization_resources(found):
        return Beside((), f"{path}: {found.path} does not list {manifest}, nor this file: apply it as that is applied")
    if why := _renamed_above(folder, found, scope):
        return Beside((), f"{path}: {why}, so it is not listed in {found.path}: apply it from another folder")
    before = texts(found.path)
    after = None if before is None else _with_resource(before, name, found.path)
    if before is None or after is None:
        return Beside((), f"{path}: {found.path} has no plain list of resources: add {name} there, or apply it")
    return Beside((FileEdit(found.path, before, after),))


def _renamed_above(folder: str, own: File | None, scope: Scope) -> str:
    """Return why objects in a folder would not keep their names in the cluster, or ``""``."""
    every = (one for one in scope.files if one.family == "kustomization")
    above = [one for one in every if (folder or ".") in kustomization_resources(one)]
    for one in ([own] if own else []) + above:
        for key in _RENAMES:
            if any(get(document, key) is not None for document in one.documents):
                return f"{one.path} sets {key}, which would change the new resources too"
    if len(above) > 1:
        paths = ", ".join(sorted(one.path for one in above)[:3])
        return f"{paths} use the folder, and would create the new resources several times"
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
