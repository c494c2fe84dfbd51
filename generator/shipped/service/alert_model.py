"""What a usual alert is, and the words in which it speaks of a workload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .workload_class import CRON_JOB, STATEFUL_SET, has_service, workload_class

CRITICAL, WARNING, INFO = "critical", "warning", "info"
OF = "of the %(noun)s %(name)s in the namespace %(namespace)s"


@dataclass(frozen=True)
class UsualAlert:
    """An alert: its key in the spec, its name, severity, how long it must be so, and the threshold, None for none.

    ``name`` follows the first word of the wording, such as ``Service``. ``expr``, ``summary`` and ``description`` are
    filled in with ``%``, by the values that ``usual_alerts`` makes. ``fits`` says whether it is one for the values;
    ``note`` is the comment above it.
    """

    key: str
    name: str
    severity: str
    lasting: str
    fits: Callable[[Mapping[str, Any]], bool]
    expr: str
    summary: str
    description: str
    threshold: float | None = None
    note: str = ""


@dataclass(frozen=True)
class AlertWording:
    """How alerts call a workload: the first word of their names, a noun in texts, and nouns for what it works on."""

    first: str
    noun: str
    requests: str = "requests"
    work: str = "Requests to"


_SERVICE = AlertWording("Service", "service")
_WORKER = AlertWording("Worker", "worker", "tasks", "Tasks of")
_STATEFUL = AlertWording("StatefulSet", "StatefulSet")
_JOB = AlertWording("Job", "job")


def alert_wording(values: Mapping[str, Any]) -> AlertWording:
    """Return how alerts call the workload of a unit with these values."""
    workload = workload_class(values)
    if workload is CRON_JOB:
        return _JOB
    if workload is STATEFUL_SET:
        return _STATEFUL
    return _SERVICE if has_service(values) else _WORKER


def alert_settings(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the spec says of alerts; empty where it only wants them, or none."""
    own = values.get("alerts")
    return own if isinstance(own, Mapping) else {}
