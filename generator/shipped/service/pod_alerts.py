"""The usual alerts of pods that run all the time: those of a Deployment, or of a StatefulSet.

Sources: https://sre.google/sre-book/monitoring-distributed-systems/ (what to alert on), the alerts of
https://github.com/kubernetes-monitoring/kubernetes-mixin for the series of Kubernetes, and
https://prometheus.io/docs/practices/alerting/. The names of metrics are those of kube-state-metrics 2, of the kubelet
with cAdvisor, and of cert-manager 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .alert_model import CRITICAL, INFO, OF, WARNING, UsualAlert, alert_settings
from .exposure import ingress_tls
from .volume_alert import VOLUME
from .watched_metrics import has_metrics, request_metrics
from .workload_class import DEPLOYMENT, has_service, workload_class


def _limit(values: Mapping[str, Any], side: str, what: str) -> bool:
    return bool((values["resources"].get(side) or {}).get(what))


def _is_above_request(values: Mapping[str, Any]) -> bool:
    regulated = _limit(values, "limits", "cpu") or values.get("autoscaling")
    return _limit(values, "requests", "cpu") and not regulated


def _counts_errors(values: Mapping[str, Any]) -> bool:
    return bool(request_metrics(values).total and request_metrics(values).errors)


def _is_timed(values: Mapping[str, Any]) -> bool:
    """Return whether a duration can be too long: of a worker's tasks only the spec knows which is."""
    own = alert_settings(values).get("latency")
    is_known = has_service(values) or (isinstance(own, Mapping) and "threshold" in own)
    return is_known and bool(request_metrics(values).duration)


def _is_deployment(values: Mapping[str, Any]) -> bool:
    return workload_class(values) is DEPLOYMENT


_CONTAINER = "The container {{ $labels.container }} of {{ $labels.pod }} in the namespace %(namespace)s"

POD_ALERTS: tuple[UsualAlert, ...] = (
    UsualAlert(
        "unavailable", "Unavailable", CRITICAL, "5m", lambda _: True,
        expr="""\
max by (namespace, %(label)s) (kube_%(label)s_status_replicas_available{%(workload)s}) == 0
and
max by (namespace, %(label)s) (%(wanted)s{%(workload)s}) > 0
""",
        summary="%(name)s has no ready pod.",
        description="No pod " + OF + " has been ready for %(for)s: kubectl --namespace %(namespace)s describe"
        " %(label)s %(served)s",
        note="Not if somebody, or an autoscaler, scaled it to 0.",
    ),
    UsualAlert(
        "rollout", "RolloutStuck", WARNING, "10m", _is_deployment,
        expr="""\
max by (namespace, deployment) (
  kube_deployment_status_condition{%(workload)s,condition="Progressing",status="false"}
) == 1
or
max by (namespace, deployment) (kube_deployment_status_observed_generation{%(workload)s})
  != max by (namespace, deployment) (kube_deployment_metadata_generation{%(workload)s})
""",
        summary="The new version of %(name)s does not become ready.",
        description="The rollout " + OF + " exceeded its deadline, or was not begun: kubectl --namespace %(namespace)s"
        " rollout status deployment/%(served)s",
        note="The Deployment exceeded progressDeadlineSeconds, or no controller has looked at the last change.",
    ),
    UsualAlert(
        "restarts", "Restarting", WARNING, "1m", lambda _: True,
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
        "errors", "Errors", CRITICAL, "10m", _counts_errors,
        expr="""\
100 * sum by (namespace) (rate(%(total)s{%(job)s,%(errors)s}[%(range)s]))
  / sum by (namespace) (rate(%(total)s{%(job)s}[%(range)s])) > %(threshold)s
""",
        threshold=5,
        summary="%(work)s %(name)s fail.",
        description='{{ $value | printf "%%.1f" }} percent of the %(requests)s ' + OF + " fail.",
    ),
    UsualAlert(
        "latency", "Slow", WARNING, "10m", _is_timed,
        expr="""\
histogram_quantile(%(quantile)s, sum by (namespace, le) (rate(%(duration)s_bucket{%(job)s}[%(range)s]))) > %(threshold)s
""",
        threshold=1,
        summary="%(work)s %(name)s take long.",
        description="The slowest %(slowest)s percent of the %(requests)s " + OF + " take"
        " {{ $value | humanizeDuration }} or longer.",
        note="Buckets must reach beyond the threshold: the result is at most the largest one.",
    ),
    UsualAlert(
        "not_scraped", "NotScraped", WARNING, "10m", has_metrics,
        expr="""\
max by (namespace, pod) (up{%(job)s}) == 0
or
absent(up{%(job)s})
  and on (namespace) max by (namespace) (%(wanted)s{%(workload)s}) > 0
""",
        summary="Prometheus cannot read the metrics of %(name)s.",
        description="Alerts that depend on the metrics " + OF + " cannot fire: see Status > Target health in"
        " Prometheus.",
        note="A pod does not answer, or Prometheus knows of none: it may not select the monitor.",
    ),
    UsualAlert(
        "throttling", "Throttled", WARNING, "15m", lambda values: _limit(values, "limits", "cpu"),
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
        "cpu", "CpuAboveRequest", INFO, "1h", _is_above_request,
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
        "memory", "MemoryNearLimit", WARNING, "15m", lambda values: _limit(values, "limits", "memory"),
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
        "scaling", "AtMaximum", WARNING, "30m", lambda values: bool(values.get("autoscaling")),
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
        description="The autoscaler " + OF + " has been at its maximum of {{ $value }} pods for %(for)s: raise"
        " autoscaling.max, or find out what takes the load.",
    ),
    VOLUME,
    UsualAlert(
        "certificate", "CertificateExpires", WARNING, "1h",
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
        description="The certificate %(certificate)s " + OF + ' {{ if lt $value 0.0 }}has expired, or was never issued'
        '{{ else }}expires in {{ $value | printf "%%.0f" }} days{{ end }}: kubectl'
        " --namespace %(namespace)s describe certificate %(certificate)s",
        note="cert-manager renews after two thirds of the time. Its namespace, or with honorLabels the certificate's.",
    ),
)  # fmt: skip
