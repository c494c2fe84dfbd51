"""K8S003: fields that exclude each other in one object, by the table that the merge reads (``mergekeys``).

SCH001 tells of those of workflows, AM020 of those of Alertmanager, by the same table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .. import mergekeys
from ..explain import name_of
from ..yaml import Node
from .nodes import get, text_at
from .objects import is_built_in, objects
from .rule import File, Finding, Rule, Scope

Where = tuple[Any, ...]  # keys and item numbers

# Below these stands what the API server does not read, or reads as another format.
_FREE = frozenset(
    {
        *(
            "annotations",
            "binaryData",
            "data",
            "labels",
            "managedFields",
            "matchLabels",
            "nodeSelector",
            "openAPIV3Schema",
        ),
        *("parameters", "status", "stringData"),
    }
)
# Of envsubst and of templates; not an expression of GitHub's, which leaves a field where it is.
_PLACEHOLDER = re.compile(r"\$\{(?!\{)[^{}]*\}\s*\Z|\{\{")
_POD = ("containers", "ephemeralContainers", "initContainers", "volumes")


@dataclass(frozen=True)
class Clash:
    """Fields of one map that exclude each other: where the map is, and the keys in the order of the text."""

    where: Where
    keys: Sequence[Node]

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        names = [one.text for one in self.keys]
        both = "both " if len(names) == 2 else ""
        return f"{name_of(list(self.where))} has {both}{', '.join(names[:-1])} and {names[-1]}"


def clashes(root: Node, families: Sequence[mergekeys.Family], above: Where = ()) -> Iterator[Clash]:
    """Yield the fields that exclude each other in a node and below; ``above`` is where it is in its document."""
    partners = mergekeys.partners()
    stack: list[tuple[Node, Any]] = [(root, None)]
    while stack:
        node, way = stack.pop()
        known: list[str] = []
        for key, value in node.pairs:
            if key.text in partners:
                known.append(key.text)
            if (value.pairs or value.items) and key.text not in _FREE:
                stack.append((value, (way, key.text)))  # a path is the chain of its steps until somebody asks
        for number, item in enumerate(node.items):
            if item.pairs or item.items:
                stack.append((item, (way, number)))
        if len(known) > 1 and not all(partners[one].isdisjoint(known) for one in known):
            yield from _of_map(node, families, (*above, *_written(way)))


def _written(way: Any) -> Where:
    steps: list[Any] = []
    while way is not None:
        way, step = way
        steps.append(step)
    return tuple(reversed(steps))


def _of_map(node: Node, families: Sequence[mergekeys.Family], where: Where) -> Iterator[Clash]:
    names = tuple(one for one in where if isinstance(one, str))
    there = {key.text: key for key, value in node.pairs if _is_set(key, value)}
    for one in mergekeys.exclusive(families, names, there):
        if not one.together:
            yield Clash(where, [key for name, key in there.items() if name in one.fields])


def _is_set(key: Node, value: Node) -> bool:
    """Tell whether a field is there for its reader: null is not, and nor is an empty text, or no number of a port.

    Where a placeholder is all of it, it may be nothing too.
    """
    if value.shape != "scalar":
        return True
    empty = value.tag == "null" or not value.text or (key.text == "number" and value.text == "0")
    return not empty and not _PLACEHOLDER.match(value.text)


def _check(file: File, _scope: Scope) -> Iterator[Finding]:
    for one in objects(file):
        families = _families(one.api, one.sort)
        for node, above in [(one.node, ())] if is_built_in(one) else _pods(one.node):
            for clash in clashes(node, families, above):
                second = clash.keys[1]
                yield Finding(second.line, second.column, f"{one.shown}: {clash.message}", "keep one")


@lru_cache(256)
def _families(api: str, sort: str) -> tuple[mergekeys.Family, ...]:
    return tuple(mergekeys.families({"apiVersion": api, "kind": sort}))


def _pods(root: Node) -> Iterator[tuple[Node, Where]]:
    """Yield what in a custom resource is certainly of a pod: in a map with containers, all with a name and an image."""
    stack: list[tuple[Node, Any]] = [(root, None)]
    while stack:
        node, way = stack.pop()
        containers = get(node, "containers")
        if containers is not None and containers.items and all(map(_is_container, containers.items)):
            where = _written(way)
            yield from ((part, (*where, name)) for name in _POD if (part := get(node, name)) is not None)
            continue
        stack += [(value, (way, key.text)) for key, value in node.pairs if key.text not in _FREE]
        stack += [(item, (way, number)) for number, item in enumerate(node.items)]


def _is_container(node: Node) -> bool:
    return bool(text_at(node, "name") and text_at(node, "image"))


_PROBE = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n"
    "      image: example/web:1.0.0\n"
    "      livenessProbe:\n        httpGet: {path: /health, port: 8080}\n"
)

RULES = (
    Rule(
        "K8S003",
        "error",
        ("kubernetes",),
        "fields that exclude each other in one object",
        "A probe has one handler, a volume one source, an env entry a value or a source of it, a PodDisruptionBudget "
        "minAvailable or maxUnavailable, a peer of a NetworkPolicy an ipBlock or selectors. The API server refuses an "
        "object with both, and no schema says so. Read are objects of Kubernetes' own API groups, and the pods in "
        "custom resources. A field that is null or an empty text is not there.",
        f"{_PROBE}        tcpSocket: {{port: 8080}}\n",
        f"{_PROBE}        periodSeconds: 5\n",
        _check,
        "https://kubernetes.io/docs/reference/kubernetes-api/",
    ),
)
