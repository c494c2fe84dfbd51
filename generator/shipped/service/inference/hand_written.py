"""The objects in the files of a folder, and the Deployment that is adopted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ....adoptable import HandWritten, Origin
from ....errors import Invalid, Problem, invalid
from ....rules import File, Scope, recognise
from ....rules.readers.objects import POD_TEMPLATE, Object, is_patch, objects
from ....yaml import Node, items_at, pairs_at, text_at

_OTHERS = frozenset(POD_TEMPLATE) - {"Deployment", "Pod", "Job"}
_SHOWN = 10  # names in a message


@dataclass(frozen=True)
class FolderObjects:
    """The objects of a folder's files, without patches; and the patches."""

    scope: Scope
    objects: tuple[Object, ...]
    patches: tuple[Object, ...]

    def of(self, sort: str, group: str | None = None) -> list[Object]:
        """Return the objects of a type."""
        return [one for one in self.objects if one.sort == sort and group in {None, one.group}]

    @property
    def kustomizations(self) -> list[File]:
        """The kustomizations of the folder."""
        return [one for one in self.scope.files if one.family == "kustomization"]


def node_source(node: Node, path: str) -> Origin:
    """Return the place of a node."""
    return Origin(path, node.line, node.column)


def not_adoptable(node: Node, path: str, message: str, hint: str) -> Invalid:
    """Return why what is at a node cannot be adopted, as an exception."""
    return invalid(path, message, hint, line=node.line, column=node.column)


def folder_objects(files: Mapping[str, str], *, lenient: bool = False) -> FolderObjects:
    """Return the objects in YAML files. Raises Invalid for files that cannot be read, unless ``lenient``."""
    read: list[File] = []
    problems: list[Problem] = []
    for path, text in sorted(files.items()):
        found = recognise(path, text, files.__contains__)
        if found.file:
            read.append(found.file)
        problems += found.problems
        if found.is_template:
            hint = "adopt the manifests that it renders, or leave the chart as it is"
            problems.append(Problem(path, 1, 1, f"{found.reason}, not a manifest", hint))
    if problems and not lenient:
        raise Invalid(problems)
    scope = Scope(tuple(read), exists=files.__contains__, read=files.get)
    every = [(one, is_patch(file, scope)) for file in read for one in objects(file)]
    return FolderObjects(
        scope,
        tuple(one for one, patches in every if not patches),
        tuple(one for one, patches in every if patches),
    )


def chosen_deployment(found: FolderObjects, given: HandWritten) -> Object:
    """Return the Deployment to adopt: the only one, or the one that the user names. Raises Invalid."""
    wanted = given.asked.get("name")
    every = found.of("Deployment")
    chosen = [one for one in every if wanted in {None, one.name}]
    if not chosen:
        raise _none(found, given, every)
    if len(chosen) > 1 and len({one.name for one in chosen}) == len(chosen):
        names = ", ".join(sorted(one.name for one in chosen)[:_SHOWN])
        more = ", …" if len(chosen) > _SHOWN else ""
        message = f"is one of {len(chosen)} Deployments in {given.folder}, and a unit is one service"
        raise not_adoptable(chosen[0].node, chosen[0].file.path, message, f"choose one with --name: {names}{more}")
    if len(chosen) > 1:
        message = f"{chosen[0].shown} is defined {len(chosen)} times in {given.folder}"
        hint = "remove or move all but one; a patch must be listed under patches of a kustomization"
        places = [(one.file.path, one.node.line, one.node.column) for one in chosen]
        raise Invalid(Problem(*place, message, hint) for place in places)
    _check(chosen[0])
    return chosen[0]


def _none(found: FolderObjects, given: HandWritten, every: list[Object]) -> Invalid:
    wanted = given.asked.get("name")
    if wanted and every:
        names = ", ".join(sorted({one.name for one in every})[:_SHOWN])
        return invalid("--name", f"no Deployment in {given.folder} is named {wanted}", f"there are: {names}")
    for one in found.patches:
        if one.sort == "Deployment":
            hint = "adopt the folder that it patches, or write the Deployment out"
            return not_adoptable(one.node, one.file.path, f"{one.shown} is a patch of a kustomization", hint)
    for one in found.objects:
        if one.sort in _OTHERS:
            message = f"{one.shown} is not a Deployment, which is what a service is"
            return not_adoptable(one.node, one.file.path, message, "keep it as it is")
    return invalid(given.folder, "has no Deployment to adopt", "name the folder of its manifests")


def _check(one: Object) -> None:
    """Raise Invalid for a Deployment that no service can be."""
    path = one.file.path
    if not any(one.node is document for document in one.file.documents):
        hint = "write its items as documents, separated by ---"
        raise not_adoptable(one.node, path, f"{one.shown} is an item of a List", hint)
    if one.api != "apps/v1":
        message = f"{one.shown} has apiVersion {one.api}, which Kubernetes does not serve"
        raise not_adoptable(one.node, path, message, "write apiVersion: apps/v1, and a selector")
    if not one.name:
        raise not_adoptable(one.node, path, "the Deployment has no name", "write metadata.name")
    labels = pairs_at(one.node, "spec", "selector", "matchLabels")
    if not labels and not items_at(one.node, "spec", "selector", "matchExpressions"):
        raise not_adoptable(
            one.node, path, f"{one.shown} has no selector, which Kubernetes requires", "write spec.selector"
        )
    for key, value in labels:
        if one.labels.get(key.text) != value.text:
            message = f"{one.shown} selects {key.text}: {value.text}, which its pods do not have"
            raise not_adoptable(key, path, message, "write the label in spec.template.metadata.labels")
    names = [text_at(each, "name") for each in items_at(one.pod, "spec", "containers")]
    if not names:
        raise not_adoptable(one.node, path, f"{one.shown} has no containers", "write spec.template.spec.containers")
    for number, each in enumerate(items_at(one.pod, "spec", "containers")):
        if not names[number] or names[number] in names[:number]:
            what = f"has two containers named {names[number]}" if names[number] else "has a container without a name"
            raise not_adoptable(each, path, f"{one.shown} {what}", "name each container")
