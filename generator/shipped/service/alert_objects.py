"""The PrometheusRule of a service: its usual alerts, and its own.

Labels and annotations are those that routes and messages of the template ``alerting`` use: ``severity``, ``summary``,
``description``, ``runbook_url`` and ``dashboard_url``. Format: monitoring.coreos.com/v1 of Prometheus Operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...unit_namespace import namespace
from ...yaml.commented import CommentedObject
from .alert_model import WARNING, UsualAlert, alert_settings, alert_wording
from .dashboard_object import dashboard_address
from .derived import ENVIRONMENT
from .object_fragments import service_object
from .usual_alerts import alert_rule, fitting_alerts
from .workload_class import DEPLOYMENT, STATEFUL_SET, workload_class

_ABOUT = "Who gets these alerts: scaffold route, with the folder of the {}.{}\n{}"
_SOURCE = "https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/"
_PODS = {
    DEPLOYMENT.name: " pod=~… are the pods of the Deployment,\n"
    "not for those of a Job NAME-migrate: what Kubernetes appends to names has no vowels.",
    STATEFUL_SET.name: " pod=~… are the pods of the StatefulSet.",
}
_ORDER = ("alert", "expr", "for", "keep_firing_for", "labels", "annotations")


def wants_alerts(values: Mapping[str, Any]) -> bool:
    """Return whether a service has alerts, in its own manifests or in those of its environments."""
    return values.get("alerts") is True or isinstance(values.get("alerts"), Mapping)


def alert_objects(values: Mapping[str, Any], severity: str = "", written_for: str = "") -> list[CommentedObject]:
    """Return the PrometheusRule of a service, or of one of its environments, as the only item; none without alerts.

    ``severity`` is that of all alerts, whatever the spec says of each; ``""`` to leave them as they are. The spec's own
    expressions name the namespace ``written_for``, ``""`` for that of the values.
    """
    found = [*_usual_rules(values), *_own_rules(values, written_for)] if wants_alerts(values) else []
    rules = [(_completed(one, values, severity), note) for one, note in found]
    if not rules:
        return []
    name = str(values["name"])
    comments = {
        ("spec", "groups", 0, "rules", number, "alert"): [f"# {note}"] for number, (_, note) in enumerate(rules) if note
    }
    group = {"name": f"{namespace(values)}.{name}", "rules": [one for one, _ in rules]}
    # Not the same name in the overlays of two environments, whose namespaces may be one.
    full = name if "environments" in values else f"{name}-{values[ENVIRONMENT]}"
    made = service_object("monitoring.coreos.com/v1", "PrometheusRule", full, values, {"spec": {"groups": [group]}})
    made["metadata"]["labels"] |= values["prometheus"]["labels"]
    about = _ABOUT.format(alert_wording(values).noun, _PODS.get(workload_class(values).name, ""), _SOURCE)
    return [CommentedObject(about, made, comments)]


def wanted_alerts(values: Mapping[str, Any]) -> Iterator[tuple[UsualAlert, Mapping[str, Any]]]:
    """Yield the usual alerts that fit and are wanted, with what the spec says of each."""
    settings = alert_settings(values)
    shared = {"severity": settings["severity"]} if settings.get("severity") else {}
    for one in fitting_alerts(values) if wants_alerts(values) else ():
        own = settings.get(one.key, True)
        if own is not False:
            yield one, {**shared, **(own if isinstance(own, Mapping) else {})}


def _usual_rules(values: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for one, own in wanted_alerts(values):
        yield alert_rule(one, values, own), one.note


def _own_rules(values: Mapping[str, Any], written_for: str) -> Iterator[tuple[dict[str, Any], str]]:
    here, there = (f'namespace="{one}"' for one in (namespace(values), written_for or namespace(values)))
    severity = alert_settings(values).get("severity", WARNING)
    for one in alert_settings(values).get("rules") or ():
        labels = {"severity": severity, **(one.get("labels") or {})}
        yield {**one, "expr": str(one["expr"]).replace(there, here), "labels": labels}, ""


def _completed(rule: Mapping[str, Any], values: Mapping[str, Any], severity: str) -> dict[str, Any]:
    """Return a rule with the labels of all alerts and the links, and its keys in the usual order."""
    own = alert_settings(values)
    labels = {"namespace": namespace(values), "service": str(values["name"]), **(own.get("labels") or {})}
    links = {}
    if (address := own.get("runbooks")) and "runbook_url" not in rule["annotations"]:
        links["runbook_url"] = f"{str(address).rstrip('/')}/{rule['alert']}"
    if (address := dashboard_address(values)) and "dashboard_url" not in rule["annotations"]:
        links["dashboard_url"] = address
    found = {
        **rule,
        "expr": str(rule["expr"]).strip("\n"),
        "labels": {"severity": "", **labels, **rule["labels"], **({"severity": severity} if severity else {})},
        "annotations": {**rule["annotations"], **links},
    }
    return {key: found[key] for key in _ORDER if key in found}
