"""Find the section of Alertmanager in Helm values, and their chart.

kube-prometheus-stack has the configuration at ``alertmanager.config``, or as text in ``stringConfig`` with
``tplConfig``; an umbrella chart nests it below one key. The charts ``alertmanager`` and ``prometheus`` have it
at ``config`` and ``alertmanager.config``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..yaml import Node
from .value import Value

MAX_PARTS = 20
_STACK_KEYS = {"alertmanagerSpec", "stringConfig", "tplConfig", "templateFiles", "useExistingSecret", "extraSecret"}
_STACK_SIBLINGS = {
    "prometheusOperator",
    "defaultRules",
    "kubeStateMetrics",
    "nodeExporter",
    "prometheus-operator",
    "kubeApiServer",
}


# Those of Alertmanager's configuration, without the newest: they are what a file is known by.
_SECTIONS = {
    *("global", "templates", "route", "receivers", "inhibit_rules", "mute_time_intervals", "time_intervals"),
    "tracing",
}

CHARTS = {
    "kube-prometheus-stack": "kube-prometheus-stack",
    "prometheus-operator": "kube-prometheus-stack",
    "prometheus": "alertmanager",
    "alertmanager": "alertmanager",
}


@dataclass(frozen=True)
class Chart:
    """The values around a configuration: the chart, its section, and settings derived from them."""

    name: str
    part: Value
    tpl: bool = False
    files: Mapping[str, Value] = field(default_factory=dict)
    rules: bool = True  # the chart's alerts are enabled

    @property
    def stack(self) -> bool:
        """Whether Prometheus Operator reads the configuration."""
        return self.name == "kube-prometheus-stack"


def alertmanager_parts(root: Value) -> Iterator[tuple[str, Value, Value]]:
    """Yield the sections of Alertmanager in values: the chart, the section, and the values around it."""
    if root.shape != "map":
        return
    if "alertmanager" not in root.pairs and any(root.get("config", key) for key in ("route", "receivers")):
        yield "alertmanager", root, root
        return
    queue: list[tuple[str, Value, int]] = [("", root, 0)]
    count = 0
    while queue and count < MAX_PARTS:
        key, around, depth = queue.pop(0)
        part = around.get("alertmanager")
        if part is not None and part.shape == "map":
            count += 1
            yield _chart_name(key, part, around), part, around
        if depth < 2:
            queue += [(name, one, depth + 1) for name, one in around.pairs.items() if one.shape == "map"]


def _chart_name(key: str, part: Value, around: Value) -> str:
    if key in {"kube-prometheus-stack", "prometheus-operator"} or _STACK_KEYS & set(part.pairs):
        return "kube-prometheus-stack"
    if _STACK_SIBLINGS & set(around.pairs) or around.get("prometheus", "prometheusSpec"):
        return "kube-prometheus-stack"
    other = {"server", "serverFiles", "alertmanagerFiles", "configmapReload"} & set(around.pairs)
    config = part.get("config")
    if other or key == "prometheus" or (config is not None and "enabled" in config.pairs):
        return "alertmanager"
    return "kube-prometheus-stack"


def rendered_text(part: Value) -> Value | None:
    """Return the text configuration that kube-prometheus-stack uses, which requires ``tplConfig``."""
    found = part.get("stringConfig")
    used = found is not None and found.shape == "scalar" and found.text.strip() and part.truth_of("tplConfig")
    return found if used else None


def umbrella_key(root: Value) -> str:
    """Return the key of an umbrella chart's values that has those of kube-prometheus-stack, or ``""``."""
    if "alertmanager" in root.pairs:
        return ""
    maps = {key: one for key, one in root.pairs.items() if one.shape == "map"}
    named = [key for key in maps if key == "kube-prometheus-stack"]
    having = [key for key, one in maps.items() if _is_of_the_stack(one.get("alertmanager"))]
    return next(iter([*named, *having]), "")


def _is_of_the_stack(part: Value | None) -> bool:
    return part is not None and bool({"config", "alertmanagerSpec"} & set(part.pairs))


def family_of(root: Node) -> Literal["alertmanager", "values", ""]:
    """Return ``alertmanager`` or ``values`` for a document that has Alertmanager's configuration, else ``""``."""
    if root.shape != "map":
        return ""
    top = {key.text: one for key, one in root.pairs if key.shape == "scalar"}
    if _is_config(top):
        return "alertmanager"
    queue, depth = [top], 0
    while queue and depth < 3:
        inner: list[dict[str, Node]] = []
        for around in queue[:500]:
            part = around.get("alertmanager")
            keys = {key.text for key, _ in part.pairs} if part is not None and part.shape == "map" else set()
            if keys & (_STACK_KEYS | {"config"}):
                return "values"
            inner += [{key.text: one for key, one in node.pairs} for node in around.values() if node.shape == "map"]
        queue, depth = inner, depth + 1
    config = top.get("config")
    chart = config is not None and config.shape == "map" and _is_config({key.text: one for key, one in config.pairs})
    return "values" if chart else ""


def _is_config(top: Mapping[str, Node]) -> bool:
    route, receivers = top.get("route"), top.get("receivers")
    items = receivers.items if receivers is not None and receivers.shape == "list" else ()
    keys = {key.text for one in items if one.shape == "map" for key, _ in one.pairs}
    if route is None or route.shape != "map":
        known = any(key.endswith("_configs") for key in keys) or (len(top) > 1 and top.keys() <= _SECTIONS)
        return "name" in keys and known
    own = {key.text for key, _ in route.pairs}
    sure = own & {"routes", "group_by", "group_wait", "repeat_interval"} or (len(top) > 1 and top.keys() <= _SECTIONS)
    return "name" in keys or ("receiver" in own and bool(sure))
