"""Flux v2: image policies in Flux's namespace, and markers on the images that they update in git.

Sources: fluxcd/image-reflector-controller 1.2, fluxcd/image-automation-controller 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....yaml import Node, data_of, get
from ...backend import Additions, AutomatedContainer, AutomatedWorkload, Backend, RepositoryObjects, object_named
from .flux2_policies import flux2_faults, flux2_select, flux2_takes, flux2_usual


def _additions(workload: AutomatedWorkload) -> Additions:
    from .flux2_objects import image_additions  # noqa: PLC0415 - only to render

    return image_additions(workload)


def _repository_objects(values: Mapping[str, Any]) -> RepositoryObjects:
    from .flux2_objects import automation_objects, notification_objects  # noqa: PLC0415 - only to render

    return RepositoryObjects(automation_objects(values), notification_objects(values))


def _followed(objects: Sequence[Node], workload: AutomatedWorkload, one: AutomatedContainer) -> object:
    from .flux2_objects import policy_name  # noqa: PLC0415 - only to compare what is rendered

    policy = object_named(objects, "ImagePolicy", policy_name(workload, one))
    found = [get(policy, "spec", key) for key in ("policy", "filterTags")]
    return [data_of(part) if part else None for part in found] if policy else None


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
    on_foreign_tag="Flux replaces it at once, even by an older one",
    followed=_followed,
)
