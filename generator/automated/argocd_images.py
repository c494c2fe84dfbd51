"""Images that Argo CD Image Updater updates: by ImageUpdaters, and by the older annotations of Applications.

The current tag is that of the running Application; here it is that of the kustomizations and workloads among the files.
Sources: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1`` and ``registry-scanner/pkg/image/options.go``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from ..images.backends.argocd.argocd_order import ImageUpdate, select_update, update_rejection
from ..images.backends.argocd.argocd_policies import NAME
from ..images.references import Reference, is_tag, parse_reference
from ..rules import File, Scope
from ..rules.readers.objects import Object, containers, is_patch, objects
from ..yaml import Node, get, items_at, pairs_at, text_at
from .automated_image import AutomatedImage, Place, WorkloadName

_GROUP = "argocd-image-updater.argoproj.io"
_Strategy = Literal["semver", "newest-build", "alphabetical", "digest"]
_STRATEGIES: Mapping[str, _Strategy] = {
    "semver": "semver",
    "newest-build": "newest-build",
    "alphabetical": "alphabetical",
    "digest": "digest",
    "latest": "newest-build",  # the older names
    "name": "alphabetical",
}


@dataclass(frozen=True)
class _Listed:
    """An image to update: its alias, the text with its constraint, and its settings, in their place."""

    file: File
    node: Node
    object: Object
    application: str
    alias: str
    image: str
    strategy: str
    allow_tags: str
    ignore_tags: tuple[str, ...]


@dataclass(frozen=True)
class _Current:
    """A place that says which tag of an image runs."""

    place: Place
    workload: WorkloadName
    container: str
    image: Reference


def argocd_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images that the ImageUpdaters and Applications of a file list, once for each place with a tag."""
    if _GROUP not in file.text:
        return
    for one in objects(file):
        if one.group == _GROUP and one.sort == "ImageUpdater":
            listed = _of_updater(file, one)
        elif one.group == "argoproj.io" and one.sort == "Application":
            listed = _of_application(file, one, one.name)
        else:
            continue
        for each in listed:
            yield from _images(each, scope)


def _images(one: _Listed, scope: Scope) -> Iterator[AutomatedImage]:
    reference = parse_reference(one.image)
    update = _update(one, reference)
    name = replace(reference, tag="", digest="")
    remark = "" if one.strategy in {*_STRATEGIES, ""} else f"{one.strategy} is not a strategy, so it is semver"
    found = AutomatedImage(
        NAME,
        Place(one.file.path, one.node.line, one.node.column),
        WorkloadName("Application", "", one.application),
        one.alias or reference.base_name,
        name,
        _text(update),
        remark,
        select=partial(select_update, update),
        needs_time=partial(_needs_time, update),
        blocked=_blocked(reference),
    )
    places = _currents(name, one.file, scope)
    if not places:
        note = "the current tag is not among the files"
        yield replace(found, remark=f"{remark}; {note}" if remark else note)
    for place in places:
        image = replace(name, tag=place.image.tag, digest=place.image.digest)
        container = one.alias or place.container
        yield replace(found, place=place.place, workload=place.workload, container=container, image=image)


def _update(one: _Listed, reference: Reference) -> ImageUpdate:
    strategy = _STRATEGIES.get(one.strategy, "semver")
    constraint = reference.tag if strategy in {"semver", "digest"} else ""
    return ImageUpdate(strategy, constraint.strip(), one.allow_tags, one.ignore_tags)


def _text(update: ImageUpdate) -> str:
    parts = [f"{update.strategy}:{update.constraint}" if update.constraint else update.strategy]
    if update.allow_tags:
        parts.append(f"of {update.allow_tags}")
    if update.ignore_tags:
        parts.append(f"without {' '.join(update.ignore_tags)}")
    return ", ".join(parts)


def _needs_time(update: ImageUpdate, tag: str) -> bool:
    return update.strategy == "newest-build" and not update_rejection(update, tag)


