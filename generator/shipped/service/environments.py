"""Environments of a service: the values of each, and what its overlay changes in the manifests of the base."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault
from ...images.backends import backend_of
from ...spec import is_generated, needed_file_faults
from ...unit_namespace import namespace
from ...yaml import scalar
from ...yaml.commented import CommentedObject
from .alert_objects import alert_objects
from .containers import automation, service_containers, tag_faults, usual_rule, workload_faults
from .derived import ENVIRONMENT, KUSTOMIZATION, container_name, file_place, has_budget, replicas
from .pod_environment import ordered_names, referred_names
from .workload_class import workload_class

OVERLAYS = "deploy/overlays"
_BUDGET = "deploy/poddisruptionbudget.yaml"
_PLAIN = re.compile(r"[./A-Za-z_-]+")  # text in every YAML, with a letter in it
_TAGS = ("tag", "tags", "examples")  # an environment that has one of them has its own policy


@dataclass(frozen=True)
class ImageTag:
    """An entry of a kustomization's ``images``: the image, its tag, and the comment on the tag."""

    name: str
    tag: str
    comment: str = ""


@dataclass(frozen=True)
class Overlay:
    """What the kustomization of an environment has: resources, the base first, and changes of the base.

    ``resources`` are YAML, ``base`` is a path.
    ``replicas`` is None if the number is that of the base. ``patch`` is a strategic merge patch of the workload,
    empty for none, and ``notes`` are comments above it. ``namespace`` is ``""`` if it is that of the base.
    ``has_budget`` is false if the base has a PodDisruptionBudget, which one pod cannot keep.
    """

    base: str
    resources: Sequence[str]
    replicas: int | None
    images: Sequence[ImageTag]
    patch: Mapping[str, Any]
    notes: Sequence[str]
    namespace: str
    objects: Sequence[CommentedObject]
    alerts: Sequence[CommentedObject]
    has_budget: bool = True


