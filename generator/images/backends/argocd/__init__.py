"""Argo CD Image Updater: an ImageUpdater for each service, which commits tags to its kustomization.

Source: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1``.
"""

from __future__ import annotations

from ...backend import Additions, AutomatedContainer, AutomatedWorkload, Backend, CommentedObject
from ...policies import TagPolicy
from .argocd_policies import argocd_faults, argocd_select, argocd_takes, argocd_update, argocd_usual

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
        "metadata": {"name": workload.name, "namespace": settings["namespace"]},
        "spec": {
            "writeBackConfig": {"method": f"git:secret:{secret}" if secret else "git", "gitConfig": git},
            "applicationRefs": [{"namePattern": settings.get("application", workload.name), "images": images}],
        },
    }
    return Additions(objects=(CommentedObject(_ABOUT, data),))


def _image(one: AutomatedContainer, policy: TagPolicy, workload: AutomatedWorkload) -> dict[str, object]:
    update = argocd_update(policy)
    if update is None:
        raise ValueError(f"{policy} is not supported")
    common: dict[str, object] = {"updateStrategy": update.strategy}
    if update.allow_tags:
        common["allowTags"] = update.allow_tags
    if workload.settings.get("registry_secret"):
        common["pullSecret"] = f"pullsecret:{workload.settings['registry_secret']}"
    return {
        "alias": one.name,
        "imageName": f"{one.image.name}{update.constraint and ':'}{update.constraint}",
        "commonUpdateSettings": common,
        "manifestTargets": {"kustomize": {"name": one.image.name}},
    }


BACKEND = Backend(
    summary="Argo CD Image Updater, by an ImageUpdater resource",
    takes=argocd_takes,
    faults=argocd_faults,
    usual=argocd_usual,
    select=argocd_select,
    additions=_additions,
    section="argocd",
)
