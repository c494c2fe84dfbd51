"""The template ``application``: a chart of others, deployed by Argo CD, and an end-to-end test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...behaviour import Behaviour, SpecFault
from ...template_features import EndToEnd

if TYPE_CHECKING:  # only needed to create units
    from ...creation import Consequences, NewUnit


def _filters() -> Mapping[str, Callable[..., Any]]:
    from .argocd_application import argocd_application  # noqa: PLC0415

    return {"argocd_application": argocd_application}


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from .application_checks import application_faults  # noqa: PLC0415

    return application_faults(values)


def _created(unit: NewUnit) -> Consequences:
    from ...charts.new_release import release_consequences  # noqa: PLC0415
    from .argocd_application import argocd_application  # noqa: PLC0415

    return release_consequences(unit, argocd_application(unit.values).objects[0].data)


def _is_tested(values: Mapping[str, Any]) -> bool:
    return bool(values.get("e2e")) and "path" not in (values.get("chart") or {})


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    test=EndToEnd("e2e", is_wanted=_is_tested, outward=("value_files",)),
    fragments=("values", "application"),
    created=_created,
    sources=("charts", "images", "regex.py", "unit_namespace.py"),
)
