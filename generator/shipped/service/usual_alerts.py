"""The usual alerts of a service: which fit its values, and what they say.

Sources: https://sre.google/sre-book/monitoring-distributed-systems/ (what to alert on), the alerts of
https://github.com/kubernetes-monitoring/kubernetes-mixin for the series of Kubernetes, and
https://prometheus.io/docs/practices/alerting/. The names of metrics are those of kube-state-metrics 2, of the kubelet
with cAdvisor, and of cert-manager 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .exposure import ingress_tls
from .pod_volumes import claims
from .watched_metrics import has_metrics, request_metrics, served_name, watched_series

CRITICAL, WARNING, INFO = "critical", "warning", "info"
_QUANTILE = 0.99


@dataclass(frozen=True)
class UsualAlert:
    """An alert: its key in the spec, its name, severity, how long it must be so, and the threshold, None for none.

    ``expr``, ``summary`` and ``description`` are filled in with ``%``, by the values that ``_filling`` returns.
    ``fits`` says whether it is one for a service; ``note`` is the comment above it.
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


def alert_rule(one: UsualAlert, values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a usual alert in Prometheus' format, with what the spec says of it: ``threshold``, ``for``, ``severity``.

    Its labels are the severity alone.
    """
    lasting = str(own.get("for", one.lasting))
    filling = _filling(values, own.get("threshold", one.threshold), own.get("quantile", _QUANTILE)) | {"for": lasting}
    return {
        "alert": one.name,
        "expr": one.expr % filling,
        "for": lasting,
        "labels": {"severity": str(own.get("severity", one.severity))},
        "annotations": {"summary": one.summary % filling, "description": one.description % filling},
    }


def _filling(values: Mapping[str, Any], threshold: float | None, quantile: float) -> dict[str, str]:
    series, requests = watched_series(values), request_metrics(values)
    claimed = "|".join(name for name, _ in claims(values))
    return {
        "name": str(values["name"]),
        "served": served_name(values),
        "namespace": series.namespace,
        "deployment": series.deployment,
        "pods": series.pods,
        "job": series.job,
        "total": requests.total,
        "errors": requests.errors,
        "duration": requests.duration,
        "claims": f'namespace="{series.namespace}",persistentvolumeclaim=~"{claimed}"',
        "certificate": ingress_tls(values) if values.get("ingress") else "",
        "threshold": f"{threshold:.12g}" if threshold is not None else "",
        "quantile": f"{quantile:.12g}",
        "slowest": f"{100 - 100 * quantile:.4g}",
    }


def _limit(values: Mapping[str, Any], side: str, what: str) -> bool:
    return bool((values["resources"].get(side) or {}).get(what))


def _is_above_request(values: Mapping[str, Any]) -> bool:
    regulated = _limit(values, "limits", "cpu") or values.get("autoscaling")
    return _limit(values, "requests", "cpu") and not regulated


def _counts_errors(values: Mapping[str, Any]) -> bool:
    return bool(request_metrics(values).total and request_metrics(values).errors)


_OF = "of the service %(name)s in the namespace %(namespace)s"
_CONTAINER = "The container {{ $labels.container }} of {{ $labels.pod }} in the namespace %(namespace)s"

USUAL_ALERTS: tuple[UsualAlert, ...] = (
    UsualAlert(
        "unavailable", "ServiceUnavailable", CRITICAL, "5m", lambda _: True,
        expr="""\
max by (namespace, deployment) (kube_deployment_status_replicas_available{%(deployment)s}) == 0
and
max by (namespace, deployment) (kube_deployment_spec_replicas{%(deployment)s}) > 0
""",
        summary="%(name)s has no ready pod.",
        description="No pod " + _OF + " has been ready for %(for)s: kubectl --namespace %(namespace)s describe"
        " deployment %(served)s",
        note="Not if somebody, or an autoscaler, scaled it to 0.",
    ),
    UsualAlert(
        "rollout", "ServiceRolloutStuck", WARNING, "10m", lambda _: True,
        expr="""\
max by (namespace, deployment) (
  kube_deployment_status_condition{%(deployment)s,condition="Progressing",status="false"}
) == 1
or
max by (namespace, deployment) (kube_deployment_status_observed_generation{%(deployment)s})
  != max by (namespace, deployment) (kube_deployment_metadata_generation{%(deployment)s})
""",
        summary="The new version of %(name)s does not become ready.",
        description="The rollout " + _OF + " exceeded its deadline, or was not begun: kubectl --namespace %(namespace)s"
        " rollout status deployment/%(served)s",
        note="The Deployment exceeded progressDeadlineSeconds, or no controller has looked at the last change.",
    ),
    UsualAlert(
        "restarts", "ServiceRestarting", WARNING, "1m", lambda _: True,
        expr="""\
sum by (namespace, pod, container) (
  increase(kube_pod_container_status_restarts_total{%(pods)s}[30m])
) > %(threshold)s
""",
        threshold=3,
        summary="%(name)s restarts again and again.",
        description=_CONTAINER + ' restarted {{ $value | printf "%%.0f" }} times in 30 minutes: kubectl --namespace'
        " %(namespace)s logs {{ $labels.pod }} --container {{ $labels.container }} --previous",
        note="Also where the pods crash too slowly for CrashLoopBackOff.",
    ),
    UsualAlert(
        "errors", "ServiceErrors", CRITICAL, "10m", _counts_errors,
        expr="""\
100 * sum by (namespace) (rate(%(total)s{%(job)s,%(errors)s}[5m]))
  / sum by (namespace) (rate(%(total)s{%(job)s}[5m])) > %(threshold)s
""",
        threshold=5,
        summary="Requests to %(name)s fail.",
        description='{{ $value | printf "%%.1f" }} percent of the requests ' + _OF + " fail.",
    ),
    UsualAlert(
        "latency", "ServiceSlow", WARNING, "10m", lambda values: bool(request_metrics(values).duration),
        expr="""\
histogram_quantile(%(quantile)s, sum by (namespace, le) (rate(%(duration)s_bucket{%(job)s}[5m]))) > %(threshold)s
""",
        threshold=1,
        summary="Requests to %(name)s take long.",
        description="The slowest %(slowest)s percent of the requests " + _OF + " take {{ $value | humanizeDuration }}"
        " or longer.",
        note="Buckets must reach beyond the threshold: the result is at most the largest one.",
    ),
    UsualAlert(
        "not_scraped", "ServiceNotScraped", WARNING, "10m", has_metrics,
        expr="""\
max by (namespace, pod) (up{%(job)s}) == 0
or
absent(up{%(job)s})
  and on (namespace) max by (namespace) (kube_deployment_spec_replicas{%(deployment)s}) > 0
""",
        summary="Prometheus cannot read the metrics of %(name)s.",
        description="Alerts that depend on the metrics " + _OF + " cannot fire: see Status > Target health in"
        " Prometheus.",
        note="A pod does not answer, or Prometheus knows of none: it may not select the monitor.",
    ),
    UsualAlert(
        "throttling", "ServiceThrottled", WARNING, "15m", lambda values: _limit(values, "limits", "cpu"),
        expr="""\
100 * sum by (namespace, pod, container) (
  increase(container_cpu_cfs_throttled_periods_total{%(pods)s,container!=""}[5m])
)
  / sum by (namespace, pod, container) (
    increase(container_cpu_cfs_periods_total{%(pods)s,container!=""}[5m])
  ) > %(threshold)s
""",
        threshold=50,
        summary="%(name)s waits for CPU.",
        description=_CONTAINER + ' reaches its CPU limit in {{ $value | printf "%%.0f" }} percent of the time: raise'
        " the limit, or remove it.",
    ),
    UsualAlert(
        "cpu", "ServiceCpuAboveRequest", INFO, "1h", _is_above_request,
        expr="""\
100 * sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{%(pods)s,container!=""}[5m]))
  / max by (namespace, pod, container) (
    kube_pod_container_resource_requests{%(pods)s,resource="cpu"}
  ) > %(threshold)s
