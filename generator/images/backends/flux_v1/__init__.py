"""Flux v1: annotations of the workload set a tag pattern for each container.

Source: fluxcd/flux 1.25.4, ``pkg/cluster/kubernetes/resource/resource.go``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....yaml import Node
from ...backend import Additions, AutomatedContainer, AutomatedWorkload, Backend, workload_annotations
from .flux1_patterns import flux1_usual, matches_policy, pattern_faults
from .flux1_selection import flux1_select

NAME = "flux-v1"
# fluxcd/flux 1.25.4, pkg/cluster/kubernetes/resourcekinds.go
_OLD_CRON_JOBS = "It finds CronJobs as batch/v1beta1 alone, which Kubernetes has until 1.24."


def additions(workload: AutomatedWorkload) -> Additions:
    """Return the annotations that automate a workload, with a pattern for each container.

    Without a pattern a container would get the newest build of any branch; not one with a digest alone, which stays.
    """
    moved = (one for one in workload.containers if one.policy or one.image.tag)
    patterns = ((f"fluxcd.io/tag.{one.name}", _pattern(one)) for one in moved)
    return Additions(
        notes=(
            "Flux moves the tag of every container to the newest one that its pattern takes, and commits that.",
            *((_OLD_CRON_JOBS,) if workload.sort == "CronJob" else ()),
            "https://fluxcd.io/legacy/flux/references/automated-image-update/",
        ),
        annotations=(("fluxcd.io/automated", "true"), *patterns),
    )


def _pattern(one: AutomatedContainer) -> str:
    """Return the pattern of a container; one that is pinned takes its tag alone."""
    return str(one.policy) if one.policy else f"glob:{one.image.tag}"


def _followed(objects: Sequence[Node], workload: AutomatedWorkload, one: AutomatedContainer) -> object:
    found = workload_annotations(objects, workload)
    return found.get(f"fluxcd.io/tag.{one.name}") if found.get("fluxcd.io/automated") == "true" else None


BACKEND = Backend(
    summary="Flux v1, by annotations",
    takes=matches_policy,
    faults=pattern_faults,
    usual=flux1_usual,
    select=flux1_select,
    additions=additions,
    rules=("FX",),
    on_foreign_tag="Flux replaces it at once, even by an older one (FX005 of scaffold validate)",
    followed=_followed,
)
