"""Keel: annotations of the workload, whose tags Keel changes in the cluster and not in git.

Source: keel-hq/keel 0.22, ``types/types.go``, ``internal/policy``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....yaml import Node
from ...backend import Additions, AutomatedContainer, AutomatedWorkload, Backend, workload_annotations
from .keel_policies import keel_faults, keel_policy, keel_select, keel_takes, keel_usual, keel_workload_faults

_NOTES = (
    "Keel changes the tag in the cluster, not in git: do not let a GitOps tool apply this file again.",
    "https://keel.sh/docs/#policies",
)


def _additions(workload: AutomatedWorkload) -> Additions:
    moved = [one for one in workload.containers if one.policy is not None]
    if not moved or moved[0].policy is None:
        return Additions()
    annotations = [
        ("keel.sh/policy", keel_policy(moved[0].policy, moved[0].image.tag)),
        ("keel.sh/trigger", "poll"),
        ("keel.sh/pollSchedule", f"@every {workload.settings['interval']}"),
    ]
    if len(moved) < len(workload.containers):
        names = "|".join(re.escape(one.name) for one in moved)
        annotations.append(("keel.sh/monitorContainers", f"^({names})$"))
    return Additions(notes=_NOTES, annotations=tuple(annotations))


def _followed(objects: Sequence[Node], workload: AutomatedWorkload, one: AutomatedContainer) -> object:
    return workload_annotations(objects, workload).get("keel.sh/policy") if one.policy else None


BACKEND = Backend(
    summary="Keel, by annotations",
    tags_in="cluster",
    takes=keel_takes,
    faults=keel_faults,
    usual=keel_usual,
    select=keel_select,
    workload_faults=keel_workload_faults,
    additions=_additions,
    section="keel",
    rules=("KEEL",),
    on_foreign_tag="Keel moves on from it",
    followed=_followed,
)
