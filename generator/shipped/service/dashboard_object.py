"""The dashboard of a service: a ConfigMap that the sidecar of Grafana's chart loads.

Formats: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/, and labels and
annotations of https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...unit_namespace import namespace
from ...yaml.commented import CommentedObject
from .alert_model import alert_wording
from .object_fragments import service_object
from .watched_metrics import request_metrics, served_name, watched_series

_USUAL_LABELS = {"grafana_dashboard": "1"}
_FOLDER = "grafana_folder"
_MAX_UID = 40  # of Grafana
_SCHEMA = 39  # of Grafana 10.3, which later ones migrate
_WIDTH, _HEIGHT, _COLUMNS = 12, 8, 24
_SOURCE = {"type": "prometheus", "uid": "$datasource"}


@dataclass(frozen=True)
class Panel:
    """A panel: its title, unit of Grafana, and queries with their legends."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]


def wants_dashboard(values: Mapping[str, Any]) -> bool:
    """Return whether a service has a dashboard."""
    return values.get("dashboard") is True or isinstance(values.get("dashboard"), Mapping)


def dashboard_address(values: Mapping[str, Any]) -> str:
    """Return the address of the dashboard in the spec's Grafana; ``""`` if there is none."""
    own = values.get("dashboard")
    if not isinstance(own, Mapping) or not own.get("grafana"):
        return ""
    return f"{str(own['grafana']).rstrip('/')}/d/{_uid(values)}?var-namespace={namespace(values)}"


def dashboard_objects(values: Mapping[str, Any]) -> list[CommentedObject]:
    """Return the ConfigMap with the dashboard, as the only item; none without one."""
    if not wants_dashboard(values):
        return []
    settings = values["dashboard"]
    own: Mapping[str, Any] = settings if isinstance(settings, Mapping) else {}
    name = str(values["name"])
    text = json.dumps(_dashboard(values), indent=2, ensure_ascii=True)
    # The sidecar writes the files of all namespaces into one folder.
    body = {"data": {f"{namespace(values)}.{name}.json": text + "\n"}}
    made = service_object("v1", "ConfigMap", f"{name}-dashboard", values, body)
    made["metadata"]["labels"] |= own.get("labels") or _USUAL_LABELS
    if own.get("folder"):
        notes = {**made["metadata"].get("annotations", {}), _FOLDER: own["folder"]}
        made["metadata"]["annotations"] = notes
    return [CommentedObject("The sidecar of Grafana's chart loads this by its label.", made)]


def dashboard_panels(values: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield the panels of a service's dashboard: requests where their metrics are named, then pods."""
    series, requests = watched_series(values).among("$namespace"), request_metrics(values)
    window, noun = "[$__rate_interval]", alert_wording(values).requests
    if requests.total:
        rate = f"sum(rate({requests.total}{{{series.job}}}{window}))"
        yield Panel(noun.capitalize(), "reqps", [(rate, noun)])
        if requests.errors:
            failed = f"sum(rate({requests.total}{{{series.job},{requests.errors}}}{window}))"
            yield Panel(f"Failed {noun}", "percent", [(f"100 * ({failed} or vector(0)) / {rate}", "failed")])
    if requests.duration:
        by_bucket = f"sum by (le) (rate({requests.duration}_bucket{{{series.job}}}{window}))"
        shares = (("0.5", "median"), ("0.95", "95 %"), ("0.99", "99 %"))
        queries = [(f"histogram_quantile({share}, {by_bucket})", name) for share, name in shares]
        yield Panel(f"Duration of {noun}", "s", queries)
    yield from _pod_panels(values)


def _pod_panels(values: Mapping[str, Any]) -> Iterator[Panel]:
    series = watched_series(values).among("$namespace")
    pods = f'{series.pods},container!=""'
    yield Panel(
        "Pods",
        "short",
        [
            (f"max({series.wanted}{{{series.workload}}})", "wanted"),
            (f"max(kube_{series.label}_status_replicas_available{{{series.workload}}})", "available"),
        ],
    )
    restarts = f"increase(kube_pod_container_status_restarts_total{{{series.pods}}}[$__rate_interval])"
    yield Panel("Restarts", "short", [(f"sum by (pod, container) ({restarts})", "{{pod}} {{container}}")])
    cpu = f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{pods}}}[$__rate_interval]))"
    memory = f"sum by (pod) (container_memory_working_set_bytes{{{pods}}})"
    for title, unit, query, what in (("CPU", "short", cpu, "cpu"), ("Memory", "bytes", memory, "memory")):
        bounds = [
            (f'max(sum by (pod) (kube_pod_container_resource_{side}{{{series.pods},resource="{what}"}}))', word)
            for side, word in (("requests", "request"), ("limits", "limit"))
        ]
        yield Panel(title, unit, [(query, "{{pod}}"), *bounds])


def _dashboard(values: Mapping[str, Any]) -> dict[str, Any]:
    name = str(values["name"])
    panels = [_panel(number, one) for number, one in enumerate(dashboard_panels(values))]
    series = watched_series(values)
    query = f'label_values({series.wanted}{{{series.label}="{served_name(values)}"}}, namespace)'
    return {
        "uid": _uid(values),
        "title": name,
        "tags": ["scaffold"],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                {
                    "name": "namespace",
                    "type": "query",
                    "datasource": _SOURCE,
                    "definition": query,
                    "query": {"query": query, "refId": "namespace"},
                    "current": {"selected": True, "text": namespace(values), "value": namespace(values)},
                    "refresh": 2,
                    "sort": 1,
                },
            ]
        },
        "panels": panels,
    }


def _panel(number: int, one: Panel) -> dict[str, Any]:
    row, column = divmod(number * _WIDTH, _COLUMNS)
    targets = [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
        for place, (query, legend) in enumerate(one.queries)
    ]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": one.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": one.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _uid(values: Mapping[str, Any]) -> str:
    """Return the identity of the dashboard in Grafana, which has all namespaces in one place."""
    full = f"{namespace(values)}-{values['name']}"
    return full if len(full) <= _MAX_UID else hashlib.sha256(full.encode()).hexdigest()[:_MAX_UID]
