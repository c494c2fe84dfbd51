"""Keel: annotations of the workload set one policy for its containers. Keel changes the cluster, not the repository.

Source: keel-hq/keel 0.22.1.
"""

from __future__ import annotations

from ...automation import Backend
from .keel_policies import keel_faults, keel_select, keel_takes, keel_usual, keel_workload_faults

BACKEND = Backend(
    summary="Keel, by annotations",
    takes=keel_takes,
    faults=keel_faults,
    usual=keel_usual,
    select=keel_select,
    workload_faults=keel_workload_faults,
)
