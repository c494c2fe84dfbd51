"""The template ``service``: a Deployment with related objects, and an end-to-end test."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...behaviour import Behaviour, SpecFault
from ...template_features import BuiltImage, EndToEnd, ImageBuild
from ...unfit import Unfit, UnitTexts

if TYPE_CHECKING:  # only needed to create units
    from ...adoptable import ManifestAdoption
    from ...creation import Command, Consequences, NewUnit
    from ...succession import RemovedUnit, SharedNeed


def _filters() -> Mapping[str, Callable[..., Any]]:
    from .service_filters import FILTERS  # noqa: PLC0415

    return FILTERS


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from .service_checks import service_faults  # noqa: PLC0415

    return service_faults(values)


def _faults_in(values: Mapping[str, Any], unit: str) -> Sequence[SpecFault]:
    from .service_checks import folder_faults  # noqa: PLC0415

    return folder_faults(values, unit)


def _absent(values: Mapping[str, Any]) -> Collection[str]:
    from .object_files import absent_files  # noqa: PLC0415

    return absent_files(values)


def _object_faults(values: Mapping[str, Any], tree: Mapping[str, str], kubernetes: str) -> Sequence[SpecFault]:
    from .object_fragments import needs_checks  # noqa: PLC0415

    if not needs_checks(values):
        return ()
    from .object_checks import object_faults  # noqa: PLC0415

    return object_faults(values, tree, kubernetes)


def _built(values: Mapping[str, Any], unit: str) -> BuiltImage | None:
    from .containers import built_image  # noqa: PLC0415

    return built_image(values, unit)


def _remarks(
    values: Mapping[str, Any], base: Mapping[str, str], ours: Mapping[str, str]
) -> Mapping[str, Sequence[str]]:
    from .layout_remarks import layout_remarks  # noqa: PLC0415
    from .replaced_tags import replaced_tag_notes  # noqa: PLC0415

    found = [replaced_tag_notes(values, base, ours), layout_remarks(values, base, ours)]
    return {path: [*found[0].get(path, ()), *found[1].get(path, ())] for path in {*found[0], *found[1]}}


def _unfit(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    from .foreign_tags import unfit_tags  # noqa: PLC0415
    from .lost_references import unfit_references  # noqa: PLC0415
    from .overlay_fit import unfit_overlays  # noqa: PLC0415
    from .renamed_ports import unfit_ports  # noqa: PLC0415
    from .second_tools import unfit_tools  # noqa: PLC0415

    checks = (unfit_tags, unfit_references, unfit_overlays, unfit_ports, unfit_tools)
    return [found for check in checks for found in check(values, texts)]


def _created(unit: NewUnit) -> Consequences:
    from .neighbours import consequences  # noqa: PLC0415

    return consequences(unit)


def _needed(unit: RemovedUnit) -> Sequence[SharedNeed]:
    from ...unit_namespace import needed_namespaces  # noqa: PLC0415

    return needed_namespaces(unit)


def _command() -> Command:
    from .service_command import COMMAND  # noqa: PLC0415

    return COMMAND


def _places(values: Mapping[str, Any]) -> Mapping[str, str]:
    from .derived import file_places  # noqa: PLC0415

    return file_places(values) if values.get("paths") or values.get("environments") else {}


def _adoption() -> ManifestAdoption:
    from .inference import ADOPTION  # noqa: PLC0415

    return ADOPTION


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    faults_in=_faults_in,
    object_faults=_object_faults,
    absent=_absent,
    test=EndToEnd("e2e", is_wanted=lambda values: bool(values.get("e2e")), outward=("build",)),
    image=ImageBuild("build", ("image", "registry"), _built),
    overriding=("environments",),
    fragments=("container", "pod", "deployment", "service", "metadata", "disruption_budget", "probes"),
    places=_places,
    adoption=_adoption,
    created=_created,
    needed=_needed,
    remarks=_remarks,
    unfit=_unfit,
    command="new-service",
    declared=_command,
    sources=(
        "images",
        "fragments.py",
        "mergekeys.py",
        "merge",
        "fits",
        "yaml",
        "quoting.py",
        "regex.py",
        "unit_namespace.py",
    ),
    data=("merge-keys", "merge-fits"),
    example="replicas: 2",
    copied={"tag": "v1.0.0"},  # required where nothing moves tags
)
