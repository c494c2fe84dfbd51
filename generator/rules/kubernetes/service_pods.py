"""Find the workloads that a Service selects or is most likely intended for, by namespaces and folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...nearest import is_misspelt
from ...yaml import items_at, pairs_at, text_at
from ..readers.objects import CUSTOM_WITHOUT_PODS, POD_TEMPLATE, Object, all_objects, containers, is_built_in
from ..readers.unseen_objects import unread_sorts
from ..rule import Scope


@dataclass(frozen=True)
class Pods:
    """Port names of the pods that certainly belong to a Service, and whether such pods exist."""

    ports: frozenset[str]
    certain: bool


def pods_of(one: Object, selector: Mapping[str, str], scope: Scope) -> Pods | None:
    """Return the known pods that a Service selects, None if it selects none.

    The result is cached for Services with the same selector, namespace and folder.
    """
    memo = scope.memo.setdefault("manifests.ports", {})
    key = frozenset(selector.items()), one.namespace, posixpath.dirname(one.file.path)
    if key not in memo:
        selected = _selected(one, selector, scope)
        certain = [other for other in selected if belong_together(one, other)]
        ports = frozenset(name for other in certain for name in port_names(other, scope))
        memo[key] = Pods(ports, bool(certain) and not _has_unread(one, scope)) if selected else None
    found: Pods | None = memo[key]
    return found


def port_names(one: Object, scope: Scope) -> frozenset[str]:
    """Return the port names of a workload."""
    memo = scope.memo.setdefault("manifests.port names", {})
    if id(one) not in memo:
        ports = (port for container in containers(one) for port in items_at(container.node, "ports"))
        memo[id(one)] = frozenset(text_at(port, "name") for port in ports)
    found: frozenset[str] = memo[id(one)]
    return found


def _workloads(scope: Scope) -> tuple[Object, ...]:
    """Return the objects that create pods."""
    if "manifests.workloads" not in scope.memo:
        scope.memo["manifests.workloads"] = tuple(one for one in all_objects(scope) if one.pod is not None)
    found: tuple[Object, ...] = scope.memo["manifests.workloads"]
    return found


# Words in the names of folders for clusters, or for stages of a service.
_STAGES = frozenset(
    {"dev", "development", "test", "testing", "qa", "uat", "stage", "staging", "stg", "preprod", "preview", "sandbox"}
    | {"prod", "production", "prd", "live"}
)
_SERVED = frozenset({"Service", *POD_TEMPLATE})
_Labels = Mapping[tuple[str, str, str | None], list[Object]]


def _by_label(scope: Scope) -> _Labels:
    """Return workloads by label and namespace; the namespace None has all workloads with a label."""
    if "manifests.labels" not in scope.memo:
        labels: dict[tuple[str, str, str | None], list[Object]] = {}
        for one in _workloads(scope):
            for key, value in one.labels.items():
                labels.setdefault((key, value, one.namespace), []).append(one)
                labels.setdefault((key, value, None), []).append(one)
        scope.memo["manifests.labels"] = labels
    found: _Labels = scope.memo["manifests.labels"]
    return found


def _are_near(one: Object, other: Object) -> bool:
    """Return whether two objects are in one namespace, or one of them names none."""
    return one.namespace == other.namespace or not (one.namespace and other.namespace)


def orphan_for(one: Object, selector: Mapping[str, str], scope: Scope) -> Object | None:
    """Return the workload that a Service without pods is most likely for: in its folder, and without a Service.

    None if there is no such workload, or if something else in the folder may create pods.
    """
    groups = _contents_beside(one, scope)
    if any(group.makes_pods for group in groups) or _has_unread(one, scope):
        return None
    asked = [("", one.name), *(("label", value) for value in _identity(selector))]
    near = [group.first[key] for group in groups for key in asked if key in group.first]
    if near:
        return min(near, key=lambda x: x[0])[1]
    orphans = [x for group in groups for x in group.orphans]
    is_alone = len(orphans) == 1 and sum(group.services for group in groups) == 1
    return orphans[0] if is_alone and _is_alike(one, selector, orphans[0]) else None


def _is_alike(one: Object, selector: Mapping[str, str], other: Object) -> bool:
    """Return whether a Service may well be meant for a workload: a label or the name is the same, or nearly so."""
    labels = {(key, value) for key, value in selector.items() if is_misspelt(value, other.labels.get(key, ""))}
    return (
        bool(labels)
        or is_misspelt(one.name, other.name)
        or not set(selector.values()).isdisjoint(other.labels.values())
    )


def may_have_more(one: Object, scope: Scope) -> bool:
    """Return whether something in an object's folder or namespace, such as a HelmRelease, may create more of them."""
    is_made = bool(one.namespace) and one.namespace in _made_elsewhere(scope)
    return is_made or _has_unread(one, scope) or any(group.makes_pods for group in _contents_beside(one, scope))


def _has_unread(one: Object, scope: Scope) -> bool:
    """Return whether a file in an object's folder that no rule reads, such as a template, has Services or workloads."""
    return not unread_sorts(scope, posixpath.dirname(one.file.path)).isdisjoint(_SERVED)


