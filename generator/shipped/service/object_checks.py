"""What Kubernetes refuses of the objects that a spec with its fields makes, found in the rendered files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...behaviour import SpecFault
from ...config import Config
from ...errors import Problem
from ...rules import File, Scope, check, recognise
from ...rules.kubernetes.pod_security import pod_violations
from ...rules.readers.compiled import kubernetes_versions
from ...tree import Tree
from ...yaml import Node, data_of, get, items_at, text_at
from .derived import container_name
from .object_fragments import object_fragment
from .scaling import autoscaler
from .workload_class import workload_class

_RULES = ("SCH", "K8S", "PR")
# Not used here: it knows the level only if the unit makes the Namespace, and no patch changes it.
_LEVEL_RULE = "K8S020"
_PATHS: Mapping[str, str] = {
    "Service": "service",
    "PodDisruptionBudget": "disruption_budget",
}


def object_faults(values: Mapping[str, Any], tree: Tree, kubernetes: str) -> list[SpecFault]:
    """Return what a version of Kubernetes refuses of the rendered objects, at the places in the spec that made it so.

    It is for specs with fields of Kubernetes or alerts of their own (``needs_checks``): others make only what the
    template's own tests cover.
    """
    read = (
        recognise(one, tree[one], tree.__contains__).file for one in sorted(tree) if one.endswith((".yaml", ".yml"))
    )
    files = [one for one in read if one is not None]
    found = _wrong(files, tree, kubernetes)
    newest = kubernetes_versions()[-1]
    known = {*found} if not found or kubernetes == newest else {*_wrong(files, tree, newest)}
    faults = [
        _fault(one, files, values, "" if one in known else f", which Kubernetes {kubernetes} does not have")
        for one in found
    ]
    return [*faults, *_level_faults(values, files, kubernetes)]


def _wrong(files: Sequence[File], tree: Tree, kubernetes: str) -> list[Problem]:
    """Return the errors that rules of Kubernetes find in the rendered files."""
    fresh = [File(one.path, one.text, one.family, one.documents) for one in files]  # without what rules remember
    scope = Scope(tuple(fresh), Config({"kubernetes": kubernetes}), tree.__contains__, tree.get)
    errors = [one for one in check(fresh, scope) if one.severity == "error" and one.rule != _LEVEL_RULE]
    return [one for one in errors if one.rule.startswith(_RULES)]


def _level_faults(values: Mapping[str, Any], files: Sequence[File], kubernetes: str) -> Iterator[SpecFault]:
    """Yield what the level of the namespace refuses of the pods: each field once, by the first control."""
    level, seen = values["pod_security"], set()
    minor = int(kubernetes.partition(".")[2])
    workload = workload_class(values)
    documents = [one for file in files for one in file.documents if text_at(one, "kind") == workload.sort]
    for document in documents if level != "privileged" else ():
        template = get(document, *workload.template)
        pod = data_of(template, dialect="go") if template is not None else {}
        for one in pod_violations(pod, level, minor):
            if one.where not in seen:
                seen.add(one.where)
                place = _spec_place(document, [*workload.template, *_named(pod, one.where)], values)
                message = f"the level {level} of pod_security refuses the pods: {one.message} ({one.title})"
                yield SpecFault(place, message, f"{one.hint}, or set pod_security to a lower level")


def _named(pod: Any, where: Sequence[str | int]) -> Iterator[str | int]:
    """Yield a path with the names of items in the place of their numbers."""
    here = pod
    for step in where:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            yield here["name"] if isinstance(here, Mapping) and "name" in here else step
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            yield step


def _fault(problem: Problem, files: Sequence[File], values: Mapping[str, Any], why: str) -> SpecFault:
    file = next(one for one in files if one.path == problem.path)
    document, where, at_key = _place(file, problem)
    place = _spec_place(document, where, values)
    message = f"{problem.message}{why} in {problem.path} ({problem.rule})"
    return SpecFault(place, message, problem.hint, at_key=at_key)


def _place(file: File, problem: Problem) -> tuple[Node, list[Any], bool]:
    """Return the document with a problem, the path in it, and whether the problem is at the key there."""
    chosen = [one for one in file.documents if one.line <= problem.line]
    document = chosen[-1] if chosen else file.documents[0]
    best: list[Any] = []
    at_key = False
    for path, node, is_key in _walk(document, []):
        if (node.line, node.column) <= (problem.line, problem.column) and node.line == problem.line:
            best, at_key = path, is_key
    return document, best, at_key


def _walk(node: Node, path: list[Any]) -> Iterator[tuple[list[Any], Node, bool]]:
    """Yield the nodes below a node in the order of the text, each with its path, and whether it is a key."""
    for key, value in node.pairs:
        yield [*path, key.text], key, True
        yield [*path, key.text], value, False
        yield from _walk(value, [*path, key.text])
    for number, item in enumerate(node.items):
        name = text_at(item, "name")
        yield [*path, name or number], item, False
        yield from _walk(item, [*path, name or number])


def _spec_place(document: Node, where: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    """Return the place in the spec that made a field of an object; the key of the spec, if no fragment has it."""
    sort = text_at(document, "kind")
    steps = [*where]
    if sort == "PrometheusRule":
        return ["alerts", "rules"]
    workload = workload_class(values)
    if sort == workload.sort and tuple(steps[: len(workload.template)]) == workload.template:
        return _pod_place(steps[len(workload.template) :], values)
    if sort == workload.sort and workload.is_job and steps[:2] == ["spec", "jobTemplate"]:
        return _deepest(values, ["job", *steps[2:]]) or ["job"]
    if sort == workload.sort and steps[:2] == ["spec", "volumeClaimTemplates"]:
        claims = [text_at(one, "metadata", "name") for one in items_at(document, *steps[:2])]
        name = claims[steps[2]] if len(steps) > 2 and isinstance(steps[2], int) else ""
        if name in values["volumes"]:
            return _deepest(values, ["volumes", name, "claim", *steps[4:]])
    key = workload.name if sort == workload.sort else _PATHS.get(sort, "")
    if key and values.get(key) and object_fragment(values, sort):
        return _deepest(values, [key, *steps]) or [key]
    if own := _own_list_place(sort, steps, values):
        return own
    made_by = _MADE_BY.get(sort, ["name"])
    return made_by if values.get(made_by[0]) and sort != workload.sort else _any_fragment(values)


def _own_list_place(sort: str, steps: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    """Return the place of an item of a list to which the template adds items at the front; nothing for other fields."""
    if sort == "NetworkPolicy" and steps[1:2] in (["ingress"], ["egress"]):
        own = values["network_policy"]
        inner, first = (list(steps[3:]), own.get("same_namespace", True)) if steps[1] == "ingress" else (
            ["egress", *steps[2:]], True
        )  # fmt: skip
    elif sort == "HorizontalPodAutoscaler" and steps[1:2] == ["metrics"]:
        inner, first = ["metrics", *steps[2:]], len(autoscaler(values)["metrics"])
        first -= len(values["autoscaling"].get("metrics", ()))
    else:
        return []
    if len(inner) < 2 or not isinstance(inner[1], int):
        return []
    inner[1] -= int(first)
    return _deepest(values, [*_MADE_BY[sort], *inner]) if inner[1] >= 0 else []


def _any_fragment(values: Mapping[str, Any]) -> list[Any]:
    """Return the first key with fields of the workload's objects: where nothing else made a field, one of them did."""
    keys = ("container", "pod", workload_class(values).name, "job", "service")
    return [next((key for key in keys if isinstance(values.get(key), Mapping) and values[key]), "name")]


