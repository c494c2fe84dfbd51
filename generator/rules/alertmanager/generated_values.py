"""Values in ConfigMaps and Secrets that kustomize generates for a HelmRelease.

Kustomize adds a hash to the name, and knows references in a HelmRelease only by a ``nameReference`` in a file of
``configurations``. Sources: https://fluxcd.io/flux/guides/helmreleases/#refer-to-values-in-configmaps-generated-with-kustomize,
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...errors import Invalid
from ...yaml import Node, get, items_at, parse, text_at
from ..readers.kustomize_builds import build_layers, building
from ..readers.kustomize_patches import patches_for
from ..rule import File, Scope

_GENERATORS = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_RENAMES = ("namePrefix", "nameSuffix")
_REFERENCE = "spec/valuesFrom/name"


def generated_file(sort: str, name: str, key: str, release: File, scope: Scope) -> str:
    """Return the file that kustomize makes a key of a ConfigMap or Secret of, ``""`` if that is not certain.

    It is certain if the only generator of that name is in a kustomization that builds the release, nothing patches
    what it makes, and it has the name by which the release refers to it.
    """
    every = list(_generators(sort, name, release, scope))
    builders = {one.path for one in building(release.path, scope)}
    if len(every) != 1 or every[0][0].path not in builders or any(patches_for(release.path, sort, name, scope)):
        return ""
    kustomization, generator = every[0]
    if text_at(generator, "behavior") not in {"", "create"} or not _keeps_reference(
        sort, kustomization, generator, release, scope
    ):
        return ""
    for entry in items_at(generator, "files"):
        before, equals, after = entry.text.partition("=")
        path = after if equals else before
        if (before if equals else posixpath.basename(path)) == key:
            found = posixpath.normpath(posixpath.join(posixpath.dirname(kustomization.path), path))
            return found if scope.exists(found) else ""
    return ""


def _generators(sort: str, name: str, release: File, scope: Scope) -> Iterator[tuple[File, Node]]:
    """Yield the generators of a name, in kustomizations of the run and in those that build the release."""
    files = {one.path: one for one in scope.files if one.family == "kustomization"}
    files |= {one.path: one for one in building(release.path, scope)}
    for file in files.values():
        for document in file.documents:
            for one in items_at(document, _GENERATORS.get(sort, "")):
                if text_at(one, "name") == name:
                    yield file, one


def _keeps_reference(sort: str, kustomization: File, generator: Node, release: File, scope: Scope) -> bool:
    """Return whether the name in the release is that of what is generated, after the build."""
    options = [(one, "generatorOptions") for one in kustomization.documents]
    options.append((generator, "options"))
    has_hash = not any(text_at(one, where, "disableNameSuffixHash") == "true" for one, where in options)
    layers = build_layers(release.path, scope)
    if not has_hash and not any(get(one.fields, key) for one in layers for key in _RENAMES):
        return True
    return any(_is_reference(one, sort) for one in _references(kustomization, scope))


def _references(kustomization: File, scope: Scope) -> Iterator[Node]:
    """Yield the entries of ``nameReference`` in the configurations of a kustomization."""
    for document in kustomization.documents:
        for one in items_at(document, "configurations"):
            text = scope.read(posixpath.normpath(posixpath.join(posixpath.dirname(kustomization.path), one.text)))
            try:
                found = parse(text or "", one.text)
            except Invalid:
                continue
            yield from (each for root in found for each in items_at(root, "nameReference"))


def _is_reference(entry: Node, sort: str) -> bool:
    return text_at(entry, "kind") == sort and any(
        text_at(one, "path").strip("/") == _REFERENCE and text_at(one, "kind") in {"", "HelmRelease"}
        for one in items_at(entry, "fieldSpecs")
    )
