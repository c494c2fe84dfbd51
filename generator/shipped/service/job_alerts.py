"""The usual alerts of a CronJob: its runs are what counts, not its pods.

Sources: pkg/controller/cronjob and pkg/controller/job of Kubernetes 1.36, and the metrics of kube-state-metrics 2
(docs/metrics/workload), by which a run is a Job that a CronJob owns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...unit_namespace import namespace
from .alert_model import OF, WARNING, UsualAlert, alert_settings
from .schedule_gaps import longest_gap
from .volume_alert import VOLUME
from .workload_class import CRON_JOB, workload_class

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WITHIN = re.compile(r"([0-9]{1,5})([smhd])")
_USUAL_RUN = 3600  # seconds of a run that has no deadline
_LAST_SUCCESS = """\
max by (namespace, cronjob) (
  kube_cronjob_status_last_successful_time{%(workload)s} or kube_cronjob_created{%(workload)s}
)
"""
_OF_THE_JOB = 'kube_job_owner{namespace="%(namespace)s",owner_kind="CronJob",owner_name="%(name)s"}'


def prometheus_duration(seconds: int) -> str:
    """Return a time as Prometheus writes it, such as ``2d1h``."""
    found = ""
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        found += f"{count}{unit}" if count else ""
    return found or "0s"


def success_seconds(values: Mapping[str, Any]) -> int:
    """Return the seconds within which a run of a CronJob should succeed again; 0 if none is ever due.

    By default the longest time between two runs, as much again but a day at most, in which a run that failed can be
    repeated, and the time that a run may take.
    """
    if workload_class(values) is not CRON_JOB:
        return 0
    overdue = alert_settings(values).get("overdue")
    if isinstance(overdue, Mapping) and (found := _WITHIN.fullmatch(str(overdue.get("within", "")))):
        return int(found[1]) * _UNITS[found[2]]
    gap = longest_gap(str(values["schedule"]))
    return gap + min(gap, _UNITS["d"]) + int(values.get("active_deadline", _USUAL_RUN)) if gap else 0


def left_out_runs(values: Mapping[str, Any]) -> str:
    """Return what leaves out a job that was suspended when a run was due: with a starting deadline that run never
    starts, and until the next one kube-state-metrics tells when it was due.
    """
    seconds = success_seconds(values)
    if not seconds or "starting_deadline" not in values:
        return ""
    series = f'kube_cronjob_spec_suspend{{namespace="{namespace(values)}",cronjob="{values["name"]}"}}'
    return f"unless on (namespace)\nmax_over_time({series}[{prometheus_duration(seconds)}]) == 1\n"


def _keeps_failed(values: Mapping[str, Any]) -> bool:
    """Return whether failed runs stay until Prometheus has seen them."""
    return bool(values["history"]["failed"])


JOB_ALERTS: tuple[UsualAlert, ...] = (
    UsualAlert(
        "failed", "Failed", WARNING, "1m", _keeps_failed,
        expr="""\
max by (namespace) (
  kube_job_status_start_time{namespace="%(namespace)s"}
  and on (namespace, job_name) """ + _OF_THE_JOB + """
  and on (namespace, job_name) kube_job_failed{namespace="%(namespace)s",condition="true"} == 1
)
> on (namespace) """ + _LAST_SUCCESS + """\
unless on (namespace) kube_cronjob_spec_suspend{%(workload)s} == 1
""",
        summary="The last run of %(name)s failed.",
        description="The run " + OF + " that began at {{ $value | humanizeTimestamp }} failed, all attempts included,"
        " and none has succeeded since: kubectl --namespace %(namespace)s get jobs,pods --selector %(selector)s",
        note="Until a run succeeds, also one of kubectl create job --from=cronjob/NAME, or it is suspended.",
    ),
    UsualAlert(
        "overdue", "Overdue", WARNING, "5m", lambda values: success_seconds(values) > 0,
        expr="time() - " + _LAST_SUCCESS.rstrip("\n") + """ > %(seconds)s
unless on (namespace)
max_over_time(kube_cronjob_spec_suspend{%(workload)s}[%(within)s]) == 1
""",
        summary="No run of %(name)s has succeeded for too long.",
        description="The last success " + OF + " was {{ $value | humanizeDuration }} ago, or there was none since it"
        " was made; there should be one within %(within)s: kubectl --namespace %(namespace)s describe cronjob %(name)s",
        note="Also for runs that were ended, replaced or never began. Not if it was suspended in this time.",
    ),
    UsualAlert(
        "not_started", "NotStarted", WARNING, "10m", lambda _: True,
        expr="""\
time() - max by (namespace, cronjob) (kube_cronjob_next_schedule_time{%(workload)s}) > 120
%(resumed)s""",
        summary="A run of %(name)s is due and has not begun.",
        description="A run " + OF + " was due {{ $value | humanizeDuration }} ago: the one before still runs, or it"
        " could not start: kubectl --namespace %(namespace)s describe cronjob %(name)s",
        note="Kubernetes and kube-state-metrics take up to two minutes. A suspended job is never due.",
    ),
    UsualAlert(
        "slow", "Slow", WARNING, "1m", lambda values: "active_deadline" in values,
        expr="""\
max by (namespace) (
  100 * (time() - max by (namespace, job_name) (
    kube_job_status_start_time{namespace="%(namespace)s"}
    and on (namespace, job_name) """ + _OF_THE_JOB + """
    and on (namespace, job_name) kube_job_status_active{namespace="%(namespace)s"} > 0
  ))
    / max by (namespace, job_name) (kube_job_spec_active_deadline_seconds{namespace="%(namespace)s"})
) > %(threshold)s
""",
        threshold=80,
        summary="A run of %(name)s will soon be ended.",
        description="A run " + OF + ' has taken {{ $value | printf "%%.0f" }} percent of its active_deadline, after'
        " which it is ended and has failed: raise the deadline, or find out what takes the time.",
    ),
    VOLUME,
)  # fmt: skip
