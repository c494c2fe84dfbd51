"""Fields of a spec that only fit together: what the API server refuses, and no schema of single fields can say.

Source: pkg/apis/core, autoscaling, networking and rbac/validation of Kubernetes 1.35, and the CEL rules of HTTPRoute.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...behaviour import SpecFault
from .served_ports import served_ports

_SELECTING = ("network_policy", "pod", "volumes")  # keys with selectors of labels
_LISTED = frozenset({"In", "NotIn"})
_SOURCES = {  # of metrics, by their types
    "Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object",
    "External": "external",
}  # fmt: skip
_AMOUNTS = ("value", "averageValue", "averageUtilization")
_OF_REQUESTS = ("resource", "containerResource")  # metrics that may be percents of the request
_AMOUNTS_OF = {
    **dict.fromkeys(_OF_REQUESTS, ("averageUtilization", "averageValue")),
    "pods": ("averageValue",),
    "object": ("value", "averageValue"),
    "external": ("value", "averageValue"),
}
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


def field_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of fields that do not fit together, at their places in the spec."""
    yield from _port_faults(values)
    tolerations = ((values.get("pod") or {}).get("spec") or {}).get("tolerations") or ()
    for number, one in enumerate(tolerations):
        yield from _toleration_faults(one, ["pod", "spec", "tolerations", number])
    for number, one in enumerate((values.get("autoscaling") or {}).get("metrics") or ()):
        yield from _metric_faults(one, ["autoscaling", "metrics", number])
    for number, one in enumerate(values["service_account"].get("rules") or ()):
        yield from _role_faults(one, ["service_account", "rules", number])
    yield from _block_faults(values.get("network_policy"), ["network_policy"])
    for key in _SELECTING:
        yield from _selector_faults(values.get(key), [key])
    for number, host in enumerate((values.get("ingress") or {}).get("hosts") or ()):
        if _ADDRESS.fullmatch(host):
            yield SpecFault(["ingress", "hosts", number], f"{host} is an address, not a host name", "use a name")
    yield from _parent_faults((values.get("http_route") or {}).get("parents") or ())


def _port_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield ports of the container that those of the service have, under another name."""
    known = {(one.number, one.protocol): one.name for one in served_ports(values)}
    own = values["container"]
    for number, one in enumerate(own.get("ports") or () if isinstance(own, Mapping) else ()):
        name = known.get((one.get("containerPort"), one.get("protocol") or "TCP"))
        if name and one.get("name") not in {name, None}:
            message = f"the port {one['containerPort']} is there already, as {name}"
            yield SpecFault(["container", "ports", number], message, "remove it, and use ports or port_name")


def _toleration_faults(one: Mapping[str, Any], where: list[Any]) -> Iterator[SpecFault]:
    if one.get("operator") == "Exists" and one.get("value"):
        message = "a toleration with the operator Exists has no value"
        yield SpecFault([*where, "value"], message, "remove it, or the operator", at_key=True)
    if one.get("tolerationSeconds") is not None and one.get("effect") != "NoExecute":
        message = "tolerationSeconds is only for the effect NoExecute"
        yield SpecFault([*where, "tolerationSeconds"], message, "remove it, or set effect: NoExecute", at_key=True)


def _metric_faults(one: Mapping[str, Any], where: list[Any]) -> Iterator[SpecFault]:
    source = _SOURCES.get(str(one.get("type")), "")
    if not source:
        yield SpecFault([*where, "type"], "a metric needs a type", f"write one of {', '.join(_SOURCES)}")
        return
    found = [key for key in _SOURCES.values() if one.get(key) is not None]
    if found != [source]:
        message = f"a metric of the type {one['type']} has the field {source}, and no other source"
        yield SpecFault(where, message, f"write {{type: {one['type']}, {source}: …}}")
        return
    target = one[source].get("target") or {}
    found = [key for key in _AMOUNTS if target.get(key) is not None]
    place = [*where, source, "target"]
    if target.get("type") and not found:
        message = f"the target of a metric has no amount, as of {', '.join(_AMOUNTS)}"
        yield SpecFault(place, message, "write the one of its type", at_key=True)
    elif found and not {*found} & {*_AMOUNTS_OF[source]}:
        message = f"the target of a metric of the type {one['type']} has no {found[0]}"
        yield SpecFault([*place, found[0]], message, f"write {' or '.join(_AMOUNTS_OF[source])}", at_key=True)
    elif "averageUtilization" in found and len(found) > 1 and source in _OF_REQUESTS:
        other = next(key for key in found if key != "averageUtilization")
        yield SpecFault(
            [*place, other], f"{other} and averageUtilization exclude each other", "remove one", at_key=True
        )


def _role_faults(one: Mapping[str, Any], where: list[Any]) -> Iterator[SpecFault]:
    if one.get("nonResourceURLs"):
        return  # which role_faults tells
    for key, example in (("apiGroups", '[""]'), ("resources", "[configmaps]"), ("verbs", "[get]")):
        if not one.get(key):
            yield SpecFault(where, f"the rule has no {key}", f"write them, such as {key}: {example}", at_key=True)


def _selector_faults(here: Any, where: list[Any]) -> Iterator[SpecFault]:
    """Yield selectors of labels whose expressions have too few or too many values."""
    stack: list[tuple[Any, list[Any]]] = [(here, where)]
    while stack:
        one, place = stack.pop()
        pairs = one.items() if isinstance(one, Mapping) else enumerate(one) if isinstance(one, list) else ()
        stack += [(value, [*place, key]) for key, value in pairs]
        if isinstance(one, Mapping) and "key" in one and place[-2:-1] == ["matchExpressions"]:
            operator, has_values = str(one.get("operator")), bool(one.get("values"))
            if operator in _LISTED and not has_values:
                yield SpecFault(place, f"the operator {operator} needs values", "write values: […]")
            elif operator in {"Exists", "DoesNotExist"} and has_values:
                yield SpecFault(
                    [*place, "values"], f"the operator {operator} has no values", "remove them", at_key=True
                )


def _block_faults(here: Any, where: list[Any]) -> Iterator[SpecFault]:
    """Yield blocks of addresses with bits beyond their prefix, which Kubernetes refuses since 1.36."""
    stack: list[tuple[Any, list[Any]]] = [(here, where)]
    while stack:
        one, place = stack.pop()
        pairs = one.items() if isinstance(one, Mapping) else enumerate(one) if isinstance(one, list) else ()
        stack += [(value, [*place, key]) for key, value in pairs]
        if isinstance(one, str) and "/" in one and "ipBlock" in place and "${" not in one:
            try:
                whole = str(ipaddress.ip_network(one, strict=False))
            except ValueError:
                yield SpecFault(place, f"{one} is no block of addresses", "write one such as 10.0.0.0/8")
                continue
            if ipaddress.ip_interface(one).ip != ipaddress.ip_network(whole).network_address:
                yield SpecFault(place, f"{one} has bits beyond its prefix", f"write {whole}")


def _parent_faults(parents: Sequence[Mapping[str, Any]]) -> Iterator[SpecFault]:
    """Yield gateways that an HTTPRoute names twice without different listeners."""
    known: dict[Any, list[str]] = {}
    for number, one in enumerate(parents):
        sections = known.setdefault((one["name"], one.get("namespace")), [])
        section = str(one.get("sectionName", ""))
        if sections and (section in sections or not section or "" in sections):
            message = f"the Gateway {one['name']} is named twice without different listeners"
            yield SpecFault(["http_route", "parents", number], message, "set sectionName in both, or remove one")
        sections.append(section)