""",
        threshold=200,
        summary="%(name)s uses more CPU than it reserves.",
        description=_CONTAINER + ' uses {{ $value | printf "%%.0f" }} percent of its CPU request, and gets less when'
        " its node is busy: raise the request, or run more pods.",
    ),
    UsualAlert(
        "memory", "ServiceMemoryNearLimit", WARNING, "15m", lambda values: _limit(values, "limits", "memory"),
        expr="""\
100 * max by (namespace, pod, container) (container_memory_working_set_bytes{%(pods)s,container!=""})
  / max by (namespace, pod, container) (
    kube_pod_container_resource_limits{%(pods)s,resource="memory"}
  ) > %(threshold)s
""",
        threshold=90,
        summary="%(name)s is about to run out of memory.",
        description=_CONTAINER + ' uses {{ $value | printf "%%.0f" }} percent of its memory limit, and is killed when'
        " it reaches it.",
    ),
    UsualAlert(
        "scaling", "ServiceAtMaximum", WARNING, "30m", lambda values: bool(values.get("autoscaling")),
        expr="""\
max by (namespace, horizontalpodautoscaler) (
  kube_horizontalpodautoscaler_status_desired_replicas{namespace="%(namespace)s",horizontalpodautoscaler="%(served)s"}
)
  >= max by (namespace, horizontalpodautoscaler) (
    kube_horizontalpodautoscaler_spec_max_replicas{namespace="%(namespace)s",horizontalpodautoscaler="%(served)s"}
  )
  > max by (namespace, horizontalpodautoscaler) (
    kube_horizontalpodautoscaler_spec_min_replicas{namespace="%(namespace)s",horizontalpodautoscaler="%(served)s"}
  )
