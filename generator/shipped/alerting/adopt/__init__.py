"""Merge alerting into an existing values file, with the fewest changes.

A unit that is generated for the first time has no base. For a values file the chart's defaults serve as one: values
that equal the default may change, others are the user's and stay. ``fit`` computes this on data, and returns two texts
whose difference is the required change, which the merge applies to the file. Pure and idempotent.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ....alertmanager.chart_layouts import layout_of
from ....alertmanager.embedded import set_paths
from ....alertmanager.value import Value
from ....behaviour import FilePart, Fit, Update
from ....errors import Invalid, invalid
from ....merge import merge
from ..helm_values import configuration, secrets_of, settings_of, severity_routes
from ..spec_receivers import NULL, versions_of
from ..values_text import below_any, config_text, file_text, mounted_by, values_comments, values_text
from . import adopted_receivers, adopted_routes
from .change import Adoption, context_of
from .guess import refuse_guess
from .inside import block_of, with_block, with_encoded, wrapped
from .kept_mounts import with_kept_mounts
from .kept_receivers import refuse_other_integrations
from .positions import keep_positions
from .section import config_of, kept_parts, with_config, with_mounts, with_settings
from .section_reading import section_data, section_place, values_inside
from .shapes import at_path, check_shapes
from .spec_changes import SpecChange
from .unread import passed_over, refuse_other_formats, refuse_other_rendering
from .values_file import (
    AlertmanagerPart,
    part_at,
    refuse_shared_changes,
    shared_problem,
    surroundings,
    with_names_as_written,
)

__all__ = [
    "Fit",
    "SpecChange",
    "context_of",
    "file_part",
    "fit",
    "refuse_guess",
    "rest_of_change",
    "section_place",
    "surroundings",
    "values_inside",
    "with_kept_mounts",
    "with_spec_change",
]


def fit(ours: str, values: Mapping[str, Any], said: Mapping[str, Any], path: str) -> Fit | None:
    """Return the changes that bring the values of a spec into a file; None if it has no section of Alertmanager.

    ``values`` are those of the spec with all defaults, ``said`` those set explicitly: they override the file, with a
    conflict if they differ. Raises Invalid if the file cannot take the values.
    """
    place = section_place(ours, values, path)
    part = part_at(ours, path, place)
    if part is None:
        return None
    refuse_other_rendering(part, values, path)
    check_shapes(part.value, part.layout, path, text=part.text is not None)
    refuse_other_formats(part, path)
    whole = configuration(values)
    base, want, change = _started(part, values, path)
    refuse_other_integrations(change, said, part, path)
    if not part.layout.merges and "inhibit_rules" not in said and change.want.get("config"):
        whole.pop("inhibit_rules", None)  # a complete configuration has those that it should have
    _config(change, whole, values, said)
    keep_positions(change, set_paths(place.whole) if place.whole is not None else (), place, path)
    _refuse_people(change, values, part, path)
    return _made(change, base, want, part, values, path)


def _started(
    part: AlertmanagerPart, values: Mapping[str, Any], path: str
) -> tuple[dict[str, Any], dict[str, Any], Adoption]:
    """Return what may change of a section, twice, and the change of the configurations in them."""
    base = kept_parts(section_data(part, path), part.layout, settings_of(values))
    want = copy.deepcopy(base)
    return base, want, Adoption(config_of(base, part.layout), config_of(want, part.layout), part.layout)


def with_spec_change(
    update: Update, later: SpecChange, values: Mapping[str, Any], said: Mapping[str, Any], *, goes_on: bool = False
) -> str | None:
    """Return the merged text of a file with the routes and receivers that changed in its spec, as in adoption.

    New routes go where no alert is lost, and receivers of the file stay. ``goes_on``: whether routes of severities
    keep a ``continue`` that is not needed among the generated ones. None if the rest of the change cannot be merged
    without the user. Raises Invalid if the file cannot take them.
    """
    theirs = rest_of_change(update, later, values, goes_on=goes_on)
    if theirs is None or (rest := update.merge(update.base or "", update.ours, theirs)) is None:
        return None
    place = section_place(rest, values_inside(values, rest, update.path), update.path)
    part = part_at(rest, update.path, place)
    if part is None:
        return None
    base, want, change = _started(part, values, update.path)
    if not isinstance(at_path(change.want, ("config", "route")), dict):
        return None
    every = configuration(values)["receivers"]
    added = [one for one in every if one["name"] in later.receivers]
    refuse_other_integrations(change, said, part, update.path)
    adopted_receivers.fit_receivers(change, {"receivers": added}, values, said, keep=True)
    later.apply(change, every, str(values.get("watchdog", NULL)))
    keep_positions(change, set_paths(place.whole) if place.whole is not None else (), place, update.path)
    _refuse_people(change, values, part, update.path)
    made = _made(change, base, want, part, values, update.path)
    texts = [wrapped(one, place) for one in (made.base, made.theirs)]
    return update.merge(texts[0], rest, texts[1])


def rest_of_change(
    update: Update, later: SpecChange, values: Mapping[str, Any], *, goes_on: bool = False
) -> str | None:
    """Return the generated text that is merged first: without the routes and receivers that changed in the spec."""
    whole = configuration(values)
    if layout_of(str(values.get("chart") or "")).text and not values.get("object"):
        return None  # the text of a Secret that is generated as a whole
    going_on = severity_routes(values, versions_of(values)) if goes_on else []
    listed = _routes_in(update.ours, values, update.path)
    whole["route"]["routes"] = later.remaining(listed, going_on=going_on)
    whole["receivers"] = [one for one in whole["receivers"] if one["name"] not in later.receivers]
    return update.around(file_text(values, whole))


def _routes_in(text: str, values: Mapping[str, Any], path: str) -> list[Any]:
    """Return the routes below the root of a file's configuration."""
    part = part_at(text, path, section_place(text, values_inside(values, text, path), path))
    found = at_path(section_data(part, path), (*part.layout.config, "route", "routes")) if part is not None else None
    return found if isinstance(found, list) else []


