"""Containers of a service: options, checks and rendered data of images, tags and tag policies."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ...behaviour import BuiltImage, SpecFault
from ...errors import invalid
from ...images.automation import Additions, AutomatedContainer, AutomatedWorkload
from ...images.backends import backend_of
from ...images.policies import PolicyFault, TagPolicy, first_tag, parse_policy
from ...images.references import Reference, parse_reference, with_registry
from .derived import namespace

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
        raise invalid("--tag-glob", "only one of --tag-glob, --tag-semver and --tag-regexp can be given", "choose one")
    rule = next((f"{method}:{pattern}" for method, pattern in policies.items()), None)
    return [
        (("image",), repository, "--image"),
        (("tag",), tag or image_tag or None, "--tag" if tag else "--image"),
        (("tags",), rule, f"--tag-{next(iter(policies), 'glob')}"),
    ]


def tag_faults(one: Mapping[str, Any], at_tag: list[Any], at_tags: list[Any]) -> list[SpecFault]:
    """Return the faults of the tag and the tag policy of a container, which are at these places.

    The backend decides; the rules for its annotations use the same function.
    """
    tag, rule, backend = one.get("tag"), one.get("tags"), backend_of(one["automation"])
    if not backend.moves_tags:
        hint = "set the tag to deploy with tag: or --tag"
        return [] if tag else [SpecFault(at_tag, "tag is missing", hint)]
    if rule is None:
        return []
    policy = parse_policy(rule)
    found = [policy] if isinstance(policy, PolicyFault) else [*backend.faults(policy, tag or "")]
    if found:
        message = found[0].message if found[0].is_of_tag else f"tags {rule!r} {found[0].message}"
        return [SpecFault(at_tag if found[0].is_of_tag else at_tags, message, found[0].hint)]
    if tag is None and isinstance(policy, TagPolicy) and not first_tag(policy, backend.takes):
        message = f"tag is missing, and cannot be derived from {rule}"
        return [SpecFault(at_tag, message, "set a tag to start from with --tag")]
    return []


def built_image(values: Mapping[str, Any], unit: str) -> BuiltImage | None:
    """Return the image that a service builds, its registry always included; None for one that is only pulled."""
    build = values.get("build")
    if not build:
        return None
    name = with_registry(str(values["image"]), values.get("registry"))
    return BuiltImage(Reference(name).full_name, posixpath.normpath(posixpath.join(unit, build)))


def service_containers(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a service, the main one first, with full image and tag policy.

    A sidecar without a policy is pinned: its policy only matches its current tag.
    """
    rule = values.get("tags") or backend_of(values["automation"]).usual(values.get("tag"))
    main = {**values, "name": values["container"], "main": True, "tags": rule}
    rest = [
        {"tags": f"glob:{one['tag']}", **one, "main": False, "resources": _SIDECAR_RESOURCES}
        for one in values.get("sidecars", ())
    ]
    return [
        {
            "name": one["name"],
            "main": one["main"],
            "volume": "tmp" if one["main"] else f"tmp-{one['name']}",
            "image": _image(one, values),
            "tags": one.get("tags"),
            "env": one.get("env", {}),
            "resources": [
                (side, sorted(what.items())) for side, what in sorted(one["resources"].items(), reverse=True) if what
            ],
        }
        for one in (main, *rest)
    ]


def automation(values: Mapping[str, Any]) -> Additions:
    """Return the backend's additions to the manifests of a service. Raises ValueError for an invalid policy."""
    backend = backend_of(values["automation"])
    if not backend.moves_tags:
        return Additions()
    every = tuple(
        AutomatedContainer(one["name"], parse_reference(one["image"]), _policy(one["tags"]))
        for one in service_containers(values)
    )
    return backend.additions(AutomatedWorkload(str(values["name"]), namespace(values), every))


def _policy(text: str) -> TagPolicy:
    found = parse_policy(text)
    if isinstance(found, PolicyFault):
        raise ValueError(f"tags {text!r} {found.message}")
    return found


def _image(one: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    name, tag = with_registry(str(one["image"]), values.get("registry")), one.get("tag")
    if not tag:
        policy = parse_policy(str(one.get("tags")))
        takes = backend_of(values["automation"]).takes
        tag = first_tag(policy, takes) if isinstance(policy, TagPolicy) else ""
    return f"{name}:{tag}"
