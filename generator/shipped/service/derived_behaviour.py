"""The behaviour of templates for other classes of workloads, which have what a service has, but where it differs."""

from __future__ import annotations

from dataclasses import replace

from ...behaviour import Behaviour
from . import BEHAVIOUR

_PARTS = ("container", "pod", "metadata")


def workload_behaviour(*fragments: str) -> Behaviour:
    """Return the behaviour of a template whose specs have these fragments of objects besides those of pods.

    Its units are made by ``scaffold new``, and not from manifests that exist.
    """
    return replace(
        BEHAVIOUR,
        adoption=None,
        fragments=(*_PARTS, *fragments),
        command="",
        declared=None,
        sources=(*BEHAVIOUR.sources, "shipped/service"),
        example="",
    )