def _pod_place(steps: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    """Return the place in the spec that made a field of the pods."""
    if list(steps[:3]) == ["spec", "containers", container_name(values)]:
        return _deepest(values, ["container", *steps[3:]]) or _own_key(steps[3:4], values) or _any_fragment(values)
    own = ["volumes", *steps[2:3]] if list(steps[:2]) == ["spec", "volumes"] else ["pod"]
    return _deepest(values, ["pod", *steps]) or _deepest(values, own) or own[:1]


_MADE_BY = {
    "ClusterRole": ["service_account", "cluster_rules"],
    "ConfigMap": ["config"],
    "HorizontalPodAutoscaler": ["autoscaling"],
    "Ingress": ["ingress"],
    "HTTPRoute": ["http_route"],
    "NetworkPolicy": ["network_policy"],
    "PersistentVolumeClaim": ["volumes"],
    "Role": ["service_account", "rules"],
    "Service": ["ports"],
}
_OWN = {
    "startupProbe": ["probes", "startup"],
    "readinessProbe": ["probes", "readiness"],
    "livenessProbe": ["probes", "liveness"],
    "env": ["env"],
    "envFrom": ["env_from"],
    "volumeMounts": ["volumes"],
    "resources": ["resources"],
    "ports": ["ports"],
}


def _own_key(steps: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    """Return the key of the spec with the fields of a container, if it has some of its own."""
    own = _OWN.get(steps[0], []) if steps else []
    here: Any = values
    for step in own:
        here = here.get(step) if isinstance(here, Mapping) else None
    return own if isinstance(here, Mapping | list) and here and own != ["resources"] else []


def _deepest(values: Mapping[str, Any], wanted: Sequence[Any]) -> list[Any]:
    """Return as much of a path as the values have, with items of lists by number; nothing if only the key itself."""
    found: list[Any] = []
    here: Any = values
    for step in wanted:
        if isinstance(here, Mapping) and step in here:
            here = here[step]
            found.append(step)
        elif isinstance(here, list):
            number = _number(here, step)
            if number is None:
                break
            here = here[number]
            found.append(number)
        else:
            break
    return found if len(found) > 1 else []


def _number(items: Sequence[Any], step: Any) -> int | None:
    for number, one in enumerate(items):
        if isinstance(one, Mapping) and one.get("name") == step:
            return number
    if isinstance(step, int) and step < len(items):
        return step
    return 0 if len(items) == 1 and not _is_other(items[0], step) else None


def _is_other(item: Any, step: Any) -> bool:
    """Tell whether the only item of a list is not the one that the object has under a name."""
    return not isinstance(item, Mapping) or item.get("name", step) != step
