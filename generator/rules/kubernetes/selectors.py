"""K8S001: workloads whose selector does not match their pod template."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.label_selectors import expression_holds
from ..readers.objects import is_patch, objects
from ..rule import File, Scope, at, rule

_NEEDING = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Rollout"})
_SELECTING = _NEEDING | {"ReplicationController", "Job"}


@rule(
    "K8S001",
    "error",
    ("kubernetes",),
    "a selector that does not match its pod template",
    explanation=(
        "The API server refuses a workload whose spec.selector does not match spec.template.metadata.labels. No schema "
        "can express this, so that the mistake only shows when the workload is applied."
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
        "      app: web\n  template:\n    metadata:\n      labels:\n        app: wbe\n    spec:\n      containers:\n"
        "        - name: web\n          image: web:1\n"
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
        "      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n        tier: front\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1\n"
    ),
    source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
    as_built=True,
)
def _unselected_pods(file: File, scope: Scope) -> Iterator[Finding]:
    """Find workloads that do not select their own pods."""
    if is_patch(file, scope):
        return
    for one in objects(file):
        template = get(one.node, "spec", "template")
        if one.sort not in _SELECTING or template is None:
            continue
        selector = get(one.node, "spec", "selector")
        if one.sort in _NEEDING and selector is not None and selector.shape == "map" and not _selects(selector):
            message = f"{one.shown} has an empty selector, which the cluster refuses"
            yield at(selector, message, "write matchLabels with labels of spec.template.metadata.labels")
        where = ("spec", "selector") if one.sort == "ReplicationController" else ("spec", "selector", "matchLabels")
        for key, value in pairs_at(one.node, *where):
            has = one.labels.get(key.text)
            if has != value.text:
                there = f"the pod template has {has!r}" if has is not None else "the pod template has no such label"
                message = f"{one.shown} selects {key.text}: {value.text}, and {there}"
                hint = "use the same label in spec.selector and spec.template.metadata.labels"
                yield at(key, message, hint)
        for part in items_at(one.node, "spec", "selector", "matchExpressions"):
            if not expression_holds(part, one.labels):
                message = f"{one.shown} selects by {text_at(part, 'key')}, which its pod template does not match"
                yield at(part, message, "change the expression or the labels of the template")


def _selects(selector: Node) -> bool:
    """Return whether a selector has any requirement."""
    return any(value.pairs or value.items or value.shape == "scalar" for _, value in selector.pairs)
