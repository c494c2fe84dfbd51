"""Merge alerting into an existing values file, with the fewest changes.

A unit that is generated for the first time has no base. For a values file the chart's defaults serve as one: values
that equal the default may change, others are the user's and stay. ``fit`` computes this on data, and returns two texts
whose difference is the required change, which the merge applies to the file. Pure and idempotent.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....alertmanager.value import Value
from ....behaviour import Fit, Update
from ....errors import Invalid, invalid
from ....merge import merge
from ..helm_values import helm_values
from ..spec_receivers import NULL
from ..values_text import below_any, config_text, generated_text, values_comments, values_text
from . import adopted_receivers, adopted_routes, adopted_settings
from .change import Adoption, context_of
from .shapes import check_config, check_shapes
from .values_file import (
    AlertmanagerPart,
    SharedMap,
    document_of,
    part_of,
    shared_problem,
    surroundings,
    with_names_as_written,
    without_shared,
)

__all__ = ["Fit", "context_of", "fit", "surroundings", "with_routes"]


def fit(ours: str, values: Mapping[str, Any], said: Mapping[str, Any], path: str) -> Fit | None:
    """Return the changes that bring the values of a spec into a values file; None if it has no section of Alertmanager.

    ``values`` are those of the spec with all defaults, ``said`` those set explicitly: they override the file, with a
    conflict if they differ. Raises Invalid if the file cannot take the values.
    """
    below = str(values.get("umbrella", ""))
    part = part_of(document_of(ours, path, helm=True), below, path)
    if part is None:
        return None
    _check_tpl(part, values, path)
    check_shapes(part.value, path, text=part.text is not None)
    wanted = helm_values(values)
    has = _kept(_data(part, path), wanted)
    change = Adoption(has, copy.deepcopy(has))
    _config(change, wanted["config"], values, said)
    adopted_receivers.fit_secrets(change, wanted)
    adopted_settings.fit_settings(change, wanted)
    _refuse_people(change, values, part, path)
    change.notes += _passed_over(part)
    return _texts_of(change, part, values, path)


def with_routes(update: Update, new: list[dict[str, Any]], values: Mapping[str, Any]) -> str | None:
    """Return the merged text of a file with the routes that are new in its spec put where no alert is lost.

    None if the rest of the change cannot be merged without the user. Raises Invalid if the file cannot take them.
    """
    made = helm_values(values)
    route = made["config"]["route"]
    route["routes"] = [one for one in route["routes"] if one not in new]
    rest = update.merge(update.base or "", update.ours, generated_text(made, values))
    if rest is None:
        return None
    part = part_of(document_of(rest, update.path, helm=True), str(values.get("umbrella", "")), update.path)
    if part is None:
        return None
    has = _kept(_data(part, update.path), made)
    if not isinstance(has.get("config"), dict) or not isinstance(has["config"].get("route"), dict):
        return None
    change = Adoption(has, copy.deepcopy(has))
    adopted_routes.put_routes(change, new, made["config"]["receivers"])
    fit = _texts_of(change, part, values, update.path)
    return update.merge(fit.base, rest, fit.theirs)


def _texts_of(change: Adoption, part: AlertmanagerPart, values: Mapping[str, Any], path: str) -> Fit:
    """Return the two texts whose difference is the change."""
    below = str(values.get("umbrella", ""))
    without_shared(change.base, change.want, path)
    change.base, change.want = with_names_as_written(change.base), with_names_as_written(change.want)
    texts = (part.text.text, _text(change, values, part.text, path)) if part.text is not None else ("", "")
    if texts[0] != texts[1]:
        _refuse_shared_text(part, path)
    base = values_text(change.base, values, below=below, only=set(), inner=texts[0])
    if part.value.is_null:
        base = base.replace("alertmanager: {}", "alertmanager:")
    want = values_text(change.want, values, below=below, only=change.added, inner=texts[1])
    return Fit(base, want, tuple(change.notes))


def _data(part: AlertmanagerPart, path: str) -> dict[str, Any]:
    """Return the data of a part; a configuration that is text is parsed to a map."""
    has = part.data()
    if part.text is None:
        return has
    inner = document_of(part.text.text, path, helm=False, line=part.text.line)
    if inner is None:
        return {**has, "config": {}}
    check_config(inner.value, path)
    has["config"] = inner.data(inner.value, ())
    return (
        SharedMap(has, replace(has.key, own=has.key.own | {"config"}), has.where) if isinstance(has, SharedMap) else has
    )


def _refuse_people(change: Adoption, values: Mapping[str, Any], part: AlertmanagerPart, path: str) -> None:
    people = adopted_routes.heartbeat_of_people(change.want["config"], str(values.get("watchdog", NULL)))
    if people:
        name, at = str(values["watchdog"]), part.text or part.value
        message = f"the receiver {name} has {people} here: Watchdog would reach people"
        raise invalid(path, message, "rename the heartbeat's receiver", line=at.line, column=at.column)


def _refuse_shared_text(part: AlertmanagerPart, path: str) -> None:
    key = part.document.merge_keys.get(part.where)
    if key is not None and "stringConfig" not in key.own:
        raise Invalid(shared_problem(path, (*part.where, "stringConfig"), key))


def _text(change: Adoption, values: Mapping[str, Any], text: Value, path: str) -> str:
    """Return the text of a ``stringConfig`` with the wanted changes merged."""
    found = {one: lines for one, lines in values_comments(change.want, values).items() if below_any(one, change.added)}
    base, want = config_text(change.base["config"], {}), config_text(change.want["config"], found)
    merged = merge(base, text.text, want, "stringConfig.yaml")
    if merged.conflicts:
        first = merged.conflicts[0]
        message = f"alertmanager.stringConfig cannot take {first.field}: yours {first.ours}, generated {first.theirs}"
        hint = "change it by hand, or move it to alertmanager.config as a map"
        raise invalid(path, message, hint, line=text.line + first.line, column=text.column)
    return merged.text


def _check_tpl(part: AlertmanagerPart, values: Mapping[str, Any], path: str) -> None:
    """Refuse a file whose tplConfig or stringConfig contradicts the spec."""
    found = part.value.pairs.get("tplConfig")
    line, column = (found.key_line, found.key_column) if found is not None else part.value.place
    if (part.text is not None) != bool(values.get("string_config")):
        says = "is used" if part.text is not None else "is not used"
        hint = f"set string_config: {str(part.text is not None).lower()} in the spec"
        raise invalid(path, f"alertmanager.stringConfig {says}", hint, line=line, column=column)
    tpl = bool(values.get("tpl_config") or values.get("string_config"))
    if part.tpl != tpl:
        says = "is true, so that Helm renders the configuration" if not tpl else "is not true"
        hint = f"set tpl_config: {str(not tpl).lower()} in the spec"
        raise invalid(path, f"alertmanager.tplConfig {says}", hint, line=line, column=column)


def _kept(has: dict[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the file that may change; the rest is neither in base nor in the wanted values."""
    files = ("templateFiles",) if "templateFiles" in wanted else ()
    out = _picked(has, ("alertmanagerSpec", "tplConfig", "config", *files))
    if isinstance(out.get("alertmanagerSpec"), dict):
        out["alertmanagerSpec"] = _picked(out["alertmanagerSpec"], ("externalUrl", "secrets"))
    return SharedMap(out, out.key, out.where) if isinstance(out, SharedMap) else out


