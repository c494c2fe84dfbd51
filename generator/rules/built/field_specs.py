"""The fields of objects that kustomize's transformers write: its own, and those of ``configurations``.

Sources: kubernetes-sigs/kustomize, ``api/internal/konfig/builtinpluginconsts`` and ``api/filters/fieldspec``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...yaml import Node, items_at, text_at
from ...yaml.placed import scalar_like
from .resources import ObjectId, Unbuildable, is_absent_or_null, with_items, with_pair

_SLASH = re.compile(r"(?<!\\)/")


@dataclass(frozen=True)
class FieldSpec:
    """A path in objects of some types, and whether a missing field is added; ``""`` is any group, version or type."""

    path: str
    sort: str = ""
    group: str = ""
    version: str = ""
    create: bool = False

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The keys of the path; a key that ends in ``[]`` is that of a list."""
        return tuple(one.replace("\\/", "/") for one in _SLASH.split(self.path))

    def fits(self, one: ObjectId) -> bool:
        """Tell whether it is for objects of a type."""
        pairs = ((self.sort, one.sort), (self.group, one.group), (self.version, one.version))
        return all(not wanted or wanted == own for wanted, own in pairs)


Specs = tuple[FieldSpec, ...]


def _specs(create: bool, group: str, sorts: str, *paths: str) -> Specs:
    return tuple(FieldSpec(path, sort, group, "", create) for sort in sorts.split() for path in paths)


