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

from ..alerting.helm_values import helm_values
from ..alerting.spec_receivers import NULL
from ..alerting.values_text import below_any, comments, config_text, values_text
from ..errors import invalid
from ..merge import merge
from ..yaml import Node
from . import adopted_receivers as receivers
from . import adopted_routes as routes
from .change import Change
from .shapes import check_config, check_shapes
from .values_file import part_of, read, refuse_text, root_of, scalar, string_config, surroundings

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
    text = string_config(part)
    _check_tpl(part, values, text, path)
    check_shapes(part, path, text=text is not None)
    has = read(part, path)
    has = has if isinstance(has, dict) else {}
    if text is not None:
        # The same with the text as with a map; what comes of it is put back into the text.
        inner = root_of(text.text, path)
        if inner is not None:
            check_config(inner, path)
        has["config"] = read(inner, path) if inner else {}
    wanted = helm_values(values)
    change = Change(_kept(has), copy.deepcopy(_kept(has)))
    _config(change, has, wanted["config"], values, said)
    receivers.fit_secrets(change, wanted)
    if people := routes.heartbeat_of_people(change.want["config"], str(values.get("watchdog", NULL))):
        name, node = str(values["watchdog"]), text or part
        message = f"the receiver {name} has {people} here, so that Watchdog would reach people"
        raise invalid(path, message, "name the heartbeat's receiver otherwise", line=node.line, column=node.column)
    change.notes += _passed_over(has)
    below = str(values.get("umbrella", ""))
    texts = (text.text, _text(change, values, text, path)) if text is not None else ("", "")
    base = values_text(change.base, values, below=below, only=set(), inner=texts[0])
    if part.tag == "null":
        base = base.replace("alertmanager: {}", "alertmanager:")
    want = values_text(change.want, values, below=below, only=change.added, inner=texts[1])
    return Fit(base, want, tuple(change.notes))


def _text(change: Change, values: Mapping[str, Any], text: Node, path: str) -> str:
    """Return the text of a ``stringConfig`` with what is wanted merged into it."""
    found = {one: lines for one, lines in comments(change.want, values).items() if below_any(one, change.added)}
    base, want = config_text(change.base["config"], {}), config_text(change.want["config"], found)
    merged = merge(base, text.text, want, "stringConfig.yaml")
    if merged.conflicts:
        first = merged.conflicts[0]
        message = f"alertmanager.stringConfig cannot take {first.field}: yours {first.ours}, generated {first.theirs}"
        hint = "write it there by hand, or move what it says to alertmanager.config as a map"
        raise invalid(path, message, hint, line=text.line + first.line, column=text.column)
    return merged.text


def _check_tpl(part: Node, values: Mapping[str, Any], text: Node | None, path: str) -> None:
    """Refuse a file that Helm renders otherwise than the spec says."""
    node = next((key for key, _ in part.pairs if key.text == "tplConfig"), part)
    if (text is not None) != bool(values.get("string_config")):
        says = "is used" if text is not None else "is not used"
        hint = f"set string_config: {str(text is not None).lower()} in the spec"
        raise invalid(path, f"alertmanager.stringConfig {says}", hint, line=node.line, column=node.column)
    tpl = bool(values.get("tpl_config") or values.get("string_config"))
    if (scalar(part, "tplConfig") == "true") != tpl:
        says = "is true, so that Helm renders the configuration" if not tpl else "is not true"
        hint = f"set tpl_config: {str(not tpl).lower()} in the spec"
        raise invalid(path, f"alertmanager.tplConfig {says}", hint, line=node.line, column=node.column)


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
    receivers.fit_used(change, wanted)
    routes.fit_children(change, wanted["route"], values, said)
    receivers.fit_used(change, wanted)
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
