"""Merge receivers, related settings, and the Secrets that receivers read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....alertmanager.config_fields import receiver_types
from .. import spec_receivers as known_receivers
from ..helm_values import severity_targets
from ..spec_receivers import NULL
from .change import Adoption, chart_config, integrations, maps, routes_below


def fit_receivers(
    change: Adoption, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    """Add missing receivers; one with the same name is the user's and stays, except for explicit settings."""
    config = change.want["config"]
    listed = config.get("receivers")
    if not isinstance(listed, list) or not listed:
        config["receivers"] = wanted["receivers"]
        change.added.add(("config", "receivers"))
        return
    names = [one.get("name") for one in maps(listed)]
    if NULL not in names:
        for one in maps(listed):
            if "name" in one and one["name"] is None and not integrations(one):
                one["name"] = NULL
                names.append(NULL)
                break
    new = []
    spoken = receivers_said(said)
    for one in wanted["receivers"]:
        if one["name"] in names:
            if one["name"] in spoken:
                _said_of(change, one, spoken[one["name"]])
        elif one["name"] == NULL:
            listed.insert(0, one)
        elif not keep or one["name"] in spoken or one["name"] in _named(values):
            new.append(one)
    listed += new
    if keep and not spoken and not new:
        change.notes.append(
            "existing receivers and routes stay, and none was added: --receiver of scaffold alerting adds one"
        )
    change.added |= {
        ("config", "receivers", at) for at, one in enumerate(listed) if any(one is each for each in wanted["receivers"])
    }


def fit_used(change: Adoption, wanted: Mapping[str, Any]) -> None:
    """Add the generated receivers that only a route needs."""
    config = change.want["config"]
    route, listed = config["route"], config["receivers"]
    used = {one.get("receiver") for one in [route, *routes_below(route)]}
    names = {one.get("name") for one in maps(listed)}
    for one in wanted["receivers"]:
        if one["name"] in used - names:
            change.added.add(("config", "receivers", len(listed)))
            listed.append(one)


def receivers_said(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the explicit settings of receivers in the spec, by name."""
    out = {one["name"]: one for one in said.get("receivers") or ()}
    if isinstance(said.get("slack"), dict):
        own = dict(said["slack"])
        out[own.pop("receiver", known_receivers.SLACK["receiver"])] = {"slack_configs": [own]}
    return out


def _said_of(change: Adoption, wanted: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """Put explicit settings of a receiver into the user's: missing ones are added, different ones are conflicts."""
    pairs = [
        next(one for one in maps(part["config"]["receivers"]) if one.get("name") == wanted["name"])
        for part in (change.base, change.want)
        if any(one.get("name") == wanted["name"] for one in maps(part["config"].get("receivers")))
    ]
    if len(pairs) < 2:
        return
    base, want = pairs
    for name, said_of in said.items():
        if not isinstance(said_of, list):
            continue
        if not isinstance(want.get(name), list) or not want[name]:
            want[name] = wanted[name]
            continue
        for number, one in enumerate(said_of[: len(want[name])]):
            for key in one:
                mine, theirs = want[name][number], wanted[name][number]
                if isinstance(mine, dict) and key in theirs and mine.get(key) != theirs[key]:
                    base[name][number].pop(key, None)
                    for other in _excluded(name, key):
                        mine.pop(other, None)
                    mine[key] = theirs[key]


def _excluded(type_name: str, key: str) -> Iterator[str]:
    for group in receiver_types()[type_name].exclusive:
        if key in group:
            yield from (one for one in group if one != key)


def _named(values: Mapping[str, Any]) -> set[str]:
    """Return the receivers named by the spec's routes."""
    own = [one.receiver for one in severity_targets(values)]
    routes = routes_below({"routes": (values.get("route") or {}).get("routes") or []})
    return {str(values.get("watchdog", NULL)), *own, *(str(one["receiver"]) for one in routes if "receiver" in one)}


def fit_templates(change: Adoption, values: Mapping[str, Any]) -> None:
    """Load the template files of a spec, if the file has a list of those to load without them."""
    listed = change.want["config"].get("templates")
    if values.get("templates") and isinstance(listed, list) and change.layout.glob not in listed:
        change.added.add(("config", "templates", len(listed)))
        listed.append(change.layout.glob)


def fit_rest(change: Adoption, wanted: Mapping[str, Any]) -> None:
    """Add other settings of a spec: global keys, inhibit rules, time intervals."""
    config, base = change.want["config"], change.base["config"]
    default = chart_config(change)
    for key in ("global", "templates", "inhibit_rules", "time_intervals", "mute_time_intervals"):
        if key not in wanted or (key == "templates" and config.get(key)):
            continue
        has, to = config.get(key), wanted[key]
        if not has or has == default.get(key):
            config[key] = {**has, **to} if isinstance(has, dict) and isinstance(to, dict) else to
        elif key == "global" and isinstance(has, dict):
            for name, one in to.items():
                if has.get(name) != one and has.get(name) != default["global"].get(name):
                    base["global"].pop(name, None)
                has[name] = one
        elif key == "inhibit_rules" or not isinstance(has, list):
            if has != to:
                base.pop(key, None)
                config[key] = to
        else:
            names = {one.get("name") for one in maps(has)}
            has += [one for one in to if one["name"] not in names]
