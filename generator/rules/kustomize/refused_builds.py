"""KUS002: a kustomization that kustomize refuses to build."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ...finding import Finding
from ...schema_words import show
from ...yaml import Node, get, items_at
from ..built.building import build_of
from ..built.resources import Unbuildable
from ..built.sources import path_from
from ..built.views import MAX_JUDGED, is_component, users_above
from ..readers.kustomize_builds import applied_folders
from ..rule import File, Scope, at, rule

_CHANGING = ("patches", "patchesStrategicMerge", "patchesJson6902", "replicas", "components")
_BASE = "resources: [deployment.yaml]\n"


@rule(
    "KUS002",
    "error",
    ("kustomization",),
    "a kustomization that kustomize refuses to build",
    explanation=(
        "A patch for an object that is not among the resources, a JSON patch with a path that the object lacks, "
        "replicas of a workload that does not exist, a resource that is listed twice, a component among the resources, "
        "or a kustomization that uses itself: kustomize ends with an error, and nothing is built. No finding if this "
        "depends on remote resources, Helm charts, plugins or other things that are not known here."
    ),
    bad=f"{_BASE[:-2]}, deployment.yaml]\n",
    good=_BASE,
    source="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/",
    across=True,
)
def _refused(file: File, scope: Scope) -> Iterator[Finding]:
    """Find what ends the build of a kustomization."""
    twice = [x for document in file.documents for x in _listed_twice(document, posixpath.dirname(file.path))]
    for one in twice:
        yield at(one, f"lists {show(one.text)} twice", "remove one of them")
    if not scope.exists(file.path):
        return  # the run does not know which files there are
    if any(one.path == file.path for one in users_above(file, scope)):
        yield at(
            None, "the kustomization uses itself, directly or through others", "remove it from one of the resources"
        )
    elif not twice and file.path in _built(scope) and not _has_more(file, scope):
        found = build_of(file, scope)
        if isinstance(found, Unbuildable) and found.sort == "refused" and found.message and found.user == file.path:
            yield replace(at(found.place, found.message, found.hint), path=found.path)


def _has_more(file: File, scope: Scope) -> bool:
    """Tell whether Flux adds components to a kustomization, whose objects its patches may be for."""
    applied = applied_folders(scope).get(posixpath.dirname(file.path) or ".", ())
    return any(get(one.fields, "components") is not None for one in applied)


def _built(scope: Scope) -> frozenset[str]:
    """Return the kustomizations that are built to see whether this is possible: the first of a run that change much."""
    if "refused_builds.built" not in scope.memo:
        files = (one for one in scope.files if one.family == "kustomization" and not is_component(one))
        found = (one.path for one in files if any(items_at(x, key) for x in one.documents for key in _CHANGING))
        scope.memo["refused_builds.built"] = frozenset(islice(found, MAX_JUDGED))
    known: frozenset[str] = scope.memo["refused_builds.built"]
    return known


def _listed_twice(document: Node, folder: str) -> Iterator[Node]:
    """Yield the resources that are listed again."""
    seen: set[str] = set()
    for key in ("resources", "bases"):
        listed = get(document, key)
        for one in items_at(document, key) if listed is not None else ():
            path = path_from(folder, one.text) if "://" not in one.text else one.text
            if one.shape == "scalar" and path in seen:
                yield one
            seen.add(path)
