"""What a kustomization writes into every object: namespace, names, labels, annotations, replicas, images.

Source: kubernetes-sigs/kustomize, ``api/internal/builtins`` and ``api/filters``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ... import regex
from ...yaml import Node, get, items_at, pairs_at, text_at
from ...yaml.placed import map_like, path_of, scalar_like
from .field_specs import (
    COMMON_ANNOTATIONS,
    COMMON_LABELS,
    IMAGES,
    NAMESPACE,
    REPLICAS,
    TEMPLATE_LABELS,
    Configuration,
    FieldSpec,
    Specs,
    configuration_of,
    with_spec_fields,
)
from .resources import Resource, Unbuildable, is_absent_or_null, with_items, with_pair

Resources = list[Resource]
_UNPREFIXED = frozenset({("", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"), ("", "Namespace")})
_LABEL = FieldSpec("metadata/labels", create=True)


@dataclass(frozen=True)
class WrittenFields:
    """A kustomization: its path, its fields, and the fields of objects that its transformers write."""

    path: str
    fields: Node
    configuration: Configuration

    def placed(self, node: Node, text: str, tag: str = "str") -> Node:
        """Return a scalar with the place of a node of the kustomization."""
        return scalar_like(node, text, self.path, tag)


def with_namespace(layer: WrittenFields, among: Resources) -> Resources:
    """Give objects the namespace of a kustomization."""
    value = get(layer.fields, "namespace")
    if value is None or not value.text:
        return among
    new = layer.placed(value, value.text)
    specs = layer.configuration.of("namespace", NAMESPACE)
    specs = tuple(one for one in specs if one.path != "metadata/namespace")
    found = []
    for one in among:
        node = one.node
        if not one.id.is_cluster_scoped:
            node = with_spec_fields(node, one.id, (FieldSpec("metadata/namespace", create=True),), _always(new), new)
        if (one.id.group, one.id.sort) == ("", "Namespace") and one.id.version == "v1":
            node = with_spec_fields(node, one.id, (FieldSpec("metadata/name"),), _always(new), new)
        if one.id.sort in {"RoleBinding", "ClusterRoleBinding"}:
            node = _with_subjects(node, new)
        own = (x for x in specs if x.path != "metadata/name")
        found.append(one.changed(with_spec_fields(node, one.id, own, _always(new), new), remembers=True))
    return found


def _with_subjects(node: Node, space: Node) -> Node:
    subjects = node.pair("subjects")
    if subjects is None or subjects[1].shape != "list":
        return node
    key = scalar_like(space, "namespace", "")
    items = [with_pair(x, key, space) if text_at(x, "name") == "default" else x for x in subjects[1].items]
    return with_pair(node, subjects[0], with_items(subjects[1], items))


def with_names(layer: WrittenFields, among: Resources) -> Resources:
    """Add the prefix and the suffix of a kustomization to names."""
    for key in ("namePrefix", "nameSuffix"):
        value = get(layer.fields, key)
        if value is None or not value.text:
            continue
        extra = layer.configuration.of(key, ())
        if extra:
            raise Unbuildable("unknown")
        among = [_renamed(layer, one, value, before=key == "namePrefix") for one in among]
    return among


def _renamed(layer: WrittenFields, one: Resource, value: Node, *, before: bool) -> Resource:
    sort = one.original.sort
    if (one.original.group, sort) in _UNPREFIXED or sort in {"CustomResourceDefinition", "Namespace"}:
        return one
    added = replace(one, prefixes=(*one.prefixes, value.text)) if before else one
    added = added if before else replace(one, suffixes=(*one.suffixes, value.text))

    def named(node: Node) -> Node:
        return replace(node, text=f"{value.text}{node.text}" if before else f"{node.text}{value.text}")

    absent = layer.placed(value, "")
    node = with_spec_fields(one.node, one.id, (FieldSpec("metadata/name"),), named, absent)
    return added.changed(node, remembers=True)


def with_labels(layer: WrittenFields, among: Resources) -> Resources:
    """Add the labels of a kustomization, to selectors and templates as its fields say."""
    common = layer.configuration.of("commonLabels", COMMON_LABELS)
    for each in items_at(layer.fields, "labels"):
        specs = tuple(configuration_of_label(each)) + layer.configuration.of("labels", ())
        if text_at(each, "includeSelectors") == "true":
            specs += common
        elif text_at(each, "includeTemplates") == "true":
            specs += layer.configuration.of("templateLabels", TEMPLATE_LABELS)
        among = _with_pairs(layer, among, pairs_at(each, "pairs"), tuple(dict.fromkeys((*specs, _LABEL))))
    return _with_pairs(layer, among, pairs_at(layer.fields, "commonLabels"), common)


def configuration_of_label(each: Node) -> Iterable[FieldSpec]:
    """Return the fields that an item of ``labels`` names."""
    fields = get(each, "fields")
    if fields is None or fields.shape != "list":
        return ()
    key = replace(fields, shape="scalar", tag="str", text="labels", items=(), style="")
    document = replace(fields, shape="map", tag="map", items=(), pairs=((key, fields),))
    return configuration_of(document).specs["labels"]


def with_annotations(layer: WrittenFields, among: Resources) -> Resources:
    """Add the annotations of a kustomization."""
    specs = layer.configuration.of("commonAnnotations", COMMON_ANNOTATIONS)
    return _with_pairs(layer, among, pairs_at(layer.fields, "commonAnnotations"), specs)


def _with_pairs(layer: WrittenFields, among: Resources, pairs: Iterable[tuple[Node, Node]], specs: Specs) -> Resources:
    entries = list(pairs)
    return [_paired(layer, one, entries, specs) for one in among] if entries else among


def _paired(layer: WrittenFields, one: Resource, pairs: Sequence[tuple[Node, Node]], specs: Specs) -> Resource:
    """Write labels or annotations into an object."""
    new = [(layer.placed(key, key.text, ""), layer.placed(value, value.text)) for key, value in pairs]
    olds: dict[int, Node] = {}

    def written(node: Node) -> Node:
        if node.shape != "map":
            raise Unbuildable("refused")
        for key, value in new:
            before = node.pair(key.text)
            if before is not None and path_of(before[1]) and before[1] is not value:
                olds[id(before[1])] = value
            node = with_pair(node, key, value)
        return node

    node = with_spec_fields(one.node, one.id, specs, written, map_like(new[0][0], layer.path))
    return one.changed(_with_shared(node, olds) if olds else node)


def _with_shared(node: Node, olds: Mapping[int, Node]) -> Node:
    """Return an object in which the values that are replaced somewhere are replaced wherever they are.

    A label that a kustomization writes in several places of an object is one value for kustomize, so that another
    kustomization that changes the label in one of them changes it in all.
    """
    new = olds.get(id(node))
    if new is not None:
        return new
    if node.shape == "list":
        return with_items(node, [_with_shared(one, olds) for one in node.items])
    for key, value in node.pairs:
        node = with_pair(node, key, _with_shared(value, olds))
    return node


def with_replicas(layer: WrittenFields, among: Resources) -> Resources:
    """Set the replicas of workloads by name. Raises Unbuildable if there is no such workload."""
    specs = layer.configuration.of("replicas", REPLICAS)
    for each in items_at(layer.fields, "replicas"):
        name, count = text_at(each, "name"), get(each, "count")
        new = layer.placed(count if count is not None else each, count.text if count is not None else "0", "int")
        met = False
        found = []
        for one in among:
            fits = [x for x in specs if any(own.name == name and x.fits(own) for own in one.ids)]
            met = met or bool(fits)
            found.append(one.changed(with_spec_fields(one.node, one.id, fits, _always(new), new)) if fits else one)
        if not met:
            message = f"sets the replicas of {name}, which is no workload of its resources"
            hint = "correct the name, or add the workload to the resources"
            raise Unbuildable("refused", message, layer.path, get(each, "name") or each, hint)
        among = found
    return among


def _always(new: Node) -> Callable[[Node], Node]:
    """Return what replaces any scalar by a new one."""

    def replaced(old: Node) -> Node:
        if old.shape != "scalar":
            raise Unbuildable("refused")
        return new

    return replaced


def with_images(layer: WrittenFields, among: Resources) -> Resources:
    """Replace names, tags and digests of images."""
    specs = layer.configuration.of("images", IMAGES)
    for entry in (*items_at(layer.fields, "images"), *items_at(layer.fields, "imageTags")):
        among = [
            one if one.id.sort == "CustomResourceDefinition" else _imaged(layer, one, entry, specs) for one in among
        ]
    return among


def _imaged(layer: WrittenFields, one: Resource, entry: Node, specs: Specs) -> Resource:
    def image(node: Node) -> Node:
        return _new_image(layer, node, entry)

    node = _in_containers(one.node, image)
    return one.changed(with_spec_fields(node, one.id, specs, image, node))


def _in_containers(node: Node, image: Callable[[Node], Node]) -> Node:
    """Change the images of all lists that are called like those of containers, of any type."""
    if node.shape == "list":
        return with_items(node, [_in_containers(one, image) for one in node.items])
    for key, value in node.pairs:
        new = _in_containers(value, image) if value.pairs or value.items else value
        if key.text in {"containers", "initContainers"} and new.shape == "list":
            new = with_items(new, [_with_image(one, image) for one in new.items])
        node = with_pair(node, key, new)
    return node


def _with_image(node: Node, image: Callable[[Node], Node]) -> Node:
    pair = node.pair("image") if node.shape == "map" else None
    return node if pair is None else with_pair(node, pair[0], image(pair[1]))


def _new_image(layer: WrittenFields, node: Node, entry: Node) -> Node:
    if node.shape != "scalar" or is_absent_or_null(node):
        return node
    pattern = f"^{text_at(entry, 'name')}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"
    if regex.fault(pattern):
        raise Unbuildable("unknown")
    if not regex.search(pattern, node.text):
        return node
    text = _image_text(node.text, entry)
    if text == node.text:
        return node
    place = next((x for key in ("newTag", "digest", "newName", "tagSuffix") if (x := get(entry, key))), entry)
    return layer.placed(place, text)


def _image_text(text: str, entry: Node) -> str:
    """Return an image with what an entry of ``images`` sets."""
    name, tag, digest = _split_image(text)
    name = text_at(entry, "newName") or name
    new, new_digest, suffix = (text_at(entry, key) for key in ("newTag", "digest", "tagSuffix"))
    if new or new_digest:
        tag, digest = new, new_digest
    elif suffix:
        tag, digest = f"{tag}{suffix}", ""
    return f"{name}{':' if tag else ''}{tag}{'@' if digest else ''}{digest}"


def _split_image(text: str) -> Sequence[str]:
    slash = max(text.find("/"), 0)
    head, rest = text[:slash], text[slash:]
    rest, _, digest = rest.partition("@")
    name, _, tag = rest.partition(":")
    return f"{head}{name}", tag, digest
