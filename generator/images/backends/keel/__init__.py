"""Keel: annotations of the workload, whose tags Keel changes in the cluster and not in git.

Source: keel-hq/keel 0.22, ``types/types.go``, ``internal/policy``.
"""

from __future__ import annotations

import re

from ...backend import Additions, AutomatedWorkload, Backend
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
)
