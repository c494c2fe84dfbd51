"""Read workloads as Flux v1 does: its annotations, and the containers and images that they apply to.

Sources: fluxcd/flux 1.25.4, ``pkg/cluster/kubernetes/resource/resource.go`` and ``helmrelease.go``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...finding import Finding
from ...images.references import Reference, parse_reference
from ...yaml import Node, get, is_text, pairs_at
from ..rule import Check, CheckOfReading, File, Scope
from .objects import Object, containers, is_patch, objects

SUPPORTED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "CronJob", "HelmRelease"})
BOOLEANS = frozenset({"automated", "locked", "ignore"})
KNOWN = BOOLEANS | {"locked_user", "locked_msg"}
SYNC_STATE = frozenset({"sync-checksum", "sync-gc-mark"})  # that fluxd writes to objects in the cluster
CHART_IMAGE = "chart-image"
_PREFIXES = ("fluxcd.io/", "flux.weave.works/")
_FILTER = "filter.fluxcd.io/"
# Unanchored, as in Flux: a name with a dot anywhere, and localhost.
_DOMAIN = re.compile(r"localhost|[A-Za-z0-9]\.[A-Za-z0-9]")
_MAPPINGS = {"repository.fluxcd.io/": "repository", "registry.fluxcd.io/": "registry", "tag.fluxcd.io/": "tag"}


@dataclass(frozen=True)
class FluxAnnotation:
    """An annotation that Flux v1 reads: key and value as written, and the policy that it sets."""

    key: Node
    value: Node
    policy: str  # automated, tag.CONTAINER, …; "" for a path mapping of a HelmRelease
    mapping: str = ""  # repository, registry or tag
    alias: str = ""

    @property
    def text(self) -> str:
        """The value as text."""
        return self.value.text if self.value.shape == "scalar" and self.value.tag != "null" else ""

    @property
    def container(self) -> str:
        """The container that a pattern applies to, ``""`` for other annotations."""
        return self.policy.removeprefix("tag.") if self.policy.startswith("tag.") else ""


@dataclass(frozen=True)
class WorkloadImage:
    """An image of a workload: the name that Flux uses for its container, and the node of the image."""

    name: str
    where: Node
    reference: str
    init: bool = False

    @cached_property
    def parts(self) -> Reference:
        """The parts of the reference."""
        return parse_reference(self.reference)

    @property
    def is_plain(self) -> bool:
        """Whether it is a reference without placeholders."""
        return bool(self.reference) and not re.search(r"[${}()\s]", self.reference)


@dataclass(frozen=True)
class FluxWorkload:
    """An object with annotations of Flux v1."""

    object: Object
    annotations: tuple[FluxAnnotation, ...]
    is_part: bool  # a patch, which does not list all containers

    @cached_property
    def patterns(self) -> tuple[FluxAnnotation, ...]:
        """The annotations that set patterns."""
        return tuple(one for one in self.annotations if one.policy.startswith("tag."))

    @cached_property
    def is_automated(self) -> bool:
        """Whether Flux moves its tags."""

        def on(name: str) -> bool:
            return any(one.policy == name and one.text == "true" for one in self.annotations)

        return on("automated") and not on("locked") and not on("ignore") and self.object.sort in SUPPORTED

    def patterns_of(self, container: str) -> Sequence[FluxAnnotation]:
        """Return the annotations that set patterns for a container."""
        return self._patterns_by_container.get(container, ())

    @cached_property
    def has_patterns_for_images(self) -> bool:
        """Whether a container with an image has a pattern."""
        return any(image.name in self._patterns_by_container for image in self.images)

    @cached_property
    def _patterns_by_container(self) -> dict[str, list[FluxAnnotation]]:
        found: dict[str, list[FluxAnnotation]] = {}
        for one in self.patterns:
            found.setdefault(one.container, []).append(one)
        return found

    def images_of(self, container: str) -> Sequence[WorkloadImage]:
        """Return the images of the containers named ``container``."""
        return self._by_container.get(container, ())

    @cached_property
    def _by_container(self) -> dict[str, list[WorkloadImage]]:
        found: dict[str, list[WorkloadImage]] = {}
        for one in self.images:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def images(self) -> tuple[WorkloadImage, ...]:
        """The images of containers, then init containers; for a HelmRelease, those in its values."""
        if self.object.sort.endswith("HelmRelease"):
            return tuple(_release_images(self.object.node, self.annotations))
        found = containers(self.object)
        return tuple(WorkloadImage(x.name, x.image or x.node, x.image.text if x.image else "", x.init) for x in found)


def each_workload(check: Callable[[FluxWorkload], Iterator[Finding]]) -> Check:
    """Return a check of a file that runs ``check`` for each of its workloads."""

    def over(file: File, scope: Scope) -> Iterator[Finding]:
        for one in workloads(file, scope):
            yield from check(one)

    return CheckOfReading(workloads, over)


def workloads(file: File, scope: Scope) -> tuple[FluxWorkload, ...]:
    """Return the objects of a file that have annotations of Flux v1, read once per run."""
    known = scope.memo.setdefault("workloads", {})
    if file.path not in known:
        part = None
        found = []
        if "fluxcd.io/" in file.text or "flux.weave.works/" in file.text:
            for one in objects(file):
                notes = tuple(read_annotations(get(one.node, "metadata", "annotations")))
                if notes:
                    part = is_patch(file, scope) if part is None else part
                    found.append(FluxWorkload(one, notes, part))
        known[file.path] = tuple(found)
    cached: tuple[FluxWorkload, ...] = known[file.path]
    return cached


def read_annotations(node: Node | None) -> Iterator[FluxAnnotation]:
    """Yield the annotations of Flux v1 in a map of annotations."""
    for key, value in pairs_at(node):
        name = key.text
        prefix = next((one for one in _PREFIXES if name.startswith(one)), "")
        mapping = next((one for one in _MAPPINGS if name.startswith(one)), "")
        if prefix:
            yield FluxAnnotation(key, value, name.removeprefix(prefix))
        elif name.startswith(_FILTER):
            yield FluxAnnotation(key, value, f"tag.{name.removeprefix(_FILTER)}")
        elif mapping:
            yield FluxAnnotation(key, value, "", _MAPPINGS[mapping], name.removeprefix(mapping))


def is_flux_key(name: str) -> bool:
    """Return whether Flux v1 reads annotations of a name."""
    return name.startswith((*_PREFIXES, _FILTER, *_MAPPINGS))


def is_string(one: FluxAnnotation) -> bool:
    """Return whether an annotation's value is a string or empty, which counts as a string."""
    return is_text(one.value) or (one.value.shape == "scalar" and one.value.tag == "null")


