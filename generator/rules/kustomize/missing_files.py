"""KUS001: a file or folder that a kustomization names and that does not exist."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...finding import Finding, Severity
from ...schema_words import show
from ..built.sources import has_unknown_part, is_remote, kustomization_at, path_from
from ..readers.objects import unreadable_kustomization
from ..rule import File, Scope, at, rule
from .named_files import NamedFile, named_files

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MODULES = ".gitmodules"
_MODULE_PATH = re.compile(r"^[ \t]*+path[ \t]*+=[ \t]*+(.+)$", re.MULTILINE)
_VAGUE = frozenset("*?")


@rule(
    "KUS001",
    "error",
    ("kustomization",),
    "a file or folder that a kustomization names, and that does not exist",
    explanation=(
        "kustomize ends with an error, and nothing of the kustomization is built: a resource, patch, component, "
        "configuration or file of a generator was moved, misspelt or not committed, or a folder has no kustomization. "
        "No finding are addresses, paths outside of the repository or in a submodule, names with a placeholder, and "
        "files that git ignores, or that a Makefile, script, program or workflow names, since these may make them. A "
        "missing file of a secretGenerator is a warning: many keep it out of the repository."
    ),
    bad="resources:\n  - deploymnet.yaml\n",
    good="resources:\n  - https://example.com/deployment.yaml\n",
    source="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/",
    across=True,
)
def _missing(file: File, scope: Scope) -> Iterator[Finding]:
    """Find names of files and folders that lead to nothing."""
    if not scope.exists(file.path):
        return  # the run does not know which files there are
    folder = posixpath.dirname(file.path)
    for document in file.documents:
        for one in named_files(document):
            path = path_from(folder, one.name)
            if path in scope.by_path:
                continue
            what = "" if _may_be_elsewhere(one.name, path, scope) else _fault(one, path, scope)
            if what and not scope.is_made(path):
                severity: Severity | None = "warning" if one.content == "secret" else None
                yield at(one.place, f"{show(one.name)} {what}", _hint(one, path), severity)


def _may_be_elsewhere(name: str, path: str, scope: Scope) -> bool:
    """Tell whether a name may lead to something that is not in the files of the repository."""
    if path.startswith(("..", "/")) or _URL.match(name) or has_unknown_part(name) or _VAGUE & set(name):
        return True
    return any(path == one or path.startswith(f"{one}/") for one in _modules(scope))


def _modules(scope: Scope) -> tuple[str, ...]:
    """Return the folders of submodules."""
    if "missing_files.modules" not in scope.memo:
        text = scope.read(_MODULES) if scope.exists(_MODULES) else ""
        scope.memo["missing_files.modules"] = tuple(x.rstrip().rstrip("/") for x in _MODULE_PATH.findall(text or ""))
    found: tuple[str, ...] = scope.memo["missing_files.modules"]
    return found


def _fault(one: NamedFile, path: str, scope: Scope) -> str:
    """Return what is wrong with a name, or ``""``."""
    if one.content in {"file", "data", "secret"}:
        return "" if scope.exists(path) else "does not exist"
    own = "" if path == "." else path
    if kustomization_at(path, scope) is not None or unreadable_kustomization(own, scope):
        return ""
    if one.content == "resource" and scope.exists(path) and _is_file(path, scope):
        return ""
    if not scope.exists(path):
        return "" if is_remote(one.name) else "does not exist"
    return "is a file, and no folder with a kustomization" if _is_file(path, scope) else "has no kustomization"


def _is_file(path: str, scope: Scope) -> bool:
    return path in scope.by_path or posixpath.splitext(path)[1] != "" or scope.read(path) is not None


def _hint(one: NamedFile, path: str) -> str:
    if one.content in {"file", "data", "secret"}:
        return f"correct the path, which leads to {path}, or add the file"
    return f"correct the path, which leads to {path}, or add what it names"
