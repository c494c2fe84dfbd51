"""Images that Flux v1 updates by annotations that a kustomization patches, as the overlay of an environment does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..rules import File, Scope
from ..rules.readers.flux1_workloads import FluxAnnotation, FluxWorkload, WorkloadImage, read_annotations
from ..rules.readers.kustomize_patches import patches_of
from ..rules.readers.objects import Object, all_objects
from ..yaml import get, items_at, text_at
from .automated_image import AutomatedImage
from .flux1_images import image_of, off_reason

_Patched = tuple[Object, tuple[FluxAnnotation, ...]]


def patched_flux1_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images of the workloads that a kustomization annotates, with the tags that it sets."""
    if file.family == "kustomization" and "fluxcd.io/" in file.text:
        for one, notes in _patched(scope).get(file.path, ()):
            workload = FluxWorkload(one, notes, is_part=False)
            off = off_reason(workload)
            for image in (each for each in workload.images if each.reference):
                yield image_of(file, scope, workload, _tagged(image, file), off)


def _patched(scope: Scope) -> Mapping[str, list[_Patched]]:
    """Return the workloads with annotations of Flux by the kustomization that patches these, read once per run."""
    found: dict[str, list[_Patched]] | None = scope.memo.get("automated.patched")
    if found is None:
        found = scope.memo["automated.patched"] = {}
        for one in (each for each in all_objects(scope) if each.pod is not None):
            own = {note.key.text: note for note in read_annotations(get(one.node, "metadata", "annotations"))}
            for patch in patches_of(one, scope):
                notes = {x.key.text: x for x in read_annotations(get(patch.content, "metadata", "annotations"))}
                if notes:
                    found.setdefault(patch.path, []).append((one, tuple({**own, **notes}.values())))
    return found


def _tagged(image: WorkloadImage, file: File) -> WorkloadImage:
    """Return an image with the tag that a kustomization sets, at its place."""
    place = get(file.documents[0], "patches") or file.documents[0]
    for entry in (each for document in file.documents for each in items_at(document, "images")):
        tag = get(entry, "newTag")
        if tag is not None and text_at(entry, "name") == image.parts.name:
            return replace(image, where=tag, reference=f"{image.parts.name}:{tag.text}")
    return replace(image, where=place)
