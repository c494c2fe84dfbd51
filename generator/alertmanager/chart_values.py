"""Find the section of Alertmanager in Helm values, and their chart.

``chart_layouts`` has the layout of each chart; kube-prometheus-stack may have the configuration as text in
``stringConfig`` with ``tplConfig``. An umbrella chart nests the values below one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..yaml import Node
from .chart_layouts import STACK, layout_of
from .config_fields import section_fields
from .value import Value

MAX_PARTS = 20
_STACK_KEYS = {"alertmanagerSpec", "stringConfig", "tplConfig", "templateFiles", "useExistingSecret", "extraSecret"}
_STACK_SIBLINGS = {"prometheusOperator", "defaultRules", "kubeStateMetrics", "nodeExporter", "kubeApiServer"}
_STACK_SIBLINGS |= {"prometheus-operator"}
# Those of Alertmanager's configuration, without the newest: they are what a file is known by.
_SECTIONS = {
    *("global", "templates", "route", "receivers", "inhibit_rules", "mute_time_intervals", "time_intervals", "tracing"),
}

_VICTORIA = "victoria-metrics-k8s-stack"
_VICTORIA_SIBLINGS = {"vmsingle", "vmcluster", "vmagent", "vmalert", "vmauth", "victoria-metrics-operator"}
_VICTORIA_KEYS = {"spec", "monzoTemplate", "useManagedConfig"}
_PROMETHEUS_SIBLINGS = {"server", "serverFiles", "configmapReload", "prometheus-pushgateway", "pushgateway"}
# Keys of kube-prometheus-stack that other charts of the kind have too.
_STACK_OTHERS = {"grafana", "kubelet", "thanosRuler", "additionalPrometheusRulesMap", "customRules"}
# Keys of its section alertmanager beside those; a section with others is that of another chart.
_STACK_SECTION = {
    *("enabled", "annotations", "apiVersion", "config", "enableFeatures", "forceDeployDashboards", "ingress"),
    *("ingressPerReplica", "networkPolicy", "podDisruptionBudget", "route", "secret", "service", "serviceAccount"),
    *("serviceMonitor", "servicePerReplica"),
}
# Keys of Mimir's, Cortex's, Loki's and SigNoz's charts, which have a section alertmanager too.
_FOREIGN = {
    *("mimir", "cortex", "loki", "ingester", "distributor", "querier", "compactor", "store_gateway", "ruler"),
    *("queryService", "signoz", "clickhouse", "otelCollector", "schemaMigrator"),
}
# Keys of kustomizations: a file with one of them is not the values of a chart.
_OTHER_FILES = {"helmCharts", "configMapGenerator", "secretGenerator", "patchesStrategicMerge", "helmGlobals"}
# Charts by the name that a release has for them; the layout is that of their values.
CHARTS = {
    "kube-prometheus-stack": "kube-prometheus-stack",
    "prometheus-operator": "kube-prometheus-stack",
    "prometheus": "prometheus",
    "prometheus-17": "prometheus-17",
    "alertmanager": "alertmanager",
    _VICTORIA: _VICTORIA,
}


def alertmanager_parts(root: Value) -> Iterator[tuple[str, Value, Value]]:
    """Yield the sections of Alertmanager in values: the chart, the section, and the values around it."""
    if root.shape != "map":
        return
    if has_files(root):
        yield "prometheus-17", root, root
        return
    if "alertmanager" not in root.pairs and is_of_alertmanager(root):
        yield "alertmanager", root, root
        return
    queue: list[tuple[str, Value, int]] = [("", root, 0)]
    count = 0
    while queue and count < MAX_PARTS:
        key, around, depth = queue.pop(0)
        part = around.get("alertmanager")
        if part is not None and part.shape == "map":
            count += 1
            yield chart_name(key, part, around), part, around
        if depth < 2:
            queue += [(name, one, depth + 1) for name, one in around.pairs.items() if one.shape == "map"]


def has_files(root: Value) -> bool:
    """Return whether values are those of the chart prometheus before 18.0."""
    return root.get("alertmanagerFiles", "alertmanager.yml") is not None


def is_of_alertmanager(root: Value) -> bool:
    """Return whether values are those of the chart alertmanager; other charts have a ``config`` with receivers too."""
    config = root.get("config")
    if config is None or config.shape != "map":
        return False
    route = config.get("route")
    if route is not None and (route.shape == "map" or route.is_null):
        return True
    return any(key.endswith("_configs") for one in config.list_of("receivers") for key in one.pairs)


def _has_mounts_of_alertmanager(root: Value) -> bool:
    """Return whether values have a key of the chart alertmanager, and no configuration of another program."""
    config = root.get("config")
    own = config is None or config.is_null or not config.pairs.keys() - _SECTIONS - {"enabled"}
    return "extraSecretMounts" in root.pairs and own and not (config and config.list_of("receivers"))


def chart_name(key: str, part: Value, around: Value) -> str:
    """Return the chart that has a section ``alertmanager`` in the values ``around`` it, which are below ``key``."""
    if key in {"kube-prometheus-stack", "prometheus-operator"}:
        return "kube-prometheus-stack"
    if key == _VICTORIA or _VICTORIA_SIBLINGS & set(around.pairs) or _VICTORIA_KEYS & set(part.pairs):
        return _VICTORIA
    if _STACK_KEYS & set(part.pairs):
        return "kube-prometheus-stack"
    if _is_beside_stack(around):
        return "kube-prometheus-stack"
    config = part.get("config")
    if _PROMETHEUS_SIBLINGS & set(around.pairs) or key == "prometheus" or "extraSecretMounts" in part.pairs:
        return "prometheus"
    return "prometheus" if config is not None and "enabled" in config.pairs else "kube-prometheus-stack"


@dataclass(frozen=True)
class ValuesChart:
    """The chart of values: its name, ``""`` if it is not known; the key of an umbrella chart's values that has its own;
    and whether the values are of this chart for certain.
    """

    name: str
    umbrella: str = ""
    certain: bool = False


def chart_of_values(root: Value) -> ValuesChart:
    """Return the chart of values, by their keys.

    Values without a section of Alertmanager are those of a chart if they have another key of it. No values at all may
    be those of kube-prometheus-stack.
    """
    if root.shape != "map" or not root.pairs:
        return ValuesChart(STACK if root.shape == "map" or root.is_null else "")
    if has_files(root):
        return ValuesChart("prometheus-17", certain=True)
    if "alertmanager" not in root.pairs and _is_own_file(root):
        return ValuesChart("none", certain=True)
    if any(one.get("image") is not None and one.text_of("image") for one in root.pairs.values()):
        return ValuesChart("")  # services of Docker Compose: the charts have a map there
    part = root.pairs.get("alertmanager")
    if part is not None and (part.shape == "map" or part.is_null):
        name = chart_name("", part, root)
        if name == STACK and not _is_certain(part, root) and _is_foreign(part, root):
            return ValuesChart("")
        return ValuesChart(name, certain=name != STACK or _is_certain(part, root))
    if is_of_alertmanager(root) or _has_mounts_of_alertmanager(root):
        return ValuesChart("alertmanager", certain=True)
    if (found := _below_umbrella(root)) is not None:
        return found
    siblings = (
        (_VICTORIA, _VICTORIA_SIBLINGS),
        ("prometheus", _PROMETHEUS_SIBLINGS),
        (STACK, _STACK_SIBLINGS | _STACK_OTHERS),
    )
    named = next((name for name, keys in siblings if keys & set(root.pairs)), "")
    if named in {"", STACK} and _is_beside_stack(root):
        return ValuesChart(STACK, certain=True)
    return ValuesChart(named, certain=named not in {"", STACK})


def _is_own_file(root: Value) -> bool:
    """Return whether a map is Alertmanager's own configuration; a chart may have another ``route``."""
    receivers = [one for one in root.list_of("receivers") if "name" in one.pairs]
    route = root.get("route")
    if route is None or route.shape != "map":
        return any(key.endswith("_configs") for one in receivers for key in one.pairs)
    return bool(receivers) or "receiver" in route.pairs


