"""K8S001 and K8S002: objects that do not fit each other, and API versions that clusters have no more."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..nearest import listed
from ..yaml import Node
from .nodes import get, items_at, pairs_at, text_at
from .objects import CUSTOM_WITHOUT_PODS, Object, all_objects, containers, is_built_in, is_patch, objects
from .objects import named as objects_named
from .removed import REMOVED
from .rule import File, Finding, Rule, Scope, at

_NEEDING = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Rollout"})
_SELECTING = _NEEDING | {"ReplicationController", "Job"}


def _selectors(file: File, scope: Scope) -> Iterator[Finding]:
    """K8S001: the pods that a workload makes are ones that it selects."""
    if is_patch(file, scope):
        return
    for one in objects(file):
        template = get(one.node, "spec", "template")
        if one.sort not in _SELECTING or template is None:
            continue
        selector = get(one.node, "spec", "selector")
        if one.sort in _NEEDING and selector is not None and selector.shape == "map" and not _selects(selector):
            message = f"{one.shown} has an empty selector, which the cluster refuses"
            yield at(selector, message, "write matchLabels with labels that spec.template.metadata.labels has")
        where = ("spec", "selector") if one.sort == "ReplicationController" else ("spec", "selector", "matchLabels")
        for key, value in pairs_at(one.node, *where):
            has = one.labels.get(key.text)
            if has != value.text:
                there = f"the pod template has {has!r}" if has is not None else "the pod template has no such label"
                message = f"{one.shown} selects {key.text}: {value.text}, and {there}"
                hint = "write the label alike in spec.selector and spec.template.metadata.labels"
                yield at(key, message, hint)
        for part in items_at(one.node, "spec", "selector", "matchExpressions"):
            if not _holds(part, one.labels):
                message = f"{one.shown} selects by {text_at(part, 'key')}, which its pod template does not fulfil"
                yield at(part, message, "change the expression or the labels of the template")


def _selects(selector: Node) -> bool:
    """Tell whether a selector asks for anything."""
    return any(value.pairs or value.items or value.shape == "scalar" for _, value in selector.pairs)


def _holds(expression: Node, labels: Mapping[str, str]) -> bool:
    has = labels.get(text_at(expression, "key"))
    values = [one.text for one in items_at(expression, "values")]
    match text_at(expression, "operator"):
        case "In":
            return has in values
        case "NotIn":
            return has not in values
        case "Exists":
            return has is not None
        case "DoesNotExist":
            return has is None
        case _:
            return True  # the schema's matter


def _references(file: File, scope: Scope) -> Iterator[Finding]:
    """K8S002: what an object refers to by label, port or API version is there."""
    patch = is_patch(file, scope)
    for one in objects(file):
        yield from _gone(one, scope)
        if patch:
            continue
        if one.sort == "Service" and one.api == "v1":
            yield from _service(one, scope)
        elif one.sort == "Ingress":
            yield from _ingress(one, scope)
        elif one.sort == "Canary" and one.group == "flagger.app":
            yield from _canary(one, scope)


def _gone(one: Object, scope: Scope) -> Iterator[Finding]:
    since, instead = REMOVED.get((one.api, one.sort)) or REMOVED.get((one.api, "*")) or ("", "")
    version = scope.config.kubernetes
    if since and tuple(map(int, since.split("."))) <= tuple(map(int, version.split("."))):
        hint = f"write {instead}, and move the fields that it has elsewhere" if instead else "it has no successor"
        message = f"{one.api} {one.sort} is gone since Kubernetes {since}; this is for {version}"
        yield at(get(one.node, "apiVersion") or one.node, message, hint)


def _service(one: Object, scope: Scope) -> Iterator[Finding]:
    selector = {key.text: value.text for key, value in pairs_at(one.node, "spec", "selector")}
    if not selector or text_at(one.node, "spec", "type") == "ExternalName":
        return
    names = _port_names(one, selector, scope)
    if names is None:
        orphan = _orphan(one, selector, scope)
        if orphan is not None:
            where = get(one.node, "spec", "selector") or one.node
            wanted = ", ".join(f"{key}: {value}" for key, value in selector.items())
            has = ", ".join(f"{key}: {value}" for key, value in orphan.labels.items()) or "no labels"
            hint = f"{orphan.shown} has {has}, and no Service is for it"
            yield at(where, f"{one.shown} selects {wanted}, and no pod has these labels", hint)
        return
    if not names.certain:
        return
    for port in items_at(one.node, "spec", "ports"):
        target = get(port, "targetPort")
        if target is None or target.shape != "scalar" or target.tag != "str" or target.text in names.ports:
            continue
        if target.text.isdecimal():
            message = f"{one.shown} has the targetPort {target.text!r} in quotes, which would be a port's name"
            yield at(target, message, "remove the quotes")
            continue
        known = f"the ports have the names {listed(names.ports - {''})}" if names.ports - {""} else "no port has a name"
        message = f"{one.shown} leads to the port {target.text!r}, which no container of its pods has"
        yield at(target, message, f"{known}; name one of them, or the number")


@dataclass(frozen=True)
class _Pods:
    """The names of the ports of pods that certainly belong to a Service, and whether there are such pods."""

    ports: frozenset[str]
    certain: bool


def _port_names(one: Object, selector: Mapping[str, str], scope: Scope) -> _Pods | None:
    """Return what is known of the pods that a Service selects, None where it selects none.

    Services that select the same in one namespace and folder have the same answer, which is found once.
    """
    memo = scope.memo.setdefault("manifests.ports", {})
    key = frozenset(selector.items()), one.namespace, posixpath.dirname(one.file.path)
    if key not in memo:
        selected = _selected(one, selector, scope)
        certain = [other for other in selected if _together(one, other)]
        ports = frozenset(name for other in certain for name in _ports(other, scope))
        memo[key] = _Pods(ports, bool(certain)) if selected else None
    found: _Pods | None = memo[key]
    return found


def _ports(one: Object, scope: Scope) -> frozenset[str]:
    """Return the names of a workload's ports."""
    memo = scope.memo.setdefault("manifests.port names", {})
    if id(one) not in memo:
        ports = (port for container in containers(one) for port in items_at(container.node, "ports"))
        memo[id(one)] = frozenset(text_at(port, "name") for port in ports)
    found: frozenset[str] = memo[id(one)]
    return found


