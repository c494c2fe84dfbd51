"""FX014 and FX015: annotation keys that Flux v1 does not know, and keys that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from ...finding import Finding
from ...fix import Fix
from ...images.backends.flux_v1.flux1_patterns import PREFIXES
from ...nearest import Guesses
from ...yaml import Node, get, pairs_at
from ..readers.flux1_workloads import (
    KNOWN,
    SUPPORTED,
    SYNC_STATE,
    FluxAnnotation,
    FluxWorkload,
    each_workload,
    workloads,
)
from ..readers.node_fixes import key_fix
from ..readers.objects import Object, objects
from ..rule import File, Scope, at, rule
from .flux_examples import FLUXCTL, GOOD, flux1_example, pattern_example

_WRITTEN_BY_FLUX = SYNC_STATE | {"tag_all"}
_DOMAINS = ("fluxcd.io", "filter.fluxcd.io", "flux.weave.works")
_PATTERNS = tuple(PREFIXES)
_NO_WORD = re.compile(r"[^A-Za-z0-9]")


@rule(
    "FX014", "warning", ("kubernetes",), "an annotation that Flux does not know, or not on this type of object",
    explanation="Flux silently ignores unknown keys, so that a misspelt key is not reported. It only automates "
    "Deployments, DaemonSets, StatefulSets, CronJobs and HelmReleases.",
    bad=flux1_example('fluxcd.io/automate: "true"'), good=GOOD, source=FLUXCTL,
)  # fmt: skip
def unknown_keys(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that Flux automates the type of the object and knows the key."""
    for workload in workloads(file, scope):
        yield from _unsupported(workload)
        for note in workload.annotations:
            if note.policy and not note.policy.startswith("tag.") and note.policy not in KNOWN:
                yield _unknown_key(note)
    if "flux" in file.text:
        for one in objects(file):
            yield from _odd_domains(one)


def _unsupported(one: FluxWorkload) -> Iterator[Finding]:
    if one.object.sort in SUPPORTED:
        if one.object.sort.endswith("HelmRelease"):
            return
        for note in one.annotations:
            if note.mapping and not note.text.startswith(_PATTERNS):
                message = (
                    f"{note.key.text} maps an image in the values of a HelmRelease, but this is a {one.object.sort}"
                )
                yield at(note.key, message, "remove it")
        return
    for note in one.annotations:
        if note.policy.startswith("tag.") or note.policy == "automated" or note.mapping:
            message = f"Flux does not automate a {one.object.sort}, so {note.key.text} has no effect"
            yield at(note.key, message, "automated are Deployment, DaemonSet, StatefulSet, CronJob and HelmRelease")


def _unknown_key(note: FluxAnnotation) -> Finding:
    if note.policy in _WRITTEN_BY_FLUX:
        return at(note.key, f"{note.key.text} does not belong in manifests: Flux or fluxctl sets it", "remove it")
    close = Guesses().nearest(note.policy.strip(), [*KNOWN, "tag.CONTAINER"])
    hint = f"did you mean fluxcd.io/{close}?" if close else f"known are {', '.join(sorted(KNOWN))} and tag.CONTAINER"
    message = f"Flux does not know the annotation {note.key.text!r} and ignores it"
    return at(note.key, message, hint, fix=_renamed(note.key, note.policy))


def _renamed(key: Node, policy: str) -> Fix | None:
    """Return the fix of a key that differs from a known one only by case, blanks and dashes; None for another."""
    plain = _NO_WORD.sub("", policy).lower()
    known = [one for one in KNOWN if _NO_WORD.sub("", one).lower() == plain]
    domain = key.text.partition("/")[0]
    return key_fix(key, f"{domain}/{known[0]}") if len(known) == 1 else None


def _odd_domains(one: Object) -> Iterator[Finding]:
    """Yield keys whose domain is similar to Flux's, and labels that should be annotations."""
    for key, _ in pairs_at(one.node, "metadata", "annotations"):
        domain, slash, name = key.text.partition("/")
        if not slash or domain in _DOMAINS or domain.endswith(".fluxcd.io"):
            continue
        if (name in KNOWN or name.startswith("tag.")) and get_close_matches(domain, _DOMAINS, 1, 0.75):
            hint = f"write fluxcd.io/{name}"
            message = f"{key.text} has the domain {domain}, which Flux does not read"
            yield at(key, message, hint, fix=key_fix(key, f"fluxcd.io/{name}"))
    for key, _ in pairs_at(one.node, "metadata", "labels"):
        if any(key.text.startswith(f"{one}/") for one in _DOMAINS):
            yield at(key, f"{key.text} is a label, which Flux does not read", "make it an annotation, or remove it")


@rule(
    "FX015", "error", ("kubernetes",), "annotations of Flux that contradict each other, or a path instead of a pattern",
    explanation="fluxcd.io/tag.NAME, filter.fluxcd.io/NAME and the older flux.weave.works/tag.NAME set the same "
    "policy: with two values, which one applies is random. tag.fluxcd.io/ALIAS is a path in values of a HelmRelease.",
    bad=pattern_example("glob:master-*\nfilter.fluxcd.io/web: glob:main-*"),
    good=GOOD, source="https://fluxcd.io/legacy/flux/references/helm-operator-integration/",
)  # fmt: skip
@each_workload
def conflicting_keys(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a policy has a single value, and that paths and patterns are not mixed up."""
    first: dict[str, FluxAnnotation] = {}
    for note in one.annotations:
        if not note.policy:
            continue
        other = first.setdefault(note.policy, note)
        if other is not note and other.text != note.text:
            message = (
                f"{note.key.text} is {note.text!r} and {other.key.text} is {other.text!r}: which one applies is random"
            )
            yield at(note.key, message, "keep one of them")
        if note.policy.startswith("tag.tag."):
            right = f"filter.fluxcd.io/{note.policy.removeprefix('tag.tag.')}"
            yield at(
                note.key,
                f"{note.key.text} is for a container called tag.…, which is not a valid name",
                f"write {right}",
            )
    yield from _mappings(one)
    if one.object.sort.endswith("HelmRelease"):
        values = get(one.object.node, "spec", "values")
        for note in one.patterns:
            if "." in note.text and not note.text.startswith(_PATTERNS) and get(values, *note.text.split(".")):
                message = f"{note.key.text} takes a path in the values, but its value is a tag pattern"
                yield at(note.key, message, f"tag.fluxcd.io/{note.container} takes a path")


def _mappings(one: FluxWorkload) -> Iterator[Finding]:
    mapped = {note.alias for note in one.annotations if note.mapping == "repository"}
    for note in one.annotations:
        if not note.mapping:
            continue
        if note.text.startswith(_PATTERNS) or "*" in note.text:
            right = f"write fluxcd.io/tag.{note.alias}" if note.mapping == "tag" else "write the path in the values"
            yield at(note.key, f"{note.key.text} takes a path in the values, but {note.text!r} is a pattern", right)
        elif note.mapping != "repository" and note.alias not in mapped and one.object.sort.endswith("HelmRelease"):
            hint = f"add repository.fluxcd.io/{note.alias} with the path of the image name"
            yield at(note.key, f"{note.key.text} has no effect without repository.fluxcd.io/{note.alias}", hint)
