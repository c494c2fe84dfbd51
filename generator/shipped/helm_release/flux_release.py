"""The objects of a release: the HelmRelease, the source of its chart, and its namespace.

Sources: the CRDs of fluxcd/helm-controller 1.6 and source-controller 1.9;
https://fluxcd.io/flux/components/helm/helmreleases/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...charts.chart_source import ChartSource, chart_source
from ...charts.foreign_fields import Comments, kept_comments, with_fields
from ...charts.release_objects import (
    ENFORCE,
    comment_lines,
    created_labels,
    pod_security_comment,
    release_metadata,
    release_name,
)
from ...spec import is_generated
from ...unit_namespace import makes_namespace, namespace
from ...yaml.commented import CommentedObject

_SOURCE = "source.toolkit.fluxcd.io/v1"
_HELM = "helm.toolkit.fluxcd.io/v2"
HELM, OCI = "HelmRepository", "OCIRepository"
_CHART_LAYER = {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"}
_RETRY = {"name": "RetryOnFailure", "retryInterval": "5m"}
_ABOUT = {
    HELM: "The repository of the chart.\nhttps://fluxcd.io/flux/components/source/helmrepositories/",
    OCI: "The chart in its registry.\nhttps://fluxcd.io/flux/components/source/ocirepositories/",
}
_RELEASE = "https://fluxcd.io/flux/components/helm/helmreleases/"
_DRIFT = {
    "enabled": "Undo changes in the cluster that are not in git.",
    "warn": "Report changes in the cluster that are not in git.",
}
_ROLLBACK = (
    "Remove an installation that failed, and try again.",
    "Return to the last release that worked after an upgrade that failed, and try again.",
)
_KEPT = "Try again without removing anything, as data on disks and long rollouts need it."
_CRDS = "Helm itself never updates CRDs, and a new version of a chart may need new ones."
_WATCHED = 'Flux sees a change of these at once if they have the label reconcile.fluxcd.io/watch: "Enabled".'


@dataclass(frozen=True)
class FluxRelease:
    """The objects of a release, one for each file: of the namespace, of the chart's source, and the HelmRelease.

    ``manifests`` are the files that are generated, as the kustomization lists them; ``name`` and ``target`` are the
    name and the namespace of the release in Helm.
    """

    namespace: tuple[CommentedObject, ...]
    source: tuple[CommentedObject, ...]
    release: tuple[CommentedObject, ...]
    chart: ChartSource
    manifests: tuple[str, ...]
    name: str
    target: str


def flux_release(values: Mapping[str, Any]) -> FluxRelease:
    """Return the objects of the values of a unit."""
    chart = chart_source(values)
    made = (_namespace(values),) if makes_namespace(values) else ()
    names = [*(["namespace.yaml"] if made else []), "source.yaml", "release.yaml"]
    manifests = tuple(one for one in names if is_generated(values, f"deploy/{one}"))
    source, release = (_source(values, chart),), (_release(values, chart),)
    return FluxRelease(made, source, release, chart, manifests, release_name(values), namespace(values))


def source_type(chart: ChartSource) -> str:
    """Return the type of object that Flux gets a chart from."""
    return OCI if chart.is_oci else HELM


def _place(values: Mapping[str, Any]) -> str:
    """Return the namespace of the HelmRelease and of its source."""
    return str(values["flux"]["namespace"]) if values["in_flux_namespace"] else namespace(values)


def _namespace(values: Mapping[str, Any]) -> CommentedObject:
    metadata = {"name": namespace(values), "labels": created_labels(values)}
    data = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return CommentedObject("", data, {("metadata", "labels", ENFORCE): pod_security_comment(values)})


def _source(values: Mapping[str, Any], chart: ChartSource) -> CommentedObject:
    sort, spec = source_type(chart), {"interval": values["interval"]}
    comments: Comments = {}
    if chart.is_oci:
        reference = {"tag": chart.tag} if chart.is_exact else {"semver": chart.version}
        if chart.digest:
            reference = {"digest": chart.digest}
            comments["spec", "ref", "digest"] = comment_lines(f"Version {chart.version}.")
        spec |= {"url": chart.address, "ref": reference, "layerSelector": _CHART_LAYER}
        comments["spec", "layerSelector"] = comment_lines("Only the chart, as it is in the registry.")
    else:
        spec |= {"url": chart.repository}
    metadata = release_metadata(values, _place(values))
    made = {"apiVersion": _SOURCE, "kind": sort, "metadata": metadata, "spec": spec}
    data = {**made, "spec": with_fields(spec, values.get("source"))}
    return CommentedObject(_ABOUT[sort], data, kept_comments(made, data, comments))


def _release(values: Mapping[str, Any], chart: ChartSource) -> CommentedObject:
    spec: dict[str, Any] = {"interval": values["interval"], "releaseName": release_name(values)}
    if values["in_flux_namespace"]:
        spec |= {"targetNamespace": namespace(values)}
    if "service_account" in values:
        spec |= {"serviceAccountName": values["service_account"]}
    if found := values.get("depends_on"):
        spec |= {"dependsOn": [dict(one) for one in found]}
    spec |= _chart(values["name"], chart) | _actions(values)
    if found := values.get("values_from"):
        spec |= {"valuesFrom": [dict(one) for one in found]}
    whole = with_fields(spec, values.get("release"))
    if chosen := values.get("values"):
        whole |= {"values": chosen}
    metadata = release_metadata(values, _place(values))
    made = {"apiVersion": _HELM, "kind": "HelmRelease", "metadata": metadata, "spec": spec}
    data = {**made, "spec": whole}
    return CommentedObject(_RELEASE, data, kept_comments(made, data, _comments(values)))


def _chart(name: str, chart: ChartSource) -> dict[str, Any]:
    reference = {"kind": source_type(chart), "name": name}
    if chart.is_oci:
        return {"chartRef": reference}
    return {"chart": {"spec": {"chart": chart.name, "version": chart.version, "sourceRef": reference}}}


def _actions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Flux does with an installation and an upgrade, and with drift."""
    crds = {"crds": values["crds"]}
    retries = {"remediation": {"retries": int(values["retries"])}}
    is_kept = values["on_failure"] == "retry"
    install = crds | ({"strategy": _RETRY} if is_kept else retries)
    upgrade = crds | ({"strategy": _RETRY} if is_kept else retries)
    timeout = {"timeout": values["timeout"]} if "timeout" in values else {}
    return timeout | {"driftDetection": {"mode": values["drift"]}, "install": install, "upgrade": upgrade}


def _comments(values: Mapping[str, Any]) -> Comments:
    install, upgrade = (_KEPT, _KEPT) if values["on_failure"] == "retry" else _ROLLBACK
    found: Comments = {("spec", "install"): comment_lines(install)}
    if upgrade != install:
        found["spec", "upgrade"] = comment_lines(upgrade)
    if values["drift"] in _DRIFT:
        found["spec", "driftDetection"] = comment_lines(_DRIFT[values["drift"]])
    if values["crds"] == "CreateReplace":
        found["spec", "upgrade", "crds"] = comment_lines(_CRDS)
    if values.get("values_from"):
        found["spec", "valuesFrom"] = comment_lines(_WATCHED)
    return found