def _workloads(scope: Scope) -> tuple[Object, ...]:
    if "manifests.workloads" not in scope.memo:
        scope.memo["manifests.workloads"] = tuple(one for one in all_objects(scope) if one.pod is not None)
    found: tuple[Object, ...] = scope.memo["manifests.workloads"]
    return found


_Labels = Mapping[tuple[str, str, str | None], list[Object]]


def _by_label(scope: Scope) -> _Labels:
    """Return the workloads by label and namespace, and all of a label by None."""
    if "manifests.labels" not in scope.memo:
        labels: dict[tuple[str, str, str | None], list[Object]] = {}
        for one in _workloads(scope):
            for key, value in one.labels.items():
                labels.setdefault((key, value, one.namespace), []).append(one)
                labels.setdefault((key, value, None), []).append(one)
        scope.memo["manifests.labels"] = labels
    found: _Labels = scope.memo["manifests.labels"]
    return found


def _near(one: Object, other: Object) -> bool:
    """Tell whether two objects are in one namespace, as far as they say."""
    return one.namespace == other.namespace or not (one.namespace and other.namespace)


def _orphan(one: Object, selector: Mapping[str, str], scope: Scope) -> Object | None:
    """Return the workload that a Service without pods is most likely for: beside it, and without a Service.

    None where nothing is known: no such workload, or something else beside it that may make pods.
    """
    spaces = _beside(posixpath.dirname(one.file.path), scope)
    beside = [spaces[space] for space in ((one.namespace, "") if one.namespace else (None,)) if space in spaces]
    if any(group.makes_pods for group in beside):
        return None
    asked = [("", one.name), *(("label", value) for value in _identity(selector))]
    near = [group.first[key] for group in beside for key in asked if key in group.first]
    if near:
        return min(near, key=lambda x: x[0])[1]
    orphans = [x for group in beside for x in group.orphans]
    return orphans[0] if len(orphans) == 1 and sum(group.services for group in beside) == 1 else None


@dataclass
class _Beside:
    """What a folder has in a namespace: whether something may make pods that nobody sees, and workloads for no Service.

    ``first`` has the first such workload of a name or label with its number.
    """

    makes_pods: bool = False
    services: int = 0
    orphans: list[Object] = field(default_factory=list)
    first: dict[tuple[str, str], tuple[int, Object]] = field(default_factory=dict)

    def add(self, number: int, one: Object, scope: Scope) -> None:
        """Take an object in."""
        self.makes_pods = self.makes_pods or _makes_pods(one)
        self.services += one.sort == "Service"
        if one.pod is None or one.sort in {"Job", "CronJob"} or _is_served(one, scope):
            return
        if len(self.orphans) < 2:  # more need not be told apart
            self.orphans.append(one)
        for key in (("", one.name), *(("label", value) for value in _identity(one.labels))):
            self.first.setdefault(key, (number, one))


def _beside(folder: str, scope: Scope) -> Mapping[str | None, _Beside]:
    """Return what is in a folder by namespace, all of it by None; worked out once, for Services by the thousand."""
    memo: dict[str, dict[str | None, _Beside]] = scope.memo.setdefault("manifests.beside", {})
    if folder not in memo:
        found = memo[folder] = {None: _Beside()}
        for number, one in enumerate(_by_folder(scope).get(folder, ())):
            for space in (one.namespace, None):
                found.setdefault(space, _Beside()).add(number, one, scope)
    return memo[folder]


def _identity(labels: Mapping[str, str]) -> set[str]:
    return {labels[key] for key in ("app", "name", "k8s-app", "app.kubernetes.io/name") if key in labels}


