"""Which kustomizations build a file, directly or through others, and what they change in its objects.

Kustomizations of Flux (``kustomize.toolkit.fluxcd.io``) and Applications of Argo CD that apply the file count too: they
change objects by the same fields. Sources: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/,
https://fluxcd.io/flux/components/kustomize/kustomizations/, https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...yaml import Node, get, items_at, text_at
from ..rule import File, Scope
from .flux2_groups import KUSTOMIZE_GROUP
from .kustomization_keys import is_kustomization_name
from .objects import kustomization_of, kustomization_resources, of_sort

# What may change the names and namespaces of objects, by which markers and controllers find them.
_RENAMES = ("namespace", "targetNamespace", "namePrefix", "nameSuffix", "transformers")
_APPLICATIONS = {"Application": ("spec",), "ApplicationSet": ("spec", "template", "spec")}
_TAG = ("newTag", "digest", "tagSuffix")


@dataclass(frozen=True)
class BuildLayer:
    """A kustomization that builds a file, or a Kustomization of Flux or Application that applies it: its path, and its
    fields.
    """

    path: str
    fields: Node

    @property
    def renames(self) -> str:
        """The first of its fields that changes names or namespaces, or ``""``."""
        return next((key for key in _RENAMES if get(self.fields, key) is not None), "")

    @property
    def is_kustomization(self) -> bool:
        """Whether it is in a file that kustomize reads."""
        return is_kustomization_name(self.path)

    @property
    def folder(self) -> str:
        """The folder that paths in it are relative to."""
        return posixpath.dirname(self.path)


def listing(path: str, scope: Scope) -> tuple[File, ...]:
    """Return the kustomizations that list a path itself: a file, or a folder (``.`` for the root)."""
    if "kustomize_builds.listing" not in scope.memo:
        found: dict[str, list[File]] = {}
        for one in scope.files:
            for resource in kustomization_resources(one) if one.family == "kustomization" else ():
                found.setdefault(resource, []).append(one)
        scope.memo["kustomize_builds.listing"] = found
    known = list(scope.memo["kustomize_builds.listing"].get(path, ()))
    own = kustomization_of(posixpath.dirname(path), scope)  # it may not be among the files of the run
    if own is not None and own.path not in scope.by_path and path in kustomization_resources(own):
        known.append(own)
    return tuple(known)


def building(path: str, scope: Scope) -> tuple[File, ...]:
    """Return the kustomizations that build a file, the nearest first: those that list it, and those that use these.

    They may list its folder, if no kustomization there can be read.
    """
    found: dict[str, File] = {}
    folder = posixpath.dirname(path)
    near = [path] if kustomization_of(folder, scope) else [path, folder or "."]
    while near:
        new = {one.path: one for place in near for one in listing(place, scope) if one.path not in found}
        found |= new
        near = [posixpath.dirname(one) or "." for one in new]
    return tuple(found.values())


def shared_step(path: str, scope: Scope) -> tuple[File, ...]:
    """Return the kustomizations that build a file in several ways: they list it, or the same folder; else nothing."""
    for place in (path, *{posixpath.dirname(one.path) or ".": None for one in building(path, scope)}):
        users = listing(place, scope)
        if len(users) > 1:
            return users
    return ()


def build_layers(path: str, scope: Scope) -> tuple[BuildLayer, ...]:
    """Return what changes the objects of a file: kustomizations, their components, and what applies it."""
    return _last_build(path, scope).layers


@dataclass(frozen=True)
class _LastBuild:
    """What builds the files of a folder that the same kustomizations list, and what it does to images, by the keys of
    entries that count.
    """

    folder: str
    listed: tuple[File, ...]
    layers: tuple[BuildLayer, ...]
    images: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)


def _last_build(path: str, scope: Scope) -> _LastBuild:
    """Return what builds a file; cached for files beside it, as a chain of kustomizations would fill the memory."""
    folder, listed = posixpath.dirname(path), listing(path, scope)
    last: _LastBuild | None = scope.memo.get("kustomize_builds.last")
    if last is None or (last.folder, last.listed) != (folder, listed):
        last = scope.memo["kustomize_builds.last"] = _LastBuild(folder, listed, tuple(_layers(path, scope)))
    return last


def replaced_tags(path: str, scope: Scope) -> Mapping[str, str]:
    """Return the images whose written tag never runs, since a build of the file sets it, and the path where it does."""
    return _images(path, scope, _TAG)


def replaced_images(path: str, scope: Scope) -> Mapping[str, str]:
    """Return the images that a build of the file replaces, by the tag or by the name, and the path where it does."""
    return _images(path, scope, (*_TAG, "newName"))


def _images(path: str, scope: Scope, keys: tuple[str, ...]) -> Mapping[str, str]:
    last = _last_build(path, scope)
    if keys not in last.images:
        last.images[keys] = {
            text_at(image, "name"): layer.path
            for layer in reversed(last.layers)
            for image in items_at(layer.fields, "images")
            if any(text_at(image, key) for key in keys)
        }
    return last.images[keys]


def _layers(path: str, scope: Scope) -> Iterator[BuildLayer]:
    files = building(path, scope)
    folders = []
    for file in files:
        yield from (BuildLayer(file.path, document) for document in file.documents)
        folders += [(file.path, text.text) for x in file.documents for text in items_at(x, "components")]
    built = {file.path for file in files}
    applied = applied_folders(scope)
    places = dict.fromkeys([*_above(path), *(posixpath.dirname(file.path) or "." for file in files)])
    for place in places if applied else ():
        for layer in applied[place] if place in applied and _applies(place, path, built, scope) else ():
            yield layer
            used = items_at(layer.fields, "components")
            folders += [(posixpath.join(place, "kustomization.yaml"), x.text) for x in used]
    yield from component_layers(folders, built, scope)


def applied_folders(scope: Scope) -> Mapping[str, list[BuildLayer]]:
    """Return the Kustomizations of Flux, and what Applications say of kustomize, by the folder that they apply, read
    once per run.
    """
    if "kustomize_builds.applied" not in scope.memo:
        found: dict[str, list[BuildLayer]] = {}
        for one in of_sort(scope, KUSTOMIZE_GROUP, "Kustomization"):
            if (spec := get(one.node, "spec")) is not None:
                found.setdefault(_folder(text_at(spec, "path")), []).append(BuildLayer(one.file.path, spec))
        for path, source in _sources(scope):
            if (fields := get(source, "kustomize")) is not None:
                found.setdefault(_folder(text_at(source, "path")), []).append(BuildLayer(path, fields))
        scope.memo["kustomize_builds.applied"] = found
    every: Mapping[str, list[BuildLayer]] = scope.memo["kustomize_builds.applied"]
    return every


def _sources(scope: Scope) -> Iterator[tuple[str, Node]]:
    """Yield the sources of the Applications of Argo CD, those of ApplicationSets too, and the paths of the files."""
    for sort, where in _APPLICATIONS.items():
        for one in of_sort(scope, "argoproj.io", sort):
            single = get(one.node, *where, "source")
            for source in (*((single,) if single is not None else ()), *items_at(one.node, *where, "sources")):
                yield one.file.path, source


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, up to the root."""
    while path := posixpath.dirname(path):
        yield path
    yield "."


