"""Kubernetes objects of files: items of lists, and which objects are patches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ...errors import Invalid
from ...yaml import Node, expand, get, items_at, pairs_at, parse, text_at
from ..rule import File, Scope
from . import compiled
from .kustomization_keys import NAMES, known_keys

# Names of files with partial objects: patches, and assertions of kuttl and chainsaw.
_PART = re.compile(
    r"(?:^|/)(?:patch|patches)/|(?:^|[/._-])(?:patch|patches|asserts?|errors?)(?:[._-][^/]*)?\.(?:ya?ml|json)\Z"
)
POD_TEMPLATE = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"),
        ("spec", "template"),
    ),
}
# Custom resources that certainly create no pods; of others this is not known.
CUSTOM_WITHOUT_PODS = frozenset(
    {
        *(
            ("monitoring.coreos.com", one)
            for one in ("ServiceMonitor", "PodMonitor", "PrometheusRule", "AlertmanagerConfig", "Probe")
        ),
        *(("image.toolkit.fluxcd.io", f"Image{one}") for one in ("Repository", "Policy", "UpdateAutomation")),
        *(("notification.toolkit.fluxcd.io", one) for one in ("Alert", "Provider", "Receiver")),
        *(("cert-manager.io", one) for one in ("Certificate", "Issuer", "ClusterIssuer")),
        *(("networking.istio.io", one) for one in ("VirtualService", "DestinationRule", "Gateway", "ServiceEntry")),
        *(("gateway.networking.k8s.io", one) for one in ("Gateway", "HTTPRoute", "GRPCRoute", "GatewayClass")),
        *(("external-secrets.io", one) for one in ("ExternalSecret", "SecretStore", "ClusterSecretStore")),
        ("argocd-image-updater.argoproj.io", "ImageUpdater"),
        ("bitnami.com", "SealedSecret"),
    }
)
# What functions of kustomize and kpt read, and nobody applies:
# https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md.
_LOCAL = ("config.kubernetes.io/local-config", "config.kubernetes.io/function", "config.k8s.io/function")
_FUNCTION_INPUT = "ResourceList"


@dataclass(frozen=True)
class Container:
    """A container or init container of a workload: its name, image reference and node."""

    name: str
    image: Node | None
    node: Node
    init: bool = False


@dataclass(frozen=True)
class Object:
    """An object: its place and identity."""

    file: File
    node: Node
    api: str
    sort: str

    @cached_property
    def name(self) -> str:
        """Its name, ``""`` if it has none."""
        return text_at(self.node, "metadata", "name")

    @cached_property
    def namespace(self) -> str:
        """Its namespace, ``""`` if it has none."""
        return text_at(self.node, "metadata", "namespace")

    @property
    def group(self) -> str:
        """Its API group, ``""`` for the core group."""
        return self.api.rpartition("/")[0]

    @property
    def shown(self) -> str:
        """Type and name, for messages."""
        return f"{self.sort} {self.name or 'without a name'}"

    @cached_property
    def pod(self) -> Node | None:
        """The pod template with metadata and spec, or a Pod itself; None if it has none."""
        where = POD_TEMPLATE.get(self.sort)
        return None if where is None else get(self.node, *where)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return {key.text: value.text for key, value in pairs_at(self.pod, "metadata", "labels")}


def objects(file: File) -> tuple[Object, ...]:
    """Return the objects of a file; of a list its items. Those that are only for functions are left out."""
    if file.family != "kubernetes":
        return ()
    found: tuple[Object, ...] | None = file.memo.get("objects")
    if found is None:  # nearly every rule asks
        found = tuple(one for document in file.documents for one in _objects(file, document, "", ""))
        file.memo["objects"] = found
    return found


def is_built_in(one: Object) -> bool:
    """Return whether an object's type is built into Kubernetes."""
    return compiled.is_built_in_group(one.api)


def containers(one: Object) -> Iterator[Container]:
    """Yield the containers of a workload, then its init containers."""
    for key in ("containers", "initContainers"):
        for node in items_at(one.pod, "spec", key):
            yield Container(text_at(node, "name"), get(node, "image"), node, key == "initContainers")


def all_objects(scope: Scope) -> tuple[Object, ...]:
    """Return all objects of the run except patches."""
    if "objects.all" not in scope.memo:
        found = [one for file in scope.files for one in objects(file) if not is_patch(file, scope)]
        scope.memo["objects.all"] = tuple(found)
    every: tuple[Object, ...] = scope.memo["objects.all"]
    return every


def named(scope: Scope, sort: str, name: str) -> tuple[Object, ...]:
    """Return the objects of the run with a type, of any group, and a name, in order."""
    if "objects.named" not in scope.memo:
        found: dict[tuple[str, str], list[Object]] = {}
        for one in all_objects(scope):
            found.setdefault((one.sort, one.name), []).append(one)
        scope.memo["objects.named"] = found
    return tuple(scope.memo["objects.named"].get((sort, name), ()))


