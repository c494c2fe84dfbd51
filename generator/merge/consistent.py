"""What has to fit together in an object of Kubernetes, so that both sides' changes can be right and their sum wrong.

Only what field-wise merging can break is looked at: a mount and its volume, a key of a ConfigMap in both of its maps,
a list that the API wants to have an item, of which each side deleted one. Everything else is the business of rules.
Source: the validation of k8s.io/kubernetes/pkg/apis, which judges merges in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .values import Value, item_at

_POD = {
    "Pod": "spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), "spec.template.spec"
    ),
}
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_WATCHED = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NEVER_EMPTY = {
    "Role": ("rules.verbs",),
    "ClusterRole": ("rules.verbs",),
    "Service": ("spec.ports",),
    "Ingress": ("spec.rules.http.paths",),
    **{name: (f"{path}.containers",) for name, path in _POD.items()},
}


def faults(documents: Iterable[Value]) -> set[str]:
    """Return what does not fit together in objects, as reasons for people."""
    out: set[str] = set()
    for one in documents:
        name = _text(item_at(one, "kind"))
        out.update(_of_pod(one, _POD[name]) if name in _POD else ())
        out.update(_ports(one) if name == "Service" else ())
        out.update(_empty(one, name))
        if name == "ConfigMap":
            data, binary = (item_at(one, field) for field in ("data", "binaryData"))
            if isinstance(data, dict) and isinstance(binary, dict):
                out.update(
                    f"the key {_text(key)} would be in data and in binaryData" for key in data.keys() & binary.keys()
                )
        if name == "Ingress" and not item_at(one, "spec.rules") and item_at(one, "spec.defaultBackend") is None:
            out.add("neither spec.rules nor spec.defaultBackend would be left")
        if name in _POD and "." in _POD[name] and not _may_fail(one, _POD[name]):
            out.add("podFailurePolicy needs the restartPolicy Never")
    return out


def _of_pod(document: Value, path: str) -> Iterator[str]:
    yield from _mounts(document, path)
    for one in _items(item_at(document, path), "initContainers"):
        watched = next((field for field in _WATCHED if item_at(one, field) is not None), "")
        if watched and _text(item_at(one, "restartPolicy")) != "Always":
            yield f"{watched} of the init container {_text(item_at(one, 'name'))} needs its restartPolicy Always"


def _names(ports: list[Value]) -> Iterator[str]:
    names = [name for one in ports if (name := _text(item_at(one, "name")))]
    yield from (f"two ports would have the name {name}" for name in names if names.count(name) > 1)


def _ports(document: Value) -> Iterator[str]:
    yield from _names(_items(item_at(document, "spec"), "ports"))
    seen: set[tuple[str, str]] = set()
    for one in _items(item_at(document, "spec"), "ports"):
        port = _text(item_at(one, "port")), _text(item_at(one, "protocol")) or "TCP"
        if port in seen:
            yield f"the port {port[0]} would be there twice"
        seen.add(port)


def _mounts(document: Value, path: str) -> Iterator[str]:
    pod = item_at(document, path)
    if not isinstance(pod, dict):
        return
    there = {_text(item_at(one, "name")) for one in _items(pod, "volumes")}
    there |= {_text(item_at(one, "metadata.name")) for one in _items(item_at(document, "spec"), "volumeClaimTemplates")}
    for field in _CONTAINERS:
        for container in _items(pod, field):
            yield from _names(_items(container, "ports"))
            for mount in _items(container, "volumeMounts"):
                name = _text(item_at(mount, "name"))
                if name not in there:
                    yield f"the volume {name} that a container mounts would be gone"


def _empty(document: Value, name: str) -> Iterator[str]:
    for path in _NEVER_EMPTY.get(name, ()):
        values = [document]
        for part in path.split("."):
            values = [one for value in values for one in (value if isinstance(value, list) else [value])]
            values = [one for value in values if (one := item_at(value, part)) is not None]
        if [] in values:
            yield f"{path} would be empty"


def _may_fail(document: Value, path: str) -> bool:
    """Tell whether a Job has the restart policy that its policy for failures needs."""
    job = path.removesuffix("template.spec") + "podFailurePolicy"
    return item_at(document, job) is None or _text(item_at(document, f"{path}.restartPolicy")) == "Never"


def _items(value: Value, field: str) -> list[Value]:
    found = item_at(value, field)
    return found if isinstance(found, list) else []


def _text(value: Any) -> str:
    return str(value[1]) if isinstance(value, tuple) and len(value) == 2 else ""
