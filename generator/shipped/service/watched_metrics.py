"""The metrics of a service: the ServiceMonitor or PodMonitor, and how queries select the series of the service.

Formats: monitoring.coreos.com/v1 of prometheus-operator/prometheus-operator 0.93; the names of series are those of
kube-state-metrics 2, of the kubelet, and of cert-manager 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault
from ...promql import promql_fault
from ...unit_namespace import NAME_LABEL, namespace
from ...yaml.commented import CommentedObject
from .alert_model import alert_wording
from .derived import CANARY_SUFFIX, pod_labels, selector
from .object_fragments import service_object
from .served_ports import ServedPort, exposed_ports, served_ports
from .workload_class import STATEFUL_SET, workload_class

_USUAL_PORT, _USUAL_PATH = "metrics", "/metrics"
_USUAL_RANGE, _SECONDS = 300, {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_BASE = 58  # of the generated name of a pod: the rest is random (apiserver/pkg/storage/names)
# Hashes and random names of Kubernetes have no vowels (apimachinery/pkg/util/rand), unlike names that people give.
_RANDOM = "[^aeiou-]"


@dataclass(frozen=True)
class WatchedSeries:
    """Matchers of the series of a workload in PromQL, without braces: those of its object, pods and metrics.

    ``label`` is the label with the name of the object, such as ``deployment``; ``pods`` are those that run all the
    time. ``job`` is ``""`` for a workload without metrics.
    """

    namespace: str
    label: str
    workload: str
    pods: str
    job: str = ""

    @property
    def wanted(self) -> str:
        """The metric with the number of pods that the object should have."""
        return f"kube_{self.label}_replicas" if self.label == STATEFUL_SET.name else f"kube_{self.label}_spec_replicas"

    def among(self, namespace: str) -> WatchedSeries:
        """Return the matchers for another namespace, such as the variable of a dashboard."""
        own = f'namespace="{self.namespace}"'
        texts = (one.replace(own, f'namespace="{namespace}"', 1) for one in (self.workload, self.pods, self.job))
        return WatchedSeries(namespace, self.label, *texts)


@dataclass(frozen=True)
class RequestMetrics:
    """The metrics of requests: a counter, the matchers of failed ones, and a histogram; ``""`` for what is absent."""

    total: str = ""
    errors: str = ""
    duration: str = ""


def has_metrics(values: Mapping[str, Any]) -> bool:
    """Return whether Prometheus reads metrics from the service."""
    return values.get("metrics") is not None


def served_name(values: Mapping[str, Any]) -> str:
    """Return the name of the Deployment whose pods serve: with a Canary that of the copy that Flagger makes."""
    return f"{values['name']}{CANARY_SUFFIX if values.get('canary') else ''}"


def watched_series(values: Mapping[str, Any]) -> WatchedSeries:
    """Return how queries select the series of a service."""
    space = f'namespace="{namespace(values)}"'
    job = ""
    if has_metrics(values):
        own = _job(values)
        job = f'{space},job=~"{own}({CANARY_SUFFIX})?"' if values.get("canary") else f'{space},job="{own}"'
    label = workload_class(values).name
    return WatchedSeries(
        namespace(values),
        label,
        f'{space},{label}="{served_name(values)}"',
        f'{space},pod=~"{_pod_names(values)}"',
        job,
    )


def request_metrics(values: Mapping[str, Any]) -> RequestMetrics:
    """Return the metrics of requests that the spec names."""
    own = (values.get("metrics") or {}).get("requests") or {}
    duration = str(own.get("duration", ""))
    total = str(own.get("total", f"{duration}_count" if duration else ""))
    return RequestMetrics(total, str(own.get("errors", "")), duration)


def metrics_port(values: Mapping[str, Any]) -> ServedPort | None:
    """Return the port with the metrics: that named in the spec, or ``metrics``, or the first of TCP; None if none."""
    every = served_ports(values)
    if wanted := values["metrics"].get("port"):
        return next((one for one in every if wanted in {one.name, one.service_name}), None)
    usual = next((one for one in every if one.name == _USUAL_PORT), None)
    return usual or next((one for one in every if one.protocol == "TCP"), None)


def rate_seconds(values: Mapping[str, Any]) -> int:
    """Return the seconds over which rates of the metrics are: at least four times that between two samples."""
    interval = str((values.get("metrics") or {}).get("interval", ""))
    return max(_USUAL_RANGE, 4 * int(interval[:-1]) * _SECONDS[interval[-1]]) if interval else _USUAL_RANGE


def monitor_objects(values: Mapping[str, Any]) -> list[CommentedObject]:
    """Return the ServiceMonitor or PodMonitor of a service, as the only item; none without metrics."""
    port = metrics_port(values) if has_metrics(values) else None
    if port is None:
        return []
    by_service = _is_by_service(values, port)
    own = values["metrics"]
    endpoint = {"port": port.service_name if by_service else port.name, "path": own.get("path", _USUAL_PATH)}
    if "interval" in own:
        endpoint["interval"] = own["interval"]
    spec = {
        "jobLabel": NAME_LABEL,
        "selector": {"matchLabels": {NAME_LABEL: values["name"]}} if by_service else _pod_selector(values),
        "endpoints" if by_service else "podMetricsEndpoints": [endpoint],
    }
    sort = "ServiceMonitor" if by_service else "PodMonitor"
    made = service_object("monitoring.coreos.com/v1", sort, str(values["name"]), values, {"spec": spec})
    made["metadata"]["labels"] |= values["prometheus"]["labels"]
    about = f"Prometheus reads the metrics of {'the Service' if by_service else 'the pods'}.\n"
    about += "https://prometheus-operator.dev/docs/developer/getting-started/"
    comments = {
        ("spec", "jobLabel"): [f"# The label job of the metrics is the name of the {alert_wording(values).noun}."]
    }
    return [CommentedObject(about, made, comments)]


def metrics_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of metrics."""
    if not has_metrics(values):
        return
    own, port = values["metrics"], metrics_port(values)
    if port is None:
        names = ", ".join(one.name for one in served_ports(values))
        place = ["metrics", "port"] if "port" in own else ["metrics"]
        message = f"there is no port {own.get('port', 'of TCP')} with metrics"
        yield SpecFault(place, message, f"use one of {names}" if names else "add ports", at_key="port" not in own)
        return
    if port.protocol != "TCP":
        message = f"the port {port.name} is one of {port.protocol}, and Prometheus reads metrics by HTTP"
        yield SpecFault(["metrics"], message, "name a port of TCP", at_key=True)
    if own.get("monitor") == "service" and not _has_service_port(values, port):
        reason = "Flagger makes the Services of a canary" if values.get("canary") else f"it has no port {port.name}"
        yield SpecFault(["metrics", "monitor"], f"a ServiceMonitor needs the Service, and {reason}", "use pod")
    requests = own.get("requests") or {}
    if requests and not request_metrics(values).total:
        message = "no metric of requests is named"
        yield SpecFault(["metrics", "requests"], message, "name total, duration, or both", at_key=True)
    yield from _request_faults(requests)