def of_sort(scope: Scope, group: str, sort: str) -> tuple[Object, ...]:
    """Return the objects of the run with a group and type."""
    key = f"objects.sorts:{group}/{sort}"
    if key not in scope.memo:
        scope.memo[key] = tuple(one for one in all_objects(scope) if one.group == group and one.sort == sort)
    found: tuple[Object, ...] = scope.memo[key]
    return found


def is_patch(file: File, scope: Scope) -> bool:
    """Return whether a file has partial objects: a kustomization uses it as a patch, or its name says so."""
    if file.built_by:
        return False
    known: dict[str, bool] = scope.memo.setdefault("objects.patch", {})
    path = file.path
    if path not in known:
        known[path] = bool(_PART.search(path)) or path in patches(scope) or _is_patched_above(path, scope)
    return known[path]


def patches(scope: Scope) -> frozenset[str]:
    """Return the files that kustomizations of the run use as patches."""
    if "objects.patches" not in scope.memo:
        kustomizations = [one for one in scope.files if one.family == "kustomization"]
        scope.memo["objects.patches"] = frozenset().union(*(patch_paths(one) for one in kustomizations))
    found: frozenset[str] = scope.memo["objects.patches"]
    return found


def kustomization_of(folder: str, scope: Scope) -> File | None:
    """Return the kustomization in a folder, even if it is not among the files of the run."""
    known = scope.memo.setdefault("objects.kustomizations", {})
    if folder not in known:
        known[folder] = _kustomization(folder, scope)
    found: File | None = known[folder]
    return found


def kustomization_resources(kustomization: File) -> frozenset[str]:
    """Return the paths that a kustomization lists as resources."""
    known: frozenset[str] | None = kustomization.memo.get("objects.resources")
    if known is None:
        known = kustomization.memo["objects.resources"] = frozenset(_resources(kustomization))
    return known


def _resources(kustomization: File) -> Iterator[str]:
    base = posixpath.dirname(kustomization.path)
    names = [
        one.text
        for document in kustomization.documents
        for key in ("resources", "bases", "components")
        for one in items_at(document, key)
    ]
    return (posixpath.normpath(posixpath.join(base, one)) for one in names if "://" not in one)


def unreadable_kustomization(folder: str, scope: Scope) -> str:
    """Return the path of a kustomization in a folder that cannot be read, or ``""``."""
    paths = (posixpath.join(folder, name) if folder else name for name in NAMES)
    return "" if kustomization_of(folder, scope) else next((one for one in paths if scope.exists(one)), "")


def _kustomization(folder: str, scope: Scope) -> File | None:
    for name in NAMES:
        path = posixpath.join(folder, name) if folder else name
        if path in scope.by_path:
            known = scope.by_path[path]
            return known if known.family == "kustomization" else None
        try:
            text = scope.read(path) if scope.exists(path) else None
            if text is not None:
                documents = tuple(map(known_keys, expand(parse(text, path), path)))
                return File(path, text, "kustomization", documents)
        except Invalid:
            return None
    return None


def _is_patched_above(path: str, scope: Scope) -> bool:
    """Return whether a kustomization in the file's folder or the two above patches with it; for runs over one file."""
    folder = posixpath.dirname(path)
    for _ in range(3):
        found = kustomization_of(folder, scope)
        if found is not None and found.path not in scope.by_path and path in patch_paths(found):
            return True
        if not folder:
            return False
        folder = posixpath.dirname(folder)
    return False


def patch_paths(file: File) -> frozenset[str]:
    """Return the files that a kustomization uses as patches."""
    known: frozenset[str] | None = file.memo.get("objects.patches")
    if known is None:
        known = file.memo["objects.patches"] = frozenset(_paths_of_patches(file))
    return known


def _paths_of_patches(file: File) -> Iterator[str]:
    base = posixpath.dirname(file.path)
    for document in file.documents:
        named = [one.text for one in items_at(document, "patchesStrategicMerge") if "\n" not in one.text]
        for key in ("patches", "patchesJson6902"):
            # A text was a file's name in old versions of kustomize; version 5.5 refuses it (SCH001).
            named += [one.text if one.shape == "scalar" else text_at(one, "path") for one in items_at(document, key)]
        for key in ("transformers", "generators", "validators", "configurations"):
            named += [one.text for one in items_at(document, key) if one.shape == "scalar" and "\n" not in one.text]
        for one in named:
            if one and "\n" not in one:
                yield posixpath.normpath(posixpath.join(base, one))


def _objects(file: File, node: Node, api: str, sort: str) -> Iterator[Object]:
    api, sort = text_at(node, "apiVersion") or api, text_at(node, "kind") or sort
    if sort == _FUNCTION_INPUT or any(_is_local(node, one) for one in _LOCAL):
        return
    items = get(node, "items")
    if sort.endswith("List") and items is not None and items.shape == "list":
        for item in items.items:
            yield from _objects(file, item, *(("", "") if sort == "List" else (api, sort.removesuffix("List"))))
    elif node.shape == "map" and api and sort:
        yield Object(file, node, api, sort)


def _is_local(node: Node, annotation: str) -> bool:
    return text_at(node, "metadata", "annotations", annotation) not in {"", "false"}
