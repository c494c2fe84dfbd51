"""K8S004: a Namespace that is created twice, by files that one kustomization builds, or by two units.

kustomize refuses an object that it already has (``api/resmap/reswrangler.go``, "may not add resource with an already
registered id"), so Flux v2 applies nothing of such a path. Applied apart, the last one wins, and with ``prune`` the
Namespace goes with the first of them that is removed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import islice

from ...finding import Finding
from ...images.backends.flux_v1 import NAME as FLUX_V1
from ...tree import SPEC_NAME
from ...yaml import Node, get, items_at, text_at
from ..readers.kustomize_builds import BuildLayer, build_layers
from ..readers.objects import Object, is_patch, objects
from ..rule import File, Scope, at, rule
from .created_namespaces import created_namespaces, is_namespace

_PLAIN = re.compile(r"[a-z0-9.-]*[a-z0-9-]")  # a dot stands for any character, and no Namespace has any
_MOST = 20  # other files that one Namespace is compared with
_EXAMPLE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n---\n"
_ONCE = "create it once: namespace.create: false in the spec of a service"


@rule(
    "K8S004", "error", ("kubernetes",), "a Namespace that is created twice",
    explanation="kustomize refuses two files with one object, so Flux v2 applies nothing of a path that has both. A "
    "kustomization, or a Kustomization of Flux, that builds both files is an error. Two units that create one "
    "Namespace are a warning if nothing here builds both: if one cluster gets them from two Kustomizations, the last "
    "one applied decides the labels, and with prune the first one removed deletes the Namespace of both. With "
    "automation: flux-v1, FX020 reports this.",
    bad=f"{_EXAMPLE}{_EXAMPLE}", good=_EXAMPLE,
    source="https://github.com/kubernetes-sigs/kustomize/blob/api/v0.20.1/api/resmap/reswrangler.go", across=True,
)  # fmt: skip
def created_twice(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that no other file, of what is applied together, creates the Namespaces of a file."""
    if is_patch(file, scope):
        return
    for one in objects(file):
        others = created_namespaces(scope).get(one.name, ()) if is_namespace(one) else ()
        for other in islice((x for x in others if x.node is not one.node), _MOST):
            if found := _finding(one, other, scope):
                yield found
                break


def _finding(one: Object, other: Object, scope: Scope) -> Finding | None:
    where = get(one.node, "metadata", "name") or one.node
    line = (get(other.node, "metadata", "name") or other.node).line
    both = f"{one.shown} is also in {other.file.path}:{line}"
    if one.file.path == other.file.path:
        return at(where, f"{both}: kustomize refuses both, kubectl takes the last", "remove one of them")
    layers, theirs = build_layers(one.file.path, scope), build_layers(other.file.path, scope)
    shared = [x for x in layers if _is_in(x, theirs)]
    if any(x.renames or _may_delete(x, scope) for x in (*layers, *theirs) if not _is_in(x, shared)):
        return None
    if shared:
        return at(where, f"{both}, and {shared[0].path} builds both, which kustomize refuses", _ONCE)
    units = _unit_of(one.file.path, scope), _unit_of(other.file.path, scope)
    if None in units or units[0] == units[1] or scope.config.data.get("automation") == FLUX_V1:
        return None
    apart = f"{both}, of another unit: one Kustomization refuses both, and with two the last one applied wins"
    return at(where, apart, f"{_ONCE}, unless they are for different clusters", "warning")


def _is_in(layer: BuildLayer, layers: tuple[BuildLayer, ...] | list[BuildLayer]) -> bool:
    return any(layer.fields is one.fields for one in layers)


def _may_delete(layer: BuildLayer, scope: Scope) -> bool:
    """Tell whether a layer has patches that delete something, or replacements, which may rename what it builds."""
    texts = [one.text for one in items_at(layer.fields, "patchesStrategicMerge")]
    patches = [one for one in items_at(layer.fields, "patches") if _may_select_namespaces(one)]
    texts += [text_at(one, key) for one in patches for key in ("patch", "path")]
    paths = [posixpath.normpath(posixpath.join(layer.folder, one)) for one in texts if one and "\n" not in one]
    texts += [scope.read(one) or "" for one in paths if scope.exists(one)]
    return get(layer.fields, "replacements") is not None or any("$patch" in one for one in texts)


def _may_select_namespaces(patch: Node) -> bool:
    """Tell whether the target of a patch, whose fields are expressions, may be a Namespace: a type without a group."""
    group, sort = (text_at(patch, "target", key) or "" for key in ("group", "kind"))
    return not (group and _PLAIN.fullmatch(group)) and not (sort != "Namespace" and sort.isalpha())


def _unit_of(path: str, scope: Scope) -> str | None:
    """Return the folder of the unit that a file is in, None if it is in none."""
    folder = posixpath.dirname(path)
    while folder and not scope.exists(posixpath.join(folder, SPEC_NAME)):
        folder = posixpath.dirname(folder)
    return folder or None
