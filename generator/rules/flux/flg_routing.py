"""How requests reach the target of a Canary: what its provider needs, its Ingress, and the ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...finding import Finding
from ...nearest import name_list
from ...yaml import Node, get, items_at, text_at
from ..readers.objects import Object, containers, named, of_sort
from ..rule import Scope, at

# Without these, the provider's router refuses the Canary (fluxcd/flagger 1.44, pkg/router).
_NEEDED = {
    "nginx": ("ingressRef",),
    "skipper": ("ingressRef",),
    "apisix": ("routeRef",),
    "gatewayapi:v1": ("service", "gatewayRefs"),
    "gatewayapi:v1beta1": ("service", "gatewayRefs"),
}


def canary_routing(one: Object, scope: Scope) -> Iterator[Finding]:
    """Yield the faults of a Canary's references and ports."""
    service = get(one.node, "spec", "service")
    provider = get(one.node, "spec", "provider")
    if provider is not None and provider.text in _NEEDED:
        where = _NEEDED[provider.text]
        found = get(one.node, "spec", *where)
        if found is None or (found.shape == "list" and not found.items):
            message = f"the provider {provider.text} needs spec.{'.'.join(where)}, which {one.shown} does not have"
            yield at(provider, message, "set it, or use another provider")
    if service is None:
        return
    port = get(service, "port")
    if port is not None and port.shape == "scalar":
        yield from _target_port(one, service, port, scope)
        yield from _ingresses(one, service, port, scope)


def _apex(one: Object) -> str:
    return text_at(one.node, "spec", "service", "name") or text_at(one.node, "spec", "targetRef", "name")


def _target_port(one: Object, service: Node, port: Node, scope: Scope) -> Iterator[Finding]:
    """Yield the fault of a port number that the target does not have; K8S002 reports unknown names."""
    target = get(service, "targetPort") or port
    if target.shape != "scalar" or not target.text.isdecimal() or target.tag != "int":
        return
    sort, name = (text_at(one.node, "spec", "targetRef", key) for key in ("kind", "name"))
    workloads = [x for x in named(scope, sort, name) if x.pod is not None and x.namespace == one.namespace]
    ports = [
        text_at(each, "containerPort")
        for x in workloads
        for container in containers(x)
        for each in items_at(container.node, "ports")
    ]
    if ports and target.text not in ports:
        what = "targetPort" if target is not port else "port, which is the targetPort too,"
        message = f"the {what} {target.text} of {one.shown} is not a port of {sort} {name}"
        finding = at(target, message, f"its containers have {name_list(ports)}; set targetPort to one, or to its name")
        yield replace(finding, severity="warning")  # a container may listen on a port that it does not list


def _ingresses(one: Object, service: Node, port: Node, scope: Scope) -> Iterator[Finding]:
    """Yield the faults of Ingresses: a wrong port of the Service, or no path to it where the Canary refers to one."""
    apex = _apex(one)
    paths = _paths(scope).get((one.namespace, apex), [])
    reference = get(one.node, "spec", "ingressRef", "name")
    if reference is not None and all(ingress.name != reference.text for ingress, _ in paths):
        for ingress in named(scope, "Ingress", reference.text):
            if ingress.namespace == one.namespace:
                message = f"{ingress.shown} has no path to the Service {apex}, so that {one.shown} cannot start"
                hint = f"{ingress.file.path}:{ingress.node.line} needs a backend with service.name: {apex}"
                yield at(reference, message, hint)
    offered = {port.text, text_at(service, "portName") or "http"}
    for ingress, backend in paths:
        used = get(backend, "port", "number") or get(backend, "port", "name")
        if used is not None and used.text not in offered:
            message = f"{ingress.shown} refers to port {used.text} of the Service {apex}, which {one.shown} makes"
            hint = f"the Service has {name_list(offered)}; change {ingress.file.path}:{used.line} or the port here"
            yield at(port, message, hint)
            return


_Paths = dict[tuple[str, str], list[tuple[Object, Node]]]


def _paths(scope: Scope) -> _Paths:
    """Return the backends of all Ingresses, by namespace and name of the Service."""
    if "flg_routing.paths" not in scope.memo:
        found: _Paths = {}
        for ingress in of_sort(scope, "networking.k8s.io", "Ingress"):
            for part in items_at(ingress.node, "spec", "rules"):
                for path in items_at(part, "http", "paths"):
                    backend = get(path, "backend", "service")
                    if backend is not None:
                        key = ingress.namespace, text_at(backend, "name")
                        found.setdefault(key, []).append((ingress, backend))
        scope.memo["flg_routing.paths"] = found
    made: _Paths = scope.memo["flg_routing.paths"]
    return made
