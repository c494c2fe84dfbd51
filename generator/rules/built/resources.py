"""Objects on their way through a build, and why a build ends.

Source: kubernetes-sigs/kustomize, ``api/resource``, ``kyaml/resid``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...yaml import Node, get, pairs_at, text_at

# Built-in types without a namespace, by kustomize's own OpenAPI document (Kubernetes 1.21).
CLUSTER_SCOPED = frozenset(
    {
        *(("", one) for one in ("ComponentStatus", "Namespace", "Node", "PersistentVolume")),
        *(("admissionregistration.k8s.io", f"{one}WebhookConfiguration") for one in ("Mutating", "Validating")),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        *(("authentication.k8s.io", one) for one in ("TokenReview",)),
        *(
            ("authorization.k8s.io", f"{one}Review")
            for one in ("SelfSubjectAccess", "SelfSubjectRules", "SubjectAccess")
        ),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        *(("flowcontrol.apiserver.k8s.io", one) for one in ("FlowSchema", "PriorityLevelConfiguration")),
        ("internal.apiserver.k8s.io", "StorageVersion"),
        *(("networking.k8s.io", one) for one in ("IngressClass",)),
        ("node.k8s.io", "RuntimeClass"),
        ("policy", "PodSecurityPolicy"),
        *(("rbac.authorization.k8s.io", one) for one in ("ClusterRole", "ClusterRoleBinding")),
        ("scheduling.k8s.io", "PriorityClass"),
        *(("storage.k8s.io", one) for one in ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")),
    }
)
Reason = Literal[
    "unknown",  # something that is not known here decides what is built
    "missing",  # a file or folder does not exist
    "refused",  # kustomize refuses it
    "too large",
]

_KUSTOMIZE = "correct the path or the value: kustomize ends with an error"


class Unbuildable(Exception):  # noqa: N818 - a property of the input, not an error
    """A build that ends without objects: why, and if it is kustomize that refuses it, where, and what to do."""

    def __init__(
        self, reason: Reason, message: str = "", path: str = "", place: Node | None = None, hint: str = _KUSTOMIZE
    ) -> None:
        """Remember why."""
        super().__init__(message)
        self.sort: Reason = reason
        self.message = message
        self.path = path
        self.place = place
        self.hint = hint
        self.user = ""  # the path of the kustomization that asked for it


@dataclass(frozen=True)
class ObjectId:
    """What kustomize tells objects apart by."""

    group: str
    version: str
    sort: str
    name: str
    namespace: str

    @property
    def is_cluster_scoped(self) -> bool:
        """Whether objects of its type have no namespace, as far as kustomize knows."""
        return (self.group, self.sort) in CLUSTER_SCOPED

    @property
    def effective_namespace(self) -> str:
        """The namespace that is compared."""
        return "" if self.is_cluster_scoped else self.namespace or "default"

    @property
    def key(self) -> tuple[str, ...]:
        """What is the same in two ids of one object."""
        return self.group, self.version, self.sort, self.name, self.effective_namespace


def id_of(node: Node) -> ObjectId:
    """Return the id of an object."""
    group, _, version = text_at(node, "apiVersion").rpartition("/")
    name, space = text_at(node, "metadata", "name"), text_at(node, "metadata", "namespace")
    return ObjectId(group, version, text_at(node, "kind"), name, space)


@dataclass(frozen=True)
class Resource:
    """An object of a build: its content, the file that it is from (``""`` if a generator makes it), the ids that it
    had before, and whether a patch or replacement changed it.
    """

    node: Node
    path: str
    before: tuple[ObjectId, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    patched: bool = False
    id: ObjectId = ObjectId("", "", "", "", "")

    @property
    def original(self) -> ObjectId:
        """The id that it was loaded with."""
        return self.before[0] if self.before else self.id

    @property
    def ids(self) -> tuple[ObjectId, ...]:
        """Every id that it has had."""
        return (*self.before, self.id)

    def changed(self, node: Node, *, patched: bool = False, remembers: bool = False) -> Resource:
        """Return it with another content; ``remembers`` keeps the id that it has now."""
        if node is self.node and not remembers:
            return replace(self, patched=True) if patched and not self.patched else self
        before = (*self.before, self.id) if remembers and self.id not in self.before else self.before
        return replace(self, node=node, before=before, patched=patched or self.patched, id=id_of(node))


def loaded(node: Node, path: str) -> Resource:
    """Return an object of a file."""
    return Resource(node, path, id=id_of(node))


def labels_of(node: Node, key: str = "labels") -> dict[str, str]:
    """Return the labels, or the annotations, of an object."""
    return {one.text: value.text for one, value in pairs_at(node, "metadata", key)}


def same_id(some: Iterable[Resource], wanted: ObjectId) -> list[Resource]:
    """Return the objects that have, or had, an id."""
    return [one for one in some if any(each.key == wanted.key for each in one.ids)]


def with_pair(node: Node, key: Node, value: Node | None) -> Node:
    """Return a map with another value of a key, which is added at the end, or without it."""
    found = node.pair(key.text)
    if found is None:
        return node if value is None else replace(node, pairs=(*node.pairs, (key, value)))
    if value is found[1]:
        return node
    pairs = ((one, value if one is found[0] else old) for one, old in node.pairs)
    return replace(node, pairs=tuple((one, each) for one, each in pairs if each is not None))


def with_items(node: Node, items: Sequence[Node]) -> Node:
    """Return a list with other items."""
    same = len(items) == len(node.items) and all(one is old for one, old in zip(items, node.items, strict=True))
    return node if same else replace(node, items=tuple(items))


def is_absent_or_null(node: Node | None) -> bool:
    """Tell whether a node is missing or null."""
    return node is None or (node.shape == "scalar" and node.tag == "null")


def has_local_config(node: Node) -> bool:
    """Tell whether an object is for tools only, which kustomize leaves out of what it builds."""
    value = get(node, "metadata", "annotations", "config.kubernetes.io/local-config")
    return value is not None and value.text != "false"
