"""Annotations in places that are not edited: files that cannot be read, generated files, pods, and other texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..errors import Problem
from ..finding import Finding
from ..printable import shell_word
from ..rules import File
from ..rules.readers.flux1_workloads import read_annotations
from ..rules.readers.objects import objects
from ..rules.readers.update_settings import PREFIX
from ..tree import SPEC_NAME, join
from ..validation.reading import FileReader
from ..yaml import get
from .plan_of_migration import Migration

_SIGNS = {
    "flux-v1": ("fluxcd.io/automated", "fluxcd.io/tag.", "filter.fluxcd.io/", "flux.weave.works/"),
    "argocd-annotations": (f"{PREFIX}image-list",),
}
# What only stops Flux v1, which generated files have by hand alone; a text in another place may stop a workload.
_STOPS = {"flux-v1": ("fluxcd.io/locked", "fluxcd.io/ignore"), "argocd-annotations": ()}
_READ = frozenset({"kubernetes", "kustomization", "values"})  # families with annotations


def unread_files(reader: FileReader, source: str) -> Iterator[Problem]:
    """Yield the files with annotations that cannot be read: templates, charts, text that is not YAML."""
    signs = (*_SIGNS[source], *_STOPS[source])
    broken = {one.path: one for one in reader.problems}
    for path in dict.fromkeys([*reader.skipped, *broken]):
        text = reader.text(path) or ""
        place = min((at for sign in signs if (at := text.find(sign)) >= 0), default=-1)
        if place >= 0:
            line = text.count("\n", 0, place) + 1
            why = broken[path].message if path in broken else reader.skipped[path]
            yield Problem(path, line, 1, f"has annotations to migrate, but {why}", "migrate it by hand")


def other_mentions(files: Sequence[File], known: Collection[str], source: str) -> Iterator[Problem]:
    """Yield the files with annotations in which no object has any that is migrated or left: in a kustomization's
    ``commonAnnotations``, in a text within a ConfigMap, in a custom resource. ``known`` are the files with others.
    """
    signs = (*_SIGNS[source], *_STOPS[source])
    for file in files:
        if file.path in known or file.family not in _READ or not any(sign in file.text for sign in signs):
            continue
        for number, line in enumerate(file.text.split("\n"), 1):
            plain = line.strip()
            if any(sign in plain for sign in signs) and not plain.startswith("#"):
                message = "has annotations to migrate that are not those of an object in this file"
                yield Problem(file.path, number, 1, message, "remove them, and migrate the objects by hand")
                break


def misplaced_annotations(file: File) -> Iterator[Finding]:
    """Yield annotations of Flux v1 on pod templates, where it does not read them."""
    if "flux" not in file.text:
        return
    for one in objects(file):
        for part in (get(one.node, "spec", "jobTemplate"), one.pod if one.sort != "Pod" else None):
            for note in read_annotations(get(part, "metadata", "annotations")):
                message = f"{note.key.text} is on the pod template, where Flux v1 does not read it"
                yield Finding(note.key.line, note.key.column, message, "remove it, or move it to the object's metadata")


def stale_files(reader: FileReader, generated: Mapping[str, str], units: Migration) -> Migration:
    """Return what is to do about generated files with annotations, apart from those of units that are migrated now."""
    left, again = [], []
    told = {one.path for one in units.left}
    told |= {join(generated[path], SPEC_NAME) for path in told & generated.keys()}
    for path in reader.selection.paths:
        unit = generated.get(path)
        if unit is None or unit in units.units or join(unit, SPEC_NAME) in told:
            continue
        if not any(sign in (reader.text(path) or "") for sign in _SIGNS["flux-v1"]):
            continue
        if unit in reader.selection.units:
            again.append(unit)
        else:
            hint = f"name the unit: scaffold migrate flux-v1 flux-v2 {shell_word(unit)}"
            left.append(Problem(path, 1, 1, f"is generated from {join(unit, SPEC_NAME)}, which is not named", hint))
    return Migration(left=tuple(left), units=tuple(dict.fromkeys(again)))
