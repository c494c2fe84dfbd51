"""The files of mounted Secrets that a configuration reads, at the paths where a chart mounts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from ...alertmanager.chart_layouts import OPERATOR_SECRETS, ChartLayout, layout_of

_FILE = r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/([A-Za-z0-9._-]+)"


def layout_for(values: Mapping[str, Any]) -> ChartLayout:
    """Return the layout of the chart that the values of a spec are for."""
    return layout_of(str(values.get("chart") or ""))


@cache
def _path(folder: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(folder)}/{_FILE}")


def mounted_files(value: Any, layout: ChartLayout) -> Iterator[tuple[str, str]]:
    """Yield Secret and key of each file of a mounted Secret that a configuration names."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from mounted_files(one, layout)
    elif isinstance(value, list):
        for one in value:
            yield from mounted_files(one, layout)
    elif isinstance(value, str) and (match := _path(layout.folder).fullmatch(value)):
        yield match.group(1), match.group(2)


def moved(value: Any, layout: ChartLayout) -> Any:
    """Return a configuration with the files of Secrets where the chart mounts them.

    Specs and defaults have them where Prometheus Operator mounts them.
    """
    if layout.folder == OPERATOR_SECRETS:
        return value
    if isinstance(value, Mapping):
        return {key: moved(one, layout) for key, one in value.items()}
    if isinstance(value, list):
        return [moved(one, layout) for one in value]
    if isinstance(value, str) and _path(OPERATOR_SECRETS).fullmatch(value):
        return layout.folder + value.removeprefix(OPERATOR_SECRETS)
    return value


def mounts_of(secrets: Iterable[str], layout: ChartLayout) -> list[Any]:
    """Return the items of a chart's list of mounted Secrets."""
    if layout.by_name:
        return list(secrets)
    return [
        {
            "name": one.replace(".", "-")[:63].rstrip("-"),
            "mountPath": f"{layout.folder}/{one}",
            "secretName": one,
            "readOnly": True,
        }
        for one in secrets
    ]
