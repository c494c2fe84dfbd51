"""K8S008: a workload with a number of replicas that an autoscaler changes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...finding import Finding
from ...yaml import get, text_at
from ..readers.objects import Object, all_objects, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .service_pods import belong_together
from .unfit_fields import changed_keys_of

_SCALERS = {"autoscaling": "HorizontalPodAutoscaler", "keda.sh": "ScaledObject"}
_SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n  scaleTargetRef:\n"
    "    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n  minReplicas: 2\n  maxReplicas: 9\n---\n"
)
_WORKLOAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n"
_PODS = (
    "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
    "      containers:\n        - name: web\n          image: example/web:1.0.0\n"
)


@rule(
    "K8S008",
    "warning",
    ("kubernetes",),
    "replicas of a workload that an autoscaler scales",
    explanation=(
        "Each time the manifest is applied, by kubectl, Flux or Argo CD, the number of pods goes back to replicas, "
        "until the HorizontalPodAutoscaler (or KEDA's ScaledObject) corrects it: under load that is an outage. The "
        "rule compares objects of one namespace or folder. replicas: 0, which switches the autoscaler off, is no "
        "finding, nor are replicas that a kustomization patches."
    ),
    bad=f"{_SCALER}{_WORKLOAD}  replicas: 2\n{_PODS}",
    good=f"{_SCALER}{_WORKLOAD}{_PODS}",
    source="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
    across=True,
)
def _scaled_replicas(file: File, scope: Scope) -> Iterator[Finding]:
    """Find workloads with replicas that are the target of an autoscaler."""
    for one in objects(file):
        replicas = get(one.node, "spec", "replicas")
        if replicas is None or one.name == "" or is_patch(file, scope):
            continue
        if replicas.shape != "scalar" or replicas.text in {"", "0", "null", "~"} or has_placeholder(replicas.text):
            continue
        near = _scaler_of(one, scope)
        if near is not None and "replicas" not in changed_keys_of(one, scope):
            message = f"{one.shown} has {replicas.text} replicas, which {near.shown} changes and each apply resets"
            hint = f"remove replicas: minReplicas in {near.file.path}:{near.node.line} is enough"
            yield at(replicas, message, hint)


def _scaler_of(one: Object, scope: Scope) -> Object | None:
    """Return the autoscaler of a workload that names its namespace, or is in its folder."""
    target, folder = (one.group, one.sort, one.name), posixpath.dirname(one.file.path)
    places = [("folder", folder, x) for x in ((one.namespace, "") if one.namespace else (None,))]
    if one.namespace:
        places.append(("namespace", "", one.namespace))
    found = (_scalers(scope).get((*target, *place)) for place in places)
    return next((x for x in found if x is not None and belong_together(one, x)), None)


def _scalers(scope: Scope) -> Mapping[tuple[str | None, ...], Object]:
    """Return the first autoscaler for each target, by its namespace, and by its folder and namespace."""
    if "autoscaled.scalers" not in scope.memo:
        found: dict[tuple[str | None, ...], Object] = {}
        for one in all_objects(scope):
            if _SCALERS.get(one.group) != one.sort:
                continue
            api, sort, name = (
                text_at(one.node, "spec", "scaleTargetRef", key) for key in ("apiVersion", "kind", "name")
            )
            if one.group == "keda.sh":  # its defaults
                api, sort = api or "apps/v1", sort or "Deployment"
            target, folder = (api.rpartition("/")[0], sort, name), posixpath.dirname(one.file.path)
            for place in (
                ("folder", folder, one.namespace),
                ("folder", folder, None),
                ("namespace", "", one.namespace),
            ):
                found.setdefault((*target, *place), one)
        scope.memo["autoscaled.scalers"] = found
    known: Mapping[tuple[str | None, ...], Object] = scope.memo["autoscaled.scalers"]
    return known
