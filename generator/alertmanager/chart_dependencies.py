"""Sections of Alertmanager in the values of a chart whose dependencies are known: each has values below its key.

Source: https://helm.sh/docs/chart_template_guide/subcharts_and_globals/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from .chart_layouts import layout_of
from .chart_values import CHARTS, alertmanager_parts, has_files
from .section_places import SectionPlace
from .value import Value


@dataclass(frozen=True)
class KnownChart:
    """What is known of the chart of values: its name, ``""`` if only the keys tell; the charts of its dependencies, as
    ``chart_sections`` takes them; and the only place to read, if only one is wanted.
    """

    name: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict)
    at: SectionPlace | None = None

    def sections(self, root: Value) -> Iterator[tuple[str, Value, Value]]:
        """Yield the sections of Alertmanager in values: the chart, the section, and the values around it."""
        return chart_sections(root, self.dependencies, self.name) if self.at is None else self.at.parts(root)


def chart_sections(root: Value, charts: Mapping[str, str], chart: str = "") -> Iterator[tuple[str, Value, Value]]:
    """Yield the sections of Alertmanager in values: the chart, the section, and the values around it.

    ``charts`` has the chart of each dependency by the key of its values, ``""`` for what else may read a key, and is
    empty if they are not known; ``chart`` names the chart of all other values, ``""`` if it is not known.
    """
    for key, name in charts.items():
        if (inside := root.get(key)) is None or inside.shape != "map" or name not in CHARTS:
            continue
        known = "prometheus-17" if has_files(inside) else CHARTS[name]
        part = inside.get(*layout_of(known).section) if layout_of(known).section else inside
        if part is not None and part.shape == "map":
            yield known, part, inside
    read = {key for key, name in charts.items() if name in CHARTS}
    if read and root.shape == "map":
        left = {key: one for key, one in root.pairs.items() if key not in read | {"alertmanager"}}
        root = replace(root, pairs=left)
    for name, part, around in alertmanager_parts(root):
        yield _chart_named(chart, name), part, around


def _chart_named(chart: str, found: str) -> str:
    """Return the chart of values: the named one, or that of the keys if it is an earlier version of the same chart."""
    named = CHARTS.get(chart, found)
    return found if (named, found) == ("prometheus", "prometheus-17") else named


def unread_section(root: Value, charts: Mapping[str, str]) -> tuple[Value, str] | None:
    """Return a section with a configuration that no dependency reads, and the key below which one is read."""
    key = next((key for key, name in charts.items() if name in CHARTS), "")
    part = root.get("alertmanager")
    if not key or part is None or "alertmanager" in charts:
        return None
    has_config = any(part.get(one) is not None for one in ("config", "stringConfig"))
    inside = ".".join((key, *layout_of(CHARTS[charts[key]]).section))
    return (part, inside) if has_config else None