def _is_foreign(part: Value, around: Value) -> bool:
    """Return whether a section alertmanager has keys, or is beside keys, of another chart."""
    return bool(_FOREIGN & set(around.pairs) or part.pairs.keys() - _STACK_SECTION - _STACK_KEYS)


def _is_certain(part: Value, around: Value) -> bool:
    return bool(_STACK_KEYS & set(part.pairs)) or _is_beside_stack(around)


def _is_beside_stack(around: Value) -> bool:
    """Return whether values have a key that only kube-prometheus-stack has."""
    return bool(_STACK_SIBLINGS & set(around.pairs)) or around.get("prometheus", "prometheusSpec") is not None


def _below_umbrella(root: Value) -> ValuesChart | None:
    """Return the chart whose values are below a key of an umbrella chart's values."""
    maps = {key: one for key, one in root.pairs.items() if one.shape == "map"}
    if STACK in maps:
        return ValuesChart(STACK, STACK, certain=True)
    for key, one in maps.items():
        part = one.get("alertmanager")
        if key == _VICTORIA or has_files(one):
            return ValuesChart(_VICTORIA if key == _VICTORIA else "prometheus-17", key, certain=True)
        if part is not None and {"config", "alertmanagerSpec"} & set(part.pairs):
            name = chart_name(key, part, one)
            if name == STACK and not _is_certain(part, one) and _is_foreign(part, one):
                continue
            return ValuesChart(name, key, certain=name != STACK or _is_certain(part, one))
    return None


