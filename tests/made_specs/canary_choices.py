"""Settings of a canary that its provider reads, and what a canary excludes."""

from __future__ import annotations

import random
from typing import Any

from generator.shipped.service.canary_providers import OWN, PROVIDERS, WEIGHTS, is_measured_at_ingress

_EXCLUDED = (
    *("ports", "port_name", "protocol", "port_reference", "service_name", "service_port", "service_port_name"),
    *("service_type", "selector", "http_route", "service"),
)


def settle_canary(dice: random.Random, spec: dict[str, Any]) -> None:
    """Make the rest of a spec fit its canary."""
    own = spec.get("canary")
    if not own:
        return
    for key in _EXCLUDED:
        spec.pop(key, None)
    spec["name"] = spec["name"][:40].rstrip("-")
    spec.get("namespace", {}).pop("omit", None)
    for one in (spec.get("environments") or {}).values():
        (one or {}).pop("namespace", None)
    provider = PROVIDERS[own["provider"]]
    for key in OWN:
        if key not in provider.needs + provider.takes:
            own.pop(key, None)
    if "gateway_refs" in provider.needs:
        own.setdefault("gateway_refs", [{"name": "public", "namespace": "gateways"}])
    for key in ("iterations",) if provider.weights else WEIGHTS:
        own.pop(key, None)
    step, most = own.get("step_weight", 10), own.get("max_weight", 50)
    if provider.weights and step > most:
        own["step_weight"], own["max_weight"] = most, step
    _load(own)
    for number, one in enumerate(own.get("alerts", ())):
        one["name"] = f"{one['name']}-{number}"[:63]
    if spec.get("autoscaling"):
        own.pop("autoscaler", None)
    elif "autoscaler" in own:
        spec["replicas"] = None
    assert dice


def _load(own: dict[str, Any]) -> None:
    if {"load_url", "load_host", "load_tester"} & own.keys():
        own["load_test"] = True
    if own.get("load_test") and is_measured_at_ingress(own):
        own["load_url"] = "http://traefik.traefik/"
