"""Read the section of a values file that a spec is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ....alertmanager.chart_layouts import STACK, layout_of
from ....errors import invalid
from ....yaml import parse, text_at
from .place import ConfigPlace, find_place
from .shapes import check_config
from .values_file import AlertmanagerPart, SharedMap, document_of


def section_place(text: str, values: Mapping[str, Any], path: str) -> ConfigPlace:
    """Return the place of the configuration. Raises Invalid if the spec does not name it as it is."""
    place = find_place(text, path, values)
    for key in ("chart", "object", "umbrella"):
        found, has = str(place.settings.get(key, "")), str(values.get(key) or "")
        if found == has or (key == "chart" and (found or STACK) == (has or STACK)):
            continue
        if key == "umbrella" and not found:
            place = replace(place, umbrella=has)
            continue
        line, column = (place.root.line, place.root.column) if place.root is not None else (1, 1)
        message = f"has {found}{', not ' if has else ''}{has}" if found else f"has no {key} {has}"
        hint = f"set {key}: {found} in the spec" if found else f"remove {key} from the spec"
        raise invalid(path, message, hint, line=line, column=column)
    return place


def values_inside(values: Mapping[str, Any], text: str, path: str) -> Mapping[str, Any]:
    """Return the values of a spec for a text that may be only a part of its file."""
    if not values.get("object") or any(text_at(one, "kind") for one in parse(text, path)):
        return values
    chart = "none" if layout_of(str(values.get("chart") or "")).text else values.get("chart")
    return {**values, "object": "", "chart": chart}


def section_data(part: AlertmanagerPart, path: str) -> dict[str, Any]:
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
