"""FX001 to FX004 and FX009 to FX015: annotations of Flux v1 that do not mean what they seem to.

Flux v1 reads its annotations without checking any: a misspelt one is ignored, and a container without a pattern takes
the newest build of any branch. Sources as in ``workloads``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from ...nearest import Guesses
from ...yaml import Node, get, pairs_at
from ..readers.objects import Object, containers, objects
from ..rule import File, Finding, Rule, Scope, at
from .workloads import (
    BOOLEANS,
    KNOWN,
    PREFIXES,
    SUPPORTED,
    Annotation,
    Workload,
    is_string,
    read_annotations,
    spelling_fault,
    workloads,
)

_SHOWN = 20  # names that a message lists
_COMPARED = 100  # names that a misspelt one is compared with
_WRITTEN_BY_FLUX = frozenset({"sync-checksum", "sync-gc-mark", "tag_all"})
_DOMAINS = ("fluxcd.io", "filter.fluxcd.io", "flux.weave.works")
_DOCS = "https://fluxcd.io/legacy/flux/references/fluxctl/"


def _each(check: Callable[[Workload], Iterator[Finding]]) -> Callable[[File, Scope], Iterator[Finding]]:
    def over(file: File, scope: Scope) -> Iterator[Finding]:
        for one in workloads(file, scope):
            yield from check(one)

    return over


def _strings(one: Workload) -> Iterator[Finding]:
    """FX001: the value of an annotation is text."""
    for note in one.annotations:
        if not is_string(note):
            what = "a map or list" if note.value.shape != "scalar" else f"{note.value.text}, which is no text"
            message = f"{note.key.text} is {what}: the API server refuses it, and for a HelmRelease Flux ignores it"
            where = note.value if note.value.shape == "scalar" else note.key
            yield at(where, message, f'write it in quotes: "{note.value.text}"' if note.value.text else "use text")


def _booleans(one: Workload) -> Iterator[Finding]:
    """FX002: a boolean policy is ``true`` or ``false``, and ``ignore`` may be ``sync_only``."""
    for note in one.annotations:
        allowed = {"true", "false", *(["sync_only"] if note.policy == "ignore" else [])}
        if note.policy in BOOLEANS and is_string(note) and note.text not in allowed:
            near = "true" if note.text.strip().lower() in {"true", "yes", "y", "on", "1", "enabled"} else "false"
            message = f"{note.key.text} is {note.text!r}, which Flux takes for false: it only knows the text true"
            yield at(note.value if note.text else note.key, message, f'write "{near}"')


def _containers(one: Workload) -> Iterator[Finding]:
    """FX003: a pattern is for a container that is there."""
    if one.is_part or one.object.sort not in SUPPORTED:
        return
    names = [image.name for image in one.images]
    every, shown = set(names), ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN))
    guesses = Guesses()
    for note in one.patterns:
        if note.container in every or note.container.startswith("tag."):
            continue
        if not names and one.object.pod is None and not one.object.sort.endswith("HelmRelease"):
            continue  # the schema tells that there is no pod template
        close = guesses.nearest(note.container, names[:_COMPARED])
        known = f"its containers are {shown}" if names else "it has none that Flux sees"
        message = (
            f"{note.key.text} is for the container {note.container!r}, and {one.object.shown} has none of that name"
        )
        yield at(note.key, message, f"did you mean {close!r}? {known}" if close else f"{known}; name one of them")


def _unnamed(one: Workload) -> Iterator[Finding]:
    """FX004: every container of an automated workload has a pattern."""
    if not one.is_automated or one.is_part:
        return
    named = {note.container for note in one.patterns}
    nodes = _name_nodes(one)
    for image in one.images:
        if image.name and image.name not in named:
            what = "init container" if image.init else "container"
            message = f"the {what} {image.name!r} has no pattern, so Flux takes the newest build of any branch for it"
            pinned = f"glob:{image.tag}" if image.tag else "glob:TAG"
            hint = f"add fluxcd.io/tag.{image.name} with its pattern, or {pinned} to keep it as it is"
            yield at(nodes.get(image.name) or image.where, message, hint)


def _name_nodes(one: Workload) -> dict[str, Node]:
    """Return where the names of containers stand, the first of each."""
    each = (get(x.node, "name") for x in containers(one.object))
    named = [x for x in each if x is not None]
    return {x.text: x for x in reversed(named)}


def _spelling(one: Workload) -> Iterator[Finding]:
    """FX009: a pattern begins with a prefix that Flux knows, and with no blank."""
    for note in one.patterns:
        if is_string(note) and (fault := spelling_fault(note.text)):
            yield at(note.value if note.text else note.key, f"{note.key.text} is {note.text!r}: {fault[0]}", fault[1])


def _alone(one: Workload) -> Iterator[Finding]:
    """FX012: patterns come with automation, and automation without a lock."""
    automated = [note for note in one.annotations if note.policy == "automated"]
    if one.patterns and not automated and not one.is_part:
        message = f"{one.patterns[0].key.text} has no effect by itself: {one.object.shown} is not automated"
        yield at(one.patterns[0].key, message, 'add fluxcd.io/automated: "true", or remove the pattern')
    elif one.patterns and not one.is_part and all(note.text == "false" for note in automated):
        message = f"{one.patterns[0].key.text} has no effect: {automated[0].key.text} is false"
        yield at(one.patterns[0].key, message, 'write "true", or remove the pattern')
    if any(note.text == "true" for note in automated):
        for note in one.annotations:
            if note.policy in {"locked", "ignore"} and note.text == "true":
                message = f"{note.key.text} stops the automation that {automated[0].key.text} starts"
                yield at(note.key, message, "keep one of them")


def _template(file: File, _scope: Scope) -> Iterator[Finding]:
    """FX013: annotations stand on the workload, not on its pods."""
    if "flux" not in file.text:
        return
    for one in objects(file):
        inner = [get(one.node, "spec", "jobTemplate"), one.pod if one.sort != "Pod" else None]
        for part in inner:
            for note in read_annotations(get(part, "metadata", "annotations")):
                message = f"{note.key.text} stands on the pod template, where Flux does not read it"
                yield at(note.key, message, f"move it to metadata.annotations of {one.shown}")


def _unknown(file: File, scope: Scope) -> Iterator[Finding]:
    """FX014: the object is of a type that Flux automates, and the key is one that Flux knows."""
    for workload in workloads(file, scope):
        yield from _unsupported(workload)
        for note in workload.annotations:
            if note.policy and not note.policy.startswith("tag.") and note.policy not in KNOWN:
                yield _unknown_key(note)
    if "flux" in file.text:
        for one in objects(file):
            yield from _odd_domains(one)


def _unsupported(one: Workload) -> Iterator[Finding]:
    if one.object.sort in SUPPORTED:
        if one.object.sort.endswith("HelmRelease"):
            return
        for note in one.annotations:
            if note.mapping and not note.text.startswith(PREFIXES):
                message = (
                    f"{note.key.text} maps an image in the values of a HelmRelease, and this is a {one.object.sort}"
                )
                yield at(note.key, message, "remove it")
        return
    for note in one.annotations:
        if note.policy.startswith("tag.") or note.policy == "automated" or note.mapping:
            message = f"Flux does not automate a {one.object.sort}, so {note.key.text} has no effect"
            yield at(note.key, message, "Deployment, DaemonSet, StatefulSet, CronJob and HelmRelease are automated")


def _unknown_key(note: Annotation) -> Finding:
    if note.policy in _WRITTEN_BY_FLUX:
        return at(note.key, f"{note.key.text} is not for manifests: Flux or fluxctl writes it", "remove it")
    close = get_close_matches(note.policy.strip(), [*KNOWN, "tag.CONTAINER"], 1, 0.6)
    hint = f"did you mean fluxcd.io/{close[0]}?" if close else f"it knows {', '.join(sorted(KNOWN))} and tag.CONTAINER"
    return at(note.key, f"Flux knows no annotation {note.key.text!r}, and ignores it", hint)


def _odd_domains(one: Object) -> Iterator[Finding]:
    """Yield keys whose domain is nearly Flux's, and labels that are meant for annotations."""
    for key, _ in pairs_at(one.node, "metadata", "annotations"):
        domain, slash, name = key.text.partition("/")
        if not slash or domain in _DOMAINS or domain.endswith(".fluxcd.io"):
            continue
        if (name in KNOWN or name.startswith("tag.")) and get_close_matches(domain, _DOMAINS, 1, 0.75):
            hint = f"write fluxcd.io/{name}"
            yield at(key, f"{key.text} has the domain {domain}, which Flux does not read", hint)
    for key, _ in pairs_at(one.node, "metadata", "labels"):
        if any(key.text.startswith(f"{one}/") for one in _DOMAINS):
            yield at(key, f"{key.text} is a label, where Flux does not read it", "make it an annotation, or remove it")


