"""Shared by rules for Flux v1 and Keel: patterns that Flux can read, and images that kustomizations replace."""

from __future__ import annotations

from collections.abc import Iterator

from ...images.backends.flux_v1.flux1_patterns import read_pattern, spelling_fault
from ...images.policies import TagPolicy
from ...yaml import items_at, text_at
from ..rule import Scope
from .flux1_workloads import FluxAnnotation, FluxWorkload, is_string


def readable_patterns(one: FluxWorkload) -> Iterator[tuple[FluxAnnotation, TagPolicy]]:
    """Yield the patterns of a workload that have a prefix and spelling that Flux reads."""
    for note in one.patterns:
        if is_string(note) and spelling_fault(note.text) is None:
            yield note, read_pattern(note.text)


def replaced_images(scope: Scope) -> frozenset[str]:
    """Return the images whose tag or digest a kustomization replaces, so that the written one never runs."""
    if "patterns.replaced" not in scope.memo:
        documents = (document for x in scope.files if x.family == "kustomization" for document in x.documents)
        images = (one for document in documents for one in items_at(document, "images"))
        named = (text_at(one, "name") for one in images if text_at(one, "newTag") or text_at(one, "digest"))
        scope.memo["patterns.replaced"] = frozenset(named)
    found: frozenset[str] = scope.memo["patterns.replaced"]
    return found
