"""The usual alerts of a workload: which fit its values, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .alert_model import UsualAlert, alert_wording
from .derived import selector
from .exposure import ingress_tls
from .job_alerts import JOB_ALERTS, left_out_runs, prometheus_duration, success_seconds
from .pod_alerts import POD_ALERTS
from .stateful_alerts import STATEFUL_ALERTS, held_back
from .volume_alert import claimed_volumes
from .watched_metrics import rate_seconds, request_metrics, served_name, watched_series
from .workload_class import CRON_JOB, DEPLOYMENT, STATEFUL_SET, workload_class

_QUANTILE = 0.99
_TABLES: Mapping[str, Sequence[UsualAlert]] = {
    DEPLOYMENT.name: POD_ALERTS,
    STATEFUL_SET.name: (*POD_ALERTS, *STATEFUL_ALERTS),
    CRON_JOB.name: JOB_ALERTS,
}


def fitting_alerts(values: Mapping[str, Any]) -> list[UsualAlert]:
    """Return the usual alerts that fit a workload, whether the spec wants them or not."""
    return [one for one in _TABLES[workload_class(values).name] if one.fits(values)]


def alert_name(one: UsualAlert, values: Mapping[str, Any]) -> str:
    """Return the name of a usual alert, such as ``ServiceUnavailable``."""
    return f"{alert_wording(values).first}{one.name}"


def alert_rule(one: UsualAlert, values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a usual alert in Prometheus' format, with what the spec says of it: ``threshold``, ``for``, ``severity``.

    Its labels are the severity alone.
    """
    lasting = str(own.get("for", one.lasting))
    threshold = own.get("threshold", one.threshold)
    filling = _filling(values, own) | {
        "for": lasting,
        "threshold": f"{threshold:.12g}" if threshold is not None else "",
    }
    return {
        "alert": alert_name(one, values),
        "expr": one.expr % filling,
        "for": lasting,
        "labels": {"severity": str(own.get("severity", one.severity))},
        "annotations": {"summary": one.summary % filling, "description": one.description % filling},
    }


def _filling(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    series, requests, words = watched_series(values), request_metrics(values), alert_wording(values)
    quantile, seconds = own.get("quantile", _QUANTILE), success_seconds(values)
    return {
        "name": str(values["name"]),
        "noun": words.noun,
        "requests": words.requests,
        "work": words.work,
        "served": served_name(values),
        "namespace": series.namespace,
        "label": series.label,
        "workload": series.workload,
        "wanted": series.wanted,
        "pods": series.pods,
        "selector": ",".join(f"{key}={one}" for key, one in selector(values)),
        "job": series.job,
        "total": requests.total,
        "errors": requests.errors,
        "duration": requests.duration,
        "range": prometheus_duration(rate_seconds(values)),
        "held_back": held_back(values),
        "claims": f'namespace="{series.namespace}",persistentvolumeclaim=~"{claimed_volumes(values)}"',
        "certificate": ingress_tls(values) if values.get("ingress") else "",
        "quantile": f"{quantile:.12g}",
        "slowest": f"{100 - 100 * quantile:.4g}",
        "seconds": str(seconds),
        "within": prometheus_duration(seconds),
        "resumed": left_out_runs(values),
    }
