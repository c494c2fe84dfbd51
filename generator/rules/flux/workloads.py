"""Workloads as Flux v1 sees them: its annotations, the containers that they are for, the patterns of tags.

Sources: fluxcd/flux 1.25.4, ``pkg/cluster/kubernetes/resource/resource.go`` and ``helmrelease.go``,
``pkg/policy/pattern.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Literal

from ... import policy
from ...yaml import Node, get, is_text, pairs_at, text_at
from ..readers import regexp
from ..readers.objects import Object, containers, is_patch, objects
from ..rule import File, Scope

SUPPORTED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "CronJob", "HelmRelease", "FluxHelmRelease"})
BOOLEANS = frozenset({"automated", "locked", "ignore"})
KNOWN = BOOLEANS | {"locked_user", "locked_msg"}
CHART_IMAGE = "chart-image"
_PREFIXES = ("fluxcd.io/", "flux.weave.works/")
_FILTER = "filter.fluxcd.io/"
MAPPINGS = {"repository.fluxcd.io/": "repository", "registry.fluxcd.io/": "registry", "tag.fluxcd.io/": "tag"}
PREFIXES = ("glob:", "semver:", "regexp:", "regex:")
_METHODS = (("glob:", "glob"), ("semver:", "semver"), ("regexp:", "regexp"), ("regex:", "regexp"))
# https://github.com/distribution/reference: a tag, a digest.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")

Method = Literal["glob", "semver", "regexp"]


@dataclass(frozen=True)
class Annotation:
    """One annotation that Flux v1 reads: key and value as written, and the policy that it means."""

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
        """The container that a pattern is for, ``""`` for other annotations."""
        return self.policy.removeprefix("tag.") if self.policy.startswith("tag.") else ""


@dataclass(frozen=True)
class Image:
    """An image of a workload, by the name that Flux has for its container, and the node that says which."""

    name: str
    where: Node
    reference: str
    init: bool = False

    @property
    def tag(self) -> str:
        """Its tag, ``""`` where it names none."""
        rest = self.reference.partition("@")[0]
        colon = rest.rfind(":")
        return rest[colon + 1 :] if colon > rest.rfind("/") else ""

    @property
    def repository(self) -> str:
        """Its name without tag and digest."""
        rest = self.reference.partition("@")[0]
        return rest[: -len(self.tag) - 1] if self.tag else rest

    @property
    def is_plain(self) -> bool:
        """Whether it is a reference, and no placeholder that something fills in."""
        return bool(self.reference) and not re.search(r"[${}()\s]", self.reference)


@dataclass(frozen=True)
class Pattern:
    """A pattern of tags as Flux v1 reads it."""

    method: Method
    text: str

    @cached_property
    def is_valid(self) -> bool:
        """Whether Flux can read it; otherwise it takes every tag."""
        if self.method == "regexp":
            return not regexp.fault(self.text, old=True)
        return self.method == "glob" or policy.is_range(self.text)

    def takes(self, tag: str) -> bool:
        """Tell whether Flux takes a tag; ``latest`` only by its name."""
        if tag.lower() == "latest":
            return self.method == "glob" and self.text == "latest"
        if self.method == "regexp":
            return regexp.search(self.text, tag)
        return policy.matches(policy.Policy(self.method, self.text), tag)


@dataclass(frozen=True)
class Workload:
    """An object with annotations of Flux v1."""

    object: Object
    annotations: tuple[Annotation, ...]
    is_part: bool  # a patch, which names no container that is not in it

    @cached_property
    def patterns(self) -> tuple[Annotation, ...]:
        """The annotations with patterns."""
        return tuple(one for one in self.annotations if one.policy.startswith("tag."))

    @cached_property
    def is_automated(self) -> bool:
        """Whether Flux moves its tags."""

        def on(name: str) -> bool:
            return any(one.policy == name and one.text == "true" for one in self.annotations)

        return on("automated") and not on("locked") and not on("ignore") and self.object.sort in SUPPORTED

    def images_of(self, container: str) -> Sequence[Image]:
        """Return the images of the containers with a name."""
        return self._by_container.get(container, ())

    @cached_property
    def _by_container(self) -> dict[str, list[Image]]:
        found: dict[str, list[Image]] = {}
        for one in self.images:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """The images of its containers, then of its init containers; of a HelmRelease those in its values."""
        if self.object.sort.endswith("HelmRelease"):
            return tuple(_release_images(self.object.node, self.annotations))
        found = containers(self.object)
        return tuple(Image(x.name, x.image or x.node, x.image.text if x.image else "", x.init) for x in found)


def workloads(file: File, scope: Scope) -> tuple[Workload, ...]:
    """Return the objects of a file that have annotations of Flux v1, read once a run."""
    known = scope.memo.setdefault("workloads", {})
    if file.path not in known:
        part = None
        found = []
        if "fluxcd.io/" in file.text or "flux.weave.works/" in file.text:
            for one in objects(file):
                notes = tuple(read_annotations(get(one.node, "metadata", "annotations")))
                if notes:
                    part = is_patch(file, scope) if part is None else part
                    found.append(Workload(one, notes, part))
        known[file.path] = tuple(found)
    cached: tuple[Workload, ...] = known[file.path]
    return cached


def read_annotations(node: Node | None) -> Iterator[Annotation]:
    """Yield the annotations of Flux v1 in a map of annotations."""
    for key, value in pairs_at(node):
        name = key.text
        prefix = next((one for one in _PREFIXES if name.startswith(one)), "")
        mapping = next((one for one in MAPPINGS if name.startswith(one)), "")
        if prefix:
            yield Annotation(key, value, name.removeprefix(prefix))
        elif name.startswith(_FILTER):
            yield Annotation(key, value, f"tag.{name.removeprefix(_FILTER)}")
        elif mapping:
            yield Annotation(key, value, "", MAPPINGS[mapping], name.removeprefix(mapping))


def pattern(text: str) -> Pattern:
    """Return the pattern that a value means; without a prefix that Flux knows it is a glob."""
    for prefix, method in _METHODS:
        if text.startswith(prefix):
            return Pattern(method, text.removeprefix(prefix))  # type: ignore[arg-type]
    return Pattern("glob", text)


def is_string(one: Annotation) -> bool:
    """Tell whether an annotation's value is text, or nothing, which is text too."""
    return is_text(one.value) or (one.value.shape == "scalar" and one.value.tag == "null")


