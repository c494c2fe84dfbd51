"""Merge values by their parts: image references (repository, tag with digest) and actions (name, ref)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ... import mergekeys
from ...yaml.meaning import YamlValue, item_at

NOT_A_PAIR = "one side changed the name, the other one the version, and neither has both"
Parts = tuple[str, str]  # a name and a version
Split = Callable[[str], Parts]


def splitter(name: str, where: tuple[str, ...], document: YamlValue) -> Split | None:
    """Return how the value of a field is split into a name and a version, or None."""
    if name == "image":
        return _image
    workflow = isinstance(document, dict) and (("str", "jobs") in document or ("str", "runs") in document)
    return _action if name == "uses" and workflow and where[0] in {"jobs", "runs"} else None


@dataclass(frozen=True, slots=True)
class MergedParts:
    """A merged value of a name and a version; ``note`` is what the user should know about it, or ``""``."""

    value: str
    note: str = ""


def merge_parts(
    base: Parts, ours: Parts, theirs: Parts, *, moved_by_bots: bool, is_new_name: bool
) -> MergedParts | None:
    """Return the merged value; None for a conflict.

    A name of one side with a version of the other is a pair that neither side has, and that may not exist. It is only
    taken if the name moved to another registry or owner, and ``is_new_name``: nothing else had the new one.
    """
    name, version = _three(base[0], ours[0], theirs[0]), _three(base[1], ours[1], theirs[1])
    if name is None:
        return None
    kept = ours[1].lstrip(":@")
    if version is None:
        is_kept = moved_by_bots and bool(kept) and name == ours[0]
        return MergedParts(name + ours[1], f"kept {kept}, which a bot updates") if is_kept else None
    if (name, version) in (ours, theirs):
        return MergedParts(name + version)
    if not is_new_name or not is_same_base_name(base[0], name):
        return None
    return MergedParts(name + version, f"kept {kept} with the new name {name}" if name == theirs[0] and kept else "")


def is_same_base_name(name: str, other: str) -> bool:
    """Return whether names differ in registry and folders alone, as ``docker.io/a/web`` and ``ghcr.io/b/web`` do."""
    return name.rpartition("/")[2] == other.rpartition("/")[2]


def names_image(value: YamlValue, name: str) -> bool:
    """Return whether a field ``image`` in a value has an image of this name."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            found = one.get(("str", "image"))
            if isinstance(found, tuple) and found[0] == "str" and _image(str(found[1]))[0] == name:
                return True
            stack += one.values()
    return False


def is_moved_by_bots(where: tuple[str, ...], document: YamlValue, comment: str) -> bool:
    """Return whether a bot updates the version of a field: of all actions, and of images by the table of keys."""
    if where[-1] == "uses" or is_marker(comment):
        return True
    sort = item_at(document, "kind")
    version = item_at(document, "apiVersion")
    if sort == ("str", "Cluster") and version and str(version[1]).startswith("kind.x-k8s.io/"):
        return True
    found = item_at(document, "metadata.annotations")
    wanted = mergekeys.table()["parts"]["annotations"]
    return isinstance(found, dict) and any(
        value == ("str", wanted[key[1]]) or not wanted[key[1]]
        for key, value in found.items()
        if isinstance(key, tuple) and key[1] in wanted
    )


def is_marker(comment: str) -> bool:
    """Return whether a comment is a marker for a bot to update the value before it."""
    markers: list[Any] = mergekeys.table()["parts"]["markers"]
    return any(one in comment for one in markers)


def _image(reference: str) -> Parts:
    """Split at the tag, which follows the last colon that no slash follows, or at the digest."""
    name, at, digest = reference.partition("@")
    colon = name.rfind(":")
    if colon <= name.rfind("/"):
        return name, at + digest
    return name[:colon], name[colon:] + at + digest


def _action(reference: str) -> Parts:
    name, at, ref = reference.rpartition("@")
    return (name, at + ref) if at else (reference, "")


def _three(base: str, ours: str, theirs: str) -> str | None:
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None
