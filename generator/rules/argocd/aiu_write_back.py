"""AIU007: where Argo CD Image Updater writes tags.

Source: argoproj-labs/argocd-image-updater 1.3, ``pkg/argocd/argocd.go`` (``newWBCFromSettings``) and ``update.go``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...finding import Finding
from ...yaml import Node, get, text_at
from ..readers.objects import Object
from ..readers.update_settings import PREFIX, UpdateSource, applications_named, applied_refs, update_sources
from ..rule import File, Scope, at, of_reading, rule
from .argocd_examples import METHODS, updater_example

_METHOD = re.compile(r"argocd\Z|git(?::\S+)?\Z")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GIT = "  writeBackConfig:\n    method: git\n    gitConfig:\n      writeBackTarget: {}\n"


@dataclass(frozen=True)
class _WriteBack:
    """A level's method, target and branch, and the Applications that they are for."""

    method: Node | None
    target: Node | None
    branch: Node | None
    has_pull_request: bool
    applications: tuple[Object, ...]


@rule(
    "AIU007", "error", ("kubernetes",), "a write-back of Image Updater that fails",
    explanation="The target kustomization needs a kustomization in the folder of the Application's source, and "
    "kustomization:PATH names a folder, not a file. The method is argocd, git or git:CREDENTIALS. A branch is BASE or "
    "BASE:NEW, without NEW for a pull request. The folder is checked if the Application is among the files, and its "
    "source is a folder of this repository with manifests.",
    bad=updater_example("imageName: example/web:1.x", _GIT.format("overlays/prod/kustomization.yaml")),
    good=updater_example("imageName: example/web:1.x", _GIT.format("kustomization:/overlays/prod")),
    source=f"{METHODS}#method-git-target", across=True,
)  # fmt: skip
@of_reading(update_sources)
def failing_write_backs(file: File, scope: Scope) -> Iterator[Finding]:
    """Check the method, the target and the branch of a write-back."""
    for source in update_sources(file, scope):
        for one in _write_backs(source, scope):
            method = one.method.text.strip() if one.method is not None else ""
            if one.method is not None and method and not _METHOD.match(method):
                message = f"the write-back method is {method}, not argocd, git or git:CREDENTIALS"
                yield at(one.method, message, "write git to commit, or argocd to change the Application")
            elif method.startswith("git") and one.target is not None:
                yield from _target(one.target, one.applications, scope)
            yield from _branch(one)


def _write_backs(source: UpdateSource, scope: Scope) -> Iterator[_WriteBack]:
    if source.object.sort == "Application":
        values = {key.text.removeprefix(PREFIX): value for key, value in source.annotations if value.shape == "scalar"}
        method, target = values.get("write-back-method"), values.get("write-back-target")
        yield _WriteBack(method, target, values.get("git-branch"), False, (source.object,))
        return
    spec = get(source.object.node, "spec")
    for reference in applied_refs(source.object):
        if text_at(reference, "useAnnotations") == "true":
            continue
        name, space = text_at(reference, "namePattern"), source.object.namespace
        found = [x for x in applications_named(name, scope) if not space or x.namespace in {"", space}]
        levels = [get(level, "writeBackConfig") for level in (reference, spec)]

        def first(*keys: str, levels: list[Node | None] = levels) -> Node | None:
            return next((node for level in levels if (node := get(level, *keys)) is not None), None)

        target, branch = first("gitConfig", "writeBackTarget"), first("gitConfig", "branch")
        request = first("gitConfig", "pullRequest") is not None
        yield _WriteBack(first("method"), target, branch, request, tuple(found))


def _branch(one: _WriteBack) -> Iterator[Finding]:
    colons = re.sub(r"\{\{[^{}]*\}\}", "", one.branch.text).count(":") if one.branch is not None else 0
    if one.branch is not None and colons > 1:
        yield at(one.branch, "the branch has more than one colon", "write BASE or BASE:NEW")
    elif one.branch is not None and colons and one.has_pull_request:
        yield at(one.branch, "a pull request takes only the branch to merge into", "write BASE, without :NEW")


def _target(node: Node, known: tuple[Object, ...], scope: Scope) -> Iterator[Finding]:
    text = node.text.strip()
    if posixpath.basename(text) in _KUSTOMIZATIONS:
        folder = posixpath.dirname(text.removeprefix("kustomization:"))
        if text.startswith("kustomization:"):
            yield at(node, "kustomization: needs a folder, not a file", f"write kustomization:{folder or '.'}")
        elif text.startswith("kustomization"):
            yield at(node, f"Image Updater does not read {text} as a file", "write kustomization")
        elif not text.startswith("helmvalues"):
            yield at(node, f"Image Updater refuses {text}, which it would overwrite", f"write kustomization:/{folder}")
        return
    if text != "kustomization" and not text.startswith("kustomization:"):
        return
    given = text.partition(":")[2]
    for one in known:
        source = text_at(one.node, "spec", "source", "path").strip("/")
        if source not in _folders(scope):
            continue  # of another repository, as far as is known
        folder = given.strip("/") if given.startswith("/") else posixpath.normpath(posixpath.join(source, given))
        if folder.startswith(".."):
            yield at(node, f"{text} is outside of the repository", "name a folder of the repository")
        elif not any(scope.exists(posixpath.join(folder, name)) for name in _KUSTOMIZATIONS):
            message = f"the folder {folder} has no kustomization to write the tag to ({one.shown})"
            yield at(node, message, "add a kustomization.yaml, or name its folder: kustomization:/PATH")


def _folders(scope: Scope) -> frozenset[str]:
    """Return the folders that have a file of the run, directly or further down."""
    if "aiu_write_back.folders" not in scope.memo:
        found: set[str] = set()
        for file in scope.files:
            folder = posixpath.dirname(file.path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        scope.memo["aiu_write_back.folders"] = frozenset(found)
    folders: frozenset[str] = scope.memo["aiu_write_back.folders"]
    return folders
