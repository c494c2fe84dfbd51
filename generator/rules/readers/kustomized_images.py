"""Which kustomization replaces the tag of an image before it runs.

Source: kubernetes-sigs/kustomize, ``api/filters/imagetag``: an entry matches the name as written, without a default
registry; ``digest`` replaces the tag too; ``newName`` is the name for the kustomizations that use this one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from ...yaml import Node, get, items_at, text_at
from ..rule import File, Scope
from .flux2_groups import KUSTOMIZE_GROUP
from .objects import kustomization_of, kustomization_resources, of_sort


@dataclass(frozen=True)
class ImageReplacement:
    """A tag or digest of a kustomization that replaces that of a workload: its file and its value."""

    file: File
    value: Node


def image_replacement(path: str, name: str, scope: Scope) -> ImageReplacement | None:
    """Return what replaces the tag of the image ``name`` in the manifest at ``path`` wherever it is known to run.

    That is every kustomization that lists the manifest. One that uses these only counts if a Kustomization of Flux
    applies it: an overlay may be for a test. None if the tag is used as written, or if this is not known.
    """
    direct = _users(scope).get(path, [])
    found = [_own(one, name, scope) for one in direct]
    certain = [by for by, _ in found if by is not None]
    if len(certain) == len(direct):
        return certain[0] if certain else None
    applied = _applied(scope)
    everywhere: list[ImageReplacement] = []
    stack = [(one, *own) for one, own in zip(direct, found, strict=True)]
    seen: set[tuple[str, str, bool]] = set()
    while stack:
        one, by, called = stack.pop()
        if (one.path, called, by is None) in seen:
            continue
        seen.add((one.path, called, by is None))
        folder = posixpath.dirname(one.path) or "."
        if folder in applied:
            if by is None:
                return None
            everywhere.append(by)
        for user in _users(scope).get(folder, []):
            own, renamed = _own(user, called, scope)
            stack.append((user, by or own, renamed))
    return min(everywhere, key=lambda one: one.file.path, default=None)


def _own(file: File, name: str, scope: Scope) -> tuple[ImageReplacement | None, str]:
    """Return what a kustomization with its components replaces the tag of an image by, and the image's new name."""
    by = None
    for part in (*_components(file, scope), file):
        for document in part.documents:
            for one in items_at(document, "images"):
                if text_at(one, "name") != name:
                    continue
                value = next((each for key in ("newTag", "digest") if (each := get(one, key)) and each.text), None)
                by = by or (ImageReplacement(part, value) if value is not None else None)
                name = text_at(one, "newName") or name
    return by, name


def _components(file: File, scope: Scope) -> Iterator[File]:
    base = posixpath.dirname(file.path)
    for document in file.documents:
        for one in items_at(document, "components"):
            found = kustomization_of(posixpath.normpath(posixpath.join(base, one.text)), scope)
            if found is not None and found.path in scope.by_path:
                yield found


def _users(scope: Scope) -> dict[str, list[File]]:
    """Return the kustomizations of the run that list a file or folder, by its path."""
    if "kustomized_images.users" not in scope.memo:
        found: dict[str, list[File]] = {}
        for file in scope.files:
            for path in kustomization_resources(file) if file.family == "kustomization" else ():
                found.setdefault(path, []).append(file)
        scope.memo["kustomized_images.users"] = found
    known: dict[str, list[File]] = scope.memo["kustomized_images.users"]
    return known


def _applied(scope: Scope) -> frozenset[str]:
    """Return the folders that Kustomizations of Flux apply."""
    if "kustomized_images.applied" not in scope.memo:
        paths = (text_at(one.node, "spec", "path") for one in of_sort(scope, KUSTOMIZE_GROUP, "Kustomization"))
        scope.memo["kustomized_images.applied"] = frozenset(
            posixpath.normpath(f"/{one.strip()}").strip("/") or "." for one in paths
        )
    known: frozenset[str] = scope.memo["kustomized_images.applied"]
    return known
