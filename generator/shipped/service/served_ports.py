"""The ports of a service: those of the main container, and what the Service makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault


@dataclass(frozen=True)
class ServedPort:
    """A port: its name and number in the container, and its number and name in the Service, None if it is not there."""

    name: str
    number: int
    protocol: str = "TCP"
    service_port: int | None = None
    service_name: str = ""
    app_protocol: str = ""
    reference: str = "name"

    @property
    def target(self) -> str | int:
        """How probes and the Service refer to the port: by its name, or its number."""
        return self.name if self.reference == "name" else self.number

    @property
    def is_implied(self) -> bool:
        """Whether the Service needs no targetPort."""
        return self.reference == "implied" and self.number == self.service_port


def served_ports(values: Mapping[str, Any]) -> list[ServedPort]:
    """Return the ports of a service, in the order of the spec; none of a worker."""
    reference = str(values["port_reference"])
    if (several := values.get("ports")) is None:
        return [
            ServedPort(
                str(values["port_name"]), int(values["port"]), str(values["protocol"]), int(values["service_port"]),
                str(values["service_port_name"]), reference=reference,
            )
        ]  # fmt: skip
    return [
        ServedPort(
            str(one["name"]), int(one["port"]), str(one.get("protocol", "TCP")), one.get("service_port", one["port"]),
            str(one["name"]), str(one.get("app_protocol", "")), reference,
        )
        for one in several
    ]  # fmt: skip


def exposed_ports(values: Mapping[str, Any]) -> list[ServedPort]:
    """Return the ports that the Service has; without any there is no Service."""
    return [one for one in served_ports(values) if one.service_port is not None]


def probed_port(values: Mapping[str, Any]) -> ServedPort | None:
    """Return the port that probes connect to: the first one of TCP."""
    return next((one for one in served_ports(values) if one.protocol == "TCP"), None)


def port_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of several ports together."""
    several = values.get("ports") or ()
    found = served_ports(values) if several else []
    for number, one in enumerate(found):
        where, others = ["ports", number], found[:number]
        if any(one.name == other.name for other in others):
            yield SpecFault([*where, "name"], f"two ports are named {one.name}", "rename one")
        served = (one.service_port, one.protocol)
        if any((one.number, one.protocol) == (other.number, other.protocol) for other in others):
            yield SpecFault([*where, "port"], f"two ports are {one.number}/{one.protocol}", "change or remove one")
        elif one.service_port is not None and any(served == (each.service_port, each.protocol) for each in others):
            message = f"two ports are {one.service_port}/{one.protocol} in the Service"
            yield SpecFault([*where, "service_port"], message, "change one, or set it to null")
    yield from _protocol_faults(values)


def _protocol_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of probes where no port is one of TCP, which the kubelet could connect to."""
    if probed_port(values) is not None or values.get("canary"):
        return
    is_listed = values.get("ports") is not None
    reason = "no port is one of TCP" if is_listed else f"protocol is {values['protocol']}"
    for name, wanted in values["probes"].items():
        if wanted is True and name != "startup" and not is_listed:
            message = f"a probe connects to a port by TCP, and {reason}"
            hint = f"set probes.{name} to false, or to a probe of another type, such as {{exec: {{command: [check]}}}}"
            yield SpecFault(["probes", name], message, hint)
    if "health_path" in values:
        yield SpecFault(["health_path"], f"HTTP needs a port of TCP, and {reason}", "remove health_path")
