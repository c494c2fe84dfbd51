"""Flux v2: image policies in Flux's namespace, and markers on the images that they update in git.

Sources: fluxcd/image-reflector-controller 1.2, fluxcd/image-automation-controller 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...backend import Additions, AutomatedWorkload, Backend, RepositoryObjects
from .flux2_policies import flux2_faults, flux2_select, flux2_takes, flux2_usual


def _additions(workload: AutomatedWorkload) -> Additions:
    from .flux2_objects import image_additions  # noqa: PLC0415 - only to render

    return image_additions(workload)


def _repository_objects(values: Mapping[str, Any]) -> RepositoryObjects:
    from .flux2_objects import automation_objects, notification_objects  # noqa: PLC0415 - only to render

    return RepositoryObjects(automation_objects(values), notification_objects(values))


BACKEND = Backend(
    summary="Flux v2, by image policies and markers",
    takes=flux2_takes,
    faults=flux2_faults,
    usual=flux2_usual,
    select=flux2_select,
    additions=_additions,
    repository_objects=_repository_objects,
    section="flux",
    rules=("F2",),
)
