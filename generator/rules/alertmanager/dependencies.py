"""Dependencies of a chart in the repository: which chart reads which values, and those that its values disable.

Sources: https://helm.sh/docs/topics/charts/#tags-and-condition-fields-in-dependencies,
https://helm.sh/docs/topics/charts/#the-chartyaml-file (``requirements.yaml`` of apiVersion v1).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from ...alertmanager.chart_values import CHARTS
from ...alertmanager.details import filled_later
from ...alertmanager.value import Value, truth
from ...errors import Invalid
from ...yaml import Node, items_at, parse_one, text_at
from ..rule import Scope

_CHART_FILE, _OLDER = "Chart.yaml", "requirements.yaml"
CHART_FILES = (_CHART_FILE, _OLDER)
_MAX_ABOVE = 20  # folders


def chart_file_in(folder: str, scope: Scope) -> str:
    """Return the path of the ``Chart.yaml`` in a folder of the repository, ``""`` if there is none."""
    path = posixpath.join(folder, _CHART_FILE)
    return path if scope.exists(path) else ""


def charts_around(path: str, scope: Scope) -> Mapping[str, str]:
    """Return the charts of the dependencies of the chart in whose folder, or below it, a file of values is."""
    for _ in range(_MAX_ABOVE):
        folder = posixpath.dirname(path)
        chart_file = posixpath.join(folder, _CHART_FILE)
        if scope.read(chart_file) is not None:
            return charts_of(chart_file, scope)
        if not folder or folder == path:
            break
        path = folder
    return {}


def charts_of(chart_file: str, scope: Scope) -> Mapping[str, str]:
    """Return the charts of the dependencies of a chart, by the keys of their values.

    The name is ``""`` if it is none of CHARTS, and for a key that templates of the chart itself may read. The map is
    empty if no dependency is one of CHARTS.
    """
    done: dict[str, Mapping[str, str]] = scope.memo.setdefault("dependencies.charts", {})
    if chart_file not in done:
        found = {}
        for one in _dependencies(chart_file, scope) or ():
            name = text_at(one, "name")
            found[text_at(one, "alias") or name] = name if name in CHARTS else ""
        if scope.exists(posixpath.join(posixpath.dirname(chart_file), "templates")):
            found.setdefault("alertmanager", "")
        done[chart_file] = found if any(found.values()) else {}
    return done[chart_file]


def without_disabled(values: Value, chart_file: str, scope: Scope) -> Value:
    """Return values without those of dependencies that are disabled, or may be.

    ``chart_file`` is the path of the chart's ``Chart.yaml``, ``""`` if it is not in the repository. If it cannot be
    read, ``enabled: false`` is taken for the usual condition.
    """
    if values.shape != "map":
        return values
    known = _dependencies(chart_file, scope)
    if known is None:
        disabled = {key for key, one in values.pairs.items() if _truth(one, "enabled") is False}
    else:
        off = [one for one in known if not _is_enabled(one, values)]
        disabled = {text_at(one, "alias") or text_at(one, "name") for one in off}
    left = {key: replace(one, pairs={}) if key in disabled else one for key, one in values.pairs.items()}
    return replace(values, pairs=left)


def _dependencies(chart_file: str, scope: Scope) -> list[Node] | None:
    """Return the dependencies of a chart, None if they are not known."""
    text = scope.read(chart_file) if chart_file else None
    older = scope.read(posixpath.join(posixpath.dirname(chart_file), _OLDER)) if chart_file else None
    try:
        every = [parse_one(one, "") for one in (text, older) if one]
    except Invalid:
        return None
    return [found for one in every for found in items_at(one, "dependencies")] if text else None


def _is_enabled(dependency: Node, values: Value) -> bool:
    """Return whether a dependency is enabled for certain: by the first path of its condition that has a boolean, else
    by its tags, one of which must not be false.
    """
    for path in text_at(dependency, "condition").split(","):
        steps = path.strip().split(".")
        if filled_later(values.text_of(*steps)):
            return False
        if (found := _truth(values, *steps)) is not None:
            return found
    named = [one.text for one in items_at(dependency, "tags")]
    if any(filled_later(values.text_of("tags", one)) for one in named):
        return False
    tags = [_truth(values, "tags", one) for one in named]
    return True in tags or False not in tags


def _truth(values: Value, *path: str) -> bool | None:
    found = values.get(*path)
    return None if found is None else truth(found)
