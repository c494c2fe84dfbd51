"""What kustomizations changed since the base in the names, namespaces and selectors of the objects that they build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...yaml import Node, items_at, pairs_at, text_at, walk_nodes
from ...yaml.meaning import YamlValue, value_of
from ..readers.kustomize_builds import build_layers
from ..readers.objects import Object, all_objects
from ..recognise import recognise
from ..rule import File, Scope

# Fields that give objects another name or namespace, so that they are other objects, and labels of their selectors.
_IDENTITY = frozenset({"namePrefix", "nameSuffix", "namespace", "targetNamespace", "transformers"})
_LABELS = frozenset({"commonLabels", "labels"})
_SELECTING = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})


@dataclass(frozen=True)
class ChangedSelectors:
    """Labels that a kustomization sets otherwise in selectors, where it does, and the first workload with another one
    than before.
    """

    place: Node
    names: tuple[str, ...]
    workload: Object


def is_built_otherwise(one: Object, scope: Scope) -> bool:
    """Return whether what builds an object names it otherwise than at the base, or sets other labels in selectors."""
    return _differ([layer.path for layer in build_layers(one.file.path, scope)], _IDENTITY | _LABELS, scope)


def changed_selectors(file: File, scope: Scope) -> ChangedSelectors | None:
    """Return the labels of a kustomization that change selectors of workloads which are as they were at the base."""
    text = scope.before(file.path)
    if text is None or text == file.text or _differ([file.path], _IDENTITY, scope):
        return None
    new = {key.text: (key, value.text) for key, value in _selector_labels(file.documents)}
    old = {key.text: value.text for key, value in _selector_labels(_documents(file.path, text, scope))}
    changed = [name for name in {**old, **new} if old.get(name) != (new[name][1] if name in new else None)]
    for one in _built(file, scope) if changed else ():
        own = {key.text: value.text for key, value in pairs_at(one.node, "spec", "selector", "matchLabels")}
        others = [layer.path for layer in build_layers(one.file.path, scope) if layer.path != file.path]
        if scope.before(one.file.path) != one.file.text or _differ(others, _IDENTITY | _LABELS, scope):
            continue
        names = [x for x in changed if old.get(x, own.get(x)) != (new[x][1] if x in new else own.get(x))]
        if names:
            place = next((new[x][0] for x in names if x in new), file.documents[0])
            return ChangedSelectors(place, tuple(names), one)
    return None


def _selector_labels(documents: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield the labels, and their values, that kustomizations add to selectors."""
    for document in documents:
        yield from pairs_at(document, "commonLabels")
        for each in items_at(document, "labels"):
            if text_at(each, "includeSelectors") == "true":
                yield from pairs_at(each, "pairs")


def _built(file: File, scope: Scope) -> Iterator[Object]:
    """Yield the workloads that a kustomization builds, and whose selector cannot be changed."""
    workloads = (one for one in all_objects(scope) if one.group == "apps" and one.sort in _SELECTING)
    for one in workloads:
        if any(layer.path == file.path for layer in build_layers(one.file.path, scope)):
            yield one


def _differ(paths: Sequence[str], keys: frozenset[str], scope: Scope) -> bool:
    """Return whether fields of files differ from the base; a file that is new had none."""
    for path in paths:
        text, before = scope.by_path[path].text if path in scope.by_path else scope.read(path), scope.before(path)
        if text != before and _values(path, text, keys, scope) != _values(path, before, keys, scope):
            return True
    return False


def _values(path: str, text: str | None, keys: frozenset[str], scope: Scope) -> list[tuple[str, YamlValue]]:
    nodes = [node for one in _documents(path, text, scope) for node in walk_nodes(one)]
    return [(key.text, value_of(value)) for node in nodes for key, value in node.pairs if key.text in keys]


def _documents(path: str, text: str | None, scope: Scope) -> Sequence[Node]:
    file = recognise(path, text, scope.exists, named=True).file if text is not None else None
    return file.documents if file is not None else ()
