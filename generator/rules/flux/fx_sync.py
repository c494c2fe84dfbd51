"""FX020: files that stop a Flux v1 instance from loading its path.

Flux v1 reads every .yaml and .yml file below its path except charts, and fails for the whole set if two files define
one object or an object has no name (fluxcd/flux 1.25.4, ``pkg/cluster/kubernetes/resource/load.go``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...finding import Finding
from ...images.backends.flux_v1 import NAME as FLUX_V1
from ...yaml import get, text_at
from ..readers.flux1_workloads import workloads
from ..readers.objects import Object, objects
from ..rule import File, Scope, at, rule

_ONCE = "define it once; if Flux does not apply both, list what it applies as sync_paths in .scaffold/config.yaml"
# Kinds that no cluster serves: tools read them from files.
_FOR_TOOLS = frozenset(
    {
        *("kind.x-k8s.io", "kustomize.config.k8s.io", "kubeadm.k8s.io", "kubelet.config.k8s.io", "ctlptl.dev"),
        *("kubeproxy.config.k8s.io", "kubescheduler.config.k8s.io", "apiserver.config.k8s.io", "audit.k8s.io"),
        *("client.authentication.k8s.io", "config.kubernetes.io", "krew.googlecontainertools.github.com", "eksctl.io"),
        *("chainsaw.kyverno.io", "kuttl.dev", "k3d.io", "kubebuilder.io"),
    }
)


_EXAMPLE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  {}\n  annotations:\n    fluxcd.io/ignore: sync_only\n"


@rule(
    "FX020", "error", ("kubernetes", "kind", "kustomization"), "a file that stops Flux v1 from loading its path",
    explanation="Flux v1 loads all .yaml and .yml files below its path as one set, and applies none of them if two "
    "files define one object, an object has no name, or a document is of a type that no cluster serves. With "
    "automation: flux-v1 in the config the path is the whole repository (or the folders in sync_paths), else a folder "
    "with a workload that has annotations of Flux v1. A kustomization without apiVersion and kind is allowed.",
    bad=_EXAMPLE.format("generateName: web-"), good=_EXAMPLE.format("name: web"),
    source="https://github.com/fluxcd/flux/blob/1.25.4/pkg/cluster/kubernetes/resource/load.go", across=True,
)  # fmt: skip
def loaded_as_one_set(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that an instance of Flux v1 can load its path."""
    group = _set_of(file, scope)
    if group is None:
        return
    for one in _documents(file):
        if one.group in _FOR_TOOLS or one.group.startswith("skaffold") or (one.api, one.sort) == ("v1", "Config"):
            where = get(one.node, "kind") or one.node
            yield at(where, f"{one.api} {one.sort} is not a cluster object, but Flux would apply it", _hint(one))
        elif not one.name:
            message = f"a {one.sort} without metadata.name stops Flux: it loads no file of the path"
            yield at(get(one.node, "kind") or one.node, message, "add metadata.name, or move it out of the path")
        else:
            others = [x for x in _index(scope).get((group, *_identity(one)), ()) if x.file.path != file.path]
            if others:
                other = others[0]
                line = (get(other.node, "metadata", "name") or other.node).line
                message = f"{one.shown} is also in {other.file.path}:{line}, which stops Flux for the whole path"
                where = get(one.node, "metadata", "name") or one.node
                yield at(where, message, _ONCE)


def _hint(one: Object) -> str:
    if one.group == "kustomize.config.k8s.io":
        return "remove apiVersion and kind, which kustomize fills in"
    return "move it out of the path, or to a file that does not end in .yaml or .yml"


def _documents(file: File) -> Iterator[Object]:
    if file.family == "kubernetes":
        yield from objects(file)
        return
    for document in file.documents:
        if sort := text_at(document, "kind"):
            yield Object(file, document, text_at(document, "apiVersion"), sort)


def _identity(one: Object) -> tuple[str, str, str]:
    return one.namespace or "<cluster>", one.sort.lower(), one.name


def _set_of(file: File, scope: Scope) -> str | None:
    """Return the name of the set that Flux loads a file with, None if Flux does not load it."""
    if not file.path.endswith((".yaml", ".yml")) or _is_left_out(posixpath.dirname(file.path), scope):
        return None
    if scope.config.data.get("automation") == FLUX_V1:
        paths = [posixpath.normpath(one) for one in scope.config.data.get("sync_paths") or ["."]]
        return next((one for one in paths if one == "." or file.path.startswith(f"{one}/")), None)
    folder = posixpath.dirname(file.path)
    return folder if folder in _flux_folders(scope) else None


def _is_left_out(folder: str, scope: Scope) -> bool:
    """Return whether a folder is in a chart, or its manifests are generated (.flux.yaml)."""
    known: dict[str, bool] = scope.memo.setdefault("fx_sync.left_out", {})
    if folder not in known:
        chart = scope.exists(posixpath.join(folder, "Chart.yaml")) and scope.exists(
            posixpath.join(folder, "values.yaml")
        )
        above = bool(folder) and _is_left_out(posixpath.dirname(folder), scope)
        known[folder] = chart or above or scope.exists(posixpath.join(folder, ".flux.yaml"))
    return known[folder]


def _flux_folders(scope: Scope) -> frozenset[str]:
    """Return the folders with a workload that has annotations of Flux v1, used if the config does not name the path."""
    if "fx_sync.folders" not in scope.memo:
        found = (
            x
            for x in scope.files
            if x.family == "kubernetes" and any(n.policy for w in workloads(x, scope) for n in w.annotations)
        )
        scope.memo["fx_sync.folders"] = frozenset(posixpath.dirname(x.path) for x in found)
    folders: frozenset[str] = scope.memo["fx_sync.folders"]
    return folders


def _index(scope: Scope) -> Mapping[tuple[str, str, str, str], list[Object]]:
    if "fx_sync.index" not in scope.memo:
        index: dict[tuple[str, str, str, str], list[Object]] = {}
        for file in scope.files:
            group = _set_of(file, scope) if file.family == "kubernetes" else None
            for one in objects(file) if group is not None else ():
                index.setdefault((group or "", *_identity(one)), []).append(one)
        scope.memo["fx_sync.index"] = index
    found: Mapping[tuple[str, str, str, str], list[Object]] = scope.memo["fx_sync.index"]
    return found
