"""Migrate a workload with annotations of Flux v1: policies of Flux v2 for its containers, and markers on their images.

A workload is migrated as a whole or not at all: Flux v1's ``automated`` applies to every container, so with some of
them migrated, two tools would move tags of one workload, or nothing would. What Flux v2 cannot do is a fault, with its
place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..finding import Finding
from ..images.backend import Additions, AutomatedContainer, AutomatedWorkload
from ..images.backends import backend_of
from ..images.backends.flux_v1.flux1_patterns import read_pattern, spelling_fault
from ..images.policies import ORDERED, PolicyFault, TagPolicy, parse_policy
from ..rules import at
from ..rules.readers.flux1_workloads import (
    BOOLEANS,
    KNOWN,
    SUPPORTED,
    SYNC_STATE,
    FluxAnnotation,
    FluxWorkload,
    WorkloadImage,
    is_string,
)
from ..yaml import get, items_at, key_of, text_at
from .annotation_lines import LineEdits, joined_edits, mark_value, remove_annotations
from .plan_of_migration import Migrated

TARGET = "flux-v2"
_ABOUT = re.compile(r"flux|weave|automat", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")
_AGAIN = "then run this command again"
_HELM_OPERATOR = "helm.fluxcd.io"


@dataclass
class Surroundings:
    """What a workload's migration depends on: Flux's settings, the names of resources that exist or are planned (with
    their namespace), images that a kustomization replaces (with its path), the namespace that one sets, and marks.
    """

    settings: Mapping[str, Any]
    taken: set[tuple[str, str]]
    replaced: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""
    marked: frozenset[int] = field(default_factory=frozenset)
    origins: dict[tuple[str, str], str] = field(default_factory=dict)  # of taken names: what has or needs them


def migrate_workload(text: str, one: FluxWorkload, around: Surroundings) -> Migrated | list[Finding]:
    """Return the migration of a workload, or why it is left. Adds the names of its resources to ``around``."""
    if faults := list(_faults(one)):
        return faults
    moves, faults = _moves(one, around)
    if faults:
        return faults
    if len({_plain(image.name) for image, _ in moves}) < len(moves):
        message = f"two containers of {one.object.shown} would have policies of the same name"
        return [at(one.annotations[0].key, message, "rename one of them, or write the resources by hand")]
    additions = _additions(one, moves, around)
    names = {(str(x.data["metadata"]["namespace"]), str(x.data["metadata"]["name"])) for x in additions.objects}
    first = one.annotations[0].key
    if bad := sorted(name for _, name in names if not _NAME.match(name) or len(name) > 253):
        hint = "rename the workload or the container, or write the resources by hand"
        return [at(first, f"{bad[0]} would be the name of its policy, which is not valid", hint)]
    if twice := sorted(names & around.taken):
        where = around.origins.get(twice[0], "another file")
        message = f"an image resource {twice[0][1]} exists already in {twice[0][0]}: {where}"
        return [at(first, message, f"{_another_name(one)}, or write the resources and markers by hand")]
    parts = [*_removal(text, one), *_markers(text, moves, additions)]
    if faults := [at(part.where, part.fault, part.hint) for part in parts if part.fault]:
        return faults
    edits = joined_edits(parts)
    around.taken |= names
    around.origins |= dict.fromkeys(names, f"that of {one.object.shown} in {one.object.file.path}")
    return Migrated(
        tuple(edits.made),
        frozenset(edits.gone),
        tuple(edits.dropped),
        tuple(edits.added),
        additions.objects,
        tuple(_notes(one, moves, around)),
    )


def _another_name(one: FluxWorkload) -> str:
    """Return how the resources of a workload get other names, which begin with its namespace."""
    return "rename one of the workloads" if one.object.namespace else "set metadata.namespace"


def _faults(one: FluxWorkload) -> Iterator[Finding]:
    """Yield why a workload as a whole cannot be migrated."""
    first, shown = one.annotations[0].key, one.object.shown
    if not one.object.file.path.endswith((".yaml", ".yml")):
        yield at(first, f"{shown} is in a file that Flux v2 does not update", "move it to a .yaml file in block style")
    elif one.is_part:
        hint = "put the annotations and the image into the object itself, or write the resources and the marker by hand"
        yield at(first, f"{shown} is a patch, which does not tell all containers", hint)
    elif one.object.sort not in SUPPORTED and any(x.policy == "automated" or x.container for x in one.annotations):
        hint = "remove the annotations, or write the resources and the marker by hand"
        yield at(first, f"Flux v1 does not automate a {one.object.sort}", hint)
    elif not one.object.name:
        yield at(first, f"a {one.object.sort} without a name cannot have policies named after it", "set metadata.name")
    for note in one.annotations:
        yield from _annotation_faults(note)
    yield from _contradictions(one)


def _annotation_faults(note: FluxAnnotation) -> Iterator[Finding]:
    name = note.key.text
    if not is_string(note):
        yield at(note.key, f"{name} is not a string, so the API server refuses it", f"write it in quotes, {_AGAIN}")
    elif note.policy == "ignore" and note.text in {"true", "sync_only"}:
        word = "reconcile" if note.text == "true" else "prune"
        hint = f"write kustomize.toolkit.fluxcd.io/{word}: disabled instead, {_AGAIN}"
        yield at(note.key, f"{name} keeps Flux v1 from applying or deleting the object", hint)
    elif note.policy == "locked" and note.text == "true":
        hint = f"remove the annotations to stay at this tag (Flux v2 needs a marker to move it), or unlock it, {_AGAIN}"
        yield at(note.key, f"{name} stops the automation, and Flux v2 has no lock", hint)
    elif note.policy in BOOLEANS and note.text not in {"true", "false"}:
        hint = f'write "true" or "false", {_AGAIN}'
        yield at(note.key, f"{name} is {note.text!r}, which counts as false", hint)
    elif note.policy and note.policy not in KNOWN | SYNC_STATE and not note.container:
        yield at(note.key, f"{name} is not an annotation of Flux v1", f"correct or remove it, {_AGAIN}")


def _contradictions(one: FluxWorkload) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], FluxAnnotation] = {}
    for note in one.annotations:
        first = seen.setdefault((note.policy, note.mapping, note.alias), note)
        if first.text != note.text and note.policy not in {"locked_user", "locked_msg"}:
            message = f"{first.key.text} and {note.key.text} contradict each other, and Flux v1 takes either"
            yield at(note.key, message, f"keep one of them, {_AGAIN}")


def _moves(one: FluxWorkload, around: Surroundings) -> tuple[list[tuple[WorkloadImage, TagPolicy]], list[Finding]]:
    """Return the images that move with their policies, without those that are pinned, and what is at fault."""
    settings = [note for note in one.annotations if note.container or note.mapping]
    if not one.is_automated:
        if settings:
            hint = f'remove its annotations, or set fluxcd.io/automated: "true", {_AGAIN}'
            return [], [at(settings[0].key, f"{one.object.shown} is not automated: nothing moves its tags", hint)]
        return [], []
    notes = {note.container: note for note in one.patterns}
    names = {image.name for image in one.images}
    known = ", ".join(sorted(names)[:9]) or "none that Flux reads"
    faults = [
        at(note.key, f"{note.key.text} is for a container that does not exist", f"its containers are: {known}")
        for name, note in notes.items()
        if name not in names
    ]
    found: list[tuple[WorkloadImage, TagPolicy]] = []
    for image in one.images:
        result = _policy_of(one, image, notes.get(image.name), around)
        if isinstance(result, Finding):
            faults.append(result)
        elif result is not None:
            found.append((image, result))
    if not one.images:
        faults.append(at(one.annotations[0].key, f"{one.object.shown} has no image that Flux v1 reads", "write it out"))
    return found, faults


def _policy_of(
    one: FluxWorkload, image: WorkloadImage, note: FluxAnnotation | None, around: Surroundings
) -> TagPolicy | Finding | None:
    """Return the policy of an image, None if it stays at its tag, or the fault."""
    where = f"the container {image.name}"
    if not image.is_plain:
        return at(image.where, f"{where} has no image, or one with a placeholder", f"write out the image, {_AGAIN}")
    policy = None if note is None else _read(note.text)
    if image.parts.digest and (policy is None or (isinstance(policy, TagPolicy) and policy.is_pin)):
        return None  # Flux v1 leaves an image with a digest as it is, and so does Flux v2 without a marker
    if note is None:
        return at(image.where, f"{where} has no tag pattern: Flux v1 takes its newest build", _missing(image))
    if isinstance(policy, PolicyFault):
        return at(note.value, f"{note.key.text}: {note.text!r} {policy.message}", f"{policy.hint}, {_AGAIN}")
    if policy is None or (policy.is_pin and policy.pattern == image.parts.tag):
        return None
    if image.parts.digest:
        hint = f"remove the digest, or pin the container with glob:{image.parts.tag or 'TAG'}, {_AGAIN}"
        return at(image.where, f"{where} has a digest, which Flux v1 never moves", hint)
    if not image.parts.tag:
        return at(image.where, f"{where} has no tag that is a string", f"write its tag, in quotes, {_AGAIN}")
    fault = next(iter(backend_of(TARGET).faults(policy, image.parts.tag)), None)
    if fault is not None:
        told = fault.message if fault.is_of_tag else f"{note.key.text}: {note.text} {fault.message}"
        hint = (_for_everything(policy, fault, image.parts.tag) or fault.hint) if not fault.is_of_tag else fault.hint
        return at(image.where if fault.is_of_tag else note.value, told, f"{hint}; {_AGAIN}")
    return _line_fault(one, image, around) or policy


def _line_fault(one: FluxWorkload, image: WorkloadImage, around: Surroundings) -> Finding | None:
    """Return why the line of an image cannot have a marker that moves the tag in use."""
    if path := around.replaced.get(image.parts.name):
        message = f"{path} replaces the image {image.parts.name}, so the tag written here is not used"
        return at(image.where, message, "put a marker with :tag on newTag there, and write the resources by hand")
    if image.where.line in around.marked:
        message = f"the container {image.name} has a marker of Flux v2 already"
        return at(image.where, message, f"remove the annotations of Flux v1, or the marker, {_AGAIN}")
    if not (_is_tag(image) or image.where.text == image.reference):
        hint = "give the image its tag in a key of its own, or write the marker by hand"
        return at(image.where, f"the container {image.name} has its registry in another key", hint)
    return None


def _is_tag(image: WorkloadImage) -> bool:
    """Tell whether the node of an image has only its tag."""
    return image.where.text == image.parts.tag and image.where.text != image.reference


def _read(text: str) -> TagPolicy | PolicyFault:
    """Parse a pattern of Flux v1, or an ordered policy, which a user writes instead of one without an equivalent."""
    if text.partition(":")[0] in ORDERED:
        return parse_policy(text)
    return spelling_fault(text) or read_pattern(text)


def _missing(image: WorkloadImage) -> str:
    """Return what to write for a container without a pattern."""
    key, tag = f"fluxcd.io/tag.{image.name}", image.parts.tag
    if not tag or tag == "latest":
        return f"give it a tag, and {key} with a policy, {_AGAIN}"
    usual = _usual(tag)
    moving = f"{key}: {usual}" if usual else f"{key} with a policy"
    return f"add {moving}, or {key}: glob:{tag} to stay at this tag, {_AGAIN}"


def _usual(tag: str) -> TagPolicy | None:
    """Return the default policy for a tag that moves it in Flux v2, None if there is none that takes the tag."""
    policy = parse_policy(backend_of(TARGET).usual(tag))
    fits = isinstance(policy, TagPolicy) and not policy.is_pin and not any(backend_of(TARGET).faults(policy, tag))
    return policy if isinstance(policy, TagPolicy) and fits else None


def _for_everything(policy: TagPolicy, fault: PolicyFault, tag: str) -> str:
    """Return what to write instead of a pattern that takes every tag, as far as the tag in use tells, or ``""``."""
    usual = _usual(tag)
    if usual is None or not (fault.code in {"takes-all", "not-a-range"} or policy == TagPolicy("glob", "*")):
        return ""
    wide = f"semver:^{usual.pattern.removeprefix('~')}" if usual.method == "semver" else usual
    return f"write a policy that fits the tag {tag}, such as {wide}"


def _additions(one: FluxWorkload, moves: Sequence[tuple[WorkloadImage, TagPolicy]], around: Surroundings) -> Additions:
    containers = [AutomatedContainer(_plain(image.name), image.parts, policy) for image, policy in moves]
    space = one.object.namespace or around.namespace or one.object.name
    workload = AutomatedWorkload(one.object.name, space, tuple(containers), around.settings)
    return backend_of(TARGET).additions(workload) if containers else Additions()


def _plain(name: str) -> str:
    """Return the name of a container as part of an object's name: keys of Helm values may be ``webServer``."""
    return re.sub(r"[^a-z0-9-]", "-", name.lower())


