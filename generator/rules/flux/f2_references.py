"""F2-004: image policies without their repository, and automations that cannot commit.

Sources: fluxcd/image-reflector-controller 1.2, ``internal/controller``; fluxcd/image-automation-controller 1.2,
``internal/source``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...nearest import suggestion
from ...yaml import get, text_at
from ..readers.flux2_groups import IMAGE_GROUP, SOURCE_GROUP
from ..readers.flux2_resources import denies_access, may_share_namespace, repositories_named, repository_namespace
from ..readers.objects import Object, is_patch, named, objects, of_sort
from ..readers.unseen_objects import are_apart, may_be_unseen
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .flux_examples import automation_example

_REMOVED = {
    ".Updated": re.compile(r"(?<![\w.])\$?\.Updated\b"),
    ".Changed.ImageResult": re.compile(r"\.Changed\.ImageResult\b"),
}


@rule(
    "F2-004", "error", ("kubernetes",), "an image policy without a repository, or an automation that cannot commit",
    explanation="An ImagePolicy needs its ImageRepository, which has to allow access from another namespace. An "
    "ImageUpdateAutomation commits to the branch in git.push, in git.checkout or in ref of its GitRepository: without "
    "any it fails. The template field .Updated was removed. Checked as far as the resources are among the files.",
    bad=automation_example("{{ range .Updated.Images }}{{ . }}{{ end }}"),
    good=automation_example("{{ range .Changed.Changes }}{{ . }}{{ end }}"),
    source="https://fluxcd.io/flux/components/image/imageupdateautomations/", across=True,
)  # fmt: skip
def references_of_flux2(file: File, scope: Scope) -> Iterator[Finding]:
    """Check the repository of an image policy, and the branch and message of an automation."""
    for one in objects(file):
        if one.group != IMAGE_GROUP or is_patch(file, scope):
            continue
        if one.sort == "ImagePolicy":
            yield from _policy(one, scope)
        elif one.sort == "ImageUpdateAutomation":
            yield from _message(one)
            yield from _branch(one, scope)


def _policy(one: Object, scope: Scope) -> Iterator[Finding]:
    reference = get(one.node, "spec", "imageRepositoryRef", "name")
    if reference is None or not reference.text or has_placeholder(reference.text):
        return
    space = repository_namespace(one)
    same = repositories_named(one, scope)
    found = next((x for x in same if not x.namespace or not space or x.namespace == space), None)
    if found is not None:
        if denies_access(one, found):
            where = get(one.node, "spec", "imageRepositoryRef", "namespace")
            message = f"{found.shown} in {found.namespace} allows no access from the namespace {one.namespace}"
            yield at(where or one.node, message, "add spec.accessFrom with namespaceSelectors to the ImageRepository")
    elif all(are_apart(one, x) for x in same or of_sort(scope, IMAGE_GROUP, "ImageRepository")):
        return
    elif same:
        if any(may_share_namespace(one, x, scope) for x in same):
            return
        message = f"the namespace {space} has no ImageRepository {reference.text}: it is in {same[0].namespace}"
        hint = "put both in one namespace, or name its namespace in imageRepositoryRef and allow access by accessFrom"
        yield at(reference, message, hint)
    else:
        known = {x.name for x in of_sort(scope, IMAGE_GROUP, "ImageRepository") if x.namespace == space}
        if known and not may_be_unseen(IMAGE_GROUP, "ImageRepository", scope):
            message = f"the namespace {space or 'default'} has no ImageRepository {reference.text}"
            yield at(reference, message, suggestion(reference.text, known, "its repositories"))


def _message(one: Object) -> Iterator[Finding]:
    template = get(one.node, "spec", "git", "commit", "messageTemplate")
    if template is None or template.shape != "scalar" or not one.api.endswith("/v1"):  # F2-005 has the older versions
        return
    for name, expression in _REMOVED.items():
        if expression.search(template.text):
            instead = ".Changed.Changes" if name == ".Updated" else ".Changed.FileChanges or .Changed.Objects"
            message = f"messageTemplate uses {name}, which was removed: the automation fails, and commits nothing"
            yield at(template, message, f"use {instead}")


def _branch(one: Object, scope: Scope) -> Iterator[Finding]:
    """Find an automation that knows no branch to commit to."""
    git = get(one.node, "spec", "git")
    reference = get(one.node, "spec", "sourceRef")
    if text_at(git, "push", "branch") or text_at(git, "checkout", "ref", "branch") or reference is None:
        return
    message = f"{one.shown} has no branch to commit to"
    if get(git, "checkout") is not None:
        yield at(
            reference, f"{message}: git.checkout.ref names none", "add git.push.branch, or git.checkout.ref.branch"
        )
        return
    space = text_at(reference, "namespace") or one.namespace
    same = [x for x in named(scope, "GitRepository", text_at(reference, "name")) if x.group == SOURCE_GROUP]
    source = next((x for x in same if x.namespace == space), None)
    if source is not None and not text_at(source.node, "spec", "ref", "branch"):
        hint = "add git.checkout.ref.branch, or spec.ref.branch of the GitRepository"
        yield at(reference, f"{message}: neither it nor {source.shown} names one", hint)
