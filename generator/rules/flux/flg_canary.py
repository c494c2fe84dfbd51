"""FLG001: Canaries of Flagger that cannot start (fluxcd/flagger 1.44)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...finding import Finding
from ...nearest import name_list
from ...yaml import Node, get, items_at, key_of, pairs_at, text_at
from ..readers.objects import Object, all_objects, is_patch, named, objects, of_sort
from ..rule import File, Scope, at, rule
from .flg_routing import canary_routing

_SELECTOR_LABELS = ("app", "name", "app.kubernetes.io/name")
_WEIGHTS = ("stepWeight", "stepWeights", "maxWeight", "stepWeightPromotion")


def _canary(provider: str, analysis: str) -> str:
    head = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata:\n  name: web\nspec:\n"
    target = "  targetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n  service:\n    port: 80\n"
    return f"{head}  provider: {provider}\n{target}  analysis:\n    interval: 1m\n    threshold: 5\n    {analysis}\n"


@rule(
    "FLG001", "error", ("kubernetes",), "a Canary of Flagger that cannot start or has no effect",
    explanation="The target must exist and have one of the selector labels app, name and app.kubernetes.io/name. "
    "Flagger creates the Service. The provider kubernetes has iterations, not weights. An alert names an existing "
    "AlertProvider, a metric an existing MetricTemplate. Some providers need gatewayRefs, an ingressRef or a routeRef, "
    "and an Ingress has to route to the Service with its port. A provider that does not exist is reported by SCH001.",
    bad=_canary("kubernetes", "stepWeight: 10"), good=_canary("kubernetes", "iterations: 10"),
    source="https://docs.flagger.app/usage/how-it-works", across=True,
)  # fmt: skip
def canaries(file: File, scope: Scope) -> Iterator[Finding]:
    """Check the target, the Service and the alert providers of a Canary."""
    if "flagger.app/" not in file.text or is_patch(file, scope):
        return
    for one in objects(file):
        if one.group == "flagger.app" and one.sort == "Canary":
            yield from _target(one, scope)
            yield from _weights(one)
            yield from _references(one, scope)
            yield from canary_routing(one, scope)


def _target(one: Object, scope: Scope) -> Iterator[Finding]:
    name = get(one.node, "spec", "targetRef", "name")
    sort = text_at(one.node, "spec", "targetRef", "kind")
    if name is None:
        return  # reported by the schema
    found = next((x for x in named(scope, sort, name.text) if _near(one, x)), None)
    if found is None:
        nearby = _workloads_nearby(one, scope)
        if nearby:
            yield at(name, f"the {sort} {name.text} of {one.shown} does not exist", f"its folder has {nearby}")
        return
    labels = [key.text for key, _ in pairs_at(found.node, "spec", "selector", "matchLabels")]
    if found.pod is not None and not set(labels) & set(_SELECTOR_LABELS):
        has = ", ".join(labels) or "nothing"
        message = f"{found.shown} selects by {has}, but Flagger needs one of {', '.join(_SELECTOR_LABELS)}"
        yield at(
            name, message, "add such a label to the selector and the template, or start Flagger with -selector-labels"
        )
    made = text_at(one.node, "spec", "service", "name") or name.text
    twin = next(
        (x for x in named(scope, "Service", made) if x.api == "v1" and _near(one, x) and _certain(one, x)), None
    )
    if twin is not None:
        message = f"Flagger creates the Service {made} itself, but {twin.file.path}:{twin.node.line} also defines it"
        yield at(
            get(one.node, "spec", "service") or name, message, "remove the Service, and set its ports in the Canary"
        )


def _workloads_nearby(one: Object, scope: Scope) -> str:
    """Return the workloads in an object's folder and namespace, for a hint."""
    memo: dict[tuple[str, str], str] = scope.memo.setdefault("flg_canary.nearby", {})
    key = _folder(one), one.namespace
    if key not in memo:
        memo[key] = name_list(
            x.shown for x in all_objects(scope) if x.pod is not None and _folder(x) == key[0] and _near(one, x)
        )
    return memo[key]


def _weights(one: Object) -> Iterator[Finding]:
    if text_at(one.node, "spec", "provider") != "kubernetes":
        return
    analysis = get(one.node, "spec", "analysis") or get(one.node, "spec", "canaryAnalysis")
    for weight in _WEIGHTS:
        key = key_of(analysis, weight)
        if key is not None:
            message = f"the provider kubernetes shifts no traffic, so {weight} has no effect"
            yield at(key, message, "write iterations: 10 instead of weights")
            return


def _references(one: Object, scope: Scope) -> Iterator[Finding]:
    analysis = get(one.node, "spec", "analysis") or get(one.node, "spec", "canaryAnalysis")
    for part, key, sort in (("alerts", "providerRef", "AlertProvider"), ("metrics", "templateRef", "MetricTemplate")):
        every = of_sort(scope, "flagger.app", sort)
        for item in items_at(analysis, part):
            name: Node | None = get(item, key, "name")
            space = text_at(item, key, "namespace") or one.namespace
            if name is None or not every:
                continue
            if any(x.namespace == space and x.group == "flagger.app" for x in named(scope, sort, name.text)):
                continue
            known = name_list(f"{x.namespace}/{x.name}".strip("/") for x in every)
            message = f"the namespace {space or 'default'} has no {sort} {name.text}"
            yield at(name, message, f"known {sort}s: {known}")


def _near(one: Object, other: Object) -> bool:
    return one.namespace == other.namespace or not (one.namespace and other.namespace)


def _certain(one: Object, other: Object) -> bool:
    if other.file.path.endswith(".manifest"):
        return False  # of a generated end-to-end test, whose cluster has no Flagger
    return bool(one.namespace and one.namespace == other.namespace) or _folder(one) == _folder(other)


def _folder(one: Object) -> str:
    return posixpath.dirname(one.file.path)
