"""The values of a spec that a Deployment has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....adoptable import HandWritten, Inferred
from ....images.references import Reference, parse_reference
from ....rules.readers.objects import Container, Object, containers
from ....unit_namespace import MANAGED_BY, NAME_LABEL
from ....yaml import get, is_text, items_at, pairs_at, text_at
from ..derived import PART_OF, VERSION
from .companions import Companions
from .container_values import container_values, main_container
from .hand_written import node_source, not_adoptable
from .tag_automation import automation_values


def workload_values(one: Object, beside: Companions, given: HandWritten) -> tuple[list[Inferred], list[str]]:
    """Return the values of the spec of a Deployment, and notes on what stays the user's. Raises Invalid."""
    main = main_container(one, beside, given)
    image, tag = _image(one, main, beside, given)
    ports, notes = container_values(one, main, beside, given)
    automation, told = automation_values(one, main, tag.value, image, beside, given)
    values = [
        Inferred(("name",), one.name, _source(one, "metadata", "name"), needed=True, fixed=True),
        Inferred(("image",), image.name, node_source(main.image or main.node, one.file.path), needed=True),
        tag,
        *automation,
        Inferred(("container",), main.name, _source(main, "name", path=one.file.path), needed=True),
        *ports,
        *_service(one, beside),
        *_namespace(one, beside, given),
        _replicas(one),
        *_labels(one, beside, given),
        _part_of(one, given),
        Inferred(("version_label",), get(one.pod, "metadata", "labels", VERSION) is not None),
        _spread(one),
        *_pod_security(beside),
        *_user(one),
        *_unused(given, image),
    ]
    others = [each for each in containers(one) if each.node is not main.node]
    sorts = {False: "container", True: "init container"}
    notes += [f"{one.file.path}:{x.node.line}: the {sorts[x.init]} {x.name} stays yours" for x in others]
    return values, [*notes, *told]


def _source(one: Object | Container, *where: str, path: str = "") -> Any:
    node = get(one.node, *where) or one.node
    return node_source(node, one.file.path if isinstance(one, Object) else path)


def _image(one: Object, main: Container, beside: Companions, given: HandWritten) -> tuple[Reference, Inferred]:
    """Return the image and its tag: that of the manifest, else of the kustomization, else the one that the user gives.

    Raises Invalid for an image without a tag that says a version.
    """
    node = main.image
    if node is None or not node.text:
        raise not_adoptable(main.node, one.file.path, f"the container {main.name} has no image", "write its image")
    image = parse_reference(node.text)
    asked = given.asked.get("tag")
    if image.tag and image.tag.lower() != "latest":
        if asked not in {None, image.tag}:
            raise not_adoptable(node, one.file.path, f"the image has the tag {image.tag}, not {asked}", "omit --tag")
        return image, Inferred(("tag",), image.tag, node_source(node, one.file.path), needed=True)
    if asked:
        return image, Inferred(("tag",), asked, None, needed=True)
    if beside.kustomization:
        for entry in (each for document in beside.kustomization.documents for each in items_at(document, "images")):
            tag = get(entry, "newTag")
            if text_at(entry, "name") == image.name and tag is not None and tag.text.lower() not in {"", "latest"}:
                return image, Inferred(("tag",), tag.text, node_source(tag, beside.kustomization.path), needed=True)
    message = f"the image {node.text} has no tag that says which version runs"
    raise not_adoptable(node, one.file.path, message, "give the version with --tag TAG; the manifest keeps its image")


def _service(one: Object, beside: Companions) -> Iterator[Inferred]:
    service = beside.service
    if service is not None and service.name != one.name:
        place = node_source(get(service.node, "metadata", "name") or service.node, service.file.path)
        yield Inferred(("service_name",), service.name, place)


