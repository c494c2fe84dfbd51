"""Alerting into a values file that people wrote: what has to change in it, and nothing else.

A unit's first generation has no base that tells what was there before. Of a values file more is known than of any file:
it starts from the chart's defaults, so that what still is a default is nobody's choice and may change, and what differs
from it is the user's and stays. ``fit`` works that out on data, and returns two texts whose difference is what has to
change, for the merge to bring into the file. Pure, and safe to repeat: fitting twice is fitting once.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..alerting.text import values_text
from ..alerting.values import helm_values
from ..errors import invalid
from . import receivers, routes
from .change import Change
from .file import part_of, read, refuse_text, root_of, scalar, surroundings

__all__ = ["Fit", "fit", "surroundings"]


@dataclass(frozen=True)
class Fit:
    """Two texts: what a values file has of what is generated, and what it is to have; and what to tell the user."""

    base: str
    theirs: str
    notes: tuple[str, ...] = ()


def fit(ours: str, values: Mapping[str, Any], said: Mapping[str, Any], path: str) -> Fit | None:
    """Return what brings the values of a spec into a values file; None where it has no part about Alertmanager.

    ``values`` are the spec's with every default, ``said`` those that it says itself: they come before what the file
    has, and differ from it in a conflict. Raises Invalid where the file cannot take them.
    """
    root = root_of(ours, path)
    part = part_of(root, str(values.get("umbrella", "")))
    if part is None:
        return None
    refuse_text(part, path)
    if (scalar(part, "tplConfig") == "true") != bool(values.get("tpl_config")):
        node = next((key for key, _ in part.pairs if key.text == "tplConfig"), part)
        says = "is true, so that Helm renders the configuration" if not values.get("tpl_config") else "is not true"
        hint = f"set tpl_config: {str(not values.get('tpl_config')).lower()} in the spec"
        raise invalid(path, f"alertmanager.tplConfig {says}", hint, line=node.line, column=node.column)
    has = read(part, path)
    if not isinstance(has, dict):
        has = {}
    wanted = helm_values(values)
    change = Change(_kept(has), copy.deepcopy(_kept(has)))
    _config(change, has, wanted["config"], values, said)
    receivers.fit_secrets(change, wanted)
    change.notes += _passed_over(has)
    below = str(values.get("umbrella", ""))
    base = values_text(change.base, values, below=below, only=set())
    return Fit(base, values_text(change.want, values, below=below, only=change.added), tuple(change.notes))


def _kept(has: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the file that may change: all else of it is neither in base nor in what is wanted."""
    out: dict[str, Any] = {}
    if "alertmanagerSpec" in has:
        spec = has["alertmanagerSpec"]
        out["alertmanagerSpec"] = (
            {key: spec[key] for key in ("secrets",) if key in spec} if isinstance(spec, dict) else spec
        )
    return out | {key: has[key] for key in ("tplConfig", "config") if key in has}


def _config(
    change: Change,
    has: Mapping[str, Any],
    wanted: Mapping[str, Any],
    values: Mapping[str, Any],
    said: Mapping[str, Any],
) -> None:
    config = has.get("config")
    if not isinstance(config, dict) or not config:
        change.want["config"] = wanted
        change.added |= {("config", key) for key in wanted} if "config" in has else {("config",)}
        return
    own = routes.delivers(config)
    receivers.fit(change, wanted, values, said, keep=own)
    routes.fit(change, wanted["route"], values, said, keep=own)
    receivers.fit_rest(change, wanted)


def _passed_over(has: Mapping[str, Any]) -> list[str]:
    """Return what in the file keeps the configuration from being used."""
    spec = has.get("alertmanagerSpec")
    spec = spec if isinstance(spec, dict) else {}
    out = []
    if spec.get("useExistingSecret") is True:
        out.append("alertmanager.alertmanagerSpec.useExistingSecret is true: the chart ignores alertmanager.config")
    name = spec.get("alertmanagerConfiguration")
    if isinstance(name, dict) and name.get("name"):
        out.append("alertmanagerSpec.alertmanagerConfiguration has a name: the operator ignores alertmanager.config")
    if has.get("enabled") is False:
        out.append("alertmanager.enabled is false: the chart makes no Alertmanager")
    return out
