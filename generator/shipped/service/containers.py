"""Containers of a service: options, checks and rendered data of images, tags and tag policies."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ...behaviour import SpecFault
from ...errors import invalid
from ...images.backend import Additions, AutomatedContainer, AutomatedWorkload
from ...images.backends import backend_of
from ...images.policies import METHODS, PolicyFault, TagPolicy, first_tag, group_fault, parse_policy
from ...images.references import Reference, parse_reference, with_registry
from ...template_features import BuiltImage
from ...unit_namespace import namespace
from .container_probes import probes
from .derived import ENVIRONMENT, container_name
from .object_fragments import extra_containers
from .pod_environment import env_sources, variables
from .pod_volumes import PodVolume, mounts, tmp_volume, volumes
from .served_ports import served_ports
from .workload_class import workload_class

_SIDECAR_RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


def split_image(image: str) -> tuple[str, str]:
    """Return repository and tag of an image reference. Raises Invalid for one with a digest or an empty tag."""
    found = parse_reference(image)
    if "@" in image:
        hint = "use a tag instead: automation cannot update a digest"
        raise invalid("--image", f"the image {image!r} is pinned by a digest", hint)
    if image.endswith(":"):
        raise invalid("--image", f"image is {image!r}, with a colon but no tag", "add the tag after the colon")
    return found.name, found.tag


def image_values(
    image: str, tag: str | None, patterns: Mapping[str, str | None]
) -> list[tuple[tuple[str, ...], Any, str]]:
    """Return the settings of ``--image``, ``--tag`` and ``--tag-METHOD``: place in the spec, value, option.

    ``patterns`` maps methods to patterns. Raises Invalid for options that contradict each other.
    """
    repository, image_tag = split_image(image)
    if tag and image_tag and tag != image_tag:
        raise invalid("--tag", f"is {tag!r}, but --image has the tag {image_tag!r}", "set only one of them")
    policies = {method: pattern for method, pattern in patterns.items() if pattern is not None}
    if len(policies) > 1:
        first, second = (f"--tag-{method}" for method in list(policies)[:2])
        raise invalid(second, f"{first} is given too, but an image has one tag policy", "choose one")
    rule = next((f"{method}:{pattern}" for method, pattern in policies.items()), None)
    return [
        (("image",), repository, "--image"),
        (("tag",), tag or image_tag or None, "--tag" if tag else "--image"),
        (("tags",), rule, f"--tag-{next(iter(policies), 'glob')}"),
    ]


def tag_faults(one: Mapping[str, Any], place: list[Any], derived: str | None = None) -> list[SpecFault]:
    """Return the faults of the tag, the tag policy and its examples of a container at a place of a spec.

    ``derived`` is the policy of a container without one, None if it is pinned. The backend decides; the rules for what
    it reads use the same function.
    """
    tag, rule, backend = one.get("tag"), one.get("tags"), backend_of(one["automation"])
    at_tag, at_tags = [*place, "tag"], [*place, "tags"]
    if not backend.moves_tags:
        hint = "set the tag to deploy with tag: or --tag"
        if not tag:
            return [SpecFault(at_tag, "tag is missing", hint)]
        derived = None
    if (rule or derived) is None:
        examples = one.get("examples") or {}
        message = "examples has no policy to test: the image is pinned"
        return [SpecFault([*place, "examples"], message, "set tags", at_key=True)] if any(examples.values()) else []
    policy = parse_policy(rule or str(derived))
    policy = policy if isinstance(policy, PolicyFault) else group_fault(policy) or policy
    found = [policy] if isinstance(policy, PolicyFault) else [*backend.faults(policy, tag or "")]
    if found or isinstance(policy, PolicyFault):
        return [_fault_of(found[0], tag, rule, derived, at_tag, at_tags)]
    if tag is None and not first_tag(policy, backend.takes):
        message = f"tag is missing, and cannot be derived from {policy}"
        return [SpecFault(at_tag, message, "set a tag to start from with tag: or --tag")]
    return _example_faults(one, policy, [*place, "examples"])


def _fault_of(
    fault: PolicyFault, tag: str | None, rule: str | None, derived: str | None, at_tag: list[Any], at_tags: list[Any]
) -> SpecFault:
    if fault.is_of_tag:
        return SpecFault(at_tag, fault.message, fault.hint)
    if rule is None:
        message = f"the policy that follows from the tag, {derived}, {fault.message}"
        return SpecFault(at_tag, message, f"{fault.hint}; to stay at this tag, write glob:{tag}" if tag else fault.hint)
    return SpecFault(at_tags, f"tags {_shown(rule)} {fault.message}", fault.hint + _option_of(fault))


def _shown(rule: str) -> str:
    """Return a policy in quotes as it is written, and with escapes if it has control characters."""
    return f"'{rule}'" if rule.isprintable() else repr(rule)


def _option_of(fault: PolicyFault) -> str:
    """Return which option sets the policy that a hint says to write, as a continuation of the hint."""
    named = fault.hint.removeprefix("write ").partition(":")[0]
    return f" (the option is --tag-{named})" if fault.code == "inexpressible" and named in METHODS else ""


def _example_faults(one: Mapping[str, Any], policy: TagPolicy, place: list[Any]) -> list[SpecFault]:
    """Return the faults of the examples that a policy does not treat as its author expects."""
    takes = backend_of(one["automation"]).takes
    found: list[SpecFault] = []
    for key, wanted in (("accept", True), ("reject", False)):
        for number, tag in enumerate((one.get("examples") or {}).get(key) or ()):
            if takes(policy, tag) is not wanted:
                message = f"the tag {tag} {'does not match' if wanted else 'matches'} {policy}"
                found.append(SpecFault([*place, key, number], message, "change the policy, or the example"))
    return found


def usual_rule(values: Mapping[str, Any]) -> str:
    """Return the policy of the main container of a service whose spec has none."""
    return backend_of(values["automation"]).usual(values.get("tag"))


def built_image(values: Mapping[str, Any], unit: str) -> BuiltImage | None:
    """Return the image that a service builds, its registry always included; None for one that is only pulled."""
    build = values.get("build")
    if not build:
        return None
    name = with_registry(str(values["image"]), values.get("registry"))
    return BuiltImage(Reference(name).full_name, posixpath.normpath(posixpath.join(unit, build)))


def service_containers(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a service, the main one first, with full image and tag policy.

    A sidecar without a policy is pinned: its policy only matches its current tag. ``env`` and ``volume`` are for copies
    of former templates: the variables that are text, and the name of the volume of /tmp.
    """
    name = container_name(values)
    main = {**values, "name": name, "main": True, "tags": values.get("tags") or usual_rule(values)}
    rest = [{**one, "main": False, "resources": _SIDECAR_RESOURCES} for one in values.get("sidecars", ())]
    return [
        {
            "name": one["name"],
            "main": one["main"],
            "image": _image(one, values),
            "tags": one.get("tags"),
            "ports": served_ports(values) if one["main"] else [],
            "env": {key: each for key, each in one.get("env", {}).items() if not isinstance(each, Mapping)},
            "volume": tmp_volume(one["name"], main=one["main"]),
            "variables": variables(one.get("env", {})),
            "env_sources": env_sources(values) if one["main"] else [],
            "probes": probes(values) if one["main"] else {},
            "mounts": mounts(values, one["name"], main=one["main"]),
            "resources": [
                (side, sorted(what.items())) for side, what in sorted(one["resources"].items(), reverse=True) if what
            ],
        }
        for one in (main, *rest)
    ]


