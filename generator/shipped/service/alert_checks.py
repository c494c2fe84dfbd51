"""What Prometheus refuses of the alerts of a spec, or what makes them never fire or say nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...alertmanager.gotemplate import TemplateError
from ...behaviour import SpecFault
from ...promql import promql_fault, series_fault
from ...rules.prometheus.alert_templates import alert_template_fault
from .alert_model import WARNING, alert_settings
from .alert_objects import wanted_alerts, wants_alerts
from .usual_alerts import alert_name

_TEXTS = ("summary", "description", "message")  # annotations that messages print: one at least is needed


def alert_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the alerts of a service: expressions, labels, thresholds, and rules without a text or with
    a taken name.
    """
    own = alert_settings(values)
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(own.get("rules") or ()):
        where = ["alerts", "rules", number]
        if fault := promql_fault(str(one["expr"])) or series_fault(str(one["expr"])):
            yield SpecFault([*where, "expr"], f"the expression is not PromQL: {fault}", "fix the expression")
        if not any(str(one["annotations"].get(name, "")).strip() for name in _TEXTS):
            message = f"the alert {one['alert']} has no text, so that messages would be blank"
            yield SpecFault([*where, "annotations"], message, "add annotations.summary", at_key=True)
        key = (str(one["alert"]), str((one.get("labels") or {}).get("severity", WARNING)))
        if key in seen or any(key[0] == alert_name(usual, values) for usual, _ in wanted_alerts(values)):
            message = f"two alerts are named {key[0]}"
            yield SpecFault([*where, "alert"], message, "rename one, or give them different severities")
        seen.add(key)
        yield from _name_faults(one.get("labels") or {}, [*where, "labels"])
    yield from _shared_labels(values)
    for usual, settings in wanted_alerts(values):
        if math.isnan(float(settings.get("threshold") or 0)):
            yield SpecFault(["alerts", usual.key, "threshold"], "the threshold is not a number", "write a number")
    if wants_alerts(values) and values["namespace"].get("omit") and not values["namespace"].get("name"):
        message = "expressions name the namespace, which is not known: the manifests name none (namespace.omit)"
        yield SpecFault(["alerts"], message, "set namespace.name to the one in which they are deployed", at_key=True)


def _shared_labels(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the labels of all alerts, here and in environments."""
    places: list[tuple[list[Any], Mapping[str, Any]]] = [(["alerts"], alert_settings(values))]
    for name, one in (values.get("environments") or {}).items():
        if isinstance(found := (one or {}).get("alerts"), Mapping):
            places.append((["environments", name, "alerts"], found))
    for place, settings in places:
        labels = {key: str(text) for key, text in (settings.get("labels") or {}).items() if text is not None}
        if "severity" in labels:
            message = "severity is not a label of all alerts, which have severities of their own"
            hint = f"use {'.'.join(map(str, place))}.severity"
            yield SpecFault([*place, "labels", "severity"], message, hint, at_key=True)
        yield from _name_faults(labels, [*place, "labels"])
        for key, text in labels.items():
            try:
                alert_template_fault(text)
            except TemplateError as error:
                message = f"{key} is not a valid template: {error}"
                yield SpecFault([*place, "labels", key], message, "fix the template: Prometheus refuses it")


def _name_faults(labels: Mapping[str, Any], place: list[Any]) -> Iterator[SpecFault]:
    if "alertname" in labels:
        message = "alertname is always the name of the alert, whatever its labels say"
        yield SpecFault([*place, "alertname"], message, "use another label", at_key=True)