_ANY = FieldSpec("metadata/labels", create=True)
_APPS = "Deployment ReplicaSet DaemonSet"
_CRON = ("spec/jobTemplate/metadata/", "spec/jobTemplate/spec/template/metadata/")
TEMPLATE_LABELS: Specs = (
    _ANY,
    FieldSpec("spec/template/metadata/labels", "ReplicationController", version="v1", create=True),
    *_specs(True, "", _APPS, "spec/template/metadata/labels"),
    *_specs(
        True, "apps", "StatefulSet", "spec/template/metadata/labels", "spec/volumeClaimTemplates[]/metadata/labels"
    ),
    *_specs(True, "batch", "Job", "spec/template/metadata/labels"),
    *_specs(True, "batch", "CronJob", *(f"{one}labels" for one in _CRON)),
)
_TERM = "DuringSchedulingIgnoredDuringExecution/"
_NEAR = tuple(
    f"spec/template/spec/{one}matchLabels"
    for one in (
        *(
            f"affinity/{pods}/{term}labelSelector/"
            for pods in ("podAffinity", "podAntiAffinity")
            for term in (f"preferred{_TERM}podAffinityTerm/", f"required{_TERM}")
        ),
        "topologySpreadConstraints/labelSelector/",
    )
)
COMMON_LABELS: Specs = (
    FieldSpec("spec/selector", "Service", version="v1", create=True),
    FieldSpec("spec/selector", "ReplicationController", version="v1", create=True),
    *_specs(True, "", _APPS, "spec/selector/matchLabels"),
    *_specs(True, "apps", "StatefulSet", "spec/selector/matchLabels"),
    *_specs(False, "apps", "Deployment StatefulSet", *_NEAR),
    *_specs(False, "batch", "Job", "spec/selector/matchLabels"),
    *_specs(False, "batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
    *_specs(False, "policy", "PodDisruptionBudget", "spec/selector/matchLabels"),
    *_specs(
        False,
        "networking.k8s.io",
        "NetworkPolicy",
        *(f"spec/{one}podSelector/matchLabels" for one in ("", "ingress/from/", "egress/to/")),
    ),
    *TEMPLATE_LABELS,
)
COMMON_ANNOTATIONS: Specs = (
    FieldSpec("metadata/annotations", create=True),
    FieldSpec("spec/template/metadata/annotations", "ReplicationController", version="v1", create=True),
    *_specs(True, "", f"{_APPS} StatefulSet", "spec/template/metadata/annotations"),
    *_specs(True, "batch", "Job", "spec/template/metadata/annotations"),
    *_specs(True, "batch", "CronJob", *(f"{one}annotations" for one in _CRON)),
)
_CONTAINERS = ("containers[]/image", "initContainers[]/image")
IMAGES: Specs = tuple(FieldSpec(f"{at}{one}") for at in ("spec/", "spec/template/spec/") for one in _CONTAINERS)
REPLICAS = _specs(True, "", "Deployment ReplicationController ReplicaSet StatefulSet", "spec/replicas")
NAMESPACE: Specs = (
    FieldSpec("spec/service/namespace", "APIService", "apiregistration.k8s.io", create=True),
    FieldSpec("spec/conversion/webhook/clientConfig/service/namespace", "CustomResourceDefinition",
              "apiextensions.k8s.io"),
)  # fmt: skip
NAMES: Specs = (FieldSpec("metadata/name"),)


@dataclass(frozen=True)
class Configuration:
    """The fields that transformers write, by the key of a configuration; ``references`` are those of names, by what
    they are the names of.
    """

    specs: Mapping[str, Specs] = field(default_factory=dict)
    references: tuple[tuple[FieldSpec, Specs], ...] = ()

    def of(self, key: str, defaults: Specs) -> Specs:
        """Return the fields of a transformer."""
        return (*defaults, *self.specs.get(key, ()))

    def joined(self, other: Configuration) -> Configuration:
        """Return both."""
        if not other.specs and not other.references:
            return self
        keys = dict.fromkeys((*self.specs, *other.specs))
        specs = {key: tuple(dict.fromkeys((*self.of(key, ()), *other.of(key, ())))) for key in keys}
        return Configuration(specs, tuple(dict.fromkeys((*self.references, *other.references))))


_KEYS = frozenset(
    {"commonAnnotations", "commonLabels", "images", "labels", "namePrefix", "nameReference", "nameSuffix", "namespace"}
    | {"replicas", "templateLabels", "varReference"}
)


def configuration_of(document: Node) -> Configuration:
    """Return what a file of ``configurations`` adds; Unbuildable for what is not known."""
    if is_absent_or_null(document):
        return Configuration()
    if document.shape != "map" or not {key.text for key, _ in document.pairs} <= _KEYS:
        raise Unbuildable("unknown")
    specs = {key.text: _read(document, key.text) for key, _ in document.pairs if key.text != "nameReference"}
    references = tuple((_spec(one), _read(one, "fieldSpecs")) for one in items_at(document, "nameReference"))
    return Configuration(specs, references)


def _read(node: Node, key: str) -> Specs:
    return tuple(_spec(one) for one in items_at(node, key))


def _spec(one: Node) -> FieldSpec:
    path, sort, group, version = (text_at(one, name) for name in ("path", "kind", "group", "version"))
    return FieldSpec(path, sort, group, version, text_at(one, "create") == "true")


Leaf = Callable[[Node], Node]


def with_spec_fields(node: Node, one: ObjectId, specs: Iterable[FieldSpec], leaf: Leaf, absent: Node) -> Node:
    """Return an object of a type with what ``leaf`` makes of the values at ``specs``; ``absent`` stands for a missing
    one.
    """
    for spec in specs:
        if spec.fits(one):
            node = _written(node, spec.steps, spec.create, leaf, absent)
    return node


def _written(node: Node, steps: Sequence[str], create: bool, leaf: Leaf, absent: Node) -> Node:
    if not steps:
        return leaf(node)
    if is_absent_or_null(node):
        return node
    if node.shape == "list":
        return with_items(node, [_written(one, steps, create, leaf, absent) for one in node.items])
    if node.shape != "map":
        raise Unbuildable("refused")
    name = steps[0].removesuffix("[]")
    is_list = name != steps[0]
    pair = node.pair(name)
    if pair is None or (is_absent_or_null(pair[1]) and create and not is_list):
        if not create or is_list:
            return node
        below = absent if len(steps) == 1 else replace(absent, shape="map", tag="map", text="", style="block", pairs=())
        key = pair[0] if pair is not None else scalar_like(absent, name, "")
        return with_pair(node, key, _written(below, steps[1:], create, leaf, absent))
    return with_pair(node, pair[0], _written(pair[1], steps[1:], create, leaf, absent))
