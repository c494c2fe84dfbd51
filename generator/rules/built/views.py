"""Files with their objects as kustomizations build them, for rules that judge what reaches the cluster."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from ...yaml import Node, get, items_at, text_at
from ..readers.kustomize_builds import building, listing
from ..readers.objects import kustomization_of, patch_paths
from ..rule import File, Scope
from .building import Build, build_of
from .resources import Resource, Unbuildable

MAX_ROOTS = 20  # kustomizations as which a file is judged
# Files of a run that are judged as built though nothing is found in them as written, and kustomizations that are built
# for their own sake: a build takes about as long as all else that is done for a file.
MAX_JUDGED = 200
# Fields of a kustomization that may change anything of an object, and those that change what rules compare.
_CHANGING = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "components", "transformers")
_RELATING = ("commonLabels", "labels", "vars", "images", "replicas", "namePrefix", "nameSuffix", "namespace", "openapi")


@dataclass(frozen=True)
class BuiltView:
    """A file whose documents are its objects as a kustomization builds them, and the run of what that builds alone."""

    file: File
    scope: Scope


def is_left_out(file: File, scope: Scope) -> bool:
    """Tell whether the folder of a file has a kustomization, but nothing builds the file."""
    return posixpath.dirname(file.path) in _folders(scope) and not _users(file.path, scope)


def is_judged_as_built(file: File, scope: Scope) -> bool:
    """Tell whether a file is to be judged as built even if nothing is wrong in it as written: patches may change any
    field of its objects, and it is among the first of such files.
    """
    if "built.judged" not in scope.memo:
        is_any = any(is_changing(one) for one in scope.files if one.family == "kustomization")
        files = (one for one in scope.files if is_any and one.family == "kubernetes")
        found = (one.path for one in files if any(map(is_changing, _users(one.path, scope))))
        scope.memo["built.judged"] = frozenset(islice(found, MAX_JUDGED))
    return file.path in scope.memo["built.judged"]


def is_changing(file: File) -> bool:
    """Tell whether a kustomization has patches, or something else that may change any field of objects."""
    return _has(file, _CHANGING)


def _users(path: str, scope: Scope) -> tuple[File, ...]:
    """Return the kustomizations that build a file; kept for files beside it only: a chain of them is long."""
    key = posixpath.dirname(path), tuple(one.path for one in listing(path, scope))
    last: tuple[object, tuple[File, ...]] | None = scope.memo.get("built.users")
    if last is None or last[0] != key:
        last = scope.memo["built.users"] = key, building(path, scope)
    return last[1]


def views_of(file: File, scope: Scope) -> list[BuiltView] | None:
    """Return a file as each outermost kustomization builds it; None if it stays as it is, or if none of them is known
    and none changes it.

    A kustomization of which it is not known what it builds is left out.
    """
    known: dict[str, list[BuiltView] | None] = scope.memo.setdefault("built.views", {})
    if file.path not in known:
        known[file.path] = _views(file, scope)
    return known[file.path]


def _views(file: File, scope: Scope) -> list[BuiltView] | None:
    users = _users(file.path, scope)
    if not users:
        return None
    found = []
    for root in _roots(users, scope)[:MAX_ROOTS]:
        build = build_of(root, scope)
        if isinstance(build, Build):
            alone = _scope_of(root.path, build, scope)
            view = alone.by_path.get(file.path)
            if view is not None:
                found.append(BuiltView(view, alone))
            elif build.resources or build.used:
                found.append(BuiltView(replace(file, documents=(), built_by=root.path), alone))
    if not found and not any(_has(one, (*_CHANGING, *_RELATING)) for one in users):
        return None
    return found


def is_unjudged_patch(file: File, scope: Scope) -> bool:
    """Tell whether it is not known what a patch is for: no kustomization around it uses it, or those that use it build
    what is not known.
    """
    users = _users_of_patches(scope).get(file.path, ())
    if users:
        roots = _roots([x for one in users for x in (one, *users_above(one, scope))], scope)
        return all(_is_unknown(build_of(one, scope)) for one in roots[:MAX_ROOTS])
    if _users(file.path, scope):
        return False
    folder = posixpath.dirname(file.path)
    above = [folder, posixpath.dirname(folder), posixpath.dirname(posixpath.dirname(folder))]
    return any(kustomization_of(one, scope) is not None for one in above)


def _is_unknown(build: Build | Unbuildable) -> bool:
    return isinstance(build, Unbuildable) and build.sort in {"unknown", "too large"}


def users_above(file: File, scope: Scope) -> tuple[File, ...]:
    """Return the kustomizations that use one, directly or through others; also itself, if it uses itself."""
    found: dict[str, File] = {}
    near = [file]
    while near:
        users = [user for one in near for user in listing(posixpath.dirname(one.path) or ".", scope)]
        near = list({user.path: user for user in users if user.path not in found}.values())
        found |= {user.path: user for user in near}
    return tuple(found.values())


def _users_of_patches(scope: Scope) -> Mapping[str, list[File]]:
    """Return the kustomizations of the run by the files that they use as patches."""
    if "built.patches of" not in scope.memo:
        found: dict[str, list[File]] = {}
        for one in scope.files:
            for path in patch_paths(one) if one.family == "kustomization" else ():
                found.setdefault(path, []).append(one)
        scope.memo["built.patches of"] = found
    known: Mapping[str, list[File]] = scope.memo["built.patches of"]
    return known


def _roots(users: Iterable[File], scope: Scope) -> list[File]:
    """Return the kustomizations that no other one uses."""
    found = {one.path: one for one in users if not listing(posixpath.dirname(one.path) or ".", scope)}
    return [one for path, one in sorted(found.items()) if not is_component(one)]


def is_component(file: File) -> bool:
    """Tell whether a kustomization is a component, which is built only as a part of others."""
    return any(text_at(one, "kind") == "Component" for one in file.documents)


def _has(file: File, keys: Iterable[str]) -> bool:
    return any(_is_set(get(one, key)) for one in file.documents for key in keys)


def _is_set(node: Node | None) -> bool:
    return node is not None and bool(node.pairs or node.items or (node.shape == "scalar" and node.text))


def _scope_of(path: str, build: Build, scope: Scope) -> Scope:
    """Return a run that has only the objects of a build."""
    known: dict[str, Scope] = scope.memo.setdefault("built.scopes", {})
    if path not in known:
        by_path: dict[str, list[Resource]] = {}
        for one in build.resources:
            by_path.setdefault(one.path, []).append(one)
        by_path.pop("", None)
        files = tuple(_view(each, some, path, scope) for each, some in sorted(by_path.items()))
        known[path] = Scope(files, scope.config)
    return known[path]


def _view(path: str, some: Iterable[Resource], root: str, scope: Scope) -> File:
    own = scope.by_path.get(path)
    text = own.text if own is not None else ""
    return File(path, text, "kubernetes", tuple(one.node for one in some), root)


def _folders(scope: Scope) -> frozenset[str]:
    """Return the folders with a kustomization that lists resources."""
    if "built.folders" not in scope.memo:
        files = (one for one in scope.files if one.family == "kustomization")
        scope.memo["built.folders"] = frozenset(
            posixpath.dirname(one.path) for one in files if any(items_at(x, "resources") for x in one.documents)
        )
    found: frozenset[str] = scope.memo["built.folders"]
    return found
