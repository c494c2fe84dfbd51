"""AIU005, AIU006 and AIU008: ImageUpdaters that the API server refuses, that find no Application, or ignore settings.

Source: argoproj-labs/argocd-image-updater 1.3, ``api/v1alpha1`` and ``pkg/argocd``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ...finding import Finding
from ...images.policies import glob_matches
from ...nearest import Guesses, name_list
from ...yaml import Node, get, items_at, key_of, pairs_at, text_at
from ..readers.objects import Object, of_sort
from ..readers.update_settings import (
    APPLICATION_GROUP,
    GENERAL,
    PREFIX,
    UpdateSource,
    annotated_alias,
    applications,
    applications_named,
    applied_refs,
    update_sources,
)
from ..rule import File, Scope, at, rule
from .argocd_examples import APPLICATIONS, IMAGES, METHODS, application_example, updater_example

_OF_APPLICATION = GENERAL | {"image-list", "write-back-method", "write-back-target", "git-branch", "git-repository"}
_OF_IMAGE = GENERAL | {
    *("platforms", "helm.image-name", "helm.image-tag", "helm.image-spec", "kustomize.image-name"),
    *("tag-match", "sort-mode", "pull-platforms"),  # of releases before 0.12
}
_TARGETS = ("helm", "kustomize", "plugin")


def _updaters(file: File, scope: Scope) -> Iterator[Object]:
    for one in update_sources(file, scope):
        if one.object.sort == "ImageUpdater":
            yield one.object


@rule(
    "AIU005", "error", ("kubernetes",), "an ImageUpdater that the API server refuses",
    explanation="An alias is unique in an applicationRef, and a namePattern among the applicationRefs. "
    "An applicationRef has images, or useAnnotations: true. manifestTargets has exactly one of helm, kustomize and "
    "plugin, and pullRequest one of github and gitlab.",
    bad=updater_example("imageName: example/web:1.x\nmanifestTargets:\n  kustomize:\n    name: example/web\n  helm:\n"
    "    tag: image.tag\n"),
    good=updater_example("imageName: example/web:1.x\nmanifestTargets:\n  kustomize:\n    name: example/web\n"),
    source="https://argocd-image-updater.readthedocs.io/en/stable/install/reference/",
)  # fmt: skip
def refused_updaters(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that names are unique, and that exactly one of several fields is set."""
    for one in _updaters(file, scope):
        references = applied_refs(one)
        yield from _twice(references, "namePattern", "use it once, with all images in one applicationRef")
        yield from _pull_request(get(one.node, "spec"))
        for reference in references:
            images = tuple(items_at(reference, "images"))
            uses_notes = text_at(reference, "useAnnotations") == "true"
            if not images and not uses_notes:
                message = (
                    f"the applicationRef {text_at(reference, 'namePattern')} has neither images nor useAnnotations"
                )
                yield at(reference, message, "add images, or useAnnotations: true")
            yield from _twice(images, "alias", "give each image an alias of its own")
            yield from _pull_request(reference)
            for image in images:
                yield from _target(image)
    for source in update_sources(file, scope):
        if source.object.sort == "Application":
            yield from _aliases_twice(source)


