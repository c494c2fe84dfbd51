"""Values files that a kustomization names: of ConfigMaps and Secrets for a HelmRelease, and of charts that it renders.

Sources: https://fluxcd.io/flux/guides/helmreleases/#refer-to-values-in-configmaps-generated-with-kustomize,
https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_helmchartinflationgenerator_.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...yaml import Node, get, items_at, text_at
from ..readers.objects import kustomization_of
from ..rule import File, Scope

_GENERATORS = ("configMapGenerator", "secretGenerator")
_MAX_ABOVE = 5  # folders


def is_kustomized(path: str, scope: Scope) -> bool:
    """Return whether a kustomization makes values that are merged with others, or may be, of a file.

    A ConfigMap that no HelmRelease of the run takes is for one that is elsewhere, or not known here.
    """
    named = list(_naming(path, scope))
    if any(path in one.inflated for one in named):
        return True
    generated = {name for one in named for name in one.generated.get(path, ())}
    taken = _taken(scope)
    return any(taken.get(name, True) for name in generated)


@dataclass(frozen=True)
class _Named:
    """Files of values that kustomizations name, by path: with the ConfigMaps and Secrets that are made of them, and
    those that a chart is rendered with beside other values.
    """

    generated: dict[str, set[str]] = field(default_factory=dict)
    inflated: set[str] = field(default_factory=set)

    def add(self, file: File) -> None:
        """Add the files that a kustomization names."""
        folder = posixpath.dirname(file.path)
        for document in file.documents:
            for one in (each for key in _GENERATORS for each in items_at(document, key)):
                for each in items_at(one, "files"):
                    path = _inside(folder, each.text.rpartition("=")[2])
                    self.generated.setdefault(path, set()).add(text_at(one, "name"))
            for one in items_at(document, "helmCharts"):
                more = [each.text for each in items_at(one, "additionalValuesFiles")]
                if more or get(one, "valuesInline") is not None:
                    self.inflated.update(_inside(folder, each) for each in (text_at(one, "valuesFile"), *more) if each)


def _inside(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _naming(path: str, scope: Scope) -> Iterator[_Named]:
    """Yield what kustomizations name: all of the run together, and each in the folders of a file that is not there."""
    every: _Named | None = scope.memo.get("kustomized_values.run")
    if every is None:
        every = scope.memo["kustomized_values.run"] = _Named()
        for one in scope.files:
            if one.family == "kustomization":
                every.add(one)
    yield every
    folder = path
    for _ in range(_MAX_ABOVE):
        folder = posixpath.dirname(folder)
        file = kustomization_of(folder, scope)
        if file is not None and file.path not in scope.by_path:
            alone = _Named()
            alone.add(file)
            yield alone
        if not folder:
            return


def _taken(scope: Scope) -> Mapping[str, bool]:
    """Return the ConfigMaps and Secrets that HelmReleases of the run take values from, and whether one merges them
    with others.
    """
    taken: dict[str, bool] | None = scope.memo.get("kustomized_values.taken")
    if taken is None:
        taken = scope.memo["kustomized_values.taken"] = {}
        for document in (one for file in scope.files for one in file.documents if _is_release(one)):
            found = items_at(document, "spec", "valuesFrom")
            merged = len(found) > 1 or get(document, "spec", "values") is not None
            for one in found:
                name = text_at(one, "name")
                taken[name] = taken.get(name, False) or merged
    return taken


def _is_release(document: Node) -> bool:
    return document.shape == "map" and text_at(document, "kind") == "HelmRelease"
