"""Dependencies of a chart that its values disable: Helm leaves them out, with their values.

Sources: https://helm.sh/docs/topics/charts/#tags-and-condition-fields-in-dependencies,
https://helm.sh/docs/topics/charts/#the-chartyaml-file (``requirements.yaml`` of apiVersion v1).
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

from ...alertmanager.details import filled_later
from ...alertmanager.value import Value, truth
from ...errors import Invalid
from ...yaml import Node, items_at, parse_one, text_at
from ..rule import Scope


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
    older = scope.read(posixpath.join(posixpath.dirname(chart_file), "requirements.yaml")) if chart_file else None
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
    tags = [_truth(values, "tags", one.text) for one in items_at(dependency, "tags")]
    return True in tags or False not in tags


def _truth(values: Value, *path: str) -> bool | None:
    found = values.get(*path)
    return None if found is None else truth(found)