def _blocked(reference: Reference) -> str:
    host = reference.registry
    if reference.tag and not is_tag(reference.tag) and ":" in host and "." not in host:
        return f"Image Updater takes the port of {host} for the version range"
    return ""


def _of_updater(file: File, one: Object) -> Iterator[_Listed]:
    spec = get(one.node, "spec")
    for part in items_at(spec, "applicationRefs"):
        application = text_at(part, "namePattern")
        if text_at(part, "useAnnotations") == "true":
            continue  # the annotations of the Application count, which is read where it is
        for each in items_at(part, "images"):
            levels = [get(x, "commonUpdateSettings") for x in (each, part, spec)]
            ignored = next((found for x in levels if (found := get(x, "ignoreTags")) is not None), None)
            yield _Listed(
                file,
                each,
                one,
                application,
                text_at(each, "alias"),
                text_at(each, "imageName"),
                _first(levels, "updateStrategy"),
                _first(levels, "allowTags"),
                tuple(x.text for x in items_at(ignored)),
            )


def _first(levels: Sequence[Node | None], key: str) -> str:
    return next((text for one in levels if (text := text_at(one, key))), "")


def _of_application(file: File, one: Object, application: str) -> Iterator[_Listed]:
    """Yield the images of the annotation ``image-list``: ``ALIAS=IMAGE:CONSTRAINT``, with commas between."""
    notes = {key.text: value for key, value in pairs_at(one.node, "metadata", "annotations")}
    listed = notes.get(f"{_GROUP}/image-list")
    for text in listed.text.split(",") if listed is not None else ():
        alias, equals, image = text.strip().partition("=")
        if not equals:
            alias, image = "", alias
        if not image:
            continue

        def setting(key: str, alias: str = alias) -> str:
            names = (f"{_GROUP}/{alias}.{key}", f"{_GROUP}/{key}")
            return next((notes[name].text.strip() for name in names if name in notes), "")

        ignored = tuple(x for part in setting("ignore-tags").split(",") if (x := part.strip()))
        yield _Listed(
            file,
            listed or one.node,
            one,
            application,
            alias,
            image,
            setting("update-strategy"),
            setting("allow-tags"),
            ignored,
        )


def _currents(name: Reference, file: File, scope: Scope) -> list[_Current]:
    """Return the places with the current tag of an image: kustomizations before workloads, its own folder first."""
    same = _running(scope).get(name.full_name, [])
    folder = posixpath.dirname(file.path)
    near = [one for one in same if posixpath.dirname(one.place.path) == folder] or same
    replaced = [one for one in near if not one.workload.sort]
    return replaced or near


def _running(scope: Scope) -> dict[str, list[_Current]]:
    """Return the images of the kustomizations and workloads of the files, by their whole names."""
    if "automated.running" not in scope.memo:
        found: dict[str, list[_Current]] = {}
        for file in scope.files:
            for one in _of_kustomization(file) if file.family == "kustomization" else _of_workloads(file, scope):
                found.setdefault(one.image.full_name, []).append(one)
        scope.memo["automated.running"] = found
    known: dict[str, list[_Current]] = scope.memo["automated.running"]
    return known


def _of_kustomization(file: File) -> Iterator[_Current]:
    for document in file.documents:
        for one in items_at(document, "images"):
            tag = get(one, "newTag")
            name = text_at(one, "newName") or text_at(one, "name")
            if tag is not None and name:
                workload = WorkloadName("", "", posixpath.basename(file.path))
                image = Reference(parse_reference(name).name, tag.text, text_at(one, "digest"))
                yield _Current(Place(file.path, tag.line, tag.column), workload, text_at(one, "name"), image)


def _of_workloads(file: File, scope: Scope) -> Iterator[_Current]:
    for one in objects(file):
        if one.pod is None or is_patch(file, scope):
            continue
        for each in containers(one):
            if each.image is not None and each.image.text:
                place = Place(file.path, each.image.line, each.image.column)
                workload = WorkloadName(one.sort, one.namespace, one.name)
                yield _Current(place, workload, each.name, parse_reference(each.image.text))
