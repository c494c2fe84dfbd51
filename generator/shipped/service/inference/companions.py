"""The objects beside a Deployment that the template generates too, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ....adoptable import Inferred
from ....rules import File
from ....rules.readers.objects import Object, kustomization_resources
from ....unit_namespace import BUILT_IN_NAMESPACE
from ....yaml import get, pairs_at, text_at
from ..derived import KUSTOMIZATION
from .hand_written import FolderObjects, node_source, not_adoptable

_DEPLOYMENT, _SERVICE = "deploy/deployment.yaml", "deploy/service.yaml"
_ACCOUNT, _NAMESPACE, _BUDGET = "deploy/serviceaccount.yaml", "deploy/namespace.yaml", "deploy/poddisruptionbudget.yaml"
_AUTOMATION = ("image.toolkit.fluxcd.io",)


@dataclass(frozen=True)
class Companions:
    """The objects of a service beside its Deployment, the kustomization that lists them, and the layout of the unit.

    ``automation`` has objects that may move its tag, which are told of where they are not taken over.
    """

    service: Object | None
    namespace: Object | None
    budget: Object | None
    kustomization: File | None
    automation: tuple[Object, ...]
    layout: tuple[Inferred, ...]
    notes: tuple[str, ...]


def companions_of(workload: Object, found: FolderObjects) -> Companions:
    """Return the companions of a Deployment. Raises Invalid for names that kustomize changes."""
    services = [one for one in found.of("Service", "") if _selects(one, workload)]
    service = _same(services, workload) or _only(services, workload)
    account = _same(found.of("ServiceAccount", ""), workload)
    budget = _same(found.of("PodDisruptionBudget", "policy"), workload)
    named = workload.namespace
    spaces = [one for one in found.of("Namespace", "") if one.name == named and not BUILT_IN_NAMESPACE.fullmatch(named)]
    namespace = spaces[0] if named and len(spaces) == 1 and _is_document(spaces[0]) else None
    listing = [one for one in found.kustomizations if workload.file.path in kustomization_resources(one)]
    for one in listing:
        for document in one.documents:
            for key in ("namePrefix", "nameSuffix"):
                if (node := get(document, key)) is not None and node.text:
                    message = f"{key} changes the names of the objects, which a spec cannot say"
                    raise not_adoptable(node, one.path, message, "write the names out, or adopt nothing here")
    placed = {
        _NAMESPACE: namespace,
        _ACCOUNT: account,
        _DEPLOYMENT: workload,
        _SERVICE: service,
        _BUDGET: budget if _replicas(workload) > 1 else None,
    }
    paths = {usual: one.file.path for usual, one in placed.items() if one is not None}
    kustomization = listing[0] if len(listing) == 1 else None
    if kustomization and set(paths.values()) <= kustomization_resources(kustomization):
        paths[KUSTOMIZATION] = kustomization.path
    never = [one for one in (_ACCOUNT, _SERVICE, _BUDGET, KUSTOMIZATION) if one not in paths]
    layout = [
        Inferred(("paths", usual), path, needed=usual == _DEPLOYMENT, fixed=True)
        for usual, path in paths.items()
        if usual != path
    ]
    layout += [Inferred(("files", one), "never") for one in never]
    notes = [note for one in listing for note in _overrides(one)]
    automation = tuple(one for one in found.objects if one.group in _AUTOMATION and _is_document(one))
    others = [one for one in found.objects if one not in placed.values() and one not in automation]
    notes += [f"{one.file.path}:{one.node.line}: {one.shown} is no part of the unit" for one in others]
    return Companions(service, namespace, budget, kustomization, automation, tuple(layout), tuple(notes))


def _selects(service: Object, workload: Object) -> bool:
    wanted = pairs_at(service.node, "spec", "selector")
    return bool(wanted) and all(workload.labels.get(key.text) == value.text for key, value in wanted)


def _same(some: list[Object], workload: Object) -> Object | None:
    """Return the only object with the name and namespace of a workload, in a document of its own."""
    same = [one for one in some if (one.name, one.namespace) == (workload.name, workload.namespace)]
    return same[0] if len(same) == 1 and _is_document(same[0]) else None


def _only(services: list[Object], workload: Object) -> Object | None:
    """Return the only Service of a workload, whatever its name, in its namespace."""
    fits = len(services) == 1 and services[0].namespace == workload.namespace and _is_document(services[0])
    return services[0] if fits else None


def _is_document(one: Object) -> bool:
    return any(one.node is document for document in one.file.documents)


def _replicas(workload: Object) -> int:
    text = text_at(workload.node, "spec", "replicas")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _overrides(kustomization: File) -> Iterator[str]:
    """Yield notes on what a kustomization sets instead of the manifests, and so instead of the spec."""
    for document in kustomization.documents:
        for key in ("namespace", "images", "replicas", "commonLabels", "labels", "patches", "patchesStrategicMerge"):
            node = get(document, key)
            if node is not None and (node.text or node.items or node.pairs):
                place = node_source(node, kustomization.path)
                yield f"{place.path}:{place.line}: {key} stays in the kustomization, and applies after the spec"