def _picked(data: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    out = {key: data[key] for key in keys if key in data}
    return SharedMap(out, data.key, data.where) if isinstance(data, SharedMap) else out


def _config(change: Adoption, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    config = change.want.get("config")
    if not isinstance(config, dict) or not config:
        change.added |= {("config", key) for key in wanted} if "config" in change.want else {("config",)}
        change.want["config"] = wanted
        return
    own = adopted_routes.delivers(config)
    adopted_receivers.fit_receivers(change, wanted, values, said, keep=own)
    adopted_routes.fit_routes(change, wanted["route"], values, said, keep=own)
    adopted_receivers.fit_used(change, wanted)
    adopted_routes.fit_children(change, wanted, values, said, keep=own)
    adopted_receivers.fit_used(change, wanted)
    adopted_receivers.fit_rest(change, wanted)


def _passed_over(part: AlertmanagerPart) -> list[str]:
    """Return notes on values in the file that make the chart or the operator ignore the configuration."""
    value, out = part.value, []
    if value.truth_of("alertmanagerSpec", "useExistingSecret"):
        out.append("alertmanager.alertmanagerSpec.useExistingSecret is true: the chart ignores alertmanager.config")
    if value.truth_of("alertmanagerSpec", "alertmanagerConfiguration", "name"):
        out.append("alertmanagerSpec.alertmanagerConfiguration has a name: the operator ignores alertmanager.config")
    if value.get("enabled") is not None and not value.truth_of("enabled"):
        out.append("alertmanager.enabled is false: the chart creates no Alertmanager")
    return out