def _namespace(one: Object, beside: Companions, given: HandWritten) -> Iterator[Inferred]:
    asked = given.asked.get("namespace")
    node = get(one.node, "metadata", "namespace")
    if one.namespace and node is not None:
        name, source = one.namespace, node_source(node, one.file.path)
    else:
        above = [get(each, "namespace") for each in (beside.kustomization.documents if beside.kustomization else ())]
        set_by = next((each for each in above if each is not None and each.text), None)
        path = beside.kustomization.path if beside.kustomization else ""
        name, source = (set_by.text, node_source(set_by, path)) if set_by else ("", None)  # type: ignore[assignment]
    if (asked or name) and (asked or name) != given.inherited.get("namespace", {}).get("name", one.name):
        yield Inferred(("namespace", "name"), asked or name, None if asked else source, needed=True, fixed=True)
    yield Inferred(("namespace", "create"), beside.namespace is not None)
    yield Inferred(("namespace", "omit"), not one.namespace)


def _replicas(one: Object) -> Inferred:
    node = get(one.node, "spec", "replicas")
    is_count = node is not None and node.text.isascii() and node.text.isdecimal() and not is_text(node)
    value = int(node.text) if node is not None and is_count and len(node.text) < 9 else None
    return Inferred(("replicas",), value, node_source(node or one.node, one.file.path), nullable=True)


def _labels(one: Object, beside: Companions, given: HandWritten) -> Iterator[Inferred]:
    """Yield the labels that select the pods, and those that all objects of the unit have."""
    matched = pairs_at(one.node, "spec", "selector", "matchLabels")
    wanted = {key.text: value.text for key, value in matched}
    place = node_source(get(one.node, "spec", "selector") or one.node, one.file.path)
    if wanted and wanted != {NAME_LABEL: one.name} and not items_at(one.node, "spec", "selector", "matchExpressions"):
        yield Inferred(("selector",), wanted, place, nullable=True)
    objects = [each for each in (one, beside.service, beside.namespace) if each is not None]
    common = dict(one.labels)
    for each in objects:
        own = {key.text: value.text for key, value in pairs_at(each.node, "metadata", "labels")}
        common = {key: value for key, value in common.items() if own.get(key) == value}
    inherited: Mapping[str, Any] = given.inherited.get("labels") or {}
    for key, value in common.items():
        if key not in {NAME_LABEL, MANAGED_BY, PART_OF, VERSION} and inherited.get(key) != value:
            where = get(one.node, "metadata", "labels", key)
            yield Inferred(("labels", key), value, node_source(where or one.node, one.file.path))


def _part_of(one: Object, given: HandWritten) -> Inferred:
    """Return what the workload is a part of: its label, if all objects have it, is one of ``labels``."""
    node = get(one.node, "metadata", "labels", PART_OF)
    return Inferred(("part_of",), node.text if node else "", node_source(node or one.node, one.file.path))


def _spread(one: Object) -> Inferred:
    node = get(one.pod, "spec", "topologySpreadConstraints")
    return Inferred(("spread",), node is not None, node_source(node or one.node, one.file.path))


def _pod_security(beside: Companions) -> Iterator[Inferred]:
    """Yield the standard that the Namespace enforces; privileged where it enforces none."""
    if beside.namespace is None:
        return
    node = get(beside.namespace.node, "metadata", "labels", "pod-security.kubernetes.io/enforce")
    known = node is not None and node.text in {"restricted", "baseline", "privileged"}
    level = node.text if node is not None and known else "privileged"
    yield Inferred(("pod_security",), level, node_source(node or beside.namespace.node, beside.namespace.file.path))


def _user(one: Object) -> Iterator[Inferred]:
    node = get(one.pod, "spec", "securityContext", "runAsUser")
    if node is not None and node.text.isascii() and node.text.isdecimal() and 0 < len(node.text) < 11:
        yield Inferred(("user",), int(node.text), node_source(node, one.file.path))


def _unused(given: HandWritten, image: Reference) -> Iterator[Inferred]:
    """Yield what keeps inherited values, which these manifests do not have, from being generated."""
    yield Inferred(("e2e",), False)
    yield Inferred(("workflow",), False)
    yield Inferred(("sidecars",), [])
    yield Inferred(("canary",), None, nullable=True)
    if given.inherited.get("registry") and not image.registry:
        yield Inferred(("registry",), None, nullable=True)
