"""Values files that Applications of Argo CD use, https://argo-cd.readthedocs.io/en/stable/user-guide/helm/."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...yaml import get, items_at, text_at
from ..rule import Scope


def application_values(scope: Scope) -> Mapping[str, bool]:
    """Return the files of values that Applications of Argo CD use, and whether one merges them with other values.

    Files of a chart in a repository are merged with its own values.
    """
    known: dict[str, bool] | None = scope.memo.get("application_values.listed")
    if known is None:
        known = scope.memo["application_values.listed"] = {}
        for path, merged in _used_by_applications(scope):
            known[path] = known.get(path, False) or merged
    return known


def _used_by_applications(scope: Scope) -> Iterator[tuple[str, bool]]:
    for file in scope.files:
        for document in file.documents if file.family == "kubernetes" else ():
            if text_at(document, "kind") != "Application":
                continue
            for source in (get(document, "spec", "source"), *items_at(document, "spec", "sources")):
                files = [one.text for one in items_at(source, "helm", "valueFiles")]
                inline = any(get(source, "helm", key) is not None for key in ("values", "valuesObject", "parameters"))
                merged = len(files) > 1 or inline
                for one in files if merged or text_at(source, "chart") else ():
                    start, _, rest = one.partition("/")
                    path = rest if start.startswith("$") else posixpath.join(text_at(source, "path"), one)
                    yield posixpath.normpath(path), merged