""",
        summary="%(name)s needs more pods than its autoscaler may run.",
        description="The autoscaler " + _OF + " has been at its maximum of {{ $value }} pods for %(for)s: raise"
        " autoscaling.max, or find out what takes the load.",
    ),
    UsualAlert(
        "volume", "ServiceVolumeNearlyFull", WARNING, "15m", lambda values: bool(claims(values)),
        expr="""\
100 - 100 * min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes{%(claims)s})
  / min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{%(claims)s}) > %(threshold)s
""",
        threshold=85,
        summary="A volume of %(name)s is nearly full.",
        description="The volume {{ $labels.persistentvolumeclaim }} " + _OF + ' is {{ $value | printf "%%.0f" }}'
        " percent full.",
    ),
    UsualAlert(
        "certificate", "ServiceCertificateExpires", WARNING, "1h",
        lambda values: bool(values.get("ingress") and ingress_tls(values)),
        expr="""\
(
  min by (name) (
    certmanager_certificate_expiration_timestamp_seconds{name="%(certificate)s",exported_namespace="%(namespace)s"}
    or
    certmanager_certificate_expiration_timestamp_seconds{name="%(certificate)s",namespace="%(namespace)s"}
  ) - time()
) / 86400 < %(threshold)s
""",
        threshold=14,
        summary="The certificate of %(name)s is not renewed.",
        description="The certificate %(certificate)s " + _OF + ' expires in {{ $value | printf "%%.0f" }} days: kubectl'
        " --namespace %(namespace)s describe certificate %(certificate)s",
        note="cert-manager renews after two thirds of the time. Its namespace, or with honorLabels the certificate's.",
    ),
)  # fmt: skip


def fitting_alerts(values: Mapping[str, Any]) -> list[UsualAlert]:
    """Return the usual alerts that fit a service, whether the spec wants them or not."""
    return [one for one in USUAL_ALERTS if one.fits(values)]
