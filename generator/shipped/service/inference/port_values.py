"""The port of a service and what refers to it: the Service and the probes.

A change of the port must reach every reference to its number. So all references are taken for numbers if one is: a name
stays right when the port changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....adoptable import Inferred
from ....rules.readers.objects import Container, Object
from ....yaml import Node, get, items_at, text_at, walk_nodes
from .companions import Companions
from .hand_written import node_source

_PROBES = {"readiness": "readinessProbe", "liveness": "livenessProbe"}
_OF_PORT = ("httpGet", "tcpSocket", "grpc")  # probes that name a port


def port_values(one: Object, main: Container, beside: Companions, notes: list[str]) -> Iterator[Inferred]:
    """Yield the port, how it is referred to, the port of the Service, and the probes."""
    path = one.file.path
    port = _port(main, beside)
    yield from _probes(main, path)
    if port is None:
        notes.append(f"{path}:{main.node.line}: the container {main.name} has no port: ports and probes stay yours")
        return
    number, name = get(port, "containerPort"), get(port, "name")
    if number is None or not _is_number(number.text):
        return
    yield Inferred(("port",), int(number.text), node_source(number, path))
    entry = _entry(beside.service, number.text, name.text if name else "")
    target = text_at(entry, "targetPort") or text_at(entry, "port")
    by_number = target == number.text or any(_port_of(main, each) == number.text for each in _PROBES.values())
    if name is not None and name.text:
        yield Inferred(("port_name",), name.text, node_source(name, path))
    way = "number" if by_number or name is None else "name"
    way = "implied" if entry is not None and not text_at(entry, "targetPort") else way
    yield Inferred(("port_reference",), way, node_source(number, path), fixed=True)
    served = get(entry, "port")
    if beside.service and served is not None and _is_number(served.text):
        yield Inferred(("service_port",), int(served.text), node_source(served, beside.service.file.path))
    notes += _others(one, main, beside, number)


def service_target(service: Object | None) -> str:
    """Return the port of the pods that a Service sends to first: a number or a name, ``""`` if it has no ports."""
    ports = items_at(service.node, "spec", "ports") if service else ()
    http = [each for each in ports if text_at(each, "name") == "http"]
    first = next(iter([*http, *ports]), None)
    return text_at(first, "targetPort") or text_at(first, "port")


def _port(main: Container, beside: Companions) -> Node | None:
    """Return the port of a container: the one that the Service sends to, else http, else the first."""
    ports = [each for each in items_at(main.node, "ports") if text_at(each, "protocol") in {"", "TCP"}]
    target = service_target(beside.service)
    chosen = [
        *(each for each in ports if target and target in {text_at(each, "name"), text_at(each, "containerPort")}),
        *(each for each in ports if text_at(each, "name") == "http"),
        *ports,
    ]
    return chosen[0] if chosen else None


def _entry(service: Object | None, number: str, name: str) -> Node | None:
    """Return the port of a Service that sends to a port of the pods."""
    for each in items_at(service.node, "spec", "ports") if service else ():
        if (text_at(each, "targetPort") or text_at(each, "port")) in {number, name} - {""}:
            return each
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


def _port_of(main: Container, probe: str) -> str:
    return next((found for each in _OF_PORT if (found := text_at(main.node, probe, each, "port"))), "")


def _probes(main: Container, path: str) -> Iterator[Inferred]:
    """Yield the path of the HTTP probes, and which probes there are; others than for a port stay the user's."""
    found = [get(main.node, each, "httpGet", "path") for each in _PROBES.values()]
    first = next((each for each in found if each is not None), None)
    value = first.text if first is not None else None
    yield Inferred(("health_path",), value, node_source(first or main.node, path), nullable=True)
    for name, key in _PROBES.items():
        probe = get(main.node, key)
        has = any(get(probe, each) is not None for each in _OF_PORT)
        yield Inferred(("probes", name), has, node_source(probe or main.node, path))


def _others(one: Object, main: Container, beside: Companions, number: Node) -> Iterator[str]:
    """Yield notes on what else has the number of the port, and does not follow the spec."""
    known = {id(get(main.node, each)) for each in _PROBES.values()}
    rest = [value for key, value in main.node.pairs if id(value) not in known and key.text not in {"ports", "image"}]
    places = [(one.file.path, value) for value in rest]
    places += [(one.file.path, each) for each in (get(one.pod, "metadata", "annotations"),) if each is not None]
    if beside.service is not None:
        places += [(beside.service.file.path, each) for each in (get(beside.service.node, "metadata"),) if each]
    for path, node in places:
        for each in walk_nodes(node):
            if each.shape == "scalar" and each.text == number.text:
                yield f"{path}:{each.line}: {number.text} there is yours, and does not follow port"
