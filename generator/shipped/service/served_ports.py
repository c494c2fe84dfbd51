"""The ports of a service: those of the main container, and what the Service makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault
from .workload_class import STATEFUL_SET, has_service, workload_class


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
    """Return the ports of a service, in the order of the spec; none of a worker or a job."""
    reference = str(values.get("port_reference", "name"))
    several = values.get("ports")
    if several is None and "port" not in values:
        return []
    if several is None:
        port = int(values["port"])
        return [
            ServedPort(
                str(values["port_name"]), port, str(values["protocol"]),
                port if _is_headless(values) else int(values.get("service_port", port)),
                str(values.get("service_port_name", values["port_name"])), reference=reference,
            )
        ]  # fmt: skip
    return [
        ServedPort(
            str(one["name"]), int(one["port"]), str(one.get("protocol", "TCP")), _service_port(one, values),
            str(one["name"]), str(one.get("app_protocol", "")), reference,
        )
        for one in several
    ]  # fmt: skip


def _service_port(one: Mapping[str, Any], values: Mapping[str, Any]) -> int | None:
    found: int | None = one.get("service_port", one["port"]) if has_service(values) else None
    return found


def _is_headless(values: Mapping[str, Any]) -> bool:
    """Return whether nothing translates ports: the name of the Service leads to the pods themselves."""
    return values.get("service_type") == "Headless"


def service_sort(values: Mapping[str, Any]) -> str:
    """Return the type of the Service: that of a StatefulSet has no address, and so no other port than the pods."""
    return "Headless" if workload_class(values) is STATEFUL_SET else str(values["service_type"])


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
        if _is_headless(values) and one.service_port not in {None, one.number}:
            message = f"a headless Service leads to the pods themselves, which listen on {one.number}"
            yield SpecFault([*where, "service_port"], message, "remove it", at_key=True)
    yield from _protocol_faults(values)


def _protocol_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of probes where no port is one of TCP, which the kubelet could connect to."""
    if probed_port(values) is not None or values.get("canary"):
        return
    is_listed = "port" not in values or values.get("ports") is not None
    reason = "no port is one of TCP" if is_listed else f"protocol is {values['protocol']}"
    is_usual = is_listed and has_service(values)  # probes that nobody asked for are left out
    for name, wanted in values.get("probes", {}).items():
        if wanted is True and name != "startup" and not is_usual:
            message = f"a probe connects to a port by TCP, and {reason}"
            hint = f"set probes.{name} to false, or to a probe of another type, such as {{exec: {{command: [check]}}}}"
            yield SpecFault(["probes", name], message, hint)
    if "health_path" in values:
        yield SpecFault(["health_path"], f"HTTP needs a port of TCP, and {reason}", "remove health_path")