def _removal(text: str, one: FluxWorkload) -> Iterator[LineEdits]:
    metadata = get(one.object.node, "metadata")
    key, notes = key_of(metadata, "annotations"), get(metadata, "annotations")
    if key is not None and notes is not None:
        yield remove_annotations(text, (key, notes), {id(note.key) for note in one.annotations}, _ABOUT)


def _markers(text: str, moves: Sequence[tuple[WorkloadImage, TagPolicy]], additions: Additions) -> Iterator[LineEdits]:
    for image, _ in moves:
        marker = additions.image_comments[_plain(image.name)]
        if _is_tag(image):
            marker = json.dumps({key: f"{name}:tag" for key, name in json.loads(marker).items()})
        yield mark_value(text, image.where, f"# {marker}")


def _notes(one: FluxWorkload, moves: Sequence[tuple[WorkloadImage, TagPolicy]], around: Surroundings) -> Iterator[str]:
    secrets = [text_at(x, "name") for x in items_at(one.object.pod, "spec", "imagePullSecrets")]
    if secrets and moves and not around.settings.get("registry_secret"):
        yield (
            f"{one.object.file.path}: {one.object.shown} has the pull secret {secrets[0]}, which Flux v1 used too; "
            f"Flux v2 needs one in the namespace {around.settings['namespace']}: set secretRef in the ImageRepository"
        )
    if one.object.group == _HELM_OPERATOR and moves:
        yield (
            f"{one.object.file.path}: {one.object.shown} is of the Helm operator, which Flux v2 does not run: "
            "https://fluxcd.io/flux/migration/helm-operator-migration/"
        )
