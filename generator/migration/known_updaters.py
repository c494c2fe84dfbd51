"""The ImageUpdaters of a migration, existing and planned: which names are taken, and what updates an Application.

Each ImageUpdater acts for itself on the Applications of its namespace, so two that update one image of an Application
overwrite each other. Source: argoproj-labs/argocd-image-updater 1.3, docs/basics/update.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..images.policies import glob_matches
from ..images.references import parse_reference
from ..rules import Scope
from ..rules.readers.objects import Object, of_sort
from ..rules.readers.update_settings import UPDATER_GROUP, applied_refs
from ..yaml import items_at, text_at

_SPECIAL = re.compile(r"[?\[\\$]")


@dataclass(frozen=True)
class _Reference:
    """What an ImageUpdater says of the Applications that a pattern matches; ``shown`` names it, with its file."""

    space: str
    pattern: str
    reads_annotations: bool
    images: frozenset[str]
    shown: str


class KnownUpdaters:
    """The ImageUpdaters among the files, and those that are planned; ``namespace`` is that of one without."""

    def __init__(self, scope: Scope, namespace: str) -> None:
        every = of_sort(scope, UPDATER_GROUP, "ImageUpdater")
        self._taken = {(one.namespace or namespace, one.name): f"in {one.file.path}" for one in every}
        self._references = [found for one in every for found in _references(one, one.namespace or namespace)]

    def add(self, space: str, application: Object) -> None:
        """Record the ImageUpdater that is planned for an Application, which has its name."""
        self._taken[space, application.name] = f"that of {application.shown} in {application.file.path}"

    def namesake(self, space: str, name: str) -> str:
        """Return where the ImageUpdater of this name is, ``""`` if there is none."""
        return self._taken.get((space, name), "")

    def reader_of(self, space: str, name: str) -> str:
        """Return an ImageUpdater that reads the annotations of an Application, or ``""``."""
        return next((one.shown for one in self._of(space, name) if one.reads_annotations), "")

    def updater_of(self, space: str, name: str, images: Iterable[str]) -> tuple[str, str]:
        """Return an ImageUpdater that updates one of these images of an Application, and the image, or ``""``."""
        known = {parse_reference(text).full_name: text for text in images}
        found = (
            (one.shown, known[image]) for one in self._of(space, name) for image in sorted(one.images & known.keys())
        )
        return next(found, ("", ""))

    def _of(self, space: str, name: str) -> Iterator[_Reference]:
        return (one for one in self._references if one.space == space and _may_match(one.pattern, name))


def _references(one: Object, space: str) -> Iterator[_Reference]:
    shown = f"the ImageUpdater {one.name} in {one.file.path}"
    for reference in applied_refs(one):
        names = (text_at(entry, "imageName") for entry in items_at(reference, "images"))
        images = frozenset(parse_reference(text.strip()).full_name for text in names)
        reads = text_at(reference, "useAnnotations") == "true"
        yield _Reference(space, text_at(reference, "namePattern"), reads, images, shown)


def _may_match(pattern: str, name: str) -> bool:
    """Tell whether a pattern matches a name, as far as that is known: ``*`` is understood, other signs may match."""
    special = _SPECIAL.search(pattern)
    return glob_matches(f"{pattern[: special.start()]}*" if special else pattern, name)
