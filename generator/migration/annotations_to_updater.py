"""Migrate the annotations of Argo CD Image Updater on an Application to an ImageUpdater (``v1alpha1``).

Sources: argoproj-labs/argocd-image-updater 1.3, how ``useAnnotations`` reads them, and docs/configuration/migration.md;
registry-scanner, ``pkg/image/options.go`` and ``pkg/common/constants.go``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..finding import Finding
from ..rules import at
from ..rules.readers.objects import Object
from ..rules.readers.update_settings import (
    APPLICATION_GROUP,
    PREFIX,
    STRATEGIES,
    UPDATER_GROUP,
    annotated_alias,
    image_list,
    strategy_of,
)
from ..yaml import Node, get, key_of, pairs_at
from ..yaml.commented import CommentedObject
from .annotation_lines import remove_annotations
from .known_updaters import KnownUpdaters
from .plan_of_migration import Migrated

_ABOUT = re.compile(r"image[ -]?updater|updat|image-list", re.IGNORECASE)
_NOTE = (
    "What Argo CD Image Updater does to this Application. In the namespace of the Application.\n"
    "https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/"
)
_AGAIN = "and run this command again"
_ALIAS = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*\Z")
_METHOD = re.compile(r"(?:argocd|git|git:[a-zA-Z0-9][a-zA-Z0-9._/:-]*)\Z")


@dataclass
class _Reading:
    """The annotations of an Application by their name without the prefix, those that were used, and the faults."""

    notes: Mapping[str, tuple[Node, Node]]
    used: set[str] = field(default_factory=set)
    faults: list[Finding] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return the value of an annotation without blanks around it, ``""`` if there is none, and mark it as used."""
        pair = self.notes.get(name)
        if pair is None:
            return ""
        self.used.add(name)
        if pair[1].shape != "scalar":
            self.wrong(name, "is not text", "write it as text")
        return pair[1].text.strip()

    def wrong(self, name: str, message: str, hint: str) -> None:
        """Record a fault of an annotation."""
        self.faults.append(at(self.notes[name][1], f"{PREFIX}{name} {message}", f"{hint}, {_AGAIN}"))


def updater_annotations(one: Object) -> dict[str, tuple[Node, Node]]:
    """Return the annotations of Image Updater on an object, by their name without the prefix."""
    pairs = pairs_at(one.node, "metadata", "annotations")
    return {pair[0].text.removeprefix(PREFIX): pair for pair in pairs if pair[0].text.startswith(PREFIX)}


def migrate_application(
    text: str, one: Object, namespace: str, updaters: KnownUpdaters
) -> tuple[Migrated | None, list[Finding]]:
    """Return the migration of an Application, None if it is left, and what is left with the reasons.

    ``namespace`` is that of an Application without one. Annotations that are not known stay.
    """
    notes = updater_annotations(one)
    space = one.namespace or namespace
    first = next(iter(notes.values()))[0]
    if "image-list" not in notes:
        message = f"{one.shown} has no image-list, so Image Updater does not read {first.text}"
        return None, [at(first, message, "remove it, or add the list")]
    if fault := _fault_of_object(one, space, updaters):
        return None, [at(first, *fault)]
    found = _Reading(notes)
    spec = _spec(one, found)
    left = [_unknown(name, notes[name][0], one) for name in notes if name not in found.used]
    if found.faults or spec is None:
        return None, [*found.faults, *left]
    names = [image["imageName"] for image in spec["applicationRefs"][0]["images"]]
    other, image = updaters.updater_of(space, one.name, names)
    if other:
        hint = f"remove the image from one of them, {_AGAIN}"
        return None, [at(notes["image-list"][1], f"{other} updates {image} of {one.shown} already", hint), *left]
    metadata = get(one.node, "metadata")
    key, values = key_of(metadata, "annotations"), get(metadata, "annotations")
    if key is None or values is None:
        return None, left
    edits = remove_annotations(text, (key, values), {id(notes[name][0]) for name in found.used}, _ABOUT)
    if edits.fault:
        return None, [at(edits.where, edits.fault, edits.hint), *left]
    updaters.add(space, one)
    data = {
        "apiVersion": f"{UPDATER_GROUP}/v1alpha1",
        "kind": "ImageUpdater",
        "metadata": {"name": one.name, "namespace": space},
        "spec": spec,
    }
    objects = (CommentedObject(_NOTE, data),)
    return Migrated(tuple(edits.made), frozenset(edits.gone), tuple(edits.dropped), (), objects), left


