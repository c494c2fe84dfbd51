"""The pending changes to a values file, and functions shared by receivers and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....alertmanager.helm import chart_data, default_config, made, merged_values
from ....alertmanager.model import Context
from ....alertmanager.source import Source
from ....alertmanager.value import plain_data
from ....alertmanager.versions import Versions, version

Path = tuple[Any, ...]


@dataclass
class Adoption:
    """The current part of the file (base), the wanted part (want), and what was added."""

    base: dict[str, Any]
    want: dict[str, Any]
    added: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def chart_config() -> Mapping[str, Any]:
    """Return the chart's default configuration."""
    found: Mapping[str, Any] = chart_data()["charts"]["kube-prometheus-stack"]["config"]
    return found


def over_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration over the chart's defaults, as Helm merges it."""

    whole: dict[str, Any] = plain_data(merged_values(default_config("kube-prometheus-stack"), made(config)))
    if not isinstance(whole.get("route"), dict):
        whole["route"] = {}
    return whole


def context_of(config: Mapping[str, Any]) -> Context:
    """Return the model of a configuration over the chart's defaults."""
    value = made(over_defaults(config))
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
