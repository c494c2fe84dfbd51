"""The files and folders that a kustomization names.

Source: kubernetes-sigs/kustomize, ``api/types/kustomization.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ...yaml import Node, get, is_text, items_at

Content = Literal[
    "resource",  # a file, or a folder with a kustomization
    "folder",  # with a kustomization
    "file",
    "data",  # a file that goes into a ConfigMap
    "secret",  # a file that goes into a Secret, which few repositories have
]
_LISTS: dict[str, Content] = {
    "resources": "resource",
    "bases": "resource",
    "components": "folder",
    "patchesStrategicMerge": "file",
    "configurations": "file",
    "crds": "file",
    "generators": "resource",
    "transformers": "resource",
    "validators": "resource",
}


@dataclass(frozen=True)
class NamedFile:
    """A name in a kustomization: where it is, its text, and what has to be there."""

    place: Node
    name: str
    content: Content


def named_files(document: Node) -> Iterator[NamedFile]:
    """Yield what a kustomization names, apart from texts of patches and the like."""
    for key, content in _LISTS.items():
        for one in items_at(document, key):
            if is_text(one) and one.text and "\n" not in one.text:
                yield NamedFile(one, one.text, content)
    for key in ("patches", "patchesJson6902", "replacements"):
        for one in items_at(document, key):
            yield from _at(one, "path", "file")
    for at in (get(document, "openapi"),):
        yield from _at(at, "path", "file")
    for one in items_at(document, "helmCharts"):
        yield from _at(one, "valuesFile", "file")
        yield from (
            NamedFile(x, x.text, "file") for x in items_at(one, "additionalValuesFiles") if is_text(x) and x.text
        )
    for one in items_at(document, "configMapGenerator"):
        yield from _generated(one, "data")
    for one in items_at(document, "secretGenerator"):
        yield from _generated(one, "secret")


def _at(node: Node | None, key: str, content: Content) -> Iterator[NamedFile]:
    found = get(node, key)
    if found is not None and is_text(found) and found.text and "\n" not in found.text:
        yield NamedFile(found, found.text, content)


def _generated(node: Node, content: Content) -> Iterator[NamedFile]:
    yield from _at(node, "env", content)
    for key in ("envs", "files"):
        for one in items_at(node, key):
            name = one.text.rpartition("=")[2] if key == "files" else one.text
            if is_text(one) and name:
                yield NamedFile(one, name, content)
