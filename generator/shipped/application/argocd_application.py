"""The Application of a chart.

Sources: the CRD of argoproj/argo-cd 3.5, and https://argo-cd.readthedocs.io/en/stable/user-guide/.
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
from ...unit_namespace import makes_namespace, namespace
from ...yaml.commented import CommentedObject

REF = "values"
_API = "argoproj.io/v1alpha1"
_DOCS = "https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/"
_HERE = "https://kubernetes.default.svc"
_FINALIZERS = {
    "foreground": "resources-finalizer.argocd.argoproj.io",
    "background": "resources-finalizer.argocd.argoproj.io/background",
}
_CASCADE = "Deleting the Application deletes what it deployed, with CRDs and their objects."
_ALL = "Deploy changes in git, delete what is no longer there, and undo changes in the cluster."
_SOME = "Deploy changes in git."
_LARGE = "Without it, large CRDs do not fit into the annotation of kubectl apply."
_IGNORED = "Leave the fields of ignoreDifferences as they are."
_AGAIN = "A webhook or a CRD of the chart may not be ready at the first attempt."
_VALUES = "The values files of the chart."


@dataclass(frozen=True)
class ArgoApplication:
    """The Application of a unit, and what its test needs: the path of the chart's source in it for jsonpath, name and
    namespace of the release in Helm, the pod security standard of the namespace, and the paths of values files.
    """

    chart: ChartSource
    objects: tuple[CommentedObject, ...]
    source: str
    name: str
    target: str
    enforced: str
    values_files: tuple[str, ...] = ()


def argocd_application(values: Mapping[str, Any]) -> ArgoApplication:
    """Return the Application of the values of a unit."""
    chart, files = chart_source(values), values.get("value_files")
    comments: Comments = {}
    fragment = dict(values.get("application") or {})
    source = with_fields(_source(values, chart), fragment.pop("source", None))
    if chosen := values.get("values"):
        source["helm"] = {**source.get("helm", {}), "valuesObject": chosen}
    spec: dict[str, Any] = {"project": values["project"], "source": source}
    if files:
        spec = {"project": values["project"], "sources": [source, _values_source(files)]}
        comments["spec", "sources", 1] = comment_lines(_VALUES)
    spec |= {"destination": _destination(values), "syncPolicy": _sync(values, comments)}
    if ignored := values.get("ignore_differences"):
        spec["ignoreDifferences"] = [dict(one) for one in ignored]
    metadata = release_metadata(values, str(values["argocd"]["namespace"]))
    if finalizer := _FINALIZERS.get(values["on_delete"]):
        metadata["finalizers"] = [finalizer]
        comments["metadata", "finalizers"] = comment_lines(_CASCADE)
    made = {"apiVersion": _API, "kind": "Application", "metadata": metadata, "spec": spec}
    data = {**made, "spec": with_fields(spec, fragment)}
    paths = tuple(files["paths"]) if files else ()
    place = ".spec.sources[0]" if files else ".spec.source"
    enforced = created_labels(values).get(ENFORCE, "") if makes_namespace(values) else ""
    objects = (CommentedObject(_DOCS, data, kept_comments(made, data, comments)),)
    return ArgoApplication(chart, objects, place, release_name(values), namespace(values), enforced, paths)


def _source(values: Mapping[str, Any], chart: ChartSource) -> dict[str, Any]:
    """Return the source of the chart; https://argo-cd.readthedocs.io/en/stable/user-guide/oci/ for registries."""
    if chart.is_in_git:
        found = {"repoURL": chart.repository, "path": chart.path, "targetRevision": chart.revision}
    elif chart.digest:
        found = {"repoURL": chart.address, "path": ".", "targetRevision": chart.digest}
    else:
        repository = chart.registry if chart.is_oci else chart.repository
        found = {"repoURL": repository, "chart": chart.name, "targetRevision": chart.version}
    helm: dict[str, Any] = {}
    if "release_name" in values or not chart.is_in_git:
        helm["releaseName"] = release_name(values)
    if files := values.get("value_files"):
        helm["valueFiles"] = [f"${REF}/{path}" for path in files["paths"]]
    return {**found, **({"helm": helm} if helm else {})}


def _values_source(files: Mapping[str, Any]) -> dict[str, Any]:
    return {"repoURL": files["repository"], "targetRevision": files["revision"], "ref": REF}


def _destination(values: Mapping[str, Any]) -> dict[str, Any]:
    chosen = values.get("destination") or {}
    cluster = {"name": chosen["name"]} if "name" in chosen else {"server": chosen.get("server", _HERE)}
    return {**cluster, "namespace": namespace(values)}


def _sync(values: Mapping[str, Any], comments: Comments) -> dict[str, Any]:
    chosen = values["sync"]
    found: dict[str, Any] = {}
    place = ("spec", "syncPolicy")
    if chosen["automated"]:
        found["automated"] = {"prune": chosen["prune"], "selfHeal": chosen["self_heal"]}
        comments[*place, "automated"] = comment_lines(_ALL if chosen["prune"] and chosen["self_heal"] else _SOME)
    options: list[tuple[str, str]] = []
    if makes_namespace(values):
        options.append(("CreateNamespace=true", ""))
        found["managedNamespaceMetadata"] = {"labels": created_labels(values)}
        comments[*place, "managedNamespaceMetadata", "labels", ENFORCE] = pod_security_comment(values)
    if chosen["server_side_apply"]:
        options.append(("ServerSideApply=true", _LARGE))
    if values.get("ignore_differences"):
        options.append(("RespectIgnoreDifferences=true", _IGNORED))
    if options:
        found["syncOptions"] = [option for option, _ in options]
        said = {(*place, "syncOptions", number): why for number, (_, why) in enumerate(options) if why}
        comments.update({one: comment_lines(why) for one, why in said.items()})
    if retries := int(chosen["retries"]):
        found["retry"] = {"limit": retries, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}}
        comments[*place, "retry"] = comment_lines(_AGAIN)
    return found
