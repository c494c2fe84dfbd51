"""Argo CD Image Updater: a resource says which tags of the images of an application are taken.

Source: argoproj-labs/argocd-image-updater 1.3.0.
"""

from __future__ import annotations

from ...automation import Backend
from .argocd_policies import argocd_faults, argocd_select, argocd_takes, argocd_usual

BACKEND = Backend(
    summary="Argo CD Image Updater, by a resource",
    takes=argocd_takes,
    faults=argocd_faults,
    usual=argocd_usual,
    select=argocd_select,
)
