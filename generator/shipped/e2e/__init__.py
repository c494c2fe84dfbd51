"""An end-to-end test of a kubectl plugin on kind."""

from __future__ import annotations

from ...behaviour import Behaviour
from .plugin_checks import plugin_faults
from .plugins import binary, krew_manifest, krew_url, plugin

BEHAVIOUR = Behaviour(
    filters={"binary": binary, "krew_manifest": krew_manifest, "krew_url": krew_url, "plugin": plugin},
    faults=plugin_faults,
)