def _release_images(node: Node, annotations: tuple[FluxAnnotation, ...]) -> Iterator[WorkloadImage]:
    values = get(node, "spec", "values")
    mapped: dict[str, dict[str, str]] = {}
    for one in annotations:
        if one.mapping:
            mapped.setdefault(one.alias, {})[one.mapping] = one.text
    found: dict[str, WorkloadImage] = {}
    for name, part in [(CHART_IMAGE, values), *((key.text, value) for key, value in pairs_at(values))]:
        if (image := _image_in(name, part)) is not None:
            found[name] = image
    for alias, paths in mapped.items():
        if (image := _mapped_image(alias, values, paths)) is not None:
            found[alias] = image
    yield from found.values()


def _image_in(name: str, part: Node | None) -> WorkloadImage | None:
    """Return the image under the key ``image`` of a part of values: text, or a map with repository.

    ``registry`` and ``tag`` beside the text, or beside the repository, are parts of it if they are strings.
    """
    node = get(part, "image")
    if node is None:
        return None
    holder = part if node.shape == "scalar" else node
    repository = node if node.shape == "scalar" else get(node, "repository")
    if repository is None or not is_text(repository):
        return None
    return _joined(name, get(holder, "registry"), repository, get(holder, "tag"))


def _mapped_image(alias: str, values: Node | None, paths: dict[str, str]) -> WorkloadImage | None:
    """Return the image whose parts annotations name by their paths, each of which has to be a string."""
    parts = [
        get(values, *paths[one].split(".")) if paths.get(one) else None for one in ("registry", "repository", "tag")
    ]
    registry, repository, tag = parts
    given = [part for one, part in zip(("registry", "repository", "tag"), parts, strict=True) if paths.get(one)]
    if repository is None or any(part is None or not is_text(part) for part in given):
        return None
    return _joined(alias, registry, repository, tag)


def _joined(name: str, registry: Node | None, repository: Node, tag: Node | None) -> WorkloadImage | None:
    """Return the image of these parts, None if Flux cannot parse it; only a registry and a tag that are text count."""
    reference = repository.text
    if registry is not None and is_text(registry):
        reference = f"{registry.text}/{reference}"
    has_tag = tag is not None and is_text(tag)
    if tag is not None and has_tag:
        reference = f"{reference}:{tag.text}"
    if not is_flux_reference(reference):
        return None
    return WorkloadImage(name, tag if tag is not None and tag.shape == "scalar" and tag.text else repository, reference)


def is_flux_reference(text: str) -> bool:
    """Return whether Flux parses a text as an image reference. Source: ``pkg/image/image.go``, ``ParseRef``."""
    if not text or text.startswith("/") or text.endswith("/"):
        return False
    elements = text.split("/")
    has_domain = len(elements) > 2 or (len(elements) == 2 and bool(_DOMAIN.search(elements[0])))
    image = "/".join(elements[1:]) if has_domain else text
    name, at, digest = image.partition("@sha256:")
    parts = name.split(":")
    return bool(digest or not at) and len(parts) <= 2 and (all(parts) or (len(parts) == 1 and not at))
