"""Read what Argo CD Image Updater reads: ImageUpdaters, and its former annotations of Applications.

Source: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1`` and ``pkg/argocd/annotations.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ...images.references import parse_reference
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..rule import File, Scope
from .objects import Object, is_patch, named, objects, of_sort

UPDATER_GROUP = "argocd-image-updater.argoproj.io"
APPLICATION_GROUP = "argoproj.io"
PREFIX = f"{UPDATER_GROUP}/"
Strategy = Literal["semver", "newest-build", "digest", "alphabetical"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
_FORMER: Mapping[str, Strategy] = {"latest": "newest-build", "name": "alphabetical"}
GENERAL = frozenset({"update-strategy", "allow-tags", "ignore-tags", "force-update", "pull-secret"})


@dataclass(frozen=True)
class TagSettings:
    """Settings of one level, from the resource or from annotations: the nodes of their values."""

    strategy: Node | None = None
    allowed: Node | None = None
    ignored: tuple[Node, ...] = ()

    def over(self, outer: TagSettings) -> TagSettings:
        """Return these settings, with those of an outer level where they are not set."""
        return TagSettings(
            self.strategy or outer.strategy, self.allowed or outer.allowed, self.ignored or outer.ignored
        )


@dataclass(frozen=True)
class UpdatedImage:
    """An image to update: its alias, its name with a constraint as written, and its settings with inherited ones.

    ``application`` is the name of its Application, or the pattern of their names.
    """

    where: Node
    alias: str
    text: str
    settings: TagSettings
    application: str
    entry: Node | None = None  # in a resource

    @property
    def constraint(self) -> str:
        """The version range, or the tag for ``digest``."""
        return parse_reference(self.text).tag

    @property
    def strategy(self) -> Strategy:
        """The strategy by its current name; ``semver`` for none and for one that is not known."""
        text = self.settings.strategy.text if self.settings.strategy is not None else ""
        return strategy_of(text) or "semver"

    @property
    def ignored(self) -> tuple[str, ...]:
        """The globs of tags that are ignored; an annotation has all of them, with commas between."""
        texts = (node.text for node in self.settings.ignored)
        globs = [one.strip() for text in texts for one in ([text] if self.entry is not None else text.split(","))]
        return tuple(filter(None, globs))


@dataclass(frozen=True)
class UpdateSource:
    """An ImageUpdater, or an Application with annotations: its settings of all levels, and its images."""

    object: Object
    levels: tuple[TagSettings, ...] = ()
    images: tuple[UpdatedImage, ...] = ()
    annotations: tuple[tuple[Node, Node], ...] = field(default=())  # key and value, without those of other tools


def strategy_of(text: str) -> Strategy | None:
    """Return the strategy that a value names, None for another value, which Image Updater takes for semver."""
    name = text.strip().lower()
    return _FORMER.get(name) or next((one for one in STRATEGIES if one == name), None)


def former_name(text: str) -> str:
    """Return the current name of a strategy that was renamed, ``""`` for another."""
    return _FORMER.get(text.strip().lower(), "")


def update_sources(file: File, scope: Scope) -> tuple[UpdateSource, ...]:
    """Return the ImageUpdaters of a file, and its Applications with annotations, read once per run."""
    known = scope.memo.setdefault("update_settings", {})
    if file.path not in known:
        is_read = UPDATER_GROUP in file.text and not is_patch(file, scope)
        known[file.path] = tuple(_sources(file)) if is_read else ()
    found: tuple[UpdateSource, ...] = known[file.path]
    return found


def applications(scope: Scope) -> tuple[Object, ...]:
    """Return the Applications of Argo CD among the files."""
    return of_sort(scope, APPLICATION_GROUP, "Application")


def applications_named(name: str, scope: Scope) -> tuple[Object, ...]:
    """Return the Applications of Argo CD among the files that have a name."""
    return tuple(one for one in named(scope, "Application", name) if one.group == APPLICATION_GROUP)


def applied_refs(one: Object) -> tuple[Node, ...]:
    """Return the ``applicationRefs`` of an ImageUpdater."""
    return tuple(items_at(one.node, "spec", "applicationRefs"))


def _sources(file: File) -> Iterator[UpdateSource]:
    for one in objects(file):
        if one.group == UPDATER_GROUP and one.sort == "ImageUpdater":
            yield _of_resource(one)
        elif one.group == APPLICATION_GROUP and one.sort == "Application":
            notes = [(key, value) for key, value in pairs_at(one.node, "metadata", "annotations")]
            own = tuple((key, value) for key, value in notes if key.text.startswith(PREFIX))
            if own:
                yield _of_annotations(one, own)


def _of_resource(one: Object) -> UpdateSource:
    outer = _settings(get(one.node, "spec"))
    levels, images = [outer], []
    for reference in applied_refs(one):
        if text_at(reference, "useAnnotations") == "true":
            continue
        own = _settings(reference)
        levels.append(own)
        for entry in items_at(reference, "images"):
            inner = _settings(entry)
            levels.append(inner)
            name = get(entry, "imageName")
            if name is not None and name.shape == "scalar":
                merged = inner.over(own.over(outer))
                pattern = text_at(reference, "namePattern")
                images.append(UpdatedImage(name, text_at(entry, "alias"), name.text.strip(), merged, pattern, entry))
    return UpdateSource(one, tuple(levels), tuple(images))


def _settings(node: Node | None) -> TagSettings:
    common = get(node, "commonUpdateSettings")
    return TagSettings(get(common, "updateStrategy"), get(common, "allowTags"), tuple(items_at(common, "ignoreTags")))


def _of_annotations(one: Object, notes: tuple[tuple[Node, Node], ...]) -> UpdateSource:
    values = {key.text.removeprefix(PREFIX): value for key, value in notes if value.shape == "scalar"}
    general = _annotated(values, "")
    listed = values.get("image-list")
    images, levels = [], [general]
    for alias, text in image_list(listed.text) if listed is not None else ():
        own = _annotated(values, f"{annotated_alias(alias)}.") if alias else TagSettings()
        levels.append(own)
        if listed is not None:
            images.append(UpdatedImage(listed, alias, text, own.over(general), one.name))
    return UpdateSource(one, tuple(levels), tuple(images), notes)


def annotated_alias(alias: str) -> str:
    """Return an alias as it is in the names of annotations, which have no second slash."""
    return alias.replace("/", "_")


def _annotated(values: dict[str, Node], prefix: str) -> TagSettings:
    ignored = values.get(f"{prefix}ignore-tags")
    return TagSettings(
        values.get(f"{prefix}update-strategy"), values.get(f"{prefix}allow-tags"), (ignored,) if ignored else ()
    )


def image_list(text: str) -> Iterator[tuple[str, str]]:
    """Yield alias, ``""`` for none, and name of each image in an ``image-list``."""
    for pair in text.split(","):
        if not pair.strip():
            continue
        alias, equals, name = pair.partition("=")
        yield (alias.strip(), name.strip()) if equals else ("", pair.strip())