def _fault_of_object(one: Object, space: str, updaters: KnownUpdaters) -> tuple[str, str] | None:
    """Return message and hint if an object as a whole cannot be migrated."""
    by_hand = "write an ImageUpdater by hand, and remove the annotations"
    if one.sort != "Application" or one.group != APPLICATION_GROUP:
        return f"Image Updater does not read annotations of a {one.sort}", by_hand
    if not re.fullmatch(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?", one.name):
        return f"the name of the Application is {one.name!r}, which is not fixed", by_hand
    if where := updaters.namesake(space, one.name):
        message = f"an ImageUpdater {one.name} exists already in {space}: {where}"
        planned = where.startswith("that of")
        return message, "rename one of the Applications" if planned else "remove the annotations, or that ImageUpdater"
    if reader := updaters.reader_of(space, one.name):
        return f"{reader} reads these annotations", f"remove its applicationRefs with useAnnotations: true, {_AGAIN}"
    return None


def _unknown(name: str, key: Node, one: Object) -> Finding:
    message = f"{PREFIX}{name} has no equivalent, or no image of image-list has this alias"
    return at(key, message, f"correct or remove it; {one.shown} keeps it")


def _spec(one: Object, found: _Reading) -> dict[str, Any] | None:
    """Return the spec of the ImageUpdater, or None if there is no list of images."""
    listed = found.text("image-list")
    if not listed.strip(", "):
        found.wrong("image-list", "is empty", "name the images, or remove the annotations")
        return None
    spec: dict[str, Any] = {}
    if write := _write_back(found):
        spec["writeBackConfig"] = write
    reference: dict[str, Any] = {"namePattern": one.name}
    if common := _settings(found, ""):
        reference["commonUpdateSettings"] = common
    reference["images"] = list(_images(listed, found))
    return {**spec, "applicationRefs": [reference]}


def _write_back(found: _Reading) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if method := found.text("write-back-method"):
        out["method"] = method
        if not _METHOD.match(method):
            found.wrong("write-back-method", f"is {method!r}", "write argocd, git or git:CREDENTIALS")
    keys = (("git-repository", "repository"), ("git-branch", "branch"), ("write-back-target", "writeBackTarget"))
    if git := {field: value for name, field in keys if (value := found.text(name))}:
        out["gitConfig"] = git
    return out


def _images(listed: str, found: _Reading) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for alias, image in image_list(listed):
        name = annotated_alias(alias) or _alias(image, seen)
        if not image or not _ALIAS.match(name) or name in seen:
            entry = f"{alias}={image}" if alias else image
            found.wrong("image-list", f"has the entry {entry!r}, with no image or no alias of its own", "correct it")
            continue
        seen.add(name)
        made: dict[str, Any] = {"alias": name, "imageName": image}
        if alias:
            made |= {"commonUpdateSettings": common} if (common := _settings(found, f"{name}.")) else {}
            made |= {"manifestTargets": target} if (target := _target(found, name)) else {}
        yield made


def _alias(image: str, seen: set[str]) -> str:
    """Return an alias for an image without one: the last part of its name, with a number if that is taken."""
    path = image.partition("@")[0]
    last = path.rpartition("/")[2].partition(":")[0]
    plain = re.sub(r"[^a-zA-Z0-9._-]", "-", last).lstrip("._-") or "image"
    return next(one for n in range(1, len(seen) + 3) if (one := plain if n == 1 else f"{plain}-{n}") not in seen)


def _target(found: _Reading, alias: str) -> dict[str, Any]:
    helm = {key: text for key in ("name", "tag", "spec") if (text := found.text(f"{alias}.helm.image-{key}"))}
    kustomize = found.text(f"{alias}.kustomize.image-name")
    if helm and kustomize:
        found.wrong(f"{alias}.kustomize.image-name", "is set together with helm.image-…", "keep one of them")
    return {"helm": helm} if helm else {"kustomize": {"name": kustomize}} if kustomize else {}


def _settings(found: _Reading, prefix: str) -> dict[str, Any]:
    """Return the settings of an image, or with the prefix ``""`` of all images."""
    out: dict[str, Any] = {}
    if strategy := found.text(f"{prefix}update-strategy"):
        out["updateStrategy"] = known = strategy_of(strategy)
        if known is None:
            found.wrong(f"{prefix}update-strategy", f"is {strategy!r}", f"write one of {', '.join(STRATEGIES)}")
    if force := found.text(f"{prefix}force-update"):
        out["forceUpdate"] = force == "true"
        if force not in {"true", "false"}:
            found.wrong(f"{prefix}force-update", f"is {force!r}", 'write "true" or "false"')
    allowed = found.text(f"{prefix}allow-tags")
    if not allowed and prefix:
        allowed = found.text(f"{prefix}tag-match")  # the older name
    lists: Mapping[str, Callable[[str], str]] = {"ignore-tags": _camel, **({"platforms": _camel} if prefix else {})}
    if allowed:
        out["allowTags"] = allowed
    for name, named in lists.items():
        if items := [one.strip() for one in found.text(f"{prefix}{name}").split(",") if one.strip()]:
            out[named(name)] = items
    if secret := found.text(f"{prefix}pull-secret"):
        out["pullSecret"] = secret
    return out


def _camel(name: str) -> str:
    head, *rest = name.split("-")
    return head + "".join(one.capitalize() for one in rest)
