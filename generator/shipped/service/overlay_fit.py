"""Overlays of environments that do not fit the base as the user has it.

An overlay is generated for the base that is generated. Where the user's container, variable or image is another one,
kustomize fails, or builds a workload that Kubernetes refuses, or the change has no effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import Invalid
from ...images.references import parse_reference
from ...quantity import quantity
from ...unfit import Texts, Unfit, UnitTexts
from ...yaml import Node, expand, get, items_at, parse, text_at
from .containers import service_containers
from .derived import KUSTOMIZATION, file_place, workload_place
from .environments import OVERLAYS, environment_values
from .workload_class import WorkloadClass, workload_class

_SIDES = ("requests", "limits")
_CHANGES = ("namePrefix", "nameSuffix", "images", "patches", "patchesStrategicMerge", "patchesJson6902", "components")


@dataclass(frozen=True)
class _Base:
    """What overlays change: a manifest, the class of its workload, and the objects of that class by their names."""

    path: str
    workload: WorkloadClass
    workloads: Mapping[str, Node]


@dataclass(frozen=True)
class _Fault:
    """What does not fit, as a text that follows the overlay's name, and whether the result is refused by a tool."""

    text: str
    is_refused: bool = True


def unfit_overlays(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    """Return the overlays that do not fit the merged base.

    What did not fit before is only told, if it is not refused, or if the overlay does not change.
    """
    found = []
    for name in values["environments"]:
        path = f"{OVERLAYS}/{name}/kustomization.yaml"
        with suppress(Invalid):  # which the merge reports
            if faults := _faults(values, name, path, texts.merged):
                known = set(_faults(values, name, path, texts.ours))
                base, ours, theirs = (side.get(path) for side in (texts.base, texts.ours, texts.theirs))
                kept = " and ".join(one.text for one in faults)
                is_left = texts.merged[path] == ours or not any(one.is_refused for one in faults)
                is_known = is_left and known.issuperset(faults)
                one = Unfit(path, "", 1, base, ours, theirs, f"it {kept}", kept, is_merged=True, is_known=is_known)
                found.append(one)
    return found


def _faults(values: Mapping[str, Any], name: str, path: str, side: Texts) -> list[_Fault]:
    """Return what does not fit in an overlay."""
    kustomization, manifest = file_place(values, KUSTOMIZATION), workload_place(values)
    if path not in side or manifest not in side or _has_changes(side.get(kustomization, ""), kustomization):
        return []
    workload = workload_class(values)
    objects = expand(parse(side[manifest], manifest), manifest)
    named = {text_at(one, "metadata", "name"): one for one in objects if text_at(one, "kind") == workload.sort}
    images = {parse_reference(one["image"]).name for one in service_containers(environment_values(values, name))}
    base = _Base(manifest, workload, named)
    found = (_of_overlay(one, str(values["name"]), images, base) for one in expand(parse(side[path], path), path))
    return list(dict.fromkeys(each for one in found for each in one))


def _has_changes(text: str, path: str) -> bool:
    """Tell whether the base's own kustomization changes what an overlay sees."""
    return any(get(one, key) is not None for one in (parse(text, path) if text else ()) for key in _CHANGES)


def _of_overlay(overlay: Node, name: str, images: set[str], base: _Base) -> Iterator[_Fault]:
    for patch in items_at(overlay, "patches"):
        text = text_at(patch, "patch")
        for one in expand(parse(text, base.path), base.path) if text and get(patch, "target") is None else ():
            if (text_at(one, "kind"), text_at(one, "metadata", "name")) == (base.workload.sort, name):
                yield from _of_patch(one, base, name)
    if base.workloads and name not in base.workloads and items_at(overlay, "replicas"):
        yield _Fault(f"changes the {base.workload.sort} {name}, which {base.path} does not have")
    containers = [each for one in base.workloads.values() for each in _containers(one, base.workload)]
    deployed = {parse_reference(image).name for one in containers if (image := text_at(one, "image"))}
    for entry in items_at(overlay, "images"):
        image = text_at(entry, "name")
        if deployed and image in images and image not in deployed:
            text = f"sets the tag of {image}, and no container in {base.path} has that image"
            yield _Fault(text, is_refused=False)


def _of_patch(patch: Node, base: _Base, name: str) -> Iterator[_Fault]:
    found, missing = base.workloads.get(name), f"{base.path} does not have"
    if found is None:
        yield _Fault(f"changes the {base.workload.sort} {name}, which {missing}")
        return
    known = {text_at(one, "name"): one for one in _containers(found, base.workload)}
    for one in items_at(patch, *base.workload.pod, "containers"):
        own = text_at(one, "name")
        if own in known:
            yield from _of_container(one, known[own], own)
        elif not text_at(one, "image") and not text_at(one, "$patch"):
            yield _Fault(f"changes the container {own}, which {missing}")


def _of_container(patch: Node, base: Node, name: str) -> Iterator[_Fault]:
    taken = {text_at(one, "name") for one in items_at(base, "env") if get(one, "valueFrom") is not None}
    for one in items_at(patch, "env"):
        if text_at(one, "name") in taken and get(one, "value") is not None and get(one, "valueFrom") is None:
            yield _Fault(f"sets a value of the variable {text_at(one, 'name')}, which has valueFrom in the base")
    for what in ("cpu", "memory"):
        if not any(text_at(patch, "resources", side, what) for side in _SIDES):
            continue  # the user's own, or of the base
        sides = [_amount(patch, base, side, what) for side in _SIDES]
        low, high = (quantity(one) if one else None for one in sides)
        if low is not None and high is not None and low > high:
            yield _Fault(f"makes the {what} request {sides[0]} and the limit {sides[1]} of the container {name}")


def _amount(patch: Node, base: Node, *where: str) -> str:
    """Return an amount as it is with the patch; ``""`` if there is none."""
    if any(_is_null(patch, *where[:end]) for end in (1, 2)):
        return ""
    return text_at(patch, "resources", *where) or text_at(base, "resources", *where)


def _is_null(node: Node, *where: str) -> bool:
    found = get(node, "resources", *where)
    return found is not None and found.tag == "null"


def _containers(one: Node, workload: WorkloadClass) -> tuple[Node, ...]:
    return (*items_at(one, *workload.pod, "containers"), *items_at(one, *workload.pod, "initContainers"))
