"""Which level of the Pod Security Standards a Namespace of the run enforces on a workload, and how certain that is.

Sources: https://kubernetes.io/docs/concepts/security/pod-security-admission/, and for values and defaults of the labels
``api/helpers.go`` of k8s.io/pod-security-admission 0.35.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ...yaml import Node, get, items_at, key_of, pairs_at, text_at
from ..readers.kustomize_builds import BuildLayer, build_layers
from ..readers.kustomize_patches import PatchText, patches_for, patches_of
from ..readers.objects import Object, all_objects, of_sort
from ..rule import Scope
from .created_namespaces import created_namespaces
from .pod_security import Level

_APART, _NEAR, _TOGETHER = range(3)
_MOST = 20  # Namespaces of one name that are compared with a workload: of more, as of many clusters, those beside it
_LABELS = "pod-security.kubernetes.io/"
_ENFORCE, _VERSION = f"{_LABELS}enforce", f"{_LABELS}enforce-version"
_UNKNOWN = ("transformers", "replacements")  # fields of kustomizations that may change anything
_NAMES = ("namespace", "targetNamespace")
# What a patch may set without a change of what the standards look at.
_HARMLESS = frozenset(
    {
        "apiVersion", "kind", "metadata", "name", "namespace", "spec", "template", "containers", "initContainers",
        "replicas", "image", "imagePullPolicy", "resources", "limits", "requests", "cpu", "memory", "env", "envFrom",
        "value", "labels", "command", "args", "op", "path", "strategy", "nodeSelector", "serviceAccountName",
    }
)  # fmt: skip
_POD_RESOURCES = frozenset(
    {"*", "*/*", "pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"}
)


@dataclass(frozen=True)
class EnforcedLevel:
    """The level of a Namespace, the key of its label, and the version 1.``minor`` that it wants (None: latest)."""

    namespace: Object
    label: Node
    level: Level
    minor: int | None

    @property
    def shown(self) -> str:
        """Where it is, for messages."""
        return f"{self.namespace.file.path}:{self.label.line}"


@dataclass(frozen=True)
class _Space:
    """A Namespace, and what it enforces, None if that is nothing or unknown."""

    one: Object
    enforced: EnforcedLevel | None


def enforced_on(one: Object, scope: Scope) -> tuple[EnforcedLevel, bool] | None:
    """Return the level that is enforced on the pods of an object, and whether that is certain.

    It is certain if one build, one file or one folder has the workload and the Namespace. It is likely if the folder of
    one is in that of the other, or if Kustomizations of Flux in one folder apply them. Else equal names say little:
    repositories have examples and several clusters. None if nothing is enforced, or if that is not known.
    """
    spaces = _spaces(scope)
    if not spaces:
        return None
    layers = build_layers(one.file.path, scope)
    name = _final_name(one.namespace, layers)
    named = spaces.get(("", name), [])
    if len(named) > _MOST:
        named = spaces.get((posixpath.dirname(one.file.path), name), [])[:_MOST]
    near = [(x, _nearness(one, layers, x.one, scope)) for x in named]
    best = max((how for _, how in near), default=_APART)
    found = [x for x, how in near if how == best]
    levels = {x.enforced and (x.enforced.level, x.enforced.minor) for x in found}
    if best == _APART or len(levels) != 1 or found[0].enforced is None or (best == _NEAR and len(found) > 1):
        return None
    return found[0].enforced, best == _TOGETHER


def _spaces(scope: Scope) -> Mapping[tuple[str, str], list[_Space]]:
    """Return the Namespaces of the run by the name that builds give them, with their folder and with ``""``.

    Nothing if none of them enforces a level.
    """
    if "enforced_levels.spaces" not in scope.memo:
        found: dict[tuple[str, str], list[_Space]] = {}
        every = [one for some in created_namespaces(scope).values() for one in some]
        for one in every if any(key_of(get(one.node, "metadata", "labels"), _ENFORCE) for one in every) else ():
            layers = build_layers(one.file.path, scope)
            if name := _final_name(one.name, layers):
                space = _Space(one, _level_of(one, name, layers, scope))
                for folder in {"", posixpath.dirname(one.file.path)}:
                    found.setdefault((folder, name), []).append(space)
        scope.memo["enforced_levels.spaces"] = found
    known: Mapping[tuple[str, str], list[_Space]] = scope.memo["enforced_levels.spaces"]
    return known


def _final_name(own: str, layers: Sequence[BuildLayer]) -> str:
    """Return the namespace after all builds, ``""`` if it is not known.

    kustomize also gives a Namespace itself the name in ``namespace`` (``api/internal/konfig/builtinpluginconsts``).
    """
    given = {text_at(layer.fields, key) for layer in layers for key in _NAMES} - {""} or {own}
    name = given.pop()
    return "" if given or {"$", "{"} & set(name) else name


def _level_of(one: Object, name: str, layers: Sequence[BuildLayer], scope: Scope) -> EnforcedLevel | None:
    labels = get(one.node, "metadata", "labels")
    label, level, version = key_of(labels, _ENFORCE), text_at(labels, _ENFORCE), text_at(labels, _VERSION) or "latest"
    digits = version.removeprefix("v1.")
    is_version = digits.isascii() and digits.isdecimal() and len(digits) < 4
    if label is None or level not in {"baseline", "restricted"} or not (version == "latest" or is_version):
        return None
    names = dict.fromkeys((one.name, name))
    if any(map(_may_change_labels, layers)) or any(
        True for x in names for _ in patches_for(one.file.path, one.sort, x, scope)
    ):
        return None
    return EnforcedLevel(one, label, cast("Level", level), int(digits) if is_version else None)


def _may_change_labels(layer: BuildLayer) -> bool:
    pairs = [pairs_at(one, "pairs") for one in items_at(layer.fields, "labels")]
    pairs += [pairs_at(layer.fields, "commonLabels"), pairs_at(layer.fields, "commonMetadata", "labels")]
    is_unknown = any(get(layer.fields, key) is not None for key in _UNKNOWN)
    return is_unknown or any(key.text.startswith(_LABELS) for some in pairs for key, _ in some)


def _nearness(one: Object, layers: Sequence[BuildLayer], space: Object, scope: Scope) -> int:
    """Tell whether an object and a Namespace are certainly, probably or not known to be applied to one cluster."""
    theirs = build_layers(space.file.path, scope)
    built = {id(layer.fields) for layer in theirs}
    if one.file.path == space.file.path or any(id(layer.fields) in built for layer in layers):
        return _TOGETHER
    folders = [posixpath.dirname(path) for path in (one.file.path, space.file.path)]
    if not (layers and theirs) and folders[0] == folders[1]:
        return _TOGETHER
    is_within = not (layers and theirs) and all(folders) and posixpath.commonpath(folders) in folders
    appliers = [{x.folder for x in some if get(x.fields, "sourceRef")} for some in (layers, theirs)]
    return _NEAR if is_within or appliers[0] & appliers[1] else _APART


def may_be_changed(one: Object, scope: Scope) -> bool:
    """Tell whether something that builds an object may change what the standards look at."""
    layers = build_layers(one.file.path, scope)
    if any(get(layer.fields, key) is not None for layer in layers for key in _UNKNOWN):
        return True
    return any(not _is_harmless(patch) for patch in patches_of(one, scope))


def _is_harmless(patch: PatchText) -> bool:
    return all(key in _HARMLESS for key, _ in patch.keys)


def may_be_mutated(scope: Scope) -> bool:
    """Tell whether the cluster may change pods before the standards are enforced: by webhooks and policies of the run,
    or as OpenShift does by its security context constraints.
    """
    if "enforced_levels.mutated" not in scope.memo:
        scope.memo["enforced_levels.mutated"] = any(_mutators(scope))
    known: bool = scope.memo["enforced_levels.mutated"]
    return known


def _mutators(scope: Scope) -> Iterator[bool]:
    for one in of_sort(scope, "admissionregistration.k8s.io", "MutatingWebhookConfiguration"):
        rules = [rule for hook in items_at(one.node, "webhooks") for rule in items_at(hook, "rules")]
        yield any(x.text in _POD_RESOURCES for rule in rules for x in items_at(rule, "resources"))
    for one in all_objects(scope):
        if one.group == "kyverno.io":
            yield any(get(rule, "mutate") is not None for rule in items_at(one.node, "spec", "rules"))
        yield one.group in {"mutations.gatekeeper.sh", "policies.kyverno.io"} or one.group.endswith(".openshift.io")
        yield one.sort in {"MutatingAdmissionPolicy", "SecurityContextConstraints"}
