"""The files and folders that kustomizations name: where a path leads, and what is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from ...yaml import Node, get
from ...yaml.placed import placed_at
from ..readers.objects import kustomization_of, objects
from ..recognise import recognise
from ..rule import File, Scope
from .resources import Resource, Unbuildable, loaded
from .texts import documents_in, refuse_chart, with_quoted_words

# What kustomize clones or downloads: an address, or a path of a repository on a known host.
_REMOTE = re.compile(
    r"(?:[a-z+]+::)?(?:[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+[:/]|git::|gh:|"
    r"(?:github\.com|gitlab\.com|bitbucket\.org|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?)/[^/]+/)"
)
# Parts of paths that something replaces before kustomize reads them.
_PLACEHOLDER = re.compile(r"\$[({A-Za-z]|\{\{|<[A-Za-z]|%[A-Za-z]+%|@[A-Za-z]+@|__[A-Z]+__")


def is_remote(name: str) -> bool:
    """Tell whether kustomize looks for a resource outside of the repository."""
    return bool(_REMOTE.match(name)) or "?ref=" in name or "?version=" in name or ".git//" in name


def has_unknown_part(name: str) -> bool:
    """Tell whether a path is only known after something is replaced in it."""
    return bool(_PLACEHOLDER.search(name))


def path_from(folder: str, name: str) -> str:
    """Return the path that a name in a kustomization leads to, ``..`` and more if it is outside of the root."""
    return posixpath.normpath(posixpath.join(folder, name))


def kustomization_at(path: str, scope: Scope) -> File | None:
    """Return the kustomization in a folder."""
    return kustomization_of("" if path == "." else path, scope)


def kustomization_fields(file: File) -> Node:
    """Return the fields of a kustomization. Raises Unbuildable if it has none, or several documents."""
    documents = [one for one in file.documents if one.tag != "null"]
    if len(documents) != 1 or documents[0].shape != "map":
        raise Unbuildable("refused")
    return documents[0]


def documents_of(path: str, scope: Scope) -> tuple[Node, ...]:
    """Return the documents of a file. Raises Unbuildable if it cannot be read."""
    return _file_at(path, scope).documents


def resources_of(path: str, scope: Scope) -> list[Resource]:
    """Return the objects of a file of resources. Raises Unbuildable if it has something else."""
    known: dict[str, list[Resource]] = scope.memo.setdefault("built.resources", {})
    if path not in known:
        file = _file_at(path, scope)
        if any(one.tag != "null" and (one.shape != "map" or get(one, "kind") is None) for one in file.documents):
            raise Unbuildable("refused")
        found = [loaded(one, path) for one in with_quoted_words(x.node for x in objects(file))]
        if not all(one.id.name and one.id.sort for one in found):
            raise Unbuildable("refused")
        known[path] = found
    return known[path]


def placed_documents(path: str, scope: Scope) -> Sequence[Node]:
    """Return the documents of a file, each node with its path, for use in others."""
    known: dict[str, Sequence[Node]] = scope.memo.setdefault("built.placed", {})
    if path not in known:
        file = _file_at(path, scope)
        refuse_chart(file.text)
        known[path] = [placed_at(one, path) for one in with_quoted_words(file.documents) if one.tag != "null"]
    return known[path]


def _file_at(path: str, scope: Scope) -> File:
    found = scope.by_path.get(path)
    if found is not None and found.family == "kubernetes":
        return found
    text = scope.read(path) if scope.exists(path) else None
    if text is None:
        raise Unbuildable("missing")
    known: dict[str, File | None] = scope.memo.setdefault("built.files", {})
    if path not in known:
        known[path] = recognise(path, text, scope.exists, named=True).file
    file = known[path]
    if file is not None and file.family == "kubernetes":
        return file
    return File(path, text, "kubernetes", documents_in(text, path))
