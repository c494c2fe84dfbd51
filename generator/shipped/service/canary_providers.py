"""What each provider of Flagger needs in a Canary, and where its metrics come from.

Source: fluxcd/flagger 1.44: pkg/router (what a provider reads of the Canary, and what it refuses), and
pkg/metrics/observers (its built-in metrics).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Query:
    """PromQL of one metric, for a MetricTemplate: its name, what it measures, and the query."""

    name: str
    about: str
    text: str


@dataclass(frozen=True)
class Metrics:
    """Where metrics come from: the Prometheus that has them, and the queries for the success rate and the latency."""

    prometheus: str
    success_rate: Query
    latency: Query


@dataclass(frozen=True)
class Provider:
    """A provider: its name in the Canary, the settings that it needs or accepts, and its metrics.

    ``metrics`` are those of its MetricTemplates; empty: Flagger's built-in ones. ``at_ingress``: they are measured
    where requests enter the cluster, so that a load test must go through there. ``weights``: it shifts traffic.
    ``latency``: the default bound in milliseconds, 0 without a bound.
    """

    flagger: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    metrics: str = ""
    at_ingress: bool = False
    weights: bool = True
    latency: int = 500


def _ratio(series: str, labels: str, good: str) -> str:
    every, well = (f"sum(rate({series}{{{one}}}[{{{{ interval }}}}]))" for one in (labels, f"{labels},{good}"))
    return f"100 * {well}\n/ {every}\n"


def _quantile(series: str, labels: str) -> str:
    rate = f"rate({series}{{{labels}}}[{{{{ interval }}}}])"
    return f"histogram_quantile(0.99,\n  sum({rate}) by (le))\n"


_ISTIO = 'reporter="source",destination_workload_namespace="{{ namespace }}",destination_workload="{{ target }}"'
_LINKERD = 'namespace="{{ namespace }}",deployment="{{ target }}",direction="inbound"'

METRICS: Mapping[str, Metrics] = {
    # https://istio.io/latest/docs/reference/config/metrics/: the gateway is the source.
    "istio": Metrics(
        "http://prometheus.istio-system:9090",
        Query(
            "success-rate",
            "Percentage of requests without a 5xx response, as Istio's gateway counts them.",
            _ratio("istio_requests_total", _ISTIO, 'response_code!~"5.."'),
        ),
        Query(
            "latency",
            "99th percentile of the duration of requests in milliseconds, as Istio's gateway measures it.",
            _quantile("istio_request_duration_milliseconds_bucket", _ISTIO),
        ),
    ),
    # https://linkerd.io/2/reference/proxy-metrics/: the proxy beside the container.
    "linkerd": Metrics(
        "http://prometheus.linkerd-viz:9090",
        Query(
            "success-rate",
            "Percentage of requests that did not fail, as Linkerd's proxy of the pod counts them.",
            _ratio("response_total", _LINKERD, 'classification!="failure"'),
        ),
        Query(
            "latency",
            "99th percentile of the duration of requests in milliseconds, as Linkerd's proxy of the pod measures it.",
            _quantile("response_latency_ms_bucket", _LINKERD),
        ),
    ),
}

PROVIDERS: Mapping[str, Provider] = {
    "istio": Provider("istio", takes=("gateways", "hosts")),
    # By an HTTPRoute of the Service, as in the tutorial; the provider linkerd itself is for SMI, its former API.
    "linkerd": Provider("gatewayapi:v1beta1", metrics="linkerd"),
    "gatewayapi:v1": Provider(
        "gatewayapi:v1", needs=("gateway_refs",), takes=("hosts", "metrics"), metrics="istio", at_ingress=True
    ),
    # Its built-in latency is an average, not a percentile.
    "nginx": Provider("nginx", takes=("ingress",), at_ingress=True, latency=0),
    "skipper": Provider("skipper", takes=("ingress",), at_ingress=True),
    "traefik": Provider("traefik", at_ingress=True),
    "contour": Provider("contour", at_ingress=True),
    "gloo": Provider("gloo", takes=("upstream",), at_ingress=True),
    "apisix": Provider("apisix", takes=("route",), at_ingress=True),
    "kuma": Provider("kuma", takes=("mesh",)),
    "kubernetes": Provider("kubernetes", weights=False),
}

# Settings that only some providers read; "metrics: app" uses the metrics of the application itself.
OWN = ("gateways", "hosts", "gateway_refs", "ingress", "route", "upstream", "mesh", "metrics")
WEIGHTS = ("max_weight", "step_weight")


def metrics_of(canary: Mapping[str, Any]) -> Metrics | None:
    """Return the metrics of a spec's MetricTemplates, None if Flagger's built-in metrics are used."""
    return METRICS.get(str(canary.get("metrics", PROVIDERS[canary["provider"]].metrics)))


def is_measured_at_ingress(canary: Mapping[str, Any]) -> bool:
    """Return whether the metrics count only requests that come through the ingress or gateway."""
    return PROVIDERS[canary["provider"]].at_ingress and canary.get("metrics", "istio") == "istio"
