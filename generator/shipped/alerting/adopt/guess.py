"""Refuse to guess the chart of values where charts differ in what would be written.

Several charts have ``alertmanager.config``. A change of the configuration alone is the same for all of them; where they
mount Secrets and templates, and have the address of Alertmanager, is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....alertmanager.chart_layouts import CHART_LAYOUTS, STACK
from ....behaviour import Fit
from ....errors import invalid
from ....yaml import data_of, parse
from .place import find_place

_SECTION, _CONFIG = CHART_LAYOUTS[STACK].section, CHART_LAYOUTS[STACK].config
_CHARTS = ", ".join(one.name for one in CHART_LAYOUTS.values() if (*one.section, *one.config) == (*_SECTION, *_CONFIG))


def refuse_guess(found: Fit | None, text: str, values: Mapping[str, Any], path: str) -> None:
    """Raise Invalid if a file may be of several charts, and a change to it holds for one of them only.

    ``found`` is the change, None if the file has no section of Alertmanager. A chart in the spec is no guess.
    """
    place = find_place(text, path, values)
    where = ((place.umbrella,) if place.umbrella else ()) + _SECTION + _CONFIG
    if place.certain or (found is not None and _around(found.base, where) == _around(found.theirs, where)):
        return
    message = f"may be values of several charts with alertmanager.config, which differ in what this needs: {_CHARTS}"
    hint = (
        "say which with --chart of scaffold alerting, or chart: in the spec; it is alertmanager if that is a "
        "dependency of your own chart"
    )
    raise invalid(path, message, hint, line=1, column=1)


def _around(text: str, where: tuple[str, ...]) -> list[Any]:
    """Return the values in a text without the configuration in them."""
    return [_without(data_of(one), where) for one in parse(text, "")]


def _without(data: Any, where: tuple[str, ...]) -> Any:
    if not isinstance(data, dict):
        return None
    inner = {where[0]: _without(data.get(where[0]), where[1:])} if where[1:] else {}
    return {key: one for key, one in {**data, **inner}.items() if where[1:] or key != where[0]}
