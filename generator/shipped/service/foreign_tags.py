"""Tags on disk that the tag policy of their container, which changed, does not take.

A merge keeps a tag that a bot moved. Under the old policy that was right; under the new one the tool replaces the tag,
or leaves it where the spec no longer wants it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ...errors import Invalid
from ...images.backend import AutomatedContainer, AutomatedWorkload, Backend
from ...images.backends import backend_of
from ...images.policies import PolicyFault, parse_policy
from ...images.references import parse_reference
from ...unfit import Texts, Unfit, UnitTexts
from ...yaml import Node, expand, items_at, parse, text_at
from .containers import automated_workload
from .derived import ENVIRONMENT, KUSTOMIZATION, file_place
from .environments import OVERLAYS, environment_values
from .workload_class import WorkloadClass, workload_class

_OBJECTS = "deploy/automation.yaml"
_IMAGE = re.compile(r"""^[ ]*(?:-[ ]+)?image:[ ]+["']?([^\s"']+)""", re.MULTILINE)


@dataclass(frozen=True)
class _Tag:
    """The tag of a container: the reference, or the tag of an entry of the kustomization, and where it is on disk."""

    path: str
    field: str
    line: int
    text: str
    tag: str
    removed: str = ""


def unfit_tags(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    """Return the tags of a service that the policy on disk from now on, which is not the one before, does not take."""
    backend = backend_of(str(values["automation"]))
    if not backend.moves_tags:
        return []
    found: list[Unfit] = []
    for here, places in automated_parts(values):
        sides = (texts.base, texts.ours, texts.theirs, texts.merged)
        shown = ({usual: side[place] for usual, place in places.items() if place in side} for side in sides)
        with suppress(Invalid):  # which the merge reports
            found += [replace(one, path=places[one.path]) for one in _unfit(here, UnitTexts(*shown), backend)]
    return found


def automated_parts(values: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    """Yield the values that decide tags, and the paths of the files that have them, by their usual paths."""
    if not values["environments"]:
        usual = (workload_class(values).path, _OBJECTS, KUSTOMIZATION)
        yield values, {one: file_place(values, one) for one in usual}
    for name in values["environments"]:
        folder = f"{OVERLAYS}/{name}"
        places = {KUSTOMIZATION: f"{folder}/kustomization.yaml", _OBJECTS: f"{folder}/automation.yaml"}
        yield environment_values(values, name), places


def _unfit(values: Mapping[str, Any], texts: UnitTexts, backend: Backend) -> Sequence[Unfit]:
    path = workload_class(values).path
    manifest, kustomization = (texts.merged.get(one, "") for one in (path, KUSTOMIZATION))
    writes_entries = bool(values.get(ENVIRONMENT)) or backend.tags_in == "kustomization"
    has_entries = writes_entries and "images" in kustomization
    if not manifest and not has_entries:
        return []
    if not has_entries and _has_only(manifest, texts.theirs.get(path, "")):
        return []
    workload = automated_workload(values)
    if not has_entries and _fits(manifest, workload, backend):
        return []
    return _found(workload, texts, backend, workload_class(values), writes_entries=writes_entries)


def _has_only(text: str, generated: str) -> bool:
    """Tell, without parsing, whether a text has the same images as the generated one."""
    return _IMAGE.findall(text) == _IMAGE.findall(generated)


def _fits(text: str, workload: AutomatedWorkload, backend: Backend) -> bool:
    """Tell, without parsing, whether a text has the images of all containers in order, with tags that fit."""
    found = [parse_reference(one) for one in _IMAGE.findall(text)]
    if [one.name for one in found] != [one.image.name for one in workload.containers]:
        return False
    pairs = zip(workload.containers, found, strict=True)
    return all(one.tag == each.image.tag or not _reason(each, one.tag, backend, is_moved=True) for each, one in pairs)


def _found(
    workload: AutomatedWorkload, texts: UnitTexts, backend: Backend, sort: WorkloadClass, *, writes_entries: bool
) -> Sequence[Unfit]:
    def tag(side: Texts, objects: Sequence[Node]) -> _Tag | None:
        return (_entry(side, one) if writes_entries else None) or _image(objects, workload.name, one, sort)

    base, theirs, merged = (_objects(side, sort) for side in (texts.base, texts.theirs, texts.merged))
    found = []
    for one in workload.containers:
        followed = backend.followed(theirs, workload, one)
        if followed == backend.followed(base, workload, one) or followed != backend.followed(merged, workload, one):
            continue  # nothing new, or the user's own policy
        now = tag(texts.merged, merged)
        if now is None or not now.tag or now.tag == one.image.tag:
            continue
        if reason := _reason(one, now.tag, backend, is_moved=followed is not None):
            here = tag(texts.ours, _objects(texts.ours, sort)) or now
            was, wanted = tag(texts.base, base), tag(texts.theirs, theirs)
            is_generated = wanted is not None and wanted.field == now.field
            found.append(
                Unfit(
                    now.path,
                    now.field,
                    here.line,
                    base=was.text if was and is_generated and was.field == now.field else None,
                    ours=now.text,
                    theirs=wanted.text if wanted and is_generated else None,
                    reason=reason,
                    kept=f"kept {now.tag}, but {reason}",
                    document=f"{workload.sort}/{workload.name}",
                    removed="" if is_generated else now.removed,
                )
            )
    return found


def _objects(texts: Texts, sort: WorkloadClass) -> list[Node]:
    return [one for path in (sort.path, _OBJECTS) if path in texts for one in expand(parse(texts[path], path), path)]


def _image(objects: Sequence[Node], name: str, one: AutomatedContainer, sort: WorkloadClass) -> _Tag | None:
    """Return the tag of a container of the workload, ``""`` if it is pinned by a digest."""
    for each in objects:
        if (text_at(each, "kind"), text_at(each, "metadata", "name")) == (sort.sort, name):
            for container in items_at(each, *sort.pod, "containers"):
                if text_at(container, "name") == one.name and (image := text_at(container, "image")):
                    found, pair = parse_reference(image), container.pair("image")
                    tag = "" if found.digest else found.tag
                    return _Tag(sort.path, sort.image_field(one.name), pair[1].line if pair else 1, image, tag)
    return None


def _entry(texts: Texts, one: AutomatedContainer) -> _Tag | None:
    """Return the tag that the kustomization sets for the image of a container."""
    text = texts.get(KUSTOMIZATION, "")
    if "images" not in text:
        return None
    for document in expand(parse(text, KUSTOMIZATION), KUSTOMIZATION):
        items = items_at(document, "images")
        for item in items:
            pair = item.pair("newTag") if item.shape == "map" else None
            if text_at(item, "name") == one.image.name and pair and text_at(item, "newTag"):
                named, tag = f"images[name={one.image.name}]", pair[1].text
                is_all = {key.text for key, _ in item.pairs} == {"name", "newTag"}
                removed = f"{named}.newTag" if not is_all else named if len(items) > 1 else "images"
                return _Tag(KUSTOMIZATION, f"{named}.newTag", pair[1].line, tag, tag, removed)
    return None


def _reason(one: AutomatedContainer, tag: str, backend: Backend, *, is_moved: bool) -> str:
    """Return why the policy of a container does not take a tag, and what follows; ``""`` if it does."""
    policy = one.policy
    outcome = backend.on_foreign_tag if is_moved else "nothing moves it"
    if policy is None:
        told = f"the tag {tag} is not {one.image.tag}, to which {one.name} is pinned from now on"
        return f"{told}, and {outcome}; to stay with it, pin {one.name} to it in the spec"
    fault = next(iter(backend.faults(policy, tag)), None)
    if fault is None:
        return ""
    told = fault.message if fault.is_of_tag else f"the tag {tag} does not match {policy}"
    wanted = f"set the tags of {one.name} to {_policy_for(tag, backend) or 'a policy that takes it'}"
    return f"{told}, the policy of {one.name} from now on, and {outcome}; to stay with it, {wanted}"


def _policy_for(tag: str, backend: Backend) -> str:
    """Return the usual policy for a tag, if it takes it; ``""`` if not."""
    policy = parse_policy(usual := backend.usual(tag))
    return "" if isinstance(policy, PolicyFault) or any(backend.faults(policy, tag)) else usual
