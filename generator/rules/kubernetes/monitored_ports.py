"""K8S010: a ServiceMonitor or PodMonitor of a port that nothing it selects has."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from ...finding import Finding, Severity
from ...nearest import name_list
from ...schema_words import show
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..built.views import is_left_out
from ..readers.label_selectors import selector_matches
from ..readers.objects import Object, all_objects, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .service_pods import belong_together, may_have_more, port_names
from .unfit_fields import changed_keys_of

_GROUP = "monitoring.coreos.com"
_ENDPOINTS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}
_KEYS = frozenset({"endpoints", "matchLabels", "namespaceSelector", "podMetricsEndpoints", "port", "selector"})
# Ports of containers that Istio, Linkerd, Dapr and Consul add to pods, and what they and others mark pods with.
_INJECTED = re.compile(r"(?:https?|status)-envoy-|envoy-|linkerd-|dapr-|consul-")
_MARKS = re.compile(r"(?:\A|[./-])(?:agent-)?(?:inject|connect-inject|dapr\.io/enabled)\Z")
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
        "has by that name, and reports no error. The field port takes the name of a port, not its number; in a "
        "ServiceMonitor it is a port of the Service, not of the container. The rule compares objects of one "
        "namespace or folder; if something there may create more Services or pods, such as a HelmRelease, "
        "the severity is warning. Ports of containers that Istio, Linkerd and others add to pods are no finding."
    ),
    bad=f"{_SERVICE}    - port: http\n",
    good=f"{_SERVICE}    - port: metrics\n",
    source="https://prometheus-operator.dev/docs/developer/getting-started/",
    across=True,
    as_built=True,
)
def _unknown_ports(file: File, scope: Scope) -> Iterator[Finding]:
    """Find endpoints whose port is a name that no selected Service or pod has."""
    for one in objects(file):
        endpoints = _ENDPOINTS.get(one.sort) if one.group == _GROUP else None
        selector = get(one.node, "spec", "selector")
        if (
            endpoints is None
            or selector is None
            or not selector.pairs
            or is_patch(file, scope)
            or is_left_out(file, scope)
        ):
            continue
        ports = [port for each in items_at(one.node, "spec", endpoints) if (port := get(each, "port")) is not None]
        found = _selected(one, selector, scope) if ports else []
        names = {name: x for x in found for name in _names(x, scope)}
        unknown = [x for x in ports if x.shape == "scalar" and x.text and x.text not in names]
        if one.sort == "PodMonitor":
            unknown = [x for x in unknown if not _INJECTED.match(x.text) and not any(map(_is_injected, found))]
        if not found or not unknown or any(map(has_placeholder, names)) or _is_patched(one, found, scope):
            continue
        severity: Severity | None = "warning" if may_have_more(one, scope) else None
        for port in unknown:
            if not has_placeholder(port.text):
                message = f"{one.shown} has an endpoint on the port {show(port.text)}, which {_others(found)} not have"
                yield at(port, message, _hint(found[0], names), severity)


def _is_patched(one: Object, found: list[Object], scope: Scope) -> bool:
    """Return whether a kustomization changes what the monitor selects, or the ports that are there."""
    if not changed_keys_of(one, scope).isdisjoint(_KEYS):
        return True
    return any("ports" in changed_keys_of(x, scope) for x in found)


def _is_injected(one: Object) -> bool:
    """Return whether something adds containers to the pods of a workload."""
    notes = (key for where in ("annotations", "labels") for key, _ in pairs_at(one.pod, "metadata", where))
    return any(_MARKS.search(key.text) for key in notes)


def _others(found: list[Object]) -> str:
    return f"{found[0].shown} does" if len(found) == 1 else f"{found[0].shown} and the others that it selects do"


def _hint(one: Object, names: Mapping[str, Object]) -> str:
    known = f"the names there are {name_list(set(names))}" if names else "no port there has a name"
    return f"{known} ({one.file.path}:{one.node.line})"


def _selected(one: Object, selector: Node, scope: Scope) -> list[Object]:
    """Return the Services or workloads that a monitor certainly selects; nothing if there are too many to say."""
    spaces = get(one.node, "spec", "namespaceSelector")
    named = {x.text for x in items_at(spaces, "matchNames")}
    if text_at(spaces, "any") == "true":
        return []
    found = []
    for other in _candidates(one, selector, named, scope):
        is_near = other.namespace in named if named else belong_together(one, other)
        if is_near and selector_matches(selector, _labels(one, other)):
            found.append(other)
    return found


def _candidates(one: Object, selector: Node, named: set[str], scope: Scope) -> list[Object]:
    """Return the Services, or workloads, with one of the labels in the namespaces or the folder of a monitor."""
    places = [("namespace", name) for name in sorted(named)]
    if not named:
        places = [("folder", posixpath.dirname(one.file.path))]
        places += [("namespace", one.namespace)] if one.namespace else []
    wanted = [(key.text, value.text) for key, value in pairs_at(selector, "matchLabels")] or [("", "")]
    labelled = _by_label(one, scope)
    found = [x for place in places for x in min((labelled.get((*place, *pair), []) for pair in wanted), key=len)]
    return list({id(x): x for x in found}.values()) if len(found) <= _MOST else []


def _by_label(one: Object, scope: Scope) -> Mapping[tuple[str, ...], list[Object]]:
    """Return the objects that monitors of a type may select, by place and label; all of a place by ``""``."""
    key = f"monitored_ports.{one.sort}"
    if key not in scope.memo:
        found: dict[tuple[str, ...], list[Object]] = {}
        for other in all_objects(scope):
            if (other.pod is not None) if one.sort == "PodMonitor" else ((other.api, other.sort) == ("v1", "Service")):
                for pair in [("", ""), *_labels(one, other).items()]:
                    found.setdefault(("namespace", other.namespace, *pair), []).append(other)
                    found.setdefault(("folder", posixpath.dirname(other.file.path), *pair), []).append(other)
        scope.memo[key] = found
    known: Mapping[tuple[str, ...], list[Object]] = scope.memo[key]
    return known


def _labels(one: Object, other: Object) -> dict[str, str]:
    """Return the labels that a monitor compares: of pods, or of the Service itself."""
    return other.labels if one.sort == "PodMonitor" else _own_labels(other)


def _own_labels(one: Object) -> dict[str, str]:
    return {key.text: value.text for key, value in pairs_at(one.node, "metadata", "labels")}


def _names(one: Object, scope: Scope) -> frozenset[str]:
    if one.pod is not None:
        return port_names(one, scope) - {""}
    return frozenset(text_at(port, "name") for port in items_at(one.node, "spec", "ports")) - {""}
