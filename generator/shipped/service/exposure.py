"""What exposes a service: Ingress, HTTPRoute, and who may connect to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .served_ports import ServedPort, exposed_ports, served_ports
from .watched_metrics import has_metrics, metrics_port

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"

# The names of ports that an Ingress may refer to, those of IANA; a Service has longer ones too.
_PORT_NAME = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
# https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch
_ROUTE_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_UNREAL = ("//", "/./", "/../", "%2f", "%2F")  # parts that no path of a request has, which neither object may have
_UNREAL_ENDS = ("/.", "/..")


def backend_port(values: Mapping[str, Any], key: str) -> ServedPort | None:
    """Return the port of the Service that ``ingress`` or ``http_route`` names; by default the first of TCP.

    HTTP needs TCP: None if no such port is one of it.
    """
    wanted = values[key].get("port")
    return next((one for one in _http_ports(values) if wanted in {None, one.service_name}), None)


def _http_ports(values: Mapping[str, Any]) -> list[ServedPort]:
    return [one for one in exposed_ports(values) if one.protocol == "TCP"]


def ingress_port(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the port of the backend of the Ingress: by its name, or its number if an Ingress cannot have the name."""
    port = backend_port(values, "ingress")
    if port is None:
        return {}
    is_name = len(port.service_name) <= 15 and _PORT_NAME.fullmatch(port.service_name)
    return {"name": port.service_name} if is_name else {"number": port.service_port}


def ingress_tls(values: Mapping[str, Any]) -> str:
    """Return the name of the Secret with the certificate of the Ingress; ``""`` for no TLS."""
    own = values["ingress"].get("tls", True)
    return f"{values['name']}-tls" if own is True else str(own or "")


def policy_rules(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of the NetworkPolicy besides its selector: who may connect to the ports, and to what the pods."""
    own = values["network_policy"]
    peers = [*([{"podSelector": {}}] if own.get("same_namespace", True) else []), *own.get("from", ())]
    ports = [{"protocol": protocol, "port": number} for number, protocol in _pod_ports(values)]
    found: dict[str, Any] = {
        "policyTypes": ["Ingress", *(["Egress"] if "egress" in own else [])],
        # A rule without peers would let everybody in.
        "ingress": [{"from": peers, "ports": ports}] if peers and ports else [],
    }
    if has_metrics(values) and (read := metrics_port(values)):
        watcher = {"namespaceSelector": {"matchLabels": {_NAMESPACE_LABEL: values["prometheus"]["namespace"]}}}
        found["ingress"].append({"from": [watcher], "ports": [{"protocol": read.protocol, "port": read.number}]})
    if "egress" in own:
        dns = {"ports": [{"protocol": one, "port": 53} for one in ("UDP", "TCP")]}
        found["egress"] = [dns, *own["egress"]]
    return found


def _pod_ports(values: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return the numbers and protocols of the ports of all containers, each once."""
    own = [values["container"]] if isinstance(values["container"], Mapping) else []
    added = [*own, *(((values.get("pod") or {}).get("spec") or {}).get("containers") or ())]
    found = [(one.number, one.protocol) for one in served_ports(values)]
    for container in added:
        for one in container.get("ports") or ():
            found.append((one["containerPort"], one.get("protocol") or "TCP"))
    return list(dict.fromkeys(found))


def exposure_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of what exposes a service."""
    for key in ("ingress", "http_route"):
        if values.get(key) and backend_port(values, key) is None:
            yield from _port_faults(values, key)
        if values.get(key):
            yield from _path_faults(values[key], key)
    if values.get("http_route") and values.get("canary"):
        message = "Flagger makes the HTTPRoute of a canary"
        yield SpecFault(["http_route"], message, "remove http_route, and use canary.gateway_refs", at_key=True)
    if values.get("canary") and values["service_type"] != "ClusterIP":
        message = f"the Services of a canary, which Flagger makes, are not of the type {values['service_type']}"
        yield SpecFault(["service_type"], message, "remove service_type or canary")


def _port_faults(values: Mapping[str, Any], key: str) -> Iterator[SpecFault]:
    names = ", ".join(one.service_name for one in _http_ports(values))
    if names:
        message = f"the Service has no port {values[key]['port']} of TCP"
        yield SpecFault([key, "port"], message, f"it has {names}")
    elif exposed_ports(values):
        yield SpecFault([key], "HTTP needs a port of TCP, and the Service has none", f"add one, or remove {key}")
    else:
        yield SpecFault([key], "there is no Service, because it has no ports", f"add ports, or remove {key}")


def _path_faults(own: Mapping[str, Any], key: str) -> Iterator[SpecFault]:
    """Yield the faults of paths that Kubernetes, or the Gateway API, refuses."""
    is_free = own.get("path_type") == "ImplementationSpecific"
    for number, path in enumerate(own.get("paths", ()) if not is_free else ()):
        part = next((one for one in _UNREAL if one in path), "")
        part = part or next((one for one in _UNREAL_ENDS if path.endswith(one)), "")
        if part:
            yield SpecFault([key, "paths", number], f"the path {path} has {part}, which no path may", "remove that")
        elif key == "http_route" and not _ROUTE_PATH.fullmatch(path):
            message = f"the path {path} has a character that no path of an HTTPRoute may have"
            yield SpecFault([key, "paths", number], message, "write it as %XX, or leave out the query")
