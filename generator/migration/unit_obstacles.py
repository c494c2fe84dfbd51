"""Why a unit stays under Flux v1 although its spec is valid with Flux v2: annotations set by hand, and other policies.

A merge keeps what a user adds to a generated manifest, but Flux v2 reads no annotations: a lock would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import lock
from ..errors import Invalid, Problem
from ..images.backends import backend_of
from ..images.policies import ORDERED, TagPolicy, parse_policy
from ..rules import File, Scope
from ..rules.readers.flux1_workloads import BOOLEANS, FluxAnnotation, FluxWorkload, workloads
from ..rules.recognise import recognise
from ..spec import Spec
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, join
from ..worktree import Worktree

_MENTIONS = ("fluxcd.io/", "flux.weave.works/")
_Place = tuple[str, str, str]  # the type and the name of an object, and a key


def edited_annotations(worktree: Worktree, unit: str, read: Spec) -> list[Problem]:
    """Return the annotations of Flux v1 in a unit's manifests that differ from what was generated, as problems.

    A manifest that cannot be read is one too. Raises Invalid for a broken lock.
    """
    path = join(unit, LOCK_NAME)
    text = worktree.read(path, MAX_LOCK_BYTES)
    if text is None:
        return []
    found: list[Problem] = []
    for name, generated in lock.parse_lock(text, path, unit).files.items():
        ours = worktree.read(join(unit, name))
        texts = [one for one in (ours, generated.text) if one is not None]
        if ours is None or ours == generated.text or not any(word in one for word in _MENTIONS for one in texts):
            continue
        try:
            found += _edits(join(unit, name), ours, generated.text, read)
        except Invalid as error:
            found += error.problems
    return found


def _edits(path: str, ours: str, generated: str, read: Spec) -> Iterator[Problem]:
    before = {_place(one, note): note for one in _workloads(path, generated) for note in one.annotations}
    every = _workloads(path, ours)
    after = {_place(one, note): (one, note) for one in every for note in one.annotations}
    for place, (one, note) in after.items():
        same = before.get(place)
        if (same is None or same.text != note.text) and (said := _told(one, note, read)):
            yield Problem(path, note.key.line, note.key.column, *said)
    for place, note in before.items():
        if place not in after and (note.policy == "automated" or note.container):
            message = f"{note.key.text} was removed by hand, and {read.path} does not say so"
            yield Problem(path, 1, 1, message, f"restore it{_stay(read)}")


def _workloads(path: str, text: str) -> tuple[FluxWorkload, ...]:
    found = recognise(path, text, named=True)
    if found.problems:
        raise Invalid(found.problems)
    file: File | None = found.file
    return workloads(file, Scope((file,))) if file is not None and file.family == "kubernetes" else ()


def _place(one: FluxWorkload, note: FluxAnnotation) -> _Place:
    return one.object.sort, one.object.name, note.key.text


def _told(one: FluxWorkload, note: FluxAnnotation, read: Spec) -> tuple[str, str] | None:
    """Return message and hint for an annotation that was added or changed by hand, None for one without effect."""
    name, value = note.key.text, note.text
    if note.policy == "ignore" and value in {"true", "sync_only"}:
        word = "reconcile" if value == "true" else "prune"
        hint = f"write kustomize.toolkit.fluxcd.io/{word}: disabled instead"
        return f"{name} keeps Flux v1 from applying or deleting the object", hint
    if note.policy == "locked" and value == "true":
        return f"{name} stops the automation, and Flux v2 has no lock", f"remove it{_stay(read)}"
    if note.policy == "automated" and value != "true":
        message = f"{name} is {value!r}, so nothing moves the tags of {one.object.shown}"
        return message, f'set it to "true"{_stay(read)}'
    if note.policy in BOOLEANS or not (note.container or note.mapping):
        return None
    hint = f"undo the edit, or write this policy as tags into {read.path} and run scaffold regenerate"
    return f"{name} was set by hand, and {read.path} does not say so", hint


def _stay(read: Spec) -> str:
    return f"; to stay at a tag, write tags: glob:TAG into {read.path} too, and run scaffold regenerate"


def other_policy(read: Spec, values: Mapping[str, Any], source: str, target: str) -> Problem | None:
    """Return why the policy that follows from a unit's tag would take more tags with another backend, or would stop
    moving it, or None.
    """
    tag = values.get("tag")
    before, after = (parse_policy(backend_of(name).usual(tag)) for name in (source, target))
    if not isinstance(before, TagPolicy) or not isinstance(after, TagPolicy):
        return None
    stops = after.is_pin and not before.is_pin
    if takes_no_more(after, before) and not stops:
        return None
    effect = "so nothing moves it" if stops else "which moves it" if before.is_pin else "which takes other tags"
    message = f"has no tags: the policy that follows from its tag would change from {before} to {after}, {effect}"
    ways = [f'tags: "glob:{tag}" to stay at this tag'] if tag else []
    fault = next(iter(backend_of(target).faults(before, str(tag))), None) if stops else None
    ways += [] if stops else [f"tags: '{after}'"]
    hint = f"write {', or '.join(ways)}{f'; to move it, {fault.hint}' if fault else ''}"
    pair = read.node.pair("tag") or read.node.pair("template")
    line, column = (pair[1].line, pair[1].column) if pair else (1, 1)
    return Problem(read.path, line, column, message, hint)


def takes_no_more(one: TagPolicy, other: TagPolicy) -> bool:
    """Tell whether a default policy takes no tag that another does not; False if that is not known."""
    if one == other or one.is_pin:
        return True
    if one.method not in ORDERED or other.method != "glob" or other.is_pin or "|" in one.pattern:
        return False
    start, _, rest = other.pattern.partition("*")  # the default globs are the beginning of a tag
    if rest:
        return False
    heads = (re.escape(start), start.replace(".", r"\."))
    return any(re.match(rf"\^{re.escape(head)}(?![*+?{{])", one.pattern) for head in heads)
