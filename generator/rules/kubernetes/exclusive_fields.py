"""K8S003: fields that exclude each other in one object.

SCH001 reports those of workflows, AM020 those of Alertmanager, by the same table.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ... import mergekeys
from ...finding import Finding
from ...yaml import Node, get, text_at
from ..readers.objects import is_built_in, objects
from ..rule import File, Scope, at, rule
from .clashes import FREE, Where, clashes, written

_POD = ("containers", "ephemeralContainers", "initContainers", "volumes")
_PROBE = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n"
    "      image: example/web:1.0.0\n"
    "      livenessProbe:\n        httpGet: {path: /health, port: 8080}\n"
)


@rule(
    "K8S003",
    "error",
    ("kubernetes",),
    "fields that exclude each other in one object",
    explanation=(
        "A probe has one handler, a volume one source, an env entry either value or valueFrom, a PodDisruptionBudget "
        "either minAvailable or maxUnavailable, a peer of a NetworkPolicy either ipBlock or selectors. The API server "
        "refuses an object with both, but no schema expresses it. The rule checks objects of built-in API groups, and "
        "pods in custom resources. A field that is null or an empty text does not count."
    ),
    bad=f"{_PROBE}        tcpSocket: {{port: 8080}}\n",
    good=f"{_PROBE}        periodSeconds: 5\n",
    source="https://kubernetes.io/docs/reference/kubernetes-api/",
    as_built=True,
)
def _excluding_fields(file: File, _scope: Scope) -> Iterator[Finding]:
    for one in objects(file):
        families = _families(one.api, one.sort)
        for node, above in [(one.node, ())] if is_built_in(one) else _pods(one.node):
            for clash in clashes(node, families, above):
                yield at(clash.keys[1], f"{one.shown}: {clash.message}", "keep one")


@lru_cache(256)
def _families(api: str, sort: str) -> tuple[mergekeys.Family, ...]:
    return tuple(mergekeys.families({"apiVersion": api, "kind": sort}))


def _pods(root: Node) -> Iterator[tuple[Node, Where]]:
    """Yield the parts of a custom resource that certainly are pods: maps with containers that have name and image."""
    stack: list[tuple[Node, Any]] = [(root, None)]
    while stack:
        node, way = stack.pop()
        containers = get(node, "containers")
        if containers is not None and containers.items and all(map(_is_container, containers.items)):
            where = written(way)
            yield from ((part, (*where, name)) for name in _POD if (part := get(node, name)) is not None)
            continue
        stack += [(value, (way, key.text)) for key, value in node.pairs if key.text not in FREE]
        stack += [(item, (way, number)) for number, item in enumerate(node.items)]


def _is_container(node: Node) -> bool:
    return bool(text_at(node, "name") and text_at(node, "image"))
