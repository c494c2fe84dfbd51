"""K8S011: an Ingress or a route of the Gateway API to a Service, or to a port of one, that does not exist.

Ports of Ingresses are those of K8S002.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...finding import Finding
from ...nearest import Guesses, name_list
from ...schema_words import show
from ...yaml import Node, get, items_at, text_at
from ..built.views import is_left_out
from ..readers.kustomize_builds import build_layers
from ..readers.objects import Object, is_built_in, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .service_pods import belong_together, may_have_more, services_beside, services_in
from .unfit_fields import changed_keys_of

_GATEWAY = "gateway.networking.k8s.io"
_ROUTES = frozenset({"GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"})
_MOST = 200  # Services of a folder among which a near name is looked for
_SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - {name: http, port: 80}\n---\n"
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: web\nspec:\n  rules:\n"
    "    - backendRefs:\n        - name: web\n          port: "
)


@rule(
    "K8S011",
    "error",
    ("kubernetes",),
    "an Ingress or route to a Service, or to a port of it, that does not exist",
    explanation=(
        "The controller answers requests with 500 or 503. A port of an HTTPRoute, or another route of the Gateway API, "
        "is compared with the Service of that name in its namespace or folder (K8S002 does this for an Ingress). A "
        "Service that is missing is only reported if one in the folder has nearly the same name, no file has one with "
        "this name, and nothing in the folder may create one, such as a HelmRelease."
    ),
    bad=f"{_SERVICE}8080\n",
    good=f"{_SERVICE}80\n",
    source="https://gateway-api.sigs.k8s.io/reference/spec/#backendref",
    across=True,
    as_built=True,
)
def _unreachable(file: File, scope: Scope) -> Iterator[Finding]:
    """Find backends that are no Service of the run, or have a port that it does not have."""
    for one in objects(file):
        is_route = one.group == _GATEWAY and one.sort in _ROUTES
        if not is_route and not (one.sort == "Ingress" and is_built_in(one)):
            continue
        if is_patch(file, scope) or is_left_out(file, scope):
            continue
        for backend in _of_route(one) if is_route else _of_ingress(one):
            name = get(backend, "name") or get(backend, "serviceName")
            if name is None or name.shape != "scalar" or not name.text or has_placeholder(name.text):
                continue
            if (space := text_at(backend, "namespace")) in {"", one.namespace}:
                yield from _missing(one, name, scope)
            if is_route:
                found = _services_of(one, name.text, space, scope)
                yield from _without_port(one, name.text, get(backend, "port"), found, scope)


def _of_ingress(one: Object) -> Iterator[Node]:
    spec = get(one.node, "spec")
    backends = [get(spec, "defaultBackend"), get(spec, "backend")]
    backends += [get(path, "backend") for part in items_at(spec, "rules") for path in items_at(part, "http", "paths")]
    yield from (x for backend in backends if (x := get(backend, "service") or backend) is not None)


def _of_route(one: Object) -> Iterator[Node]:
    """Yield the references of a route to Services."""
    for part in items_at(one.node, "spec", "rules"):
        filters = [
            *items_at(part, "filters"),
            *(x for each in items_at(part, "backendRefs") for x in items_at(each, "filters")),
        ]
        mirrors = [x for each in filters if (x := get(each, "requestMirror", "backendRef")) is not None]
        for reference in (*items_at(part, "backendRefs"), *mirrors):
            if text_at(reference, "kind") in {"", "Service"} and not text_at(reference, "group"):
                yield reference


def _services_of(one: Object, name: str, space: str, scope: Scope) -> list[Object]:
    """Return the Services that a route certainly means: of another namespace, those that nothing gives another one."""
    if space in {"", one.namespace}:
        return services_beside(one, name, scope)
    found = [x for x in services_in(scope).get(name, ()) if x.namespace == space]
    return [] if any(layer.renames for x in found for layer in build_layers(x.file.path, scope)) else found


def _without_port(one: Object, name: str, port: Node | None, found: list[Object], scope: Scope) -> Iterator[Finding]:
    ports = {text_at(each, "port") for x in found for each in items_at(x.node, "spec", "ports")}
    if port is None or port.shape != "scalar" or port.tag != "int" or not ports or port.text in ports:
        return
    if any(map(has_placeholder, ports)) or any("ports" in changed_keys_of(x, scope) for x in found):
        return
    if "port" in changed_keys_of(one, scope) or "backendRefs" in changed_keys_of(one, scope):
        return
    message = f"{one.shown} refers to port {port.text} of Service {name}, which has no such port"
    yield at(port, message, f"it has {name_list(ports)}; a route takes the port of the Service, not of the container")


def _missing(one: Object, name: Node, scope: Scope) -> Iterator[Finding]:
    if name.text in services_in(scope):
        return
    beside = [
        x for x in _services_by_folder(scope).get(posixpath.dirname(one.file.path), ()) if belong_together(one, x)
    ]
    guesses: Guesses = scope.memo.setdefault("routed_services.guesses", Guesses())
    close = guesses.nearest(name.text, {x.name for x in beside}) if beside else ""
    if close and not may_have_more(one, scope):
        message = f"{one.shown} refers to the Service {show(name.text)}, which does not exist"
        yield at(name, message, f"did you mean {close}?")


def _services_by_folder(scope: Scope) -> Mapping[str, list[Object]]:
    if "routed_services.folders" not in scope.memo:
        found: dict[str, list[Object]] = {}
        for one in (x for services in services_in(scope).values() for x in services):
            found.setdefault(posixpath.dirname(one.file.path), []).append(one)
        scope.memo["routed_services.folders"] = found
    known: Mapping[str, list[Object]] = scope.memo["routed_services.folders"]
    return known