def _is_served(one: Object, scope: Scope) -> bool:
    """Tell whether a Service selects a workload's pods."""
    if "manifests.served" not in scope.memo:
        served: set[int] = set()
        seen: set[tuple[frozenset[tuple[str, str]], str]] = set()
        for service in (one for services in _services(scope).values() for one in services):
            selector = {key.text: value.text for key, value in pairs_at(service.node, "spec", "selector")}
            asked = frozenset(selector.items()), service.namespace
            if asked not in seen:
                seen.add(asked)
                served.update(id(x) for x in _selected(service, selector, scope))
        scope.memo["manifests.served"] = served
    return id(one) in scope.memo["manifests.served"]


def _selected(one: Object, selector: Mapping[str, str], scope: Scope) -> list[Object]:
    """Return the workloads whose pods a Service selects."""
    by_label = _by_label(scope)
    spaces = (one.namespace, "") if one.namespace else (None,)
    each = ([x for space in spaces for x in by_label.get((*item, space), ())] for item in selector.items())
    fewest = min(each, key=len, default=[])
    return [other for other in fewest if selector.items() <= other.labels.items()]


def _by_folder(scope: Scope) -> Mapping[str, list[Object]]:
    if "manifests.folders" not in scope.memo:
        folders: dict[str, list[Object]] = {}
        for one in all_objects(scope):
            folders.setdefault(posixpath.dirname(one.file.path), []).append(one)
        scope.memo["manifests.folders"] = folders
    found: Mapping[str, list[Object]] = scope.memo["manifests.folders"]
    return found


def _together(one: Object, other: Object) -> bool:
    """Tell whether two objects certainly belong to each other: they say one namespace, or lie in one folder."""
    if one.namespace and one.namespace == other.namespace:
        return True
    return _near(one, other) and posixpath.dirname(one.file.path) == posixpath.dirname(other.file.path)


def _makes_pods(one: Object) -> bool:
    """Tell whether a custom resource may make pods whose labels nobody sees here."""
    return one.pod is None and not is_built_in(one) and (one.group, one.sort) not in CUSTOM_WITHOUT_PODS


def _ingress(one: Object, scope: Scope) -> Iterator[Finding]:
    spec = get(one.node, "spec")
    backends = [get(spec, "defaultBackend"), get(spec, "backend")]
    for rule in items_at(spec, "rules"):
        backends += [get(path, "backend") for path in items_at(rule, "http", "paths")]
    for backend in backends:
        name = text_at(backend, "service", "name") or text_at(backend, "serviceName")
        port = get(backend, "service", "port", "number") or get(backend, "service", "port", "name")
        port = port or get(backend, "servicePort")
        services = [x for x in _services(scope).get(name, ()) if _together(one, x)]
        if not services or port is None or port.shape != "scalar" or any(port.text in _offers(x) for x in services):
            continue
        offered = listed(_offers(services[0])) or "none"
        yield at(port, f"{one.shown} leads to port {port.text} of Service {name}, which has none", f"it has {offered}")


def _services(scope: Scope) -> Mapping[str, list[Object]]:
    if "manifests.services" not in scope.memo:
        names: dict[str, list[Object]] = {}
        for one in all_objects(scope):
            if one.sort == "Service" and one.api == "v1":
                names.setdefault(one.name, []).append(one)
        scope.memo["manifests.services"] = names
    found: Mapping[str, list[Object]] = scope.memo["manifests.services"]
    return found


def _offers(service: Object) -> set[str]:
    ports = items_at(service.node, "spec", "ports")
    return {text for port in ports for text in (text_at(port, "name"), text_at(port, "port"))} - {""}


def _canary(one: Object, scope: Scope) -> Iterator[Finding]:
    target = get(one.node, "spec", "service", "targetPort")
    name, sort = text_at(one.node, "spec", "targetRef", "name"), text_at(one.node, "spec", "targetRef", "kind")
    found = [x for x in objects_named(scope, sort, name) if x.pod is not None and _together(one, x)]
    if not found or target is None or target.shape != "scalar" or target.tag != "str":
        return
    names = {name for x in found for name in _ports(x, scope)} - {""}
    if target.text not in names:
        known = listed(names) or "none with a name"
        message = f"{one.shown} leads to the port {target.text!r}, which no container of {sort} {name} has"
        yield at(target, message, f"the ports are {known}")


RULES = (
    Rule(
        "K8S001",
        "error",
        ("kubernetes",),
        "a selector that does not select the pods of its own template",
        "The API server refuses a workload whose spec.selector does not match spec.template.metadata.labels, and no "
        "schema can say so: the mistake comes up when it is applied.",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
        "      app: web\n  template:\n    metadata:\n      labels:\n        app: wbe\n    spec:\n      containers:\n"
        "        - name: web\n          image: web:1\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
        "      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n        tier: front\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1\n",
        _selectors,
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
    ),
    Rule(
        "K8S002",
        "error",
        ("kubernetes",),
        "a Service, Ingress or Canary that leads nowhere, or an API version that is gone",
        "A Service whose selector no pod has, or whose targetPort names no port of the container, is accepted and has "
        "no endpoints. The same goes for an Ingress or Canary that names a port which is not there. An API version "
        "that the configured Kubernetes (kubernetes in .scaffold/config.yaml) does not serve is refused. A Service is "
        "only judged beside workloads, where nothing else makes pods.",
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n",
        _references,
        "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
        across=True,
    ),
)