def _conflicts(one: Workload) -> Iterator[Finding]:
    """FX015: one policy has one value; paths are paths and patterns are patterns."""
    first: dict[str, Annotation] = {}
    for note in one.annotations:
        if not note.policy:
            continue
        other = first.setdefault(note.policy, note)
        if other is not note and other.text != note.text:
            message = (
                f"{note.key.text} is {note.text!r} and {other.key.text} is {other.text!r}: which one counts is chance"
            )
            yield at(note.key, message, "keep one of them")
        if note.policy.startswith("tag.tag."):
            right = f"filter.fluxcd.io/{note.policy.removeprefix('tag.tag.')}"
            yield at(note.key, f"{note.key.text} is for a container called tag.…, and there is none", f"write {right}")
    yield from _mappings(one)
    if one.object.sort.endswith("HelmRelease"):
        values = get(one.object.node, "spec", "values")
        for note in one.patterns:
            if "." in note.text and not note.text.startswith(PREFIXES) and get(values, *note.text.split(".")):
                message = f"{note.key.text} holds a path in the values, and its value is a pattern of tags"
                yield at(note.key, message, f"tag.fluxcd.io/{note.container} is the one that takes a path")


def _mappings(one: Workload) -> Iterator[Finding]:
    mapped = {note.alias for note in one.annotations if note.mapping == "repository"}
    for note in one.annotations:
        if not note.mapping:
            continue
        if note.text.startswith(PREFIXES) or "*" in note.text:
            right = f"write fluxcd.io/tag.{note.alias}" if note.mapping == "tag" else "write the path in the values"
            yield at(note.key, f"{note.key.text} takes a path in the values, and {note.text!r} is a pattern", right)
        elif note.mapping != "repository" and note.alias not in mapped and one.object.sort.endswith("HelmRelease"):
            hint = f"add repository.fluxcd.io/{note.alias} with the path of the image's name"
            yield at(note.key, f"{note.key.text} has no effect without repository.fluxcd.io/{note.alias}", hint)


