"""The objects of image automation with Flux v2: of each image, and of the repository.

Sources: the CRDs of fluxcd/image-reflector-controller 1.2, image-automation-controller 1.2 and notification-controller
1.9; https://fluxcd.io/flux/guides/image-update/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ....yaml.commented import CommentedObject
from ...backend import Additions, AutomatedContainer, AutomatedWorkload
from ...policies import TagPolicy, group_of

_IMAGES = "image.toolkit.fluxcd.io/v1"
_NOTIFICATIONS = "notification.toolkit.fluxcd.io/v1beta3"
_MESSAGE = """\
Update images

{{ range .Changed.Changes -}}
- {{ .OldValue }} -> {{ .NewValue }}
{{ end -}}
"""
_REPOSITORY = (
    "The tags of the image, listed regularly. In the namespace of the automation, which uses no other.\n"
    "https://fluxcd.io/flux/components/image/imagerepositories/"
)
_POLICY = (
    "The tag to deploy, written to the line with its marker.\nhttps://fluxcd.io/flux/components/image/imagepolicies/"
)
_AUTOMATION = (
    "Commits the tags that the image policies of this namespace select, to the lines with their markers.\n"
    "Needs a key that may push, and the image controllers:\n"
    "  flux bootstrap … --read-write-key --components-extra=image-reflector-controller,image-automation-controller\n"
    "https://fluxcd.io/flux/components/image/imageupdateautomations/"
)
# What reports of deployments and of commits.
_SOURCES = {
    "slack": ("Kustomization", "HelmRelease", "ImageUpdateAutomation"),
    "msteams": ("Kustomization", "HelmRelease", "ImageUpdateAutomation"),
    "github": ("Kustomization",),
}


def image_additions(workload: AutomatedWorkload) -> Additions:
    """Return the image repositories and policies of a workload, and the markers on its images."""
    moved = [(one, one.policy) for one in workload.containers if one.policy is not None]
    names = {one.name: policy_name(workload, one) for one, _ in moved}
    space = str(workload.settings["namespace"])
    objects: list[CommentedObject] = []
    for one, policy in moved:
        metadata = {"name": names[one.name], "namespace": space}
        repository, rule = _repository(one, metadata, workload.settings), _policy(policy, metadata)
        about = ("", "") if objects else (_REPOSITORY, _POLICY)
        objects += [CommentedObject(about[0], repository), CommentedObject(about[1], rule)]
    markers = {one.name: json.dumps({"$imagepolicy": f"{space}:{names[one.name]}"}) for one, _ in moved}
    return Additions(image_comments=markers, objects=tuple(objects))


def policy_name(workload: AutomatedWorkload, one: AutomatedContainer) -> str:
    """Return the name of a container's policy: the policies of all namespaces are in one."""
    return f"{workload.qualified_name}-{one.name}"


def _object(api: str, sort: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": api, "kind": sort, "metadata": metadata, "spec": spec}


def _repository(one: AutomatedContainer, metadata: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"image": one.image.name, "interval": settings["interval"]}
    if settings["provider"] != "generic":
        spec["provider"] = settings["provider"]
    if settings.get("registry_secret"):
        spec["secretRef"] = {"name": settings["registry_secret"]}
    return _object(_IMAGES, "ImageRepository", metadata, spec)


def _policy(policy: TagPolicy, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"imageRepositoryRef": {"name": metadata["name"]}}
    if policy.method == "semver":
        spec["policy"] = {"semver": {"range": policy.pattern}}
    else:
        spec["filterTags"] = {"pattern": policy.pattern, "extract": f"${group_of(policy)}"}
        spec["policy"] = {policy.method: {"order": "asc"}}
    return _object(_IMAGES, "ImagePolicy", metadata, spec)


def automation_objects(values: Mapping[str, Any]) -> tuple[CommentedObject, ...]:
    """Return the ImageUpdateAutomation of a repository, from the values of the automation unit."""
    git: dict[str, Any] = {
        "checkout": {"ref": {"branch": values["branch"]}},
        "commit": {
            "author": {"name": values["author"]["name"], "email": values["author"]["email"]},
            "messageTemplate": _MESSAGE,
        },
    }
    if values.get("push_branch"):
        git["push"] = {"branch": values["push_branch"]}
    spec = {
        "interval": values["interval"],
        "sourceRef": {"kind": "GitRepository", "name": values["source"]},
        "git": git,
        "update": {"path": _path(values["path"]), "strategy": "Setters"},
    }
    metadata = {"name": values["name"], "namespace": values["flux"]["namespace"]}
    return (CommentedObject(_AUTOMATION, _object(_IMAGES, "ImageUpdateAutomation", metadata, spec)),)


def _path(folder: str) -> str:
    plain = folder.removeprefix("./").strip("/")
    return "./" if plain in {"", "."} else f"./{plain}"


def notification_objects(values: Mapping[str, Any]) -> tuple[CommentedObject, ...]:
    """Return the Provider and the Alert of each notification, from the values of the automation unit."""
    found: list[CommentedObject] = []
    for one in values.get("notifications", ()):
        metadata = {"name": one["name"], "namespace": values["flux"]["namespace"]}
        provider = {"type": one["type"], **_address(one), "secretRef": {"name": one["secret"]}}
        alert = {
            "providerRef": {"name": one["name"]},
            "eventSeverity": one.get("severity", "info"),
            "eventSources": [{"kind": sort, "name": "*"} for sort in _SOURCES[one["type"]]],
        }
        found.append(CommentedObject(_about(one), _object(_NOTIFICATIONS, "Provider", metadata, provider)))
        found.append(CommentedObject("", _object(_NOTIFICATIONS, "Alert", metadata, alert)))
    return tuple(found)


def _address(one: Mapping[str, Any]) -> Mapping[str, Any]:
    if one["type"] == "slack":
        return {"address": "https://slack.com/api/chat.postMessage", "channel": one["channel"]}
    return {"address": one["repository"]} if one["type"] == "github" else {}


def _about(one: Mapping[str, Any]) -> str:
    key = "address" if one["type"] == "msteams" else "token"
    return (
        f"The Secret {one['secret']} with the key {key} is not in git: kubectl create secret generic …\n"
        "https://fluxcd.io/flux/components/notification/providers/"
    )