def _request_faults(requests: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the metrics of requests: matchers that Prometheus refuses, and names of series that the
    client libraries make of a histogram.
    """
    place = ["metrics", "requests"]
    errors = str(requests.get("errors", ""))
    if errors and (fault := promql_fault(f"a{{{errors}}}")):
        message = f"the labels are not PromQL: {fault}"
        yield SpecFault([*place, "errors"], message, 'name labels and their values, such as code=~"5.."')
    for key, ends in (("duration", ("_bucket", "_count", "_sum")), ("total", ("_bucket", "_sum"))):
        name = str(requests.get(key, ""))
        if end := next((one for one in ends if name.endswith(one)), ""):
            rest = name.removesuffix(end)
            message = f"{name} is a part of the histogram {rest}"
            hint = f"write {rest}" if key == "duration" else f"write {rest}_count, or name {rest} as duration only"
            yield SpecFault([*place, key], message, hint)


def _is_by_service(values: Mapping[str, Any], port: ServedPort) -> bool:
    return bool(values["metrics"].get("monitor", "service") == "service" and _has_service_port(values, port))


def _has_service_port(values: Mapping[str, Any], port: ServedPort) -> bool:
    """Return whether a ServiceMonitor can read the port: a StatefulSet may have further Services, for clients."""
    is_apart = bool(values.get("canary")) or workload_class(values) is STATEFUL_SET
    return not is_apart and port in exposed_ports(values)


def _pod_selector(values: Mapping[str, Any]) -> dict[str, Any]:
    if not values.get("canary"):
        return {"matchLabels": {key: str(one) for key, one in selector(values)}}
    names = [str(values["name"]), served_name(values)]
    return {"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": names}]}


def _job(values: Mapping[str, Any]) -> str:
    """Return the label ``job`` of the metrics: the label of the Service or the pods that ``jobLabel`` names."""
    port = metrics_port(values)
    if port is not None and _is_by_service(values, port):
        return str(values["name"])
    return str(dict(pod_labels(values))[NAME_LABEL])


def _pod_names(values: Mapping[str, Any]) -> str:
    """Return an expression for the names of the pods: no label of the series of a pod tells its workload."""
    name = str(values["name"])
    if workload_class(values) is STATEFUL_SET:
        return f"{name}-[0-9]+"
    if len(name) + len(CANARY_SUFFIX) + len("-1234567890-") > _LONGEST_BASE:  # cut off, with a part of the hash
        return f"{name[: _LONGEST_BASE - len('-1234567890-')]}.*"
    suffix = f"({CANARY_SUFFIX})?" if values.get("canary") else ""
    return f"{name}{suffix}-{_RANDOM}{{6,10}}-{_RANDOM}{{5}}"