def environment_values(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a service in one of its environments: its own over those of the service."""
    own = values["environments"][name]
    found = {key: value for key, value in values.items() if key != "environments"}
    if any(key in own for key in ("tag", "tags")):
        # A tag without a policy has the one that follows from it, and examples are of one policy.
        dropped = ("tags", "examples") if "tags" not in own else ("examples",)
        found = {key: value for key, value in found.items() if key not in dropped}
    for key, value in own.items():
        below = _without_other_sources(found["env"], value) if key == "env" else found.get(key)
        found[key] = _overridden(below, value)
    return {**{key: value for key, value in found.items() if value is not None}, ENVIRONMENT: name}


def _without_other_sources(below: Mapping[str, Any], env: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the service, without those that an environment takes from another source: it has one."""
    return {
        name: one
        for name, one in below.items()
        if not (isinstance(one, Mapping) and isinstance(own := env.get(name), Mapping) and not one.keys() & own.keys())
    }


def overlay(values: Mapping[str, Any]) -> Overlay:
    """Return the overlay of the environment for which the template is rendered."""
    name = str(values[ENVIRONMENT])
    here = environment_values(values, name)
    base = {**values, ENVIRONMENT: ""}
    added = automation(here)
    own_alerts = values["environments"][name].get("alerts") or {}
    alerts = alert_objects(here, own_alerts.get("severity", ""), namespace(base))
    has_objects = bool(added.objects) and is_generated(values, f"{OVERLAYS}/{name}/automation.yaml")
    has_alerts = bool(alerts) and is_generated(values, f"{OVERLAYS}/{name}/alerts.yaml")
    markers = added.image_comments if has_objects else {}
    folder = f"/{OVERLAYS}/{name}"
    to_base = posixpath.relpath(f"/{posixpath.dirname(file_place(values, KUSTOMIZATION))}", folder)
    shown = to_base if _PLAIN.fullmatch(to_base) else scalar(to_base)
    count = replicas(here)
    return Overlay(
        to_base,
        [shown, *(["alerts.yaml"] if has_alerts else []), *(["automation.yaml"] if has_objects else [])],
        count if count >= 0 and count != replicas(base) else None,
        list(_images(base, here, markers)),
        _patch(base, here, added.annotations),
        added.notes if added.annotations else (),
        namespace(here) if namespace(here) != namespace(base) else "",
        added.objects,
        alerts,
        has_budget=count not in {0, 1} or not _has_budget(values),
    )


def _has_budget(values: Mapping[str, Any]) -> bool:
    return has_budget(values) and is_generated(values, file_place(values, _BUDGET))


def environment_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of each environment that the service itself does not have, with their places in the spec."""
    if not values["environments"]:
        return
    yield from _layout_faults(values)
    overlays = [f"{OVERLAYS}/{name}/kustomization.yaml" for name in values["environments"]]
    base = [file_place(values, KUSTOMIZATION)]
    yield from needed_file_faults(values, dict.fromkeys(overlays, base), "remove environments")
    for name, own in values["environments"].items():
        here, where = environment_values(values, name), ["environments", name]
        found = tag_faults(here, where, usual_rule(here)) if any(key in own for key in _TAGS) else []
        yield from found
        if not found:
            yield from (SpecFault([*where, *one.where], one.message, one.hint) for one in workload_faults(here))
            yield from _shared_image_faults(here, where)
        yield from _namespace_faults(values, own, where)


def _layout_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    base = posixpath.dirname(file_place(values, KUSTOMIZATION))
    if f"{OVERLAYS}/".startswith(f"{base}/" if base else ""):
        message = f"environments have overlays in {OVERLAYS}, inside the folder of the kustomization that they build on"
        hint = f"set paths: {{{KUSTOMIZATION}: base/kustomization.yaml}}, and move the other manifests there"
        yield SpecFault(["environments"], f"{message}: kustomize refuses that", hint, at_key=True)


def _shared_image_faults(here: Mapping[str, Any], where: list[Any]) -> Iterator[SpecFault]:
    """Find containers with one image and several tags: a kustomization has one tag for an image."""
    tags: dict[str, tuple[str, str]] = {}
    for one in service_containers(here):
        name, _, tag = one["image"].rpartition(":")
        other, its = tags.setdefault(name, (one["name"], tag))
        if other != one["name"] and (its != tag or (backend_of(here["automation"]).moves_tags and one["tags"])):
            message = f"the containers {other} and {one['name']} have the image {name}"
            yield SpecFault(where, f"{message}, and an overlay has one tag for it", "use an image for each container")


def _namespace_faults(values: Mapping[str, Any], own: Mapping[str, Any], where: list[Any]) -> Iterator[SpecFault]:
    wanted = (own.get("namespace") or {}).get("name")
    place = [*where, "namespace", "name"]
    if wanted and values["namespace"].get("omit"):
        message = "the manifests name no namespace (namespace.omit), so an overlay cannot change it"
        yield SpecFault(place, message, "leave it out: what deploys the overlay sets the namespace")
    elif wanted and wanted != namespace(values) and values.get("canary"):
        message = "the canary refers to objects in the namespace of the service, so an environment cannot have another"
        yield SpecFault(place, message, "remove it, or remove canary")


def _images(base: Mapping[str, Any], here: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[ImageTag]:
    """Yield the entries of images: those that automation moves, and those with another tag than in the base."""
    before = {one["name"]: one["image"] for one in service_containers(base)}
    for one in service_containers(here):
        name, _, tag = one["image"].rpartition(":")
        marker = comments.get(one["name"], "")
        if marker or one["image"] != before.get(one["name"]):
            yield ImageTag(name, tag, _of_tag(marker) if marker else "")


def _of_tag(marker: str) -> str:
    """Return a marker of Flux for a value that is a tag. Source: https://fluxcd.io/flux/guides/image-update/."""
    (key, policy), *_ = json.loads(marker).items()
    return json.dumps({key: f"{policy}:tag"})


def _patch(
    base: Mapping[str, Any], here: Mapping[str, Any], annotations: Sequence[tuple[str, str]]
) -> Mapping[str, Any]:
    """Return the strategic merge patch of the workload, empty for none."""
    workload = workload_class(here)
    container: dict[str, Any] = {}
    if variables := list(_variables(base.get("env", {}), here.get("env", {}))):
        container["env"] = variables
    if resources := _changed(base.get("resources", {}), here.get("resources", {})):
        container["resources"] = resources
    spec: dict[str, Any] = {
        name: here[key] for key, name in workload.fields.items() if key in here and here[key] != base.get(key)
    }
    if replicas(here) < 0 <= replicas(base):
        spec["replicas"] = None
    if container:
        pod: dict[str, Any] = {"containers": [{"name": container_name(here), **container}]}
        for key in reversed(workload.pod[1:]):
            pod = {key: pod}
        spec |= pod
    if not spec and not annotations:
        return {}
    metadata: dict[str, Any] = {"name": here["name"]}
    if not here["namespace"].get("omit"):
        metadata["namespace"] = namespace(base)
    if annotations:
        metadata["annotations"] = dict(annotations)
    about = {"apiVersion": workload.api, "kind": workload.sort}
    return {**about, "metadata": metadata, **({"spec": spec} if spec else {})}


def _variables(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the variables of a patch that makes those of an environment of those of the base."""
    for name in sorted(before.keys() - after.keys()):
        yield {"name": name, "$patch": "delete"}
    names = ordered_names(after)
    changed = {name for name in names if before.get(name) != after[name]}
    # kustomize puts those of the patch first. A variable that others refer to has to be before them.
    first = [name for name in names if name in changed]
    built = [*first, *(name for name in ordered_names(before) if name in after and name not in changed)]
    is_in_order = all(
        built.index(one) < number for number, name in enumerate(built) for one in referred_names(after, name)
    )
    for name in first if is_in_order else names:
        if name not in changed:
            yield {"name": name}
            continue
        was, now = before.get(name), after[name]
        one = {"valueFrom": _replacing(was, now)} if isinstance(now, Mapping) else {"value": str(now)}
        other = "value" if isinstance(now, Mapping) else "valueFrom"
        is_other = was is not None and isinstance(was, Mapping) != isinstance(now, Mapping)
        yield {"name": name, **({other: None} if is_other else {}), **one}


def _replacing(before: Any, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map for a strategic merge patch, with nulls for what the map before it has besides."""
    gone = {key: None for key in before if key not in after} if isinstance(before, Mapping) else {}
    below = {
        key: _replacing(before.get(key) if isinstance(before, Mapping) else None, one)
        if isinstance(one, Mapping)
        else one
        for key, one in after.items()
    }
    return {**gone, **below}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a strategic merge patch has to say to change a map: new values, and null for what goes."""
    found: dict[str, Any] = {}
    for key in sorted({*before, *after}, reverse=True):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping) and other:
            found[key] = _changed(one, other)
        else:
            found[key] = other or None
    return found


def _overridden(low: Any, high: Any) -> Any:
    if not isinstance(high, Mapping):
        return high
    found = dict(low) if isinstance(low, Mapping) else {}
    for key, value in high.items():
        found[key] = _overridden(found.get(key), value)
    return {key: value for key, value in found.items() if value is not None}
