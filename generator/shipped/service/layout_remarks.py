"""What the move of manifests to the base of overlays, or back, does to what the user has in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import Invalid
from ...images.references import parse_reference
from ...yaml import items_at, parse, text_at
from .containers import service_containers
from .derived import KUSTOMIZATION, container_name, file_place
from .environments import OVERLAYS, environment_values
from .workload_class import workload_class


def layout_remarks(
    values: Mapping[str, Any], base: Mapping[str, str], ours: Mapping[str, str]
) -> Mapping[str, Sequence[str]]:
    """Return notes on files of a service that got or lost its environments, from the last generated and present files:
    entries of its kustomization that stay behind, and moved tags that new overlays do not have.
    """
    place = file_place(values, KUSTOMIZATION)
    former = next(
        (one for one in (KUSTOMIZATION, "deploy/base/kustomization.yaml") if one in base and one != place), ""
    )
    if not base or not former or place in base:
        return {}
    try:
        found = {place: list(_left_behind(ours.get(former, ""), base[former], former, place))}
        if values["environments"]:
            found |= {path: [note] for path, note in _rolled_back(values, base, ours)}
    except Invalid:  # which the merge reports
        return {}
    return {path: notes for path, notes in found.items() if notes}


def _left_behind(text: str, generated: str, former: str, place: str) -> Iterator[str]:
    known = set(_entries(generated, former))
    for one in _entries(text, former):
        if one not in known and "://" not in one:
            there = posixpath.normpath(posixpath.join(posixpath.dirname(former), one))
            yield f"lists {one}, which is {there}: move it to {posixpath.dirname(place)}, or change the entry"


def _entries(text: str, path: str) -> Iterator[str]:
    for document in parse(text, path) if text else ():
        for key in ("resources", "components", "configurations", "crds"):
            yield from (one.text for one in items_at(document, key) if one.shape == "scalar")
        yield from (found for one in items_at(document, "patches") if (found := text_at(one, "path")))


def _rolled_back(
    values: Mapping[str, Any], base: Mapping[str, str], ours: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the overlays that deploy another tag than the one that somebody moved in the workload."""
    before, now = (_tag(side, values) for side in (base, ours))
    if not before or not now or before == now:
        return
    for name, own in values["environments"].items():
        here = next((one for one in service_containers(environment_values(values, name)) if one["main"]), None)
        if here is not None and not {"tag", "tags"} & own.keys():
            path, tag = f"{OVERLAYS}/{name}/kustomization.yaml", parse_reference(here["image"]).tag
            yield path, f"deploys {tag}, and {now} was deployed before: to stay with it, set tag: {now} in the spec"


def _tag(side: Mapping[str, str], values: Mapping[str, Any]) -> str:
    workload = workload_class(values)
    places = (workload.path, f"deploy/base/{workload.name}.yaml")
    text = next((side[one] for one in places if one in side), "")
    for document in parse(text, workload.path) if text else ():
        for one in items_at(document, *workload.pod, "containers"):
            if text_at(one, "name") == container_name(values):
                return parse_reference(text_at(one, "image")).tag
    return ""
