"""Argo CD Image Updater: an ImageUpdater for each service, which commits tags to its kustomization.

Source: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....yaml import Node, get, items_at, text_at
from ....yaml.commented import CommentedObject
from ...backend import Additions, AutomatedContainer, AutomatedWorkload, Backend, object_named
from ...policies import PolicyFault, TagPolicy
from .argocd_policies import argocd_faults, argocd_select, argocd_takes, argocd_update, argocd_usual

_PORT = re.compile(r"[^./:]+:[0-9]+/")
# Image Updater looks only at images that pods of the Application have at the time.
_FORCED = "\nforceUpdate: most of the time no pod of a CronJob is there to have the image."
_ABOUT = (
    "Commits the newest tags to kustomization.yaml, so that git says what runs. In the namespace of the Application.\n"
    "https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/"
)


def _additions(workload: AutomatedWorkload) -> Additions:
    images = [_image(one, one.policy, workload) for one in workload.containers if one.policy is not None]
    if not images:
        return Additions()
    settings = workload.settings
    git = {"writeBackTarget": "kustomization"}
    if settings.get("branch"):
        git = {"branch": settings["branch"], **git}
    secret = settings.get("git_secret")
    data = {
        "apiVersion": "argocd-image-updater.argoproj.io/v1alpha1",
        "kind": "ImageUpdater",
        "metadata": {"name": workload.qualified_name, "namespace": settings["namespace"]},
        "spec": {
            "writeBackConfig": {"method": f"git:secret:{secret}" if secret else "git", "gitConfig": git},
            "applicationRefs": [{"namePattern": settings.get("application", workload.name_here), "images": images}],
        },
    }
    return Additions(objects=(CommentedObject(_ABOUT + (_FORCED if _is_forced(workload) else ""), data),))


def _is_forced(workload: AutomatedWorkload) -> bool:
    return workload.sort == "CronJob"


def _workload_faults(workload: AutomatedWorkload) -> Iterator[tuple[str, PolicyFault]]:
    """Find ranges of images whose registry is a host without a dot but with a port, which is taken for their tag.

    And images of several containers: a kustomization has one tag for all of them.
    """
    for one in workload.containers:
        others = [x.name for x in workload.containers if x is not one and x.image.full_name == one.image.full_name]
        if one.policy and others:
            message = f"moves the container {others[0]} too: a kustomization has one tag for {one.image.name}"
            hint = f"pin both with glob:{one.image.tag}, or write automation: flux-v2, which moves each"
            yield one.name, PolicyFault("inexpressible", message, hint)
            return
        if one.policy and one.policy.method == "semver" and _PORT.match(one.image.name):
            message = (
                f"cannot follow {one.image.name}: Image Updater takes the port of its registry for the version range"
            )
            yield one.name, PolicyFault("inexpressible", message, "name the registry with its domain, or use regexp:")


def _image(one: AutomatedContainer, policy: TagPolicy, workload: AutomatedWorkload) -> dict[str, object]:
    update = argocd_update(policy)
    if update is None:
        raise ValueError(f"{policy} is not supported")
    common: dict[str, object] = {"updateStrategy": update.strategy}
    if update.allow_tags:
        common["allowTags"] = update.allow_tags
    if _is_forced(workload):
        common["forceUpdate"] = True
    if workload.settings.get("registry_secret"):
        common["pullSecret"] = f"pullsecret:{workload.settings['registry_secret']}"
    return {
        "alias": one.name,
        "imageName": f"{one.image.name}{update.constraint and ':'}{update.constraint}",
        "commonUpdateSettings": common,
        "manifestTargets": {"kustomize": {"name": one.image.name}},
    }


def _followed(objects: Sequence[Node], workload: AutomatedWorkload, one: AutomatedContainer) -> object:
    updater = object_named(objects, "ImageUpdater", workload.qualified_name)
    for reference in items_at(updater, "spec", "applicationRefs"):
        for image in items_at(reference, "images"):
            if text_at(image, "alias") == one.name:
                settings = get(image, "commonUpdateSettings")
                strategy, allowed = (text_at(settings, key) for key in ("updateStrategy", "allowTags"))
                return text_at(image, "imageName"), strategy, allowed
    return None


BACKEND = Backend(
    summary="Argo CD Image Updater, by an ImageUpdater resource",
    tags_in="kustomization",
    takes=argocd_takes,
    faults=argocd_faults,
    usual=argocd_usual,
    select=argocd_select,
    workload_faults=_workload_faults,
    additions=_additions,
    section="argocd",
    rules=("AIU",),
    followed=_followed,
)