def _twice(entries: Iterable[Node], key: str, hint: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in entries:
        name = get(entry, key)
        if name is not None and name.text in seen:
            yield at(name, f"the {key} {name.text} is duplicated: the API server refuses it", hint)
        seen.add(name.text if name is not None else "")


def _target(image: Node) -> Iterator[Finding]:
    targets = get(image, "manifestTargets")
    if targets is not None and targets.shape == "map":
        set_ones = [key for key in _TARGETS if get(targets, key) is not None]
        if len(set_ones) != 1:
            what = " and ".join(set_ones) or "nothing"
            message = f"manifestTargets has {what}, not exactly one of helm, kustomize and plugin"
            yield at(key_of(image, "manifestTargets") or targets, message, "keep the one that renders the manifests")


def _pull_request(level: Node | None) -> Iterator[Finding]:
    request = get(level, "writeBackConfig", "gitConfig", "pullRequest")
    if request is not None and sum(get(request, key) is not None for key in ("github", "gitlab")) != 1:
        where = key_of(get(level, "writeBackConfig", "gitConfig"), "pullRequest") or request
        yield at(where, "pullRequest needs exactly one of github and gitlab", "write github: {} or gitlab: {}")


def _aliases_twice(source: UpdateSource) -> Iterator[Finding]:
    seen: set[str] = set()
    for image in source.images:
        if image.alias and image.alias in seen:
            message = f"the alias {image.alias} is for two images, which share its settings and its parameters"
            yield at(image.where, message, "give each image an alias of its own", "warning")
        seen.add(image.alias)


@rule(
    "AIU006", "warning", ("kubernetes",), "an ImageUpdater without its Application",
    explanation="Image Updater looks for Applications in the namespace of the ImageUpdater, by namePattern. Checked if "
    "Applications are among the files and no ApplicationSet is; a warning if one has a similar name or is in another "
    "namespace, else information.",
    bad=application_example("webs") + updater_example("imageName: example/web:1.x"),
    good=application_example("web") + updater_example("imageName: example/web:1.x"),
    source=APPLICATIONS, across=True,
)  # fmt: skip
def missing_applications(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that an Application matches each namePattern."""
    updaters = tuple(_updaters(file, scope))
    known = applications(scope) if updaters else ()
    if not known or of_sort(scope, APPLICATION_GROUP, "ApplicationSet"):
        return
    for one in updaters:
        for reference in applied_refs(one):
            pattern = get(reference, "namePattern")
            if pattern is not None and pattern.text and not set(pattern.text) & set("?[\\$"):
                yield from _unmatched(one, pattern, known, scope)


def _unmatched(one: Object, pattern: Node, known: tuple[Object, ...], scope: Scope) -> Iterator[Finding]:
    same: Sequence[Object] = applications_named(pattern.text, scope)
    if "*" in pattern.text:
        same = [x for x in known if glob_matches(pattern.text, x.name)]
    if any(not one.namespace or not x.namespace or x.namespace == one.namespace for x in same):
        return
    if same:
        message = (
            f"Application {same[0].name} is in {same[0].namespace}, where {one.shown} in {one.namespace} does not look"
        )
        yield at(pattern, message, f"put {one.shown} into the namespace {same[0].namespace}")
        return
    names = {x.name for x in known}
    message = f"no Application among the files matches {pattern.text}"
    digits = re.sub(r"[^0-9]", "", pattern.text)  # web-1 is no misspelling of web-2
    alike = {name for name in names if re.sub(r"[^0-9]", "", name) == digits}
    if close := Guesses().nearest(pattern.text, alike, 0.8):
        yield at(pattern, message, f"did you mean {close!r}?")
    else:
        yield at(pattern, message, f"known Applications: {name_list(names)}", "info")


@rule(
    "AIU008", "warning", ("kubernetes",), "settings of Image Updater that have no effect",
    explanation="With useAnnotations, an applicationRef only uses namePattern and labelSelectors. gitConfig counts "
    "only with the method git. An annotation counts if its name is known and its alias is in image-list.",
    bad=updater_example("imageName: example/web:1.x", "  writeBackConfig:\n    gitConfig:\n      branch: main\n"),
    good=updater_example("imageName: example/web:1.x",
    "  writeBackConfig:\n    method: git\n    gitConfig:\n      branch: main\n"),
    source=METHODS,
)  # fmt: skip
def unused_settings(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that settings of a resource and annotations are used."""
    for one in _updaters(file, scope):
        yield from _unused_git(one)
        for reference in applied_refs(one):
            for key, _ in pairs_at(reference) if text_at(reference, "useAnnotations") == "true" else ():
                if key.text in {"images", "commonUpdateSettings", "writeBackConfig"}:
                    hint = "remove it, or useAnnotations"
                    yield at(key, f"{key.text} has no effect: useAnnotations takes the annotations instead", hint)
    for source in update_sources(file, scope):
        if source.object.sort == "Application":
            yield from _unused_annotations(source)


def _unused_git(one: Object) -> Iterator[Finding]:
    levels = [get(one.node, "spec"), *applied_refs(one)]
    methods = [text_at(level, "writeBackConfig", "method") for level in levels]
    if not any(method.startswith("git") for method in methods):
        for level in levels:
            written = get(level, "writeBackConfig")
            if get(written, "gitConfig") is not None:
                message = "gitConfig has no effect: the method is argocd, which does not commit"
                yield at(key_of(written, "gitConfig"), message, "add method: git, or remove gitConfig")


def _unused_annotations(source: UpdateSource) -> Iterator[Finding]:
    names = {key.text.removeprefix(PREFIX) for key, _ in source.annotations}
    aliases = {annotated_alias(image.alias) for image in source.images if image.alias}
    if "image-list" not in names:
        key = source.annotations[0][0]
        yield at(key, "the annotations of Image Updater have no effect without image-list", f"add {PREFIX}image-list")
        return
    for key, _ in source.annotations:
        name = key.text.removeprefix(PREFIX)
        alias, _, setting = name.partition(".")
        if name in _OF_APPLICATION or "{{" in name:
            continue
        owner = max((one for one in aliases if name.startswith(f"{one}.")), key=len, default="")
        setting = name.removeprefix(f"{owner}.") if owner else setting
        if setting not in _OF_IMAGE:
            close = Guesses().nearest(setting or name, _OF_IMAGE if setting else _OF_APPLICATION)
            hint = f"did you mean {close!r}?" if close else f"see {IMAGES}"
            yield at(key, f"{key.text} is not an annotation of Image Updater", hint)
        elif not owner:
            message = f"{key.text} has no effect: image-list has no alias {alias}"
            yield at(
                key, message, f"its aliases: {name_list(aliases)}" if aliases else f"write {alias}=IMAGE in image-list"
            )
