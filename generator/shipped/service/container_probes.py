"""The probes of the main container: those that follow from the port, or fields of the spec in Kubernetes' own names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...fragments import combined
from .served_ports import ServedPort, probed_port

_ASKING = ("httpGet", "tcpSocket", "grpc")  # those that connect to a port, by default to that of other probes
HANDLERS = (*_ASKING, "exec")
# Five minutes to start; no traffic after 15 seconds without an answer; a restart after a minute.
_TIMES: Mapping[str, Mapping[str, int]] = {
    "startup": {"periodSeconds": 5, "failureThreshold": 60},
    "readiness": {"periodSeconds": 5},
    "liveness": {"periodSeconds": 20, "failureThreshold": 3},
}


def probes(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the probes of the main container by their fields, such as ``readinessProbe``.

    A probe that is only wanted connects to the first port of TCP, and without one there is none. A startup probe that
    is only wanted is there for the sake of a liveness probe.
    """
    wanted = {name: values.get("probes", {}).get(name) for name in _TIMES}
    found = {name: made for name, one in wanted.items() if (made := _probe(name, one, values))}
    if wanted["startup"] is True and "liveness" not in found:
        found.pop("startup", None)
    return {f"{name}Probe": one for name, one in found.items()}


def _probe(name: str, wanted: Any, values: Mapping[str, Any]) -> dict[str, Any] | None:
    if wanted is None or wanted is False:
        return None
    port = probed_port(values)
    own: Mapping[str, Any] = wanted if isinstance(wanted, Mapping) else {}
    if any(own.get(one) is not None for one in HANDLERS):
        handler: dict[str, Any] = {}
        own = _with_ports(own, port)
    elif port is None:
        return None
    elif "health_path" in values:
        handler = {"httpGet": {"path": values["health_path"], "port": port.target}}
    else:
        handler = {"tcpSocket": {"port": port.target}}
    made: dict[str, Any] = combined({**handler, **_TIMES[name]}, own)
    first = [one for one in made if one in HANDLERS]
    return {key: made[key] for key in [*first, *(one for one in made if one not in first)]}


def _with_ports(own: Mapping[str, Any], port: ServedPort | None) -> dict[str, Any]:
    """Return the fields of a probe, with a port for a handler that connects to one; gRPC takes no name of a port."""
    found = dict(own)
    for one in _ASKING:
        if port and isinstance(own.get(one), Mapping):
            found[one] = {**own[one], "port": own[one].get("port", port.number if one == "grpc" else port.target)}
    return found


def probe_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of probes that say when, but not how, where no port is one of TCP."""
    if probed_port(values) is not None:
        return
    for name, one in values.get("probes", {}).items():
        if isinstance(one, Mapping) and not any(each in one for each in HANDLERS):
            message = "the probe does not say what it does, and no port is one of TCP"
            yield SpecFault(["probes", name], message, "add exec: {command: […]}, or a port", at_key=True)


def probes_note(made: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a comment on what the probes of a container are for."""
    told = []
    if one := made.get("startupProbe"):
        told.append(f"Up to {_shown(int(one.get('periodSeconds', 10)) * int(one.get('failureThreshold', 3)))} to start")
    if "readinessProbe" in made:
        told.append("not ready: no traffic")
    if one := made.get("livenessProbe"):
        time = _shown(int(one.get("periodSeconds", 10)) * int(one.get("failureThreshold", 3)))
        told.append(f"not alive for {time}: restart")
    text = ". ".join(each[0].upper() + each[1:] for each in told)
    return f"{text}."


def _shown(seconds: int) -> str:
    """Return a time as people say it."""
    if seconds % 60:
        return f"{seconds} seconds"
    return "a minute" if seconds == 60 else f"{seconds // 60} minutes"
