"""The pending changes to a values file, and functions shared by receivers and routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ....alertmanager.chart_layouts import CHART_LAYOUTS, STACK, ChartLayout
from ....alertmanager.helm import chart_data, default_config, made, merged_values
from ....alertmanager.value import plain_data

Path = tuple[Any, ...]


@dataclass
class Adoption:
    """The current part of the file (base), the wanted part (want), and what was added."""

    base: dict[str, Any]
    want: dict[str, Any]
    added: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


# The chart whose file is adopted, which decides what its values are compared with.
_ADOPTED: ContextVar[ChartLayout] = ContextVar("adopted", default=CHART_LAYOUTS[STACK])
_SILENT: ContextVar[Any] = ContextVar("silent", default=None)  # the root receiver of one in which nothing sends
# Alertmanager's own defaults: https://prometheus.io/docs/alerting/latest/configuration/#route
_ROUTE = {
    "receiver": None,
    "group_by": None,
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}


@contextmanager
def adopting(layout: ChartLayout, section: Mapping[str, Any]) -> Iterator[None]:
    """Compare with the defaults of a chart: ``chart_config`` and ``over_defaults`` are then about it.

    A configuration of its own, in ``section``, has no defaults: if none of its receivers sends anything, the one of its
    root route may be changed like a default.
    """
    token = _ADOPTED.set(layout)
    config = section.get("config")
    config = config if isinstance(config, dict) and not layout.merges else {}
    silent = config and not any(integrations(one) for one in maps(config.get("receivers")))
    route = config.get("route") if silent else None
    named = _SILENT.set(route.get("receiver") if isinstance(route, dict) else None)
    try:
        yield
    finally:
        _SILENT.reset(named)
        _ADOPTED.reset(token)


def chart_config() -> Mapping[str, Any]:
    """Return the chart's default configuration, with a complete route; values equal to it may be changed."""
    found: Mapping[str, Any] = chart_data()["charts"][_ADOPTED.get().name]["config"]
    route = {**_ROUTE, **found.get("route", {})}
    if _SILENT.get() is not None:
        route["receiver"] = _SILENT.get()
    return {"global": {}, **found, "route": route}


def over_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration over the chart's defaults, as Helm merges it; alone if Helm merges nothing."""
    layout = _ADOPTED.get()
    whole: dict[str, Any] = plain_data(
        merged_values(default_config(layout.name), made(config)) if layout.merges else made(config)
    )
    if not isinstance(whole.get("route"), dict):
        whole["route"] = {}
    return whole


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
