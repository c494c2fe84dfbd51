"""A configuration in a section ``alertmanager`` of values, whose keys may not tell the chart."""

from __future__ import annotations

from collections.abc import Sequence

from ....alertmanager.chart_layouts import CHART_LAYOUTS, layout_of
from ....alertmanager.chart_values import ValuesChart, is_around_alertmanager, is_of_alertmanager, not_of_chart
from ....alertmanager.value import Value
from ....errors import Invalid, invalid


def section_with_configuration(root: Value) -> tuple[str, ...]:
    """Return the path of a section ``alertmanager`` with a configuration: at the top, or below one key; else ``()``."""
    for above, around in (((), root), *(((key,), one) for key, one in root.pairs.items())):
        part = around.pairs.get("alertmanager")
        if part is not None and is_of_alertmanager(part):
            return (*above, "alertmanager")
    return ()


def umbrella_of(found: ValuesChart, root: Value, named: str) -> str:
    """Return the key that has the values of the named chart below it, or ``""``."""
    if not layout_of(named).section:
        return ""
    section = section_with_configuration(root)
    return found.umbrella or (section[0] if len(section) > 1 else "")


def unclear_chart(root: Value, section: Sequence[str], path: str) -> Invalid:
    """Return the error of a configuration in a section that several charts have, with keys that tell no chart."""
    around = root if len(section) == 1 else root.pairs[section[0]]
    charts = [
        name for name, one in CHART_LAYOUTS.items() if one.section == (section[-1],) and one.config == ("config",)
    ]
    possible = [name for name in charts if not not_of_chart(around, name)]
    own = ["alertmanager if it is a dependency of your own chart"] if is_around_alertmanager(root) else []
    part = around.pairs[section[-1]]
    message = f"has {'.'.join(section)}.config, but its keys do not tell which chart reads it"
    hint = "say which with --chart of scaffold alerting, or chart: in the spec: " + ", ".join([*possible, *own])
    if not (possible or own):
        hint = "move it to a file of its own, with the values of one chart"
    return invalid(path, message, hint, line=part.key_line, column=part.key_column)