def not_of_chart(root: Value, chart: str) -> str:
    """Return what a file has that values of a chart do not have for certain; ``""`` if it may be their file."""
    if root.shape != "map":
        return "" if root.is_null else f"a {root.shape}"
    keys = set(root.pairs)
    if not layout_of(chart).merges:
        return ", ".join(sorted(keys - section_fields("top").keys())[:3])
    if other := sorted(_OTHER_FILES & keys):
        return other[0]
    if "services" in keys and any(one.text_of("image") for one in root.pairs["services"].pairs.values()):
        return "services of Docker Compose"
    image = next((key for key, one in root.pairs.items() if one.get("image") is not None and one.text_of("image")), "")
    if image:
        return f"{image}.image as text"
    if layout_of(chart).section and (found := sorted(_FOREIGN & keys)):
        return found[0]
    is_mimir = layout_of(chart).section and root.get("alertmanager", "fallbackConfig") is not None
    return "alertmanager.fallbackConfig" if is_mimir else ""


def is_around_alertmanager(root: Value) -> bool:
    """Return whether values may be those of a chart that depends on the chart alertmanager."""
    part = root.get("alertmanager")
    known = _STACK_SIBLINGS | _VICTORIA_SIBLINGS | _PROMETHEUS_SIBLINGS
    return part is not None and part.get("config") is not None and not known & set(root.pairs)


def family_of(root: Node) -> Literal["alertmanager", "values", ""]:
    """Return ``alertmanager`` or ``values`` for a document that has Alertmanager's configuration, else ``""``."""
    if root.shape != "map":
        return ""
    top = {key.text: one for key, one in root.pairs if key.shape == "scalar"}
    if _is_config(top):
        return "alertmanager"
    files = top.get("alertmanagerFiles")
    if files is not None and files.pair("alertmanager.yml") is not None:
        return "values"
    queue, depth, is_object = [top], 0, {"apiVersion", "kind"} <= top.keys()
    while queue and depth < 3:
        inner: list[dict[str, Node]] = []
        for around in queue[:500]:
            part, config = around.get("alertmanager"), around.get("config")
            keys = {key.text for key, _ in part.pairs} if part is not None and part.shape == "map" else set()
            if keys & (_STACK_KEYS | {"config"}):
                return "values"
            own = {key.text: one for key, one in config.pairs} if config is not None else {}
            if (depth == 0 or not is_object) and _is_config(own):  # also below the alias of a dependency
                return "values"
            inner += [{key.text: one for key, one in node.pairs} for node in around.values() if node.shape == "map"]
        queue, depth = inner, depth + 1
    return ""


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
