"""Metrics and alerts that fit the ports of a spec, and each other."""

from __future__ import annotations

import random
from typing import Any

EXPRESSIONS = (
    'sum(rate(shop_orders_failed_total{namespace="shop"}[5m])) > 0',
    "absent(up == 1)",
    "shop_queue_length > 1e3",
    "label_replace(up, 'a', '$1', 'b', '(.*)') == 0 # none",
)


def settle_watching(dice: random.Random, spec: dict[str, Any]) -> None:
    """Have Prometheus read a port of TCP, through a Service that has it, and have alerts with names of their own."""
    own = spec.get("metrics")
    if own:
        _port(dice, spec, own)
        if own.get("requests"):
            own["requests"].setdefault(dice.choice(("total", "duration")), "http_requests")
    alerts = spec.get("alerts")
    for number, one in enumerate(alerts.get("rules", ()) if isinstance(alerts, dict) else ()):
        one["alert"] = f"{one['alert'][:90]}_{number}"
        one["annotations"].setdefault(dice.choice(("summary", "description", "message")), "{{ $labels.pod }} fails")


def _port(dice: random.Random, spec: dict[str, Any], own: dict[str, Any]) -> None:
    ports = spec.get("ports")
    if ports is None:
        fitting = [spec.get("port_name", "http")] if spec.get("protocol", "TCP") == "TCP" else []
    else:
        fitting = [one["name"] for one in ports if one.get("protocol", "TCP") == "TCP"]
    if not fitting:
        del spec["metrics"]
        return
    if "port" in own or ports is not None:
        own["port"] = dice.choice(fitting)
    without = any("service_port" in one and one["service_port"] is None for one in ports or ())
    if spec.get("canary") or without:
        own.pop("monitor", None)
