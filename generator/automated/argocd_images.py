"""Images that Argo CD Image Updater updates: by ImageUpdaters, and by the older annotations of Applications.

The current tag is that of the running Application; here it is that of the kustomizations and workloads among the files.
Sources: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1`` and ``registry-scanner/pkg/image/options.go``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from ..images.backends.argocd.argocd_order import ImageUpdate, select_update, update_rejection
from ..images.backends.argocd.argocd_policies import NAME
from ..images.references import Reference, is_tag, parse_reference
from ..rules import File, Scope
from ..rules.readers.objects import containers, is_patch, objects
from ..rules.readers.update_settings import UpdatedImage, strategy_of, update_sources
from ..yaml import get, items_at, text_at
from .automated_image import AutomatedImage, Place, WorkloadName


@dataclass(frozen=True)
class _Current:
    """A place that says which tag of an image runs."""

    place: Place
    workload: WorkloadName
    container: str
    image: Reference


def argocd_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images that the ImageUpdaters and Applications of a file list, once for each place with a tag."""
    for source in update_sources(file, scope):
        for each in source.images:
            if each.text:
                yield from _images(file, each, scope)


def _images(file: File, one: UpdatedImage, scope: Scope) -> Iterator[AutomatedImage]:
    reference = parse_reference(one.text)
    update = _update(one, reference)
    name = replace(reference, tag="", digest="")
    found = AutomatedImage(
        NAME,
        Place(file.path, one.where.line, one.where.column),
        WorkloadName("Application", "", one.application),
        one.alias or reference.base_name,
        name,
        _text(update),
        _remark(one),
        select=partial(select_update, update),
        needs_time=partial(_needs_time, update),
        blocked=_blocked(reference),
    )
    places = _currents(name, file, scope)
    if not places:
        note = "the current tag is not among the files"
        yield replace(found, remark=f"{found.remark}; {note}" if found.remark else note)
    for place in places:
        image = replace(name, tag=place.image.tag, digest=place.image.digest)
        container = one.alias or place.container
        yield replace(found, place=place.place, workload=place.workload, container=container, image=image)


def _update(one: UpdatedImage, reference: Reference) -> ImageUpdate:
    constraint = reference.tag if one.strategy in {"semver", "digest"} else ""
    allowed = one.settings.allowed.text.strip() if one.settings.allowed is not None else ""
    return ImageUpdate(one.strategy, constraint.strip(), allowed, one.ignored)


def _remark(one: UpdatedImage) -> str:
    text = one.settings.strategy.text.strip() if one.settings.strategy is not None else ""
    return f"{text} is not a strategy, so it is semver" if text and strategy_of(text) is None else ""


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