def _made(
    change: Adoption,
    base: dict[str, Any],
    want: dict[str, Any],
    part: AlertmanagerPart,
    values: Mapping[str, Any],
    path: str,
) -> Fit:
    """Return the two texts of an adoption, from the sections and the changed configuration."""
    layout, below = part.layout, str(values.get("umbrella") or "")
    secrets = [
        one for one in secrets_of(configuration(values), values) if one in secrets_of(change.want["config"], values)
    ]
    added = {(*layout.config, *one[1:]) for one in change.added}
    base, want = with_config(base, change.base, layout), with_config(want, change.want, layout)
    with_settings(base, want, settings_of(values), added)
    want = with_mounts(want, secrets, layout, added)
    change.notes += passed_over(part)
    if secrets and not layout.mounts and change.added:
        change.notes.append(f"{path} mounts no Secrets: it needs {mounted_by(layout, secrets)}")
    refuse_shared_changes(want, path)
    base, want = with_names_as_written(base), with_names_as_written(want)
    texts = (part.text.text, _text(change, values, part.text, path)) if part.text is not None else ("", "")
    if texts[0] != texts[1]:
        _refuse_shared_text(part, path)
    before = values_text(base, values, below=below, only=set(), inner=texts[0]) if base or layout.section else ""
    if part.value.is_null and layout.section:
        before = before.replace("alertmanager: {}", "alertmanager:")
    after = values_text(want, values, below=below, only=added, inner=texts[1])
    return Fit(before, after, tuple(change.notes))


def file_part(path: str, text: str | None, values: Mapping[str, Any], said: Mapping[str, Any]) -> FilePart | None:
    """Return the part of a file that is generated, if the spec names an object in the file; else None.

    Raises Invalid if the file, or the object, is missing.
    """
    named, layout = str(values.get("object") or ""), layout_of(str(values.get("chart") or ""))
    if not named:
        return None
    if text is None:
        if layout.text:
            return None
        hint = "restore it, such as with git checkout; or remove object from the spec, to generate a file of values"
        raise invalid(path, f"does not exist, and {named} in it is not generated", hint)
    place = section_place(text, values, path)
    part, root = place.part, place.root
    if part is None or root is None:
        raise invalid(path, f"has no object {named}", "correct object in the spec", line=1, column=1)

    def adopted() -> Fit | None:
        found = fit(text, values, said, path)
        if part.is_text or part.node is None:
            return found
        empty = "{}\n" if part.node.shape == "map" else ""  # values that are null, or no values
        base, theirs = (found.base or empty, found.theirs) if found else (empty, _without_head(file_text(values)))
        return Fit(wrapped(base, place), wrapped(theirs, place), found.notes if found else ())

    if not part.is_text or part.node is None:
        return FilePart(text, lambda one: wrapped(_without_head(one), place), lambda one: one, fit=adopted)
    node = part.node
    name = ("stringData", layout.text)
    around = (lambda one: block_of(one, *name)) if layout.text else _without_head
    inner, put = part.text or "", with_encoded if part.is_encoded else with_block
    return FilePart(inner, around, lambda one: put(text, node, one), node.line, part.is_encoded, adopted)


def _without_head(text: str) -> str:
    """Return a generated file without the two lines about it at its top."""
    return text.split("\n", 2)[2]


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


def _config(change: Adoption, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    config = change.want.get("config")
    if not isinstance(config, dict) or not config:
        change.added |= {("config", key) for key in wanted} if "config" in change.want else {("config",)}
        change.want["config"] = wanted
        return
    own = adopted_routes.delivers(config, change.layout)
    adopted_receivers.fit_receivers(change, wanted, values, said, keep=own)
    adopted_routes.fit_routes(change, wanted["route"], values, said, keep=own)
    adopted_receivers.fit_used(change, wanted)
    adopted_routes.fit_children(change, wanted, values, said, keep=own)
    adopted_receivers.fit_used(change, wanted)
    adopted_receivers.fit_rest(change, wanted)
    adopted_receivers.fit_templates(change, values)
