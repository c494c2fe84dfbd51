"""Find the images of files that automation updates, by all mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..errors import Problem
from ..finding import Finding
from ..rules import File, Scope
from .argocd_images import argocd_images
from .automated_image import AutomatedImage
from .flux1_images import flux1_images, unused_patterns
from .flux2_images import flux2_images, ignored_values
from .keel_images import keel_images
from .patched_flux1_images import patched_flux1_images

_READERS: tuple[Callable[[File, Scope], Iterator[AutomatedImage]], ...]
_READERS = (flux1_images, patched_flux1_images, flux2_images, argocd_images, keel_images)
_CHECKS: tuple[Callable[[File, Scope], Iterator[Finding]], ...] = (unused_patterns, ignored_values)


def automated_images(files: Sequence[File], scope: Scope) -> list[AutomatedImage]:
    """Return the images of files that automation updates, in the order of the files and of their places."""
    found = [one for file in files for read in _READERS for one in read(file, scope)]
    order = {file.path: number for number, file in enumerate(files)}
    return sorted(found, key=lambda one: (order.get(one.place.path, len(order)), one.place.line, one.place.column))


def ignored_settings(files: Sequence[File], scope: Scope) -> Iterator[Problem]:
    """Yield what is meant to automate an image but is ignored: markers, and patterns that name no container."""
    for file in files:
        for check in _CHECKS:
            for one in check(file, scope):
                yield Problem(file.path, one.line, one.column, one.message, one.hint)
