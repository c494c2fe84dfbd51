"""The template ``helm-release``: a chart of others, deployed by Flux, and an end-to-end test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...behaviour import Behaviour, SpecFault
from ...template_features import EndToEnd

if TYPE_CHECKING:  # only needed to create and remove units
    from ...creation import Consequences, NewUnit
    from ...succession import RemovedUnit, SharedNeed


def _filters() -> Mapping[str, Callable[..., Any]]:
    from .flux_release import flux_release  # noqa: PLC0415

    return {"flux_release": flux_release}


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from .release_checks import release_faults  # noqa: PLC0415

    return release_faults(values)


def _created(unit: NewUnit) -> Consequences:
    from ...charts.new_release import release_consequences  # noqa: PLC0415
    from .flux_release import flux_release  # noqa: PLC0415

    return release_consequences(unit, flux_release(unit.values).release[0].data)


def _needed(unit: RemovedUnit) -> Sequence[SharedNeed]:
    from ...unit_namespace import needed_namespaces  # noqa: PLC0415

    return needed_namespaces(unit)


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    test=EndToEnd("e2e", is_wanted=lambda values: bool(values.get("e2e"))),
    fragments=("values", "release", "source"),
    created=_created,
    needed=_needed,
    sources=("charts", "images", "regex.py", "unit_namespace.py"),
)
