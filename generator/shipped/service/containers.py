"""The containers of a service with their images, tags and tag policies: as options name them, checked, rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import policy
from ...behaviour import SpecFault
from ...errors import invalid

_SIDECAR_RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


def split_image(image: str) -> tuple[str, str]:
    """Return repository and tag of an image reference. Raises Invalid for one with a digest or an empty tag."""
    if "@" in image:
        hint = "name the tag instead: nothing could move a digest"
        raise invalid("--image", f"the image {image!r} is pinned by a digest", hint)
    if image.endswith(":"):
        raise invalid("--image", f"image is {image!r}, with a colon and no tag", "name the tag behind the colon")
    colon = image.rfind(":")
    return (image, "") if colon <= image.rfind("/") else (image[:colon], image[colon + 1 :])


def image_values(
    image: str, tag: str | None, patterns: Mapping[str, str | None]
) -> list[tuple[tuple[str, ...], Any, str]]:
    """Return what ``--image``, ``--tag`` and ``--tag-METHOD`` put into a spec: place, value, and option.

    ``patterns`` is by method. Raises Invalid for options that say two things, or what a rule would warn of.
    """
    repository, image_tag = split_image(image)
    if tag and image_tag and tag != image_tag:
        raise invalid("--tag", f"is {tag!r}, and --image has the tag {image_tag!r}", "give one of them")
    policies = {method: pattern for method, pattern in patterns.items() if pattern is not None}
    if len(policies) > 1:
        raise invalid("--tag-glob", "only one of --tag-glob, --tag-semver and --tag-regexp can be given", "choose one")
    _check_regexp(patterns.get("regexp"))
    rule = next((f"{method}:{pattern}" for method, pattern in policies.items()), None)
    return [
        (("image",), repository, "--image"),
        (("tag",), tag or image_tag or None, "--tag" if tag else "--image"),
        (("tags",), rule, f"--tag-{next(iter(policies), 'glob')}"),
    ]


def _check_regexp(pattern: str | None) -> None:
    """Refuse an expression that FX008 would warn of in what is made. What is none at all the spec's check tells."""
    if pattern is None:
        return
    from ...rules.readers import regexp  # noqa: PLC0415 - only where there is an expression

    if regexp.fault(pattern, old=True) or regexp.takes_all(pattern):
        return
    if loose := regexp.looseness(pattern):
        raise invalid("--tag-regexp", f"{pattern!r} {loose}", regexp.TIGHTER)


def tag_faults(one: Mapping[str, Any], at_tag: list[Any], at_tags: list[Any]) -> list[SpecFault]:
    """Return what is wrong with the tag and the tag policy of a container, which stand at these places."""
    tag, rule = one.get("tag"), one.get("tags")
    if one["automation"] == "none":
        hint = "name the tag to deploy, as tag: or with --tag"
        return [] if tag else [SpecFault(at_tag, "tag is missing", hint)]
    if rule is None:
        return []
    parsed = policy.parse(rule)
    if isinstance(parsed, str):
        return [SpecFault(at_tags, f"tags {rule!r} {parsed}", "write glob:PATTERN, semver:RANGE or regexp:RE2")]
    if tag is None and not policy.first_tag(parsed):
        message = f"tag is missing, and no tag follows from {rule}"
        return [SpecFault(at_tag, message, "name a tag to start from, with --tag")]
    if tag is not None and not policy.matches(parsed, tag):
        message = f"the tag {tag} is not one that {rule} takes, so image automation would replace it at once"
        return [SpecFault(at_tag, message, "start from a tag that the policy takes, or change the policy")]
    return []


def containers(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a service, the main one first, with full image and tag policy.

    A sidecar without a policy is pinned: its policy takes the tag it has and no other.
    """
    rule = values.get("tags") or policy.usual(values.get("tag"))
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
            "image": _image(one, values.get("registry")),
            "tags": one.get("tags"),
            "env": one.get("env", {}),
            "resources": [
                (side, sorted(what.items())) for side, what in sorted(one["resources"].items(), reverse=True) if what
            ],
        }
        for one in (main, *rest)
    ]


def _image(one: Mapping[str, Any], registry: str | None) -> str:
    image = str(one["image"])
    host, slash, _ = image.partition("/")
    if registry and not (slash and ("." in host or ":" in host or host == "localhost")):
        image = f"{registry}/{image}"
    parsed = policy.parse(str(one.get("tags")))
    tag = one.get("tag") or (policy.first_tag(parsed) if isinstance(parsed, policy.Policy) else "")
    return f"{image}:{tag}"