def pod_volumes(values: Mapping[str, Any]) -> list[PodVolume]:
    """Return the volumes of the pods of a service."""
    names = [(container_name(values), True), *((one["name"], False) for one in values.get("sidecars", ()))]
    return volumes(values, names)


def automation(values: Mapping[str, Any]) -> Additions:
    """Return the backend's additions to the manifests of a service. Raises ValueError for an invalid policy.

    Those of a service with environments are in the overlays of these.
    """
    backend = backend_of(values["automation"])
    is_here = backend.moves_tags and not values.get("environments")
    return backend.additions(automated_workload(values)) if is_here else Additions()


def workload_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the policies of a service together, each of which is valid."""
    backend = backend_of(values["automation"])
    if not backend.moves_tags:
        return []
    numbers = {one["name"]: number for number, one in enumerate(values.get("sidecars", ()))}
    found: list[SpecFault] = []
    for name, fault in backend.workload_faults(automated_workload(values)):
        own: list[Any] = ["tags"] if values.get("tags") else ["image"]
        place = ["sidecars", numbers[name], "tags"] if name in numbers else own
        found.append(SpecFault(place, f"the policy of {name} {fault.message}", fault.hint))
    return found


def automated_workload(values: Mapping[str, Any]) -> AutomatedWorkload:
    """Return a service as its backend sees it. Raises ValueError for an invalid policy."""
    every = tuple(
        AutomatedContainer(one["name"], parse_reference(one["image"]), _policy(one["tags"]))
        for one in service_containers(values)
    )
    every += tuple(
        AutomatedContainer(str(one.get("name")), parse_reference(str(one["image"])), None)
        for _, one in extra_containers(values)
        if one.get("image")  # one without an image is a fault of its own
    )
    settings = values.get(backend_of(values["automation"]).section) or {}
    name, environment = str(values["name"]), str(values.get(ENVIRONMENT, ""))
    return AutomatedWorkload(name, namespace(values), every, settings, environment, workload_class(values).sort)


def _policy(text: str | None) -> TagPolicy | None:
    """Return a policy, None for a container that is pinned. Raises ValueError."""
    if text is None:
        return None
    found = parse_policy(text)
    if isinstance(found, PolicyFault):
        raise ValueError(f"tags {_shown(text)} {found.message}")
    return None if found.is_pin else found


def _image(one: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    name, tag = with_registry(str(one["image"]), values.get("registry")), one.get("tag")
    if not tag:
        policy = parse_policy(str(one.get("tags")))
        takes = backend_of(values["automation"]).takes
        tag = first_tag(policy, takes) if isinstance(policy, TagPolicy) else ""
    return f"{name}:{tag}"
