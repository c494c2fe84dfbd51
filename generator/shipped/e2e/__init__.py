"""The template ``e2e``: an end-to-end test of a kubectl plugin on kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...behaviour import Behaviour, SpecFault
from ...template_features import EndToEnd

if TYPE_CHECKING:  # only needed to create units
    from ...creation import Command


def _filters() -> Mapping[str, Callable[..., Any]]:
    from .plugins import binary, krew_manifest, krew_url, plugin  # noqa: PLC0415

    return {"binary": binary, "krew_manifest": krew_manifest, "krew_url": krew_url, "plugin": plugin}


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from .plugin_checks import plugin_faults  # noqa: PLC0415

    return plugin_faults(values)


def _faults_in(values: Mapping[str, Any], unit: str) -> Sequence[SpecFault]:
    from .plugin_checks import path_faults  # noqa: PLC0415

    return path_faults(values, unit)


def _plugin(values: Mapping[str, Any]) -> str:
    from .plugins import krew_plugin  # noqa: PLC0415

    return krew_plugin(values)


def _command() -> Command:
    from .e2e_command import COMMAND  # noqa: PLC0415

    return COMMAND


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    faults_in=_faults_in,
    test=EndToEnd(".", plugin=_plugin, outward=("build", "paths")),
    command="new-e2e",
    declared=_command,
)
