"""K8S010: a ServiceMonitor or PodMonitor of a port that nothing it selects has."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import islice

from ...finding import Finding, Severity
from ...nearest import name_list
from ...schema_words import show
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.label_selectors import selects
from ..readers.objects import Object, all_objects, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .service_pods import belong_together, may_have_more, port_names
from .unfit_fields import changed_keys_of

_GROUP = "monitoring.coreos.com"
_ENDPOINTS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}
_KEYS = frozenset({"endpoints", "matchLabels", "namespaceSelector", "podMetricsEndpoints", "port", "selector"})
_MOST = 200  # Services or pods that one monitor is compared with
_SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  ports:\n"
    "    - {name: metrics, port: 9090}\n---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n"
    "  name: web\nspec:\n  selector: {matchLabels: {app: web}}\n  endpoints:\n"
)


@rule(
    "K8S010",
    "error",
    ("kubernetes",),
    "a ServiceMonitor or PodMonitor of a port that nothing it selects has",
    explanation=(
        "Prometheus finds no target for an endpoint whose port no selected Service (for a PodMonitor: no container) "
        "has by that name, without an error anywhere. A number is no name, and the port of a ServiceMonitor is that "
        "of the Service, not of the container. The rule compares objects of one namespace or folder; if something in "
        "the folder may create more Services or pods, such as a HelmRelease, the severity is warning."
    ),
    bad=f"{_SERVICE}    - port: http\n",
    good=f"{_SERVICE}    - port: metrics\n",
    source="https://prometheus-operator.dev/docs/developer/getting-started/",
    across=True,
)
def _unknown_ports(file: File, scope: Scope) -> Iterator[Finding]:
    """Find endpoints whose port is a name that no selected Service or pod has."""
    for one in objects(file):
        endpoints = _ENDPOINTS.get(one.sort) if one.group == _GROUP else None
        selector = get(one.node, "spec", "selector")
        if endpoints is None or selector is None or not selector.pairs or is_patch(file, scope):
            continue
        ports = [port for each in items_at(one.node, "spec", endpoints) if (port := get(each, "port")) is not None]
        found = list(islice(_selected(one, selector, scope), _MOST)) if ports else []
        names = {name: x for x in found for name in _names(x, scope)}
        if not found or len(found) == _MOST or any(map(has_placeholder, names)):
            continue
        if any("ports" in changed_keys_of(x, scope) for x in found) or not changed_keys_of(one, scope).isdisjoint(
            _KEYS
        ):
            continue
        severity: Severity | None = "warning" if may_have_more(one, scope) else None
        for port in ports:
            if port.shape == "scalar" and port.text not in names and port.text and not has_placeholder(port.text):
                message = f"{one.shown} has an endpoint on the port {show(port.text)}, which {_others(found)} not have"
                yield at(port, message, _hint(found[0], names), severity)


def _others(found: list[Object]) -> str:
    return f"{found[0].shown} does" if len(found) == 1 else f"{found[0].shown} and the others that it selects do"


def _hint(one: Object, names: Mapping[str, Object]) -> str:
    known = f"the names there are {name_list(set(names))}" if names else "no port there has a name"
    return f"{known} ({one.file.path}:{one.node.line})"


def _selected(one: Object, selector: Node, scope: Scope) -> Iterator[Object]:
    """Yield the Services or workloads that a monitor certainly selects."""
    spaces = get(one.node, "spec", "namespaceSelector")
    named = {x.text for x in items_at(spaces, "matchNames")}
    if text_at(spaces, "any") == "true":
        return
    for other in _candidates(one, named, scope):
        is_near = other.namespace in named if named else belong_together(one, other)
        labels = other.labels if one.sort == "PodMonitor" else _own_labels(other)
        if is_near and selects(selector, labels):
            yield other


def _candidates(one: Object, named: set[str], scope: Scope) -> list[Object]:
    """Return the Services, or workloads, in the namespaces or the folder of a monitor."""
    key = "monitored_ports.pods" if one.sort == "PodMonitor" else "monitored_ports.services"
    if key not in scope.memo:
        places: dict[tuple[str, str], list[Object]] = {}
        for other in all_objects(scope):
            if (other.pod is not None) if one.sort == "PodMonitor" else ((other.api, other.sort) == ("v1", "Service")):
                places.setdefault(("namespace", other.namespace), []).append(other)
                places.setdefault(("folder", posixpath.dirname(other.file.path)), []).append(other)
        scope.memo[key] = places
    places = scope.memo[key]
    asked = [("namespace", name) for name in sorted(named)]
    if not named:
        asked = [
            ("folder", posixpath.dirname(one.file.path)),
            *([("namespace", one.namespace)] if one.namespace else []),
        ]
    return list({id(x): x for place in asked for x in places.get(place, ())}.values())


def _own_labels(one: Object) -> dict[str, str]:
    return {key.text: value.text for key, value in pairs_at(one.node, "metadata", "labels")}


def _names(one: Object, scope: Scope) -> frozenset[str]:
    if one.pod is not None:
        return port_names(one, scope) - {""}
    return frozenset(text_at(port, "name") for port in items_at(one.node, "spec", "ports")) - {""}
