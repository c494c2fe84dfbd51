"""Strategic merge patches, as kustomize applies them.

Sources: kubernetes-sigs/kustomize, ``kyaml/yaml/merge2`` and ``kyaml/yaml/walk``. The lists that merge by keys are
those of kustomize's own OpenAPI document (Kubernetes 1.21), which are fewer than those that a three-way merge can tell
apart (``mergekeys``); every other list is replaced. Items of a patch come before the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from ...yaml import Node
from .keyed_items import merged_items
from .resources import Unbuildable, is_absent_or_null, with_items

_DIRECTIVE = "$patch"
# Other directives of Kubernetes' strategic merge patches, which kustomize does not read.
_UNREAD = ("$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys")


@dataclass(frozen=True)
class MergedType:
    """The fields of a type that have merged lists below them; ``keys`` are those of a merged list of it."""

    fields: Mapping[str, MergedType] = field(default_factory=dict)
    keys: tuple[str, ...] | None = None


_PLAIN = MergedType()


def _list(*keys: str, **fields: MergedType) -> MergedType:
    return MergedType(fields, keys)


def _map(**fields: MergedType) -> MergedType:
    return MergedType(fields)


_MOUNTS = {"volumeDevices": _list("devicePath"), "volumeMounts": _list("mountPath"), "env": _list("name")}
_CONTAINERS = _list("name", ports=_list("containerPort", "protocol"), **_MOUNTS)
_POD_SPEC = _map(
    containers=_CONTAINERS,
    initContainers=_CONTAINERS,
    ephemeralContainers=_list("name", **_MOUNTS),
    hostAliases=_list("ip"),
    imagePullSecrets=_list("name"),
    topologySpreadConstraints=_list("topologyKey", "whenUnsatisfiable"),
    volumes=_list("name"),
)
_METADATA = _map(finalizers=_list(""), ownerReferences=_list("uid"))
_TEMPLATE = _map(metadata=_METADATA, spec=_POD_SPEC)
_WORKLOAD = _map(template=_TEMPLATE)
_SPECS = {
    **dict.fromkeys((f"apps/v1 {one}" for one in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet")), _WORKLOAD),
    "v1 ReplicationController": _WORKLOAD,
    "batch/v1 Job": _WORKLOAD,
    **dict.fromkeys(
        ("batch/v1 CronJob", "batch/v1beta1 CronJob"), _map(jobTemplate=_map(metadata=_METADATA, spec=_WORKLOAD))
    ),
    "v1 Pod": _POD_SPEC,
    "v1 Service": _map(ports=_list("port", "protocol")),
}
_HOOKS = {"webhooks": _list("name")}
_OTHERS = {
    "v1 PodTemplate": {"template": _TEMPLATE},
    "v1 ServiceAccount": {"secrets": _list("name")},
    **{
        f"admissionregistration.k8s.io/{version} {one}WebhookConfiguration": _HOOKS
        for version in ("v1", "v1beta1")
        for one in ("Mutating", "Validating")
    },
}
# Groups of Kubernetes whose types are in the document; their other lists are replaced.
_BUILT_IN = (".k8s.io", "apps", "autoscaling", "batch", "policy")


@cache
def _type_of(api: str, sort: str) -> MergedType:
    name = f"{api} {sort}"
    fields = dict(_OTHERS.get(name, {}))
    if name in _SPECS:
        fields["spec"] = _SPECS[name]
    group = api.rpartition("/")[0]
    if fields or not group or group.endswith(_BUILT_IN[0]) or group in _BUILT_IN:
        fields["metadata"] = _METADATA
    return MergedType(fields)


def merged(node: Node, patch: Node, api: str, sort: str) -> Node | None:
    """Return an object of a type with a patch applied, None if the patch deletes it.

    Raises Unbuildable for what kustomize refuses, and for what it does with directives that it does not read.
    """
    return _merge(node, patch, _type_of(api, sort))


def _merge(node: Node | None, patch: Node, known: MergedType) -> Node | None:
    """Return the merge of a value and a patch; None means that it is absent."""
    if is_absent_or_null(patch):
        return None
    if is_absent_or_null(node):
        node = None
    shape = patch.shape
    if node is not None and node.shape != shape:
        raise Unbuildable("refused", f"has a {shape} where the object has a {node.shape}", place=patch)
    if shape == "map":
        return _merged_maps(node, patch, known)
    if shape == "list" and known.keys is not None:
        return _merged_lists(node, patch, known.keys, MergedType(known.fields))
    return patch


def _directive(patch: Node) -> str:
    """Return the directive of a map, by default ``merge``."""
    found = patch.pair(_DIRECTIVE)
    if found is None:
        return "merge"
    if found[1].text not in {"merge", "replace", "delete"}:
        raise Unbuildable("refused", f"has an unknown directive {found[1].text}", place=found[0])
    return found[1].text


def _merged_maps(node: Node | None, patch: Node, known: MergedType) -> Node | None:
    directive = _directive(patch)
    if directive == "delete":
        return None
    if node is None or directive == "replace":
        node = replace(patch, pairs=())
    pairs = {key.text: (key, value) for key, value in node.pairs}
    for key, value in patch.pairs:
        if key.text == _DIRECTIVE:
            continue
        if key.text.startswith(_UNREAD):
            raise Unbuildable("unknown")
        old = pairs.get(key.text)
        new = _merge(old[1] if old else None, value, known.fields.get(key.text, _PLAIN))
        if new is None:
            pairs.pop(key.text, None)
        else:
            pairs[key.text] = (old[0] if old and new is not value else key, new)
    return replace(node, pairs=tuple(pairs.values()))


def _merged_lists(node: Node | None, patch: Node, keys: Sequence[str], item: MergedType) -> Node | None:
    """Merge a list by its keys, after the directives that are for the list itself."""
    directives = [one for one in patch.items if len(one.pairs) == 1 and one.pair(_DIRECTIVE)]
    news = [one for one in patch.items if one not in directives]
    if directives and node is None:
        raise Unbuildable("unknown")  # what kustomize builds then has the directive in it
    for one in directives:
        if (directive := _directive(one)) == "delete":
            return None
        node = None if directive == "replace" else node
    olds = list(node.items) if node is not None else []
    if tuple(keys) == ("",):
        texts = {one.text for one in news}
        return with_items(node or patch, [*news, *(one for one in olds if one.text not in texts)])
    if not all(one.shape == "map" for one in (*olds, *news)):
        raise Unbuildable("unknown")
    return with_items(node if node is not None else patch, merged_items(olds, news, keys, partial(_merge, known=item)))
