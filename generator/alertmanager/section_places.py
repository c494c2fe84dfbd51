"""The places in Helm values where charts have Alertmanager's configuration, whatever their chart is.

``chart_values`` determines the chart of values, and its one place; values that a chart's new version needs in another
place have both while they are changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .chart_layouts import layout_of
from .chart_values import chart_name, has_files, is_of_alertmanager
from .value import Value


@dataclass(frozen=True)
class SectionPlace:
    """The path of a section of Alertmanager in values, that of the configuration in it, and the chart that reads it."""

    section: tuple[str, ...]
    config: tuple[str, ...]
    chart: str = field(compare=False)

    def parts(self, root: Value) -> Iterator[tuple[str, Value, Value]]:
        """Yield the chart, the section and the values around it, if values have one there."""
        part = root.get(*self.section) if self.section else root
        around = root.get(*self.section[:-1]) if self.section[:-1] else root
        if part is not None and part.shape == "map" and around is not None:
            yield self.chart, part, around


def section_places(root: Value) -> Iterator[SectionPlace]:
    """Yield all places with a configuration in values, whatever their chart: at the top, and below one key."""
    if root.shape != "map":
        return
    for above, around in (((), root), *(((key,), one) for key, one in root.pairs.items() if one.shape == "map")):
        if has_files(around):
            yield SectionPlace(above, layout_of("prometheus-17").config, "prometheus-17")
        part = around.get("alertmanager")
        if part is not None and (part.get("config") is not None or part.get("stringConfig") is not None):
            yield SectionPlace((*above, "alertmanager"), ("config",), chart_name("".join(above), part, around))
        if above[-1:] != ("alertmanager",) and is_of_alertmanager(around):
            yield SectionPlace(above, ("config",), "alertmanager")
