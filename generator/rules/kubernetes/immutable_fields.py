"""K8S012: a field that cannot be changed, and differs from the commit that the run compares with.

Sources: ``Validate…Update`` in pkg/apis/*/validation of Kubernetes 1.35.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...finding import Finding
from ...nearest import name_list
from ...quantity import quantity
from ...yaml import Node, get, key_of, pairs_at, text_at, walk_nodes
from ..readers.kustomize_builds import build_layers
from ..readers.objects import Object, is_patch, objects
from ..recognise import recognise
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .renamed_builds import changed_selectors, is_built_otherwise
from .unfit_fields import changed_keys_of

_SELECTOR = ("spec.selector",)
_BINDING = ("roleRef.kind", "roleRef.name")
# The fields by group and type. Of a field that is absent the default counts, which is below.
_FIXED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Secret"): ("type",),
    ("", "PersistentVolumeClaim"): tuple(f"spec.{one}" for one in ("accessModes", "storageClassName", "volumeMode")),
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("apps", "StatefulSet"): (
        *("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"),
    ),
    ("batch", "Job"): ("spec.selector", "spec.completionMode", "spec.template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _BINDING,
    ("rbac.authorization.k8s.io", "RoleBinding"): _BINDING,
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
}
_DEFAULTS = {
    "reclaimPolicy": "Delete",
    "spec.completionMode": "NonIndexed",
    "spec.podManagementPolicy": "OrderedReady",
    "spec.volumeMode": "Filesystem",
    "type": "Opaque",
    "volumeBindingMode": "Immediate",
}
# The cluster sets these if they are absent, so that only two values can differ.
_ALLOTTED = frozenset({"spec.accessModes", "spec.storageClassName"})
# Of the claims of a StatefulSet: what the API server adds or ignores, or is a default.
_NO_CHANGE = frozenset({"apiVersion", "creationTimestamp", "kind", "status"})
_CLAIM_DEFAULTS = {"volumeMode": "Filesystem"}
# Annotations that make the applying program delete and create the object; the last one has a list of options.
_RECREATED = ("kustomize.toolkit.fluxcd.io/force", "argocd.argoproj.io/hook", "helm.sh/hook")
_OPTIONS = "argocd.argoproj.io/sync-options"
_HINT = "change it back, or delete the object first (--cascade=orphan keeps its pods), or rename it"
_EXAMPLE = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n      "
_PODS = (
    "  template:\n    metadata:\n      labels: {app: web, tier: front}\n    spec:\n      containers:\n"
    "        - name: web\n          image: example/web:1.0.0\n"
)


@rule(
    "K8S012",
    "error",
    ("kubernetes", "kustomization"),
    "a change of a field that cannot be changed",
    explanation=(
        "The API server refuses a change of a workload's selector, of most fields of a StatefulSet, of a Job's pod "
        "template, of a claim, of roleRef or of the clusterIP of a Service: the object has to be deleted and created "
        "again. The rule compares with the same file at the merge base, in runs with --changed-since. commonLabels of "
        "a kustomization, and labels with includeSelectors, change selectors too. Objects that get another name or "
        "namespace from a kustomization are no finding, nor those that Flux (force) or Argo CD (hooks, Replace=true) "
        "create anew, nor Jobs with a ttlSecondsAfterFinished. In the example the label tier was added."
    ),
    bad=f"{_EXAMPLE}app: web\n      tier: front\n{_PODS}",
    good=f"{_EXAMPLE}app: web\n{_PODS}",
    source="https://github.com/kubernetes/kubernetes/tree/v1.35.0/pkg/apis",
    across=True,
)
def _changed_fields(file: File, scope: Scope) -> Iterator[Finding]:
    """Find fields that differ from those of the same object at the base, and cannot be changed."""
    if file.family == "kustomization":
        yield from _selectors_of_builds(file, scope)
    fixed = [one for one in objects(file) if (one.group, one.sort) in _FIXED or _is_service(one)]
    text = scope.before(file.path) if fixed and not is_patch(file, scope) else None
    if text is None or text == file.text:
        return
    before = _before(file.path, text, scope)
    for one in fixed:
        old = before.get(_identity(one))
        for where in _changed(old, one) if old is not None else ():
            if where[-1] in changed_keys_of(one, scope) or _is_recreated(one, scope) or is_built_otherwise(one, scope):
                continue
            place = key_of(get(one.node, *where[:-1]), where[-1]) or get(one.node, *where[:-1]) or one.node
            message = f"{one.shown} has another {'.'.join(where)} than before, which the API server refuses"
            yield at(place, message, _HINT)


def _selectors_of_builds(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield the labels of a kustomization that change the selectors of workloads."""
    found = changed_selectors(file, scope)
    if found is not None and not _is_recreated(found.workload, scope):
        message = f"{found.workload.shown} gets another selector than before, by {name_list(found.names)}"
        hint = "use labels without includeSelectors, or delete the workload first (--cascade=orphan keeps its pods)"
        yield at(found.place, f"{message}, which the API server refuses", hint)