def component_layers(folders: list[tuple[str, str]], built: set[str], scope: Scope) -> Iterator[BuildLayer]:
    """Yield components, which change the objects of those that use them: paths of users, and paths relative to them."""
    seen = set(built)
    while folders:
        user, text = folders.pop()
        folder = posixpath.normpath(posixpath.join(posixpath.dirname(user), text))
        found = None if "://" in text or folder.startswith("..") else _in_folder(folder, scope)
        if found is not None and found.path not in seen:
            seen.add(found.path)
            yield from (BuildLayer(found.path, document) for document in found.documents)
            folders += [(found.path, one.text) for x in found.documents for one in items_at(x, "components")]


def _applies(place: str, path: str, built: set[str], scope: Scope) -> bool:
    """Tell whether Flux applies a file with a folder: by the kustomization there, or without one every file below it,
    of folders with a kustomization only what that builds.
    """
    if not (place == "." or path.startswith(f"{place}/")):
        found = _in_folder(place, scope)
        return found is not None and found.path in built
    rest = posixpath.dirname(path if place == "." else path.removeprefix(f"{place}/"))
    folder = place
    for part in ("", *rest.split("/")):
        folder = posixpath.normpath(posixpath.join(folder, part))
        if (found := _in_folder(folder, scope)) is not None:
            return found.path in built
    return True


def _in_folder(folder: str, scope: Scope) -> File | None:
    return kustomization_of("" if folder == "." else folder, scope)


def _folder(path: str) -> str:
    return posixpath.normpath(f"/{path.strip()}").strip("/") or "."
