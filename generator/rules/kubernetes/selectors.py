"""K8S001: workloads whose selector does not match their pod template."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.label_selectors import expression_holds
from ..readers.objects import Object, is_built_in, is_patch, objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder

_NEEDING = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Rollout"})
# Groups of others with workloads that have the fields of those of the group apps.
_LIKE_APPS = frozenset({"argoproj.io", "apps.kruise.io"})
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
        if one.sort not in _SELECTING or template is None or not (is_built_in(one) or one.group in _LIKE_APPS):
            continue
        selector = get(one.node, "spec", "selector")
        if one.sort in _NEEDING and selector is not None and selector.shape == "map" and not _selects(selector):
            message = f"{one.shown} has an empty selector, which the cluster refuses"
            yield at(selector, message, "write matchLabels with labels of spec.template.metadata.labels")
        where = ("spec", "selector") if one.sort == "ReplicationController" else ("spec", "selector", "matchLabels")
        yield from _unlike(
            one, [(key, value) for key, value in pairs_at(one.node, *where) if _differs(one, key, value)]
        )
        for part in items_at(one.node, "spec", "selector", "matchExpressions"):
            asked = (text_at(part, "key"), *(x.text for x in items_at(part, "values")))
            is_known = not any(map(has_placeholder, (*asked, *one.labels, *one.labels.values())))
            if is_known and not expression_holds(part, one.labels):
                message = f"{one.shown} selects by {text_at(part, 'key')}, which its pod template does not match"
                yield at(part, message, "change the expression or the labels of the template")


def _differs(one: Object, key: Node, value: Node) -> bool:
    """Return whether the pod template certainly lacks a label."""
    has = one.labels.get(key.text)
    return has != value.text and not any(map(has_placeholder, (value.text, has or "", *one.labels)))


def _unlike(one: Object, labels: list[tuple[Node, Node]]) -> Iterator[Finding]:
    """Yield one finding for the labels of a selector that the pod template does not have."""
    if not labels:
        return
    wanted = ", ".join(f"{key.text}: {value.text}" for key, value in labels)
    has = [(key.text, one.labels[key.text]) for key, _ in labels if key.text in one.labels]
    there = f"has {', '.join(f'{key}: {value}' for key, value in has)}" if has else "has no such label"
    hint = "use the same label in spec.selector and spec.template.metadata.labels"
    yield at(labels[0][0], f"{one.shown} selects {wanted}, and the pod template {there}", hint)


def _selects(selector: Node) -> bool:
    """Return whether a selector has any requirement."""
    return any(value.pairs or value.items or value.shape == "scalar" for _, value in selector.pairs)
