"""Addresses of kind clusters that kind refuses, and host ports that two nodes or clusters would bind."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from ...finding import Finding
from ...trial_folders import is_example
from ...yaml import Node, get, items_at, text_at
from ..readers.expansion import unknown
from ..rule import File, Scope, at
from ..schema_findings import has_placeholder
from .kits import DEFAULT

_ANY = frozenset(("", "0.0.0.0", "::"))  # noqa: S104 - compared
_ADVICE = "give every cluster different host ports, or let kind choose with hostPort: 0"


@dataclass(frozen=True)
class _Mapping:
    """A port of the host that a node binds: ``cluster`` is the number of its document and its name."""

    path: str
    cluster: tuple[int, str]
    key: tuple[str, str]
    address: str
    node: Node


def address_faults(document: Node) -> Iterator[Finding]:
    """Find subnets and addresses that kind cannot parse (``validateSubnets``, ``validatePortMappings``)."""
    yield from _subnet_faults(get(document, "networking"))
    for node in items_at(document, "nodes"):
        for mapping in items_at(node, "extraPortMappings"):
            address = get(mapping, "listenAddress")
            text = text_at(address)
            if not text or text_at(mapping, "hostPort") in {"", "0", "-1"}:
                continue
            if not (_is_address(text) or unknown(text) or has_placeholder(text)):
                yield at(address, f"listenAddress {text} is not an IP address", "write one, such as 127.0.0.1")


def _subnet_faults(networking: Node | None) -> Iterator[Finding]:
    family = text_at(networking, "ipFamily") or "ipv4"
    for key in ("podSubnet", "serviceSubnet"):
        subnet = get(networking, key)
        text = text_at(subnet)
        if not text or unknown(text) or has_placeholder(text):
            continue
        parts = text.split(",")
        found = [_family_of(one) for one in parts]
        if None in found:
            wrong = parts[found.index(None)]
            yield at(subnet, f"{key}: {wrong} is not a subnet", "write address/length, such as 10.244.0.0/16")
        elif family == "dual" and len(parts) > 1 and (len(parts) > 2 or len(set(found)) == 1):
            yield at(subnet, f"{key}: ipFamily dual takes one subnet of IPv4 and one of IPv6", "write IPV4,IPV6")
        elif family in {"ipv4", "ipv6"} and found != [family]:
            message = f"{key}: ipFamily is {family}, which takes one subnet of this family"
            yield at(subnet, message, f"write one {family} subnet, or set ipFamily: dual")


def _family_of(text: str) -> str | None:
    """Return ipv4 or ipv6 for a subnet, None if it is none."""
    try:
        return f"ipv{ipaddress.ip_network(text, strict=False).version}" if "/" in text else None
    except ValueError:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def taken_ports(file: File, scope: Scope) -> Iterator[Finding]:
    """Find host ports that two nodes of a cluster bind, and those that two clusters would, once for two files."""
    own = list(_mappings(file))
    if not own:
        return
    everywhere = _all(scope)
    told: set[str] = set()
    for one in own:
        for other in everywhere[one.key]:
            inside = other.path == one.path and other.cluster[0] == one.cluster[0] and other.node.start < one.node.start
            if not inside and (other.path in told or not _collide(one, other)):
                continue
            if one.address == other.address or {one.address, other.address} & _ANY:
                port = f"host port {'/'.join(one.key)} is also used by"
                if inside:
                    yield at(one.node, f"{port} line {other.node.line}", "give every mapping its own host port")
                else:
                    told.add(other.path)
                    where = f"{other.path}:{other.node.line}"
                    yield at(one.node, f"{port} {where}: the clusters cannot run at once", _ADVICE, "warning")
                break


def _all(scope: Scope) -> dict[tuple[str, str], list[_Mapping]]:
    memo = scope.memo
    if "cluster_network.ports" not in memo:
        taken: dict[tuple[str, str], list[_Mapping]] = {}
        for config in scope.files:
            for one in _mappings(config) if config.family == "kind" else ():
                taken.setdefault(one.key, []).append(one)
        memo["cluster_network.ports"] = taken
    found: dict[tuple[str, str], list[_Mapping]] = memo["cluster_network.ports"]
    return found


def _mappings(file: File) -> Iterator[_Mapping]:
    for number, document in enumerate(file.documents):
        name = text_at(document, "name") or DEFAULT
        for node in items_at(document, "nodes"):
            for one in items_at(node, "extraPortMappings"):
                port = get(one, "hostPort")
                if port is not None and port.tag == "int" and port.text not in {"0", "-1"}:
                    protocol = (text_at(one, "protocol") or "TCP").upper()
                    address = text_at(one, "listenAddress")
                    yield _Mapping(file.path, (number, name), (port.text, protocol), address, port)


def _collide(one: _Mapping, other: _Mapping) -> bool:
    """Return whether a mapping of an earlier file is of another cluster that may run on one machine at once.

    Those of one directory or below it, and those with the same name, are taken for variants of one cluster; examples
    are tried one by one.
    """
    if other.path >= one.path or is_example(one.path) or is_example(other.path):
        return False
    folder, other_folder = one.path.rpartition("/")[0], other.path.rpartition("/")[0]
    apart = folder != other_folder and not f"{folder}/".startswith(f"{other_folder}/")
    name = one.cluster[1]
    return apart and not f"{other_folder}/".startswith(f"{folder}/") and (name != other.cluster[1] or name == DEFAULT)
