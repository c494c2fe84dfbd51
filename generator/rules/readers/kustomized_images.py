"""Which kustomization replaces the tag of an image before it runs.

Source: kubernetes-sigs/kustomize, ``api/filters/imagetag``: an entry matches the name as written, without a default
registry; ``digest`` replaces the tag too; ``newName`` is the name for the kustomizations that use this one.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ...yaml import Node, get, items_at, text_at
from ..rule import File, Scope
from .kustomize_builds import BuildLayer, applied_folders, component_layers, listing


@dataclass(frozen=True)
class ImageReplacement:
    """A tag or digest of a kustomization that replaces that of a workload: the path of its file, and its value."""

    path: str
    value: Node


def image_replacement(path: str, name: str, scope: Scope) -> ImageReplacement | None:
    """Return what replaces the tag of the image ``name`` in the manifest at ``path`` wherever it is known to run.

    That is every kustomization that lists the manifest. One that uses these only counts if a Kustomization of Flux
    applies it: an overlay may be for a test. None if the tag is used as written, or if this is not known.
    """
    direct = listing(path, scope)
    found = [_own(one, name, scope) for one in direct]
    certain = [by for by, _ in found if by is not None]
    if len(certain) == len(direct):
        return certain[0] if certain else None
    applied = applied_folders(scope)
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
        for user in listing(folder, scope):
            own, renamed = _own(user, called, scope)
            stack.append((user, by or own, renamed))
    return min(everywhere, key=lambda one: one.path, default=None)


def _own(file: File, name: str, scope: Scope) -> tuple[ImageReplacement | None, str]:
    """Return what a kustomization with its components replaces the tag of an image by, and the image's new name."""
    by = None
    used = [(file.path, one.text) for document in file.documents for one in items_at(document, "components")]
    own = (BuildLayer(file.path, document) for document in file.documents)
    for layer in (*component_layers(used, {file.path}, scope), *own):
        for one in items_at(layer.fields, "images"):
            if text_at(one, "name") == name:
                value = next((each for key in ("newTag", "digest") if (each := get(one, key)) and each.text), None)
                by = by or (ImageReplacement(layer.path, value) if value is not None else None)
                name = text_at(one, "newName") or name
    return by, name
