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

_PROBES = {"startup": "startupProbe", "readiness": "readinessProbe", "liveness": "livenessProbe"}
_OF_PORT = ("httpGet", "tcpSocket", "grpc")  # probes that name a port


def port_values(one: Object, main: Container, beside: Companions, notes: list[str]) -> Iterator[Inferred]:
    """Yield the port, how it is referred to, the port of the Service, and the probes."""
    path = one.file.path
    port = _port(main, beside)
    yield from _probes(main, port, path)
    if port is None:
        notes.append(f"{path}:{main.node.line}: the container {main.name} has no port: ports and probes stay yours")
        return
    number, name = get(port, "containerPort"), get(port, "name")
    if number is None or not _is_number(number.text):
        return
    yield Inferred(("port",), int(number.text), node_source(number, path))
    entry = _entry(beside.service, port)
    target = _target(entry)
    by_number = target == number.text or any(_port_of(main, each) == number.text for each in _PROBES.values())
    if name is not None and name.text:
        yield Inferred(("port_name",), name.text, node_source(name, path))
    yield Inferred(("protocol",), _protocol(port), node_source(get(port, "protocol") or port, path), fixed=True)
    way = "number" if by_number or name is None else "name"
    way = "implied" if entry is not None and not text_at(entry, "targetPort") else way
    yield Inferred(("port_reference",), way, node_source(number, path), fixed=True)
    yield from _served(entry, beside)
    notes += _others(one, main, beside, number)


def _served(entry: Node | None, beside: Companions) -> Iterator[Inferred]:
    """Yield the port of the Service, and its name."""
    served, called = get(entry, "port"), get(entry, "name")
    if beside.service and served is not None and _is_number(served.text):
        yield Inferred(("service_port",), int(served.text), node_source(served, beside.service.file.path))
    if beside.service and called is not None and called.text:
        yield Inferred(("service_port_name",), called.text, node_source(called, beside.service.file.path))


def served_port(service: Object | None) -> Node | None:
    """Return the port of a Service that names its main port: http, else the first."""
    ports = items_at(service.node, "spec", "ports") if service else ()
    return next(iter([*(each for each in ports if text_at(each, "name") == "http"), *ports]), None)


def sends_to(entry: Node | None, port: Node) -> bool:
    """Tell whether a port of a Service sends to a port of a container, by its name or number, by the same protocol."""
    targets = {text_at(port, "name"), text_at(port, "containerPort")} - {""}
    return entry is not None and _target(entry) in targets and _protocol(entry) == _protocol(port)


def _target(entry: Node | None) -> str:
    return text_at(entry, "targetPort") or text_at(entry, "port")


def _protocol(port: Node) -> str:
    return text_at(port, "protocol") or "TCP"


def _port(main: Container, beside: Companions) -> Node | None:
    """Return the port of a container: the one that the Service sends to, else http, else the first, of TCP if any."""
    ports = items_at(main.node, "ports")
    served = served_port(beside.service)
    tcp = [each for each in ports if _protocol(each) == "TCP"]
    chosen = [
        *(each for each in ports if sends_to(served, each)),
        *(each for each in tcp if text_at(each, "name") == "http"),
        *tcp,
        *ports,
    ]
    return chosen[0] if chosen else None


def _entry(service: Object | None, port: Node) -> Node | None:
    """Return the port of a Service that sends to a port of the pods."""
    served = served_port(service)
    ports = items_at(service.node, "spec", "ports") if service else ()
    return next((each for each in (served, *ports) if sends_to(each, port)), None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


def _port_of(main: Container, probe: str) -> str:
    return next((found for each in _OF_PORT if (found := text_at(main.node, probe, each, "port"))), "")


def _probes(main: Container, port: Node | None, path: str) -> Iterator[Inferred]:
    """Yield the path of the HTTP probes, and which probes there are; others than of the port stay the user's."""
    own = {text_at(port, "name"), text_at(port, "containerPort")} - {""} if port and _protocol(port) == "TCP" else set()
    known = [key for key in _PROBES.values() if _port_of(main, key) in own or (port is None and _port_of(main, key))]
    found = [get(main.node, each, "httpGet", "path") for each in known]
    first = next((each for each in found if each is not None), None)
    value = first.text if first is not None else None
    yield Inferred(("health_path",), value, node_source(first or main.node, path), nullable=True)
    for name, key in _PROBES.items():
        yield Inferred(("probes", name), key in known, node_source(get(main.node, key) or main.node, path))


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