def _changed(old: Object, one: Object) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the fields that cannot be changed and differ."""
    for name in _service_fields(one, old) if _is_service(one) else _FIXED[one.group, one.sort]:
        where = tuple(name.split("."))
        if _is_changed(get(old.node, *where), get(one.node, *where), name):
            yield where


def _is_service(one: Object) -> bool:
    return (one.api, one.sort) == ("v1", "Service")


def _identity(one: Object) -> tuple[str, ...]:
    return one.group, one.sort, one.namespace, one.name


def _before(path: str, text: str, scope: Scope) -> Mapping[tuple[str, ...], Object]:
    """Return the objects of a file at the base by identity; nothing if it could not be read."""
    file = recognise(path, text, scope.exists, named=True).file
    return {_identity(one): one for one in (objects(file) if file is not None else ()) if one.name}


def _service_fields(one: Object, old: Object) -> tuple[str, ...]:
    """Return the address of a Service, if the file sets one: else the old one stays."""
    if not text_at(one.node, "spec", "clusterIP"):
        return ()
    return () if "ExternalName" in {text_at(x.node, "spec", "type") for x in (one, old)} else ("spec.clusterIP",)


def _is_recreated(one: Object, scope: Scope) -> bool:
    """Return whether what applies the object deletes and creates it, or the object is deleted when it is done."""
    notes = {key.text: value.text for key, value in pairs_at(one.node, "metadata", "annotations")}
    if any(notes.get(key, "").lower() not in {"", "disabled"} for key in _RECREATED):
        return True
    if {"Replace=true", "Force=true"} & {part.strip() for part in notes.get(_OPTIONS, "").split(",")}:
        return True
    if get(one.node, "spec", "ttlSecondsAfterFinished") is not None:
        return True
    return any(text_at(layer.fields, "force") == "true" for layer in build_layers(one.file.path, scope))


def _is_changed(old: Node | None, new: Node | None, name: str) -> bool:
    """Return whether a field has another value for the API server, and both are known."""
    if name in _ALLOTTED and (old is None or new is None):
        return False
    if any(has_placeholder(x.text) for each in (old, new) if each is not None for x in walk_nodes(each)):
        return False
    return not _are_alike(old, new, _DEFAULTS.get(name, ""))


def _are_alike(old: Node | None, new: Node | None, default: str = "") -> bool:
    """Return whether two values are the same, in any order of keys; numbers with units as numbers."""
    if old is None or new is None or old.shape != new.shape or old.shape == "scalar":
        one, other = _plain(old, default), _plain(new, default)
        return one == other or (None not in (one, other) and _number(one) == _number(other) is not None)
    if old.shape == "list":
        return len(old.items) == len(new.items) and all(map(_are_alike, old.items, new.items))
    names = {key.text for node in (old, new) for key, _ in node.pairs} - _NO_CHANGE
    return all(_are_alike(get(old, name), get(new, name), _CLAIM_DEFAULTS.get(name, "")) for name in names)


def _plain(node: Node | None, default: str) -> str | None:
    """Return the text of a scalar, the default if it is absent, None for a map or list that has something."""
    if node is None or (node.shape == "scalar" and node.tag == "null") or not (node.pairs or node.items or node.text):
        return default
    return node.text if node.shape == "scalar" else None


def _number(text: str | None) -> float | None:
    return quantity(text) if text else None
