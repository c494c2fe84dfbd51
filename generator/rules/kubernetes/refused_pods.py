"""K8S020: a workload whose pods its own Namespace refuses, by the Pod Security Standards."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding, Severity
from ...yaml import Node, data_of, get, key_of, text_at
from ..readers.objects import Object, is_built_in, is_patch, objects
from ..rule import File, Scope, at, rule
from .enforced_levels import EnforcedLevel, enforced_on, may_be_changed, may_be_mutated
from .pod_parts import PodPath
from .pod_security import NEWEST, PodViolation, pod_violations

_OLDEST = 33  # the oldest version of Kubernetes that a cluster with the latest standards is likely to have
_EXAMPLE = (
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n"
    "    pod-security.kubernetes.io/enforce: baseline\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"
    "  namespace: web\nspec:\n  containers:\n    - name: web\n      image: example/web:1.0.0\n      securityContext:\n"
)


@rule(
    "K8S020", "error", ("kubernetes",), "a workload whose pods its Namespace refuses",
    explanation="A Namespace with the label pod-security.kubernetes.io/enforce accepts no pods that violate the level, "
    "baseline or restricted, of the Pod Security Standards. A Deployment with such pods is accepted, with a warning, "
    "and then has no pods. The rule checks the controls of the version in enforce-version, else of the latest. This is "
    "an error if the workload and the Namespace are in one build, file or folder, and a warning if they are apart, if "
    "the workload has a runtimeClassName, which a cluster may exempt, if only the newest clusters enforce the control, "
    "or if a webhook or policy may change the pods. A workload that a kustomize patch may change is not checked.",
    bad=f"{_EXAMPLE}        privileged: true\n", good=f"{_EXAMPLE}        privileged: false\n",
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/", across=True,
)  # fmt: skip
def refused_pods(file: File, scope: Scope) -> Iterator[Finding]:
    """Check the pods of the workloads of a file by the level that their Namespace enforces."""
    if is_patch(file, scope):
        return
    for one in objects(file):
        found = enforced_on(one, scope) if _makes_pods(one) else None
        if found is not None:
            yield from _findings(one, *found, scope)


def _makes_pods(one: Object) -> bool:
    return one.pod is not None and (is_built_in(one) or (one.group, one.sort) == ("argoproj.io", "Rollout"))


def _findings(one: Object, enforced: EnforcedLevel, certain: bool, scope: Scope) -> Iterator[Finding]:
    """Yield a finding for each control that the pods violate, at the first field that does."""
    if one.pod is None:
        return
    pod = data_of(one.pod, dialect="go")
    violations = pod_violations(pod, enforced.level, NEWEST if enforced.minor is None else enforced.minor)
    if not violations or may_be_changed(one, scope):
        return
    is_sure = certain and not text_at(one.pod, "spec", "runtimeClassName") and not may_be_mutated(scope)
    refused = "it" if one.sort == "Pod" else "its pods"
    start = f"{one.shown}: the level {enforced.level} of its namespace ({enforced.shown}) refuses {refused}"
    for first, others in _by_control(violations):
        is_old = enforced.minor is not None or first.since <= _OLDEST
        severity: Severity | None = None if is_sure and is_old else "warning"
        more = f", and {others} more" if others else ""
        message = f"{start}: {first.message} ({first.title}{more})"
        yield at(_place(one.pod, first.where), message, first.hint, severity)


def _by_control(violations: tuple[PodViolation, ...]) -> Iterator[tuple[PodViolation, int]]:
    """Yield the first violation of each control, and in how many other places it is violated.

    A control that only a field violates that another one refuses too, as of hostNetwork and its ports, is left out.
    """
    places: dict[str, list[PodViolation]] = {}
    seen: set[PodPath] = set()
    for one in violations:
        if one.where not in seen:
            seen.add(one.where)
            places.setdefault(one.control, []).append(one)
    for some in places.values():
        yield some[0], len(some) - 1


def _place(pod: Node, where: PodPath) -> Node:
    """Return the key or item at a path, or the last one on the way to it that is there."""
    place, node = pod, pod
    for part in where:
        below = get(node, part)
        if below is None:
            return place
        place, node = (below if isinstance(part, int) else key_of(node, part) or below), below
    return place
