"""K8S005, K8S006 and K8S007: fields of one object that do not fit together, repeated names, and names of nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...nearest import name_list
from ...quantity import quantity
from ...schema_words import show
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.objects import Container, Object, containers, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .unfit_fields import changed_keys_of, unfit_fields

_TABLE = "https://github.com/kubernetes/kubernetes/tree/v1.35.0/pkg/apis"
_DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {matchLabels: {app: web}}\n"
    "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
    "          image: example/web:1.0.0\n"
)
_RESOURCES = _DEPLOYMENT + "          resources:\n            requests: {memory: 256Mi}\n            limits: {memory: "
_SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - {name: http, port: 80}\n"
_MOUNTS = _DEPLOYMENT + "          volumeMounts:\n            - {name: data, mountPath: /data}\n      volumes:\n"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = (("lifecycle", "postStart"), ("lifecycle", "preStop"))


@rule(
    "K8S005",
    "error",
    ("kubernetes",),
    "fields of one object that the API server refuses together",
    explanation=(
        "A request above its limit, an amount such as 1MB, settings of a rolling update with the strategy Recreate, "
        "ports of a Service without names, a HorizontalPodAutoscaler with minReplicas above maxReplicas, a probe "
        "without a handler: each field is valid alone, so that no schema expresses it, and the mistake only shows when "
        "the object is applied. The merge keeps the same constraints, which are from the API server's own validation. "
        "A field that a kustomization patches is not checked."
    ),
    bad=_RESOURCES + "128Mi}\n",
    good=_RESOURCES + "512Mi}\n",
    source=_TABLE,
    as_built=True,
)
def _unfit_fields(file: File, scope: Scope) -> Iterator[Finding]:
    """Find fields that exclude or need each other, contradictory numbers, and amounts that are not valid."""
    for one in unfit_fields(file, scope):
        if one.misfit.relation not in {"missing", "twice"}:
            yield at(one.place, one.message, f"{one.remedy or 'change one of them'}; the API server refuses it")
    for each in _with_pods(file, scope):
        for container in containers(each):
            yield from _wrong_amounts(each, container, scope)


def _wrong_amounts(one: Object, container: Container, scope: Scope) -> Iterator[Finding]:
    """Yield the requests and limits of a container that are no amounts, or below 0."""
    for side in ("requests", "limits"):
        for key, value in pairs_at(container.node, "resources", side):
            if value.shape != "scalar" or value.tag == "null" or has_placeholder(value.text):
                continue
            amount = quantity(value.text)
            if (amount is None or amount < 0) and changed_keys_of(one, scope).isdisjoint({"resources", side, key.text}):
                shown = f"{one.shown} has {side}.{key.text}: {show(value.text)} of {container.name}"
                hint = "write an amount such as 500m, 0.5, 128Mi or 1G, without a B at the end"
                yield at(value, f"{shown}, which is not a valid amount", hint)


@rule(
    "K8S006",
    "error",
    ("kubernetes",),
    "a name, port or path that is in a list twice",
    explanation=(
        "The API server refuses two ports of a Service, containers, volumes or mounts with the same name, port or "
        "path. It accepts two variables with one name in a container, of which the last one counts, and one "
        "containerPort twice: these are a warning."
    ),
    bad=_SERVICE + "    - {name: http, port: 8080}\n",
    good=_SERVICE + "    - {name: metrics, port: 8080}\n",
    source=_TABLE,
    as_built=True,
)
def _repeated(file: File, scope: Scope) -> Iterator[Finding]:
    """Find repeated names, ports and paths of lists."""
    for one in unfit_fields(file, scope):
        if one.misfit.relation == "twice":
            yield at(one.place, one.message, "remove or rename one of them; the API server refuses it")
    for each in _with_pods(file, scope):
        for container in containers(each):
            yield from _hidden_variables(each, container)
            yield from _listed_ports(each, container)


def _with_pods(file: File, scope: Scope) -> list[Object]:
    """Return the objects of a file with a whole pod template."""
    found = [one for one in objects(file) if one.pod is not None]
    return [] if found and is_patch(file, scope) else found


def _hidden_variables(one: Object, container: Container) -> Iterator[Finding]:
    """Yield the variables of a container that a later one with the name hides, unless it is made from them."""
    seen: dict[str, int] = {}
    for item in items_at(container.node, "env"):
        name = text_at(item, "name")
        if name in seen and not has_placeholder(name) and f"$({name})" not in text_at(item, "value"):
            message = f"{one.shown} sets the variable {show(name)} of {container.name} twice"
            hint = f"remove one: this one replaces that of line {seen[name]}"
            yield at(get(item, "name") or item, message, hint, "warning")
        if name:
            seen[name] = item.line


def _listed_ports(one: Object, container: Container) -> Iterator[Finding]:
    """Yield the ports that a container lists twice; one on several addresses or ports of the host is not one port."""
    seen: dict[tuple[str, ...], int] = {}
    for item in items_at(container.node, "ports"):
        port = text_at(item, "containerPort")
        key = port, text_at(item, "protocol") or "TCP", text_at(item, "hostPort"), text_at(item, "hostIP")
        if key in seen and not has_placeholder(port):
            message = f"{one.shown} lists the port {port} of {container.name} twice with one protocol"
            hint = f"remove one, or change the port or protocol of this one or that of line {seen[key]}"
            yield at(get(item, "containerPort") or item, message, hint, "warning")
        if port:
            seen[key] = item.line


@rule(
    "K8S007",
    "error",
    ("kubernetes",),
    "a name of a volume, port or container that the object does not have",
    explanation=(
        "The API server refuses a mount of a volume that the pod does not have (for a StatefulSet, "
        "volumeClaimTemplates count). It accepts a probe or lifecycle hook on the name of a port that the container "
        "does not have, which then fails always: the container is restarted, or never ready."
    ),
    bad=_MOUNTS + "        - {name: cache, emptyDir: {}}\n",
    good=_MOUNTS + "        - {name: data, emptyDir: {}}\n",
    source=_TABLE,
    as_built=True,
)
def _missing_names(file: File, scope: Scope) -> Iterator[Finding]:
    """Find names of volumes, ports and containers that are not in the object."""
    for one in unfit_fields(file, scope):
        if one.misfit.relation == "missing":
            yield at(one.place, one.message, "add it, or correct the name; the API server refuses it")
    for each in _with_pods(file, scope):
        for container in containers(each):
            yield from _probed_ports(each, container, scope)


def _probed_ports(one: Object, container: Container, scope: Scope) -> Iterator[Finding]:
    """Yield the probes and hooks of a container on names of ports that it does not have."""
    names = {text_at(port, "name") for port in items_at(container.node, "ports")} - {""}
    if any(map(has_placeholder, names)):
        return
    for where in (*((probe,) for probe in _PROBES), *_HOOKS):
        for handler in ("httpGet", "tcpSocket"):
            port = get(container.node, *where, handler, "port")
            if port is None or not _is_name(port) or port.text in names:
                continue
            if not changed_keys_of(one, scope).isdisjoint({"ports", "port", *where}):
                continue
            known = f"its ports are {name_list(names)}" if names else "none of its ports has a name"
            shown = f"{one.shown} has a {where[-1]} on the port {show(port.text)}"
            yield at(port, f"{shown}, which {container.name} does not have", f"{known}; use a name or a number")


def _is_name(port: Node) -> bool:
    """Return whether a port is a name, and not a number, one in quotes or a placeholder."""
    return (
        port.shape == "scalar"
        and port.tag == "str"
        and bool(port.text)
        and not port.text.isdecimal()
        and not has_placeholder(port.text)
    )
