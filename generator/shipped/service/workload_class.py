"""The class of a workload: the Kubernetes object that runs the pods of a unit, and where it has what the unit decides.

Which one a unit has follows from the keys of its spec: only CronJobs have ``schedule`` and ``concurrency``, only
StatefulSets have ``pod_management``. So it is known wherever values are, also to the plain cookiecutter command.
Sources: apps/v1 and batch/v1 of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TEMPLATE = ("spec", "template")


@dataclass(frozen=True)
class WorkloadClass:
    """A class of workloads: its kind and API, its name in paths, keys of specs and commands, and the path of its pods.

    ``fields`` are keys of the spec that are fields of the object, and that an environment may change.
    """

    sort: str
    api: str
    name: str
    template: tuple[str, ...] = _TEMPLATE
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The usual path of its manifest in the unit."""
        return f"deploy/{self.name}.yaml"

    @property
    def pod(self) -> tuple[str, ...]:
        """The path of the spec of its pods."""
        return (*self.template, "spec")

    @property
    def pod_field(self) -> str:
        """The path of the spec of its pods, as one text."""
        return ".".join(self.pod)

    @property
    def is_job(self) -> bool:
        """Whether its pods end: nothing counts, spreads, replaces or selects them."""
        return self.template != _TEMPLATE

    def image_field(self, container: str) -> str:
        """Return the field of a container's image, as conflicts name it."""
        return f"{self.pod_field}.containers[name={container}].image"


DEPLOYMENT = WorkloadClass("Deployment", "apps/v1", "deployment")
STATEFUL_SET = WorkloadClass("StatefulSet", "apps/v1", "statefulset")
CRON_JOB = WorkloadClass(
    "CronJob",
    "batch/v1",
    "cronjob",
    ("spec", "jobTemplate", "spec", "template"),
    {"schedule": "schedule", "time_zone": "timeZone", "suspend": "suspend"},
)
WORKLOADS = (DEPLOYMENT, STATEFUL_SET, CRON_JOB)


def workload_class(values: Mapping[str, Any]) -> WorkloadClass:
    """Return the class of the workload that a unit with these values has."""
    if "schedule" in values and "concurrency" in values:
        return CRON_JOB
    return STATEFUL_SET if "pod_management" in values else DEPLOYMENT


def has_service(values: Mapping[str, Any]) -> bool:
    """Return whether a unit may have a Service: nobody connects to those without, such as a worker behind a queue."""
    return "service_type" in values or workload_class(values) is STATEFUL_SET
