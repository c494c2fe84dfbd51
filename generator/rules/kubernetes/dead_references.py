"""K8S002: Services, Ingresses and Canaries without a target, and removed API versions."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...nearest import name_list
from ...yaml import get, items_at, pairs_at, text_at
from ..built.views import is_left_out
from ..readers.objects import Object, is_built_in, is_patch, objects
from ..readers.objects import named as objects_named
from ..rule import File, Scope, at, rule
from .removed_apis import REMOVED
from .service_pods import belong_together, orphan_for, pods_of, port_names, services_beside


@rule(
    "K8S002",
    "error",
    ("kubernetes",),
    "a Service, Ingress or Canary whose target does not exist, or an API version that was removed",
    explanation=(
        "A Service whose selector matches no pod, or whose targetPort names no port of the container, is accepted but "
        "has no endpoints. The same applies to an Ingress or Canary that names a missing port. An API version that the "
        "configured Kubernetes (kubernetes in .scaffold/config.yaml) does not serve is refused. A Service is only "
        "checked next to workloads, if nothing else may create pods, and unless a kustomization in its folder "
        "leaves it out."
    ),
    bad="apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n",
    good="apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n",
    source="https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
    across=True,
    as_built=True,
)
def _dead_references(file: File, scope: Scope) -> Iterator[Finding]:
    """Find references of an object to labels, ports or API versions that do not exist."""
    if is_patch(file, scope):
        return
    left_out = is_left_out(file, scope)
    for one in objects(file):
        yield from _gone(one, scope)
        if left_out:
            continue
        if one.sort == "Service" and one.api == "v1":
            yield from _service(one, scope)
        elif one.sort == "Ingress" and is_built_in(one):
            yield from _ingress(one, scope)
        elif one.sort == "Canary" and one.group == "flagger.app":
            yield from _canary(one, scope)


def _gone(one: Object, scope: Scope) -> Iterator[Finding]:
    if one.sort == "ConversionReview":  # what an API server asks a webhook
        return
    since, instead = REMOVED.get((one.api, one.sort)) or REMOVED.get((one.api, "*")) or ("", "")
    version = scope.config.kubernetes
    if since and tuple(map(int, since.split("."))) <= tuple(map(int, version.split("."))):
        hint = f"write {instead}, and move fields that changed" if instead else "remove it: it has no successor"
        message = f"{one.api} {one.sort} was removed in Kubernetes {since}, but the configured version is {version}"
        yield at(get(one.node, "apiVersion") or one.node, message, hint)


def _service(one: Object, scope: Scope) -> Iterator[Finding]:
    selector = {key.text: value.text for key, value in pairs_at(one.node, "spec", "selector")}
    if not selector or text_at(one.node, "spec", "type") == "ExternalName":
        return
    names = pods_of(one, selector, scope)
    if names is None:
        orphan = orphan_for(one, selector, scope)
        if orphan is not None:
            where = get(one.node, "spec", "selector") or one.node
            wanted = ", ".join(f"{key}: {value}" for key, value in selector.items())
            has = ", ".join(f"{key}: {value}" for key, value in orphan.labels.items()) or "no labels"
            hint = f"{orphan.shown} has {has}, and no Service selects it"
            yield at(where, f"{one.shown} selects {wanted}, but no pod has these labels", hint)
        return
    if not names.certain:
        return
    for port in items_at(one.node, "spec", "ports"):
        target = get(port, "targetPort")
        if target is None or target.shape != "scalar" or target.tag != "str" or target.text in names.ports:
            continue
        if target.text.isdecimal():
            message = f"{one.shown} has the targetPort {target.text!r} in quotes, which makes it a port's name"
            yield at(target, message, "remove the quotes")
            continue
        known = f"the port names are {name_list(names.ports - {''})}" if names.ports - {""} else "no port has a name"
        message = f"{one.shown} refers to the port {target.text!r}, which no container of its pods has"
        yield at(target, message, f"{known}; use a name or a number")


def _ingress(one: Object, scope: Scope) -> Iterator[Finding]:
    spec = get(one.node, "spec")
    backends = [get(spec, "defaultBackend"), get(spec, "backend")]
    for part in items_at(spec, "rules"):
        backends += [get(path, "backend") for path in items_at(part, "http", "paths")]
    for backend in backends:
        name = text_at(backend, "service", "name") or text_at(backend, "serviceName")
        port = get(backend, "service", "port", "number") or get(backend, "service", "port", "name")
        port = port or get(backend, "servicePort")
        services = services_beside(one, name, scope)
        if not services or port is None or port.shape != "scalar" or any(port.text in _offers(x) for x in services):
            continue
        offered = name_list(_offers(services[0])) or "none"
        yield at(
            port,
            f"{one.shown} refers to port {port.text} of Service {name}, which has no such port",
            f"it has {offered}",
        )


def _offers(service: Object) -> set[str]:
    ports = items_at(service.node, "spec", "ports")
    return {text for port in ports for text in (text_at(port, "name"), text_at(port, "port"))} - {""}


def _canary(one: Object, scope: Scope) -> Iterator[Finding]:
    target = get(one.node, "spec", "service", "targetPort")
    name, sort = text_at(one.node, "spec", "targetRef", "name"), text_at(one.node, "spec", "targetRef", "kind")
    found = [x for x in objects_named(scope, sort, name) if x.pod is not None and belong_together(one, x)]
    if not found or target is None or target.shape != "scalar" or target.tag != "str":
        return
    names = {name for x in found for name in port_names(x, scope)} - {""}
    if target.text not in names:
        known = name_list(names) or "none with a name"
        message = f"{one.shown} refers to the port {target.text!r}, which no container of {sort} {name} has"
        yield at(target, message, f"the ports are {known}")
