"""The ports of a service of a Compose file, for those of a spec.

Format: https://github.com/compose-spec/compose-spec, ports (short and long syntax) and expose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ....yaml import Node, get, text_at
from .compose_file import ComposeService
from .compose_taking import ComposeTaking

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_MAX_PORTS = 50
_PROTOCOLS = {"tcp": "TCP", "udp": "UDP", "sctp": "SCTP"}
_USUAL = 80  # the spec's default for service_port
_NAMES = {
    22: "ssh", 25: "smtp", 53: "dns", 443: "https", 1883: "mqtt", 2379: "etcd", 3306: "mysql", 4222: "nats",
    5432: "postgres", 5672: "amqp", 6379: "redis", 8443: "https", 9092: "kafka", 11211: "memcached", 27017: "mongodb",
    50051: "grpc",
}  # fmt: skip
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
_NO_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class ComposePort:
    """A port: its number in the container, the published one, None if there is none, and its protocol."""

    number: int
    published: int | None
    node: Node
    protocol: str = "TCP"
    name: str = ""
    app_protocol: str = ""
    is_local: bool = False  # published to the host alone, as for debuggers

    @property
    def served(self) -> int:
        """The port of the Service: the published one, else that of the container."""
        return self.number if self.published is None else self.published


def compose_ports(one: ComposeService, taking: ComposeTaking) -> list[ComposePort]:
    """Return the ports that a service publishes or exposes, each once."""
    found: dict[tuple[int, str], ComposePort] = {}
    too_many: list[ComposePort] = []
    served: set[tuple[int, str]] = set()
    for port in (*_published(one, taking), *_exposed(one, taking)):
        key = (port.number, port.protocol)
        if key in found:
            if port.published is not None and port.published != found[key].published:
                reason = f"the Service has {port.number} already, as {found[key].served}"
                taking.left_out(port.node, f"the published port {port.published}", reason)
            continue
        if len(found) == _MAX_PORTS:
            too_many.append(port)
            continue
        if (port.served, port.protocol) in served:
            taking.note(port.node, f"{port.served} is published twice: the Service has {port.number} as {port.number}")
            port = replace(port, published=None)  # noqa: PLW2901 - the port of the Service alone is another one
        served.add((port.served, port.protocol))
        found[key] = port
    if too_many:
        last = f" to {too_many[-1].number}" if len(too_many) > 1 else ""
        what = f"the port{'s' if last else ''} {too_many[0].number}{last}"
        taking.left_out(too_many[0].node, what, f"a spec has {_MAX_PORTS} ports at most")
    return sorted(found.values(), key=lambda each: each.is_local)  # probes connect to the first one


def take_asked_port(asked: int, ports: list[ComposePort], taking: ComposeTaking) -> None:
    """Take over what a service says of the port that the command names, instead of its other ports."""
    for port in ports:
        if port.number != asked:
            taking.left_out(port.node, f"the port {port.number}", "--port says another one")
        elif port.served != _USUAL and port.protocol == "TCP":
            taking.take(("service_port",), port.served, port.node)


def take_ports(ports: list[ComposePort], one: ComposeService, taking: ComposeTaking) -> None:
    """Take the ports of a service over: a single HTTP port by the keys of one port, else as a list."""
    names = _port_names(ports)
    if not ports:
        taking.take(("ports",), [], one.node)
        reason = "the spec has no port and no Service; write port: … if it listens"
        taking.note(one.node, f"{one.name} neither publishes nor exposes a port: {reason}")
        return
    for port in ports:
        if port.published not in {None, port.number}:
            text = f"the Service has {port.published}, as published; in the network of Compose it is {port.number}"
            taking.note(port.node, text)
    first = ports[0]
    if names == ["http"] and first.protocol == "TCP" and not first.app_protocol:
        taking.take(("port",), first.number, first.node)
        if first.served != _USUAL:
            taking.take(("service_port",), first.served, first.node)
        return
    listed: list[dict[str, Any]] = []
    for name, port in zip(names, ports, strict=True):
        listed.append({"name": name, "port": port.number})
        listed[-1] |= {} if port.protocol == "TCP" else {"protocol": port.protocol}
        listed[-1] |= {} if port.served == port.number else {"service_port": port.served}
        listed[-1] |= {"app_protocol": port.app_protocol} if port.app_protocol else {}
    taking.take(("ports",), listed, first.node)


def _published(one: ComposeService, taking: ComposeTaking) -> Iterator[ComposePort]:
    node = one.get("ports")
    if node is not None and node.shape != "list":
        taking.left_out(node, "ports", "it is not a list")
        return
    for item in node.items if node is not None else ():
        yield from _long(item, taking) if item.shape == "map" else _short(item, taking)


def _exposed(one: ComposeService, taking: ComposeTaking) -> Iterator[ComposePort]:
    node = one.get("expose")
    if node is not None and node.shape != "list":
        taking.left_out(node, "expose", "it is not a list")
        return
    for item in node.items if node is not None else ():
        text = taking.text(item)
        if text is not None:
            number, _, protocol = text.partition("/")
            yield from _numbered(item, text, ("", number), protocol, taking)


def _short(item: Node, taking: ComposeTaking) -> Iterator[ComposePort]:
    """Yield the ports of ``[[ADDRESS:]PUBLISHED:]CONTAINER[/PROTOCOL]``; ports may be ranges."""
    text = taking.text(item)
    if text is None:
        return
    numbers, _, protocol = text.partition("/")
    rest, _, container = numbers.rpartition(":")
    address, _, published = rest.rpartition(":")
    if address:
        taking.left_out(item, f"the address {address}", "a Service has no address of a host")
    for one in _numbered(item, text, (published, container), protocol, taking):
        yield replace(one, is_local=address in _LOOPBACK)


def _long(item: Node, taking: ComposeTaking) -> Iterator[ComposePort]:
    target, published = (taking.text(get(item, key)) or "" for key in ("target", "published"))
    protocol, name, application = (taking.text(get(item, key)) or "" for key in ("protocol", "name", "app_protocol"))
    if text_at(item, "host_ip"):
        taking.left_out(item, "host_ip", "a Service has no address of a host")
    if text_at(item, "mode") == "host":
        taking.left_out(item, "mode: host", "the port is that of the Service, not of each node")
    for one in _numbered(item, target or "a port without target", (published, target), protocol, taking):
        yield replace(one, name=name, app_protocol=application, is_local=text_at(item, "host_ip") in _LOOPBACK)


def _numbered(
    item: Node, text: str, numbers: tuple[str, str], protocol: str, taking: ComposeTaking
) -> Iterator[ComposePort]:
    """Yield the ports of a published and a container's range, the published one may be empty."""
    published, container = (_range(one) for one in numbers)
    known = _PROTOCOLS.get(protocol.lower() or "tcp")
    if not container or known is None or (numbers[0] and not published):
        taking.left_out(item, f"the port {text}", "it is not a port that a Service can have")
        return
    if published and len(published) != len(container):
        taking.left_out(item, f"the published range of {text}", "each port of the Service is that of the container")
        published = []
    for number, port in enumerate(container):
        yield ComposePort(port, published[number] if published else None, item, known)


def _range(text: str) -> list[int]:
    """Return the numbers of a port or a range of ports; empty if it is not valid."""
    found = _RANGE.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    return list(range(first, last + 1)) if 1 <= first <= last <= 65535 and last - first < 1000 else []


def _port_names(ports: list[ComposePort]) -> list[str]:
    """Return a name for each port: its own, that of a known number, http for the first other one of TCP."""
    names: list[str] = []
    for port in ports:
        own = _NO_LETTER.sub("-", port.name.lower()).strip("-")[:15].rstrip("-")
        number = f"{port.protocol.lower()}-{port.number}"
        first = "http" if port.protocol == "TCP" and port.number not in _NAMES and "http" not in names else number
        known = _NAMES.get(port.number, "") if port.protocol == "TCP" or port.number == 53 else ""
        usable = own if any(letter.isalpha() for letter in own) else known or first
        names.append(next(one for one in (usable, number) if one not in names))
    return names