def example(annotations: str, image: str = "example/web:master-1", *, sort: str = "Deployment") -> str:
    """Return a manifest with annotations of Flux, to explain rules by."""
    lines = "".join(f"    {line}\n" for line in annotations.splitlines())
    head = f"apiVersion: apps/v1\nkind: {sort}\nmetadata:\n  name: web\n  annotations:\n{lines}"
    labels = "spec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n"
    return f"{head}{labels}    spec:\n      containers:\n        - name: web\n          image: {image}\n"


_GOOD = example('fluxcd.io/automated: "true"\nfluxcd.io/tag.web: glob:master-*')

RULES = (
    Rule(
        "FX001", "error", ("kubernetes",), "an annotation of Flux whose value is no text",
        "Annotations are text. kubectl and the API server refuse true, yes or 1 without quotes; in a HelmRelease it "
        "makes Flux ignore all annotations, without a word.",
        example("fluxcd.io/automated: true\nfluxcd.io/tag.web: glob:master-*"), _GOOD, _each(_strings),
        "https://github.com/fluxcd/flux/issues/3143",
    ),
    Rule(
        "FX002", "error", ("kubernetes",), "a yes or no of Flux that is neither \"true\" nor \"false\"",
        "Flux compares with the text true. \"True\", \"yes\" and \"1\" count as false, without a word. ignore may be "
        "sync_only as well.",
        example('fluxcd.io/automated: "yes"\nfluxcd.io/tag.web: glob:master-*'), _GOOD, _each(_booleans), _DOCS,
    ),
    Rule(
        "FX003", "error", ("kubernetes",), "a pattern of tags for a container that is not there",
        "Flux looks patterns up by the container's name. One for another name is never read, and the container that is "
        "there takes the newest build of any branch. In a HelmRelease the names are chart-image, keys of the values, "
        "and aliases.",
        example('fluxcd.io/automated: "true"\nfluxcd.io/tag.wbe: glob:master-*'), _GOOD, _each(_containers),
        "https://github.com/fluxcd/flux/issues/1504",
    ),
    Rule(
        "FX004", "warning", ("kubernetes",), "an automated container without a pattern of tags",
        "Automation is for every container of a workload, init containers and sidecars too. Without a pattern it takes "
        "the newest image of any name.",
        example('fluxcd.io/automated: "true"'), _GOOD, _each(_unnamed), "https://github.com/fluxcd/flux/issues/2976",
    ),
    Rule(
        "FX009", "error", ("kubernetes",), "a pattern of tags that no tag fits as it is written",
        "A pattern begins with glob:, semver: or regexp:, exactly so. Anything else, and a blank before or behind, is "
        "a part of a glob: it fits no tag, and nothing is ever deployed.",
        example('fluxcd.io/automated: "true"\nfluxcd.io/tag.web: "glob: master-*"'), _GOOD, _each(_spelling), _DOCS,
    ),
    Rule(
        "FX012", "warning", ("kubernetes",), "a pattern without automation, or automation that is locked or ignored",
        "The annotations contradict each other: one of them has no effect, and a reader believes the other.",
        example("fluxcd.io/tag.web: glob:master-*"), _GOOD, _each(_alone), _DOCS,
    ),
    Rule(
        "FX013", "error", ("kubernetes",), "annotations of Flux on the pod template",
        "Flux reads metadata.annotations of the workload itself. Below spec.template they have no effect.",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
        "      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n      annotations:\n"
        '        fluxcd.io/automated: "true"\n    spec:\n      containers:\n        - name: web\n'
        "          image: example/web:master-1\n",
        _GOOD, _template, _DOCS,
    ),
    Rule(
        "FX014", "warning", ("kubernetes",), "an annotation of Flux that it does not know, or not on this type",
        "Flux stores what it does not know and never reads it: a misspelt key is silent. It automates Deployments, "
        "DaemonSets, StatefulSets, CronJobs and HelmReleases, nothing else.",
        example('fluxcd.io/automate: "true"'), _GOOD, _unknown, _DOCS,
    ),
    Rule(
        "FX015", "error", ("kubernetes",), "annotations of Flux that say two things, or a path for a pattern",
        "fluxcd.io/tag.NAME, filter.fluxcd.io/NAME and the older flux.weave.works/tag.NAME are one policy: with two "
        "values chance decides. tag.fluxcd.io/ALIAS is another thing: a path in the values of a HelmRelease.",
        example('fluxcd.io/automated: "true"\nfluxcd.io/tag.web: glob:master-*\nfilter.fluxcd.io/web: glob:main-*'),
        _GOOD, _each(_conflicts), "https://fluxcd.io/legacy/flux/references/helm-operator-integration/",
    ),
)  # fmt: skip