@dataclass
class _FolderContents:
    """Contents of a folder in a namespace: whether unknown pods may exist, and workloads without a Service.

    ``first`` maps a name or label to the first such workload and its number.
    """

    makes_pods: bool = False
    services: int = 0
    orphans: list[Object] = field(default_factory=list)
    first: dict[tuple[str, str], tuple[int, Object]] = field(default_factory=dict)

    def add(self, number: int, one: Object, scope: Scope) -> None:
        """Add an object."""
        self.makes_pods = self.makes_pods or _makes_pods(one)
        self.services += one.sort == "Service"
        if one.pod is None or one.sort in {"Job", "CronJob"} or _is_served(one, scope):
            return
        if len(self.orphans) < 2:  # more need not be distinguished
            self.orphans.append(one)
        for key in (("", one.name), *(("label", value) for value in _identity(one.labels))):
            self.first.setdefault(key, (number, one))


def _folder_contents(folder: str, scope: Scope) -> Mapping[str | None, _FolderContents]:
    """Return the contents of a folder by namespace, of all namespaces by None; computed once."""
    memo: dict[str, dict[str | None, _FolderContents]] = scope.memo.setdefault("manifests.folder contents", {})
    if folder not in memo:
        found = memo[folder] = {None: _FolderContents()}
        for number, one in enumerate(_by_folder(scope).get(folder, ())):
            for space in (one.namespace, None):
                found.setdefault(space, _FolderContents()).add(number, one, scope)
    return memo[folder]


def _contents_beside(one: Object, scope: Scope) -> list[_FolderContents]:
    """Return what the folder of an object has in its namespace."""
    spaces = _folder_contents(posixpath.dirname(one.file.path), scope)
    return [spaces[space] for space in ((one.namespace, "") if one.namespace else (None,)) if space in spaces]


def _identity(labels: Mapping[str, str]) -> set[str]:
    return {labels[key] for key in ("app", "name", "k8s-app", "app.kubernetes.io/name") if key in labels}


def _is_served(one: Object, scope: Scope) -> bool:
    """Return whether a Service selects a workload's pods."""
    if "manifests.served" not in scope.memo:
        served: set[int] = set()
        seen: set[tuple[frozenset[tuple[str, str]], str]] = set()
        for service in (one for services in services_in(scope).values() for one in services):
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


def belong_together(one: Object, other: Object) -> bool:
    """Return whether two objects certainly belong together: they name one namespace, or are in one folder.

    Folders of two stages, such as ``dev`` and ``prod``, are for two clusters that may have the same namespaces.
    """
    if one.namespace and one.namespace == other.namespace:
        stages = [_STAGES.intersection(re.split(r"[/_.-]", posixpath.dirname(x.file.path))) for x in (one, other)]
        return stages[0] == stages[1] or not all(stages)
    return _are_near(one, other) and posixpath.dirname(one.file.path) == posixpath.dirname(other.file.path)


def _makes_pods(one: Object) -> bool:
    """Return whether a custom resource may create pods with unknown labels."""
    return one.pod is None and not is_built_in(one) and (one.group, one.sort) not in CUSTOM_WITHOUT_PODS


def services_in(scope: Scope) -> Mapping[str, list[Object]]:
    """Return the Services by name."""
    if "manifests.services" not in scope.memo:
        names: dict[str, list[Object]] = {}
        for one in all_objects(scope):
            if one.sort == "Service" and one.api == "v1":
                names.setdefault(one.name, []).append(one)
        scope.memo["manifests.services"] = names
    found: Mapping[str, list[Object]] = scope.memo["manifests.services"]
    return found


def _made_elsewhere(scope: Scope) -> frozenset[str]:
    """Return the namespaces in which something may create Services that are in no file, such as a HelmRelease."""
    if "manifests.made elsewhere" not in scope.memo:
        makers = [x.node for x in all_objects(scope) if _makes_pods(x)]
        where = (("metadata", "namespace"), ("spec", "targetNamespace"), ("spec", "destination", "namespace"))
        scope.memo["manifests.made elsewhere"] = frozenset(text_at(x, *each) for x in makers for each in where)
    found: frozenset[str] = scope.memo["manifests.made elsewhere"]
    return found


def services_beside(one: Object, name: str, scope: Scope) -> list[Object]:
    """Return the Services with a name that certainly belong together with an object."""
    if "manifests.services beside" not in scope.memo:
        places: dict[tuple[str, ...], list[tuple[int, Object]]] = {}
        for number, each in enumerate(x for services in services_in(scope).values() for x in services):
            places.setdefault(("folder", each.name, posixpath.dirname(each.file.path)), []).append((number, each))
            places.setdefault(("namespace", each.name, each.namespace), []).append((number, each))
        scope.memo["manifests.services beside"] = places
    beside: Mapping[tuple[str, ...], list[tuple[int, Object]]] = scope.memo["manifests.services beside"]
    near = dict(beside.get(("folder", name, posixpath.dirname(one.file.path)), ()))
    if one.namespace and (near or one.namespace not in _made_elsewhere(scope)):
        near |= beside.get(("namespace", name, one.namespace), ())
    return [x for _, x in sorted(near.items(), key=lambda pair: pair[0]) if belong_together(one, x)]
