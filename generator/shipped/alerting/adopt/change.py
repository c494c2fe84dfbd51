"""The pending changes to a values file, and functions shared by receivers and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....alertmanager.chart_layouts import ChartLayout
from ....alertmanager.helm import chart_data, default_config, made, merged_values
from ....alertmanager.model import Context
from ....alertmanager.source import Source
from ....alertmanager.value import plain_data
from ....alertmanager.versions import Versions, version

Path = tuple[Any, ...]


@dataclass
class Adoption:
    """The current part of the file (base), the wanted part (want), the layout around it, and what was added."""

    base: dict[str, Any]
    want: dict[str, Any]
    layout: ChartLayout
    added: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


# Alertmanager's own defaults: https://prometheus.io/docs/alerting/latest/configuration/#route
_ROUTE = {
    "receiver": None,
    "group_by": None,
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}


def chart_config(change: Adoption) -> Mapping[str, Any]:
    """Return the chart's default configuration, with a complete route; values equal to it may be changed.

    A complete configuration of its own has no defaults: if none of its receivers sends anything, the one of its root
    route may be changed like a default.
    """
    found: Mapping[str, Any] = chart_data()["charts"][change.layout.name]["config"]
    route = {**_ROUTE, **found.get("route", {})}
    config = change.base.get("config")
    complete = config if isinstance(config, dict) and not change.layout.merges else {}
    own = complete.get("route")
    if isinstance(own, dict) and not any(integrations(one) for one in maps(complete.get("receivers"))):
        route["receiver"] = own.get("receiver")
    return {"global": {}, **found, "route": route}


def over_defaults(config: Mapping[str, Any], layout: ChartLayout) -> dict[str, Any]:
    """Return a configuration over the chart's defaults, as Helm merges it; alone if Helm merges nothing."""
    whole: dict[str, Any] = plain_data(
        merged_values(default_config(layout.name), made(config)) if layout.merges else made(config)
    )
    if not isinstance(whole.get("route"), dict):
        whole["route"] = {}
    return whole


def context_of(config: Mapping[str, Any], layout: ChartLayout) -> Context:
    """Return the model of a configuration over the chart's defaults."""
    value = made(over_defaults(config, layout))
    return Context(Source(value, value, None, Versions(version(""), version("", "operator"))), "", "")


def integrations(receiver: Mapping[str, Any]) -> list[str]:
    """Return the types of a receiver's integrations."""
    return [key for key, one in receiver.items() if str(key).endswith("_configs") and one]


def maps(items: Any) -> list[dict[str, Any]]:
    """Return only the maps in a list."""
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def routes_below(route: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all routes below a route."""
    out = []
    stack = maps(route.get("routes"))
    while stack:
        one = stack.pop(0)
        out.append(one)
        stack += maps(one.get("routes"))
    return out