def is_tag(text: str) -> bool:
    """Tell whether a text can be an image's tag."""
    return bool(_TAG.match(text))


def spelling_fault(text: str) -> tuple[str, str] | None:
    """Return what is wrong with how a pattern is written, and what to do; None for nothing."""
    prefix = next((one for one in PREFIXES if text.startswith(one)), "")
    rest = text.removeprefix(prefix)
    if not text.strip():
        return "an empty pattern takes the empty tag only", "write glob:PATTERN, semver:RANGE or regexp:RE2"
    if prefix in {"glob:", "regexp:", "regex:"} and rest != rest.strip():
        return "the blank is a part of the pattern, and no tag has one", f"write {prefix}{rest.strip()}"
    if prefix == "glob:" and not rest:
        return "an empty pattern takes the empty tag only", "write glob:PATTERN"
    if prefix in {"semver:", "regexp:", "regex:"}:
        return None
    head = rest.strip().partition(":")[0].lower()
    if not prefix:
        for known in PREFIXES:
            word = known[:-1]
            if rest.strip().lower().startswith(word) and rest != word:
                behind = rest.strip()[len(word) :].lstrip(": ")
                return f"{known} is not how it begins, so it is a glob that no tag fits", f"write {known}{behind}"
        if ":" in rest:
            close = get_close_matches(f"{head}:", PREFIXES, 1)
            hint = f"write {close[0]}{rest.partition(':')[2].strip()}" if close else "write glob:, semver: or regexp:"
            return f"Flux knows no prefix {head}:, so it is a glob that no tag fits", hint
    odd = sorted({char for char in rest if not (char.isascii() and (char.isalnum() or char in "_.-*?[]{}!,"))})
    if odd:
        hint = "write semver: before a range" if set(odd) & set("~^<>=|") else "write what tags consist of, and *"
        return f"it is a glob with {' '.join(map(repr, odd))}, which no tag has", hint
    return None


def _release_images(node: Node, annotations: tuple[Annotation, ...]) -> Iterator[Image]:
    values = get(node, "spec", "values")
    mapped: dict[str, dict[str, str]] = {}
    for one in annotations:
        if one.mapping:
            mapped.setdefault(one.alias, {})[one.mapping] = one.text
    found: dict[str, Image] = {}
    for name, part in [(CHART_IMAGE, values), *((key.text, value) for key, value in pairs_at(values))]:
        if (image := _image_in(name, part)) is not None:
            found[name] = image
    for alias, paths in mapped.items():
        if (image := _mapped_image(alias, values, paths)) is not None:
            found[alias] = image
    yield from found.values()


def _image_in(name: str, part: Node | None) -> Image | None:
    """Return the image that a part of values has as ``image``: text, or a map with repository and tag."""
    node = get(part, "image")
    if node is None:
        return None
    holder = part if node.shape == "scalar" else node
    repository = node if node.shape == "scalar" else get(node, "repository")
    if repository is None or repository.shape != "scalar" or not repository.text:
        return None
    tag = get(holder, "tag")
    return _tagged(name, repository, repository.text, tag)


def _mapped_image(alias: str, values: Node | None, paths: dict[str, str]) -> Image | None:
    repository = get(values, *paths.get("repository", "\0").split("."))
    if repository is None or repository.shape != "scalar":
        return None
    tag = get(values, *paths["tag"].split(".")) if paths.get("tag") else None
    registry = text_at(values, *paths["registry"].split(".")) if paths.get("registry") else ""
    reference = f"{registry}/{repository.text}" if registry else repository.text
    return _tagged(alias, repository, reference, tag)


def _tagged(name: str, repository: Node, reference: str, tag: Node | None) -> Image:
    """Return an image with the tag that stands beside its name; Flux only reads one that is text."""
    if tag is None or tag.shape != "scalar" or not tag.text:
        return Image(name, repository, reference)
    return Image(name, tag, f"{reference}:{tag.text}" if is_text(tag) else reference)
