"""Cross-checks of the values of a release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...charts.chart_source import chart_faults, chart_source
from ...charts.foreign_fields import format_faults
from ...charts.release_objects import unit_test_faults
from .flux_release import HELM, OCI, source_type

# Fields of a source that only one type has.
_ONLY = {
    HELM: ("passCredentials",),
    OCI: ("layerSelector", "proxySecretRef", "serviceAccountName", "verify"),
}


def release_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the values of a release, with their places in the spec."""
    found = [*chart_faults(values), *_source_faults(values), *_dependency_faults(values)]
    for key in ("values", "release", "source"):
        found += format_faults(values.get(key), [key])
    found += _strategy_faults(values)
    return [*found, *unit_test_faults(values, ["deploy/release.yaml", "deploy/source.yaml"])]


def _source_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    sort = source_type(chart_source(values))
    for other, keys in _ONLY.items():
        for key in keys if other != sort else ():
            if key in (values.get("source") or {}):
                message = f"source.{key} is a field of an {other}, and this chart's source is a {sort}"
                yield SpecFault(["source", key], message, "remove it", at_key=True)
    if sort == OCI and "chart" in (values.get("release") or {}):
        message = "release.chart has no effect: the chart is in a registry, where the source names it"
        yield SpecFault(["release", "chart"], message, "use source, such as source.verify", at_key=True)


def _strategy_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults that the CRD's own rules find in a release with its fragment."""
    fragment = values.get("release") or {}
    for action in ("install", "upgrade"):
        chosen = (fragment.get(action) or {}).get("strategy") or {}
        usual = values["on_failure"] == "retry" and "retryInterval" not in chosen
        if chosen.get("name") == "RemediateOnFailure" and (usual or chosen.get("retryInterval")):
            message = f"release.{action}.strategy is RemediateOnFailure, with a retryInterval"
            hint = "set on_failure: rollback" if usual else "remove retryInterval"
            yield SpecFault(["release", action, "strategy"], message, hint, at_key=True)
    cluster = fragment.get("kubeConfig")
    if cluster is not None and (cluster.get("configMapRef") is None) == (cluster.get("secretRef") is None):
        message = "release.kubeConfig needs one of configMapRef and secretRef"
        yield SpecFault(["release", "kubeConfig"], message, "name the Secret or the ConfigMap")


def _dependency_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    seen: list[tuple[str, str]] = []
    for number, one in enumerate(values["depends_on"]):
        named = one["name"], one.get("namespace", "")
        if named == (values["name"], ""):
            yield SpecFault(["depends_on", number], f"{values['name']} depends on itself", "name another HelmRelease")
        elif named in seen:
            yield SpecFault(["depends_on", number], f"{named[0]} is named twice", "remove one")
        seen.append(named)
