"""Shared by rules for Flux v1: the patterns that Flux can read."""

from __future__ import annotations

from collections.abc import Iterator

from ...images.backends.flux_v1.flux1_patterns import read_pattern, spelling_fault
from ...images.policies import TagPolicy
from .flux1_workloads import FluxAnnotation, FluxWorkload, is_string


def readable_patterns(one: FluxWorkload) -> Iterator[tuple[FluxAnnotation, TagPolicy]]:
    """Yield the patterns of a workload that have a prefix and spelling that Flux reads."""
    for note in one.patterns:
        if is_string(note) and spelling_fault(note.text) is None:
            yield note, read_pattern(note.text)
