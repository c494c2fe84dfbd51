"""Tags that an entry of the kustomization replaces although another place has them under the new automation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import Invalid
from ...images.backends import backend_of
from ...images.references import parse_reference
from ...yaml import get, items_at, parse, text_at
from .containers import service_containers
from .derived import KUSTOMIZATION, file_place, workload_place

_OBJECTS = "deploy/automation.yaml"


def replaced_tag_notes(
    values: Mapping[str, Any], base: Mapping[str, str], ours: Mapping[str, str]
) -> Mapping[str, Sequence[str]]:
    """Return notes on the kustomization of a service, from the values, the last generated and the present files.

    Argo CD Image Updater commits tags to the kustomization, where they replace whatever another tool writes to the
    workload. Entries of a user are told only where a tool now writes to the workload.
    """
    automation = str(values["automation"])
    place = backend_of(automation).tags_in
    was_updater = "kind: ImageUpdater\n" in base.get(_OBJECTS, "")
    path = file_place(values, KUSTOMIZATION)
    text = ours.get(path, "")
    if place == "kustomization" or "images" not in text or not (was_updater or place == "workload"):
        return {}
    try:
        documents = parse(text, path)
    except Invalid:  # which the merge reports
        return {}
    lines = text.split("\n")
    names = {parse_reference(one["image"]).name for one in service_containers(values) if one["tags"]}
    who = f", where {automation} writes it" if place == "workload" else ""
    manifest = workload_place(values)
    notes = []
    for one in (item for document in documents for item in items_at(document, "images")):
        name = text_at(one, "name")
        for key in ("newTag", "digest"):
            value = get(one, key)
            if name in names and value is not None and value.text and "$imagepolicy" not in lines[value.line - 1]:
                notes.append(
                    f"{key} {value.text} replaces the tag of {name} in {manifest}{who}: "
                    f"write {value.text} there, and remove the entry"
                )
    return {path: notes} if notes else {}
