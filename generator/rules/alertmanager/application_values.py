"""Values files that Applications of Argo CD use, https://argo-cd.readthedocs.io/en/stable/user-guide/helm/."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ... import globs
from ...yaml import get, items_at, text_at
from ..rule import Scope

_SPECS = {"Application": ("spec",), "ApplicationSet": ("spec", "template", "spec")}
_MAX_GLOBS = 200
_PARAMETER = re.compile(r"\{\{[^{}]*\}\}")


def is_merged_by_application(path: str, scope: Scope) -> bool:
    """Return whether an Application, or one that an ApplicationSet makes, merges the values in a file with others.

    Files of a chart in a repository are merged with its own values.
    """
    used = _used(scope)
    return used.files.get(path, False) or any(globs.matches(path, one) for one in used.merged_globs)


def is_used_alone_by_application(path: str, scope: Scope) -> bool:
    """Return whether Applications use the values in a file, and none of them merges them with others."""
    return _used(scope).files.get(path) is False


@dataclass(frozen=True)
class _Used:
    """Files that Applications use, with whether one merges them with others; globs of those that are merged."""

    files: Mapping[str, bool]
    merged_globs: tuple[str, ...]


def _used(scope: Scope) -> _Used:
    known: _Used | None = scope.memo.get("application_values.used")
    if known is None:
        files: dict[str, bool] = {}
        merged_globs: dict[str, None] = {}
        for path, merged in _used_by_applications(scope):
            if "*" not in path:
                files[path] = files.get(path, False) or merged
            elif merged and re.search(r"\w", posixpath.splitext(path)[0]):  # else it could be any file
                merged_globs[path] = None
        known = scope.memo["application_values.used"] = _Used(files, tuple(merged_globs)[:_MAX_GLOBS])
    return known


def _used_by_applications(scope: Scope) -> Iterator[tuple[str, bool]]:
    for file in scope.files:
        for document in file.documents if file.family == "kubernetes" else ():
            spec = _SPECS.get(text_at(document, "kind"))
            if spec is None:
                continue
            for source in (get(document, *spec, "source"), *items_at(document, *spec, "sources")):
                files = [one.text for one in items_at(source, "helm", "valueFiles")]
                inline = any(get(source, "helm", key) is not None for key in ("values", "valuesObject", "parameters"))
                merged = len(files) > 1 or inline or get(document, "spec", "templatePatch") is not None
                for one in files if merged or text_at(source, "chart") else ():
                    start, _, rest = one.partition("/")
                    path = rest if start.startswith("$") else posixpath.join(text_at(source, "path"), one)
                    yield _PARAMETER.sub("*", posixpath.normpath(path)), merged
