"""What exposes a service: Ingress, HTTPRoute, and who may connect to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .served_ports import ServedPort, exposed_ports, served_ports


def backend_port(values: Mapping[str, Any], key: str) -> ServedPort | None:
    """Return the port of the Service that ``ingress`` or ``http_route`` names: by default the first; None if none."""
    wanted = values[key].get("port")
    return next((one for one in exposed_ports(values) if wanted in {None, one.service_name}), None)


def ingress_tls(values: Mapping[str, Any]) -> str:
    """Return the name of the Secret with the certificate of the Ingress; ``""`` for no TLS."""
    own = values["ingress"].get("tls", True)
    return f"{values['name']}-tls" if own is True else str(own or "")


def policy_rules(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of the NetworkPolicy besides its selector: who may connect to the ports, and to what the pods."""
    own = values["network_policy"]
    peers = [{"podSelector": {}}, *own.get("from", ())]
    ports = [{"protocol": one.protocol, "port": one.number} for one in served_ports(values)]
    found: dict[str, Any] = {
        "policyTypes": ["Ingress", *(["Egress"] if "egress" in own else [])],
        "ingress": [{"from": peers, "ports": ports}] if ports else [],
    }
    if "egress" in own:
        dns = {"ports": [{"protocol": one, "port": 53} for one in ("UDP", "TCP")]}
        found["egress"] = [dns, *own["egress"]]
    return found


def exposure_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of what exposes a service."""
    for key in ("ingress", "http_route"):
        if values.get(key) and backend_port(values, key) is None:
            yield from _port_faults(values, key)
    if values.get("http_route") and values.get("canary"):
        message = "Flagger makes the HTTPRoute of a canary"
        yield SpecFault(["http_route"], message, "remove http_route, and use canary.gateway_refs", at_key=True)
    if values.get("canary") and values["service_type"] != "ClusterIP":
        message = f"the Services of a canary, which Flagger makes, are not of the type {values['service_type']}"
        yield SpecFault(["service_type"], message, "remove service_type or canary")


def _port_faults(values: Mapping[str, Any], key: str) -> Iterator[SpecFault]:
    names = ", ".join(one.service_name for one in exposed_ports(values))
    if names:
        message = f"the Service has no port {values[key]['port']}"
        yield SpecFault([key, "port"], message, f"it has {names}")
    else:
        yield SpecFault([key], "there is no Service, because it has no ports", f"add ports, or remove {key}")
