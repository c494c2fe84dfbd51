"""Merge values by their parts: image references (repository, tag with digest) and actions (name, ref)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import mergekeys
from ..syntax.meaning import YamlValue, item_at

Split = Callable[[str], tuple[str, str]]


def splitter(name: str, where: tuple[str, ...], document: YamlValue) -> Split | None:
    """Return how the value of a field is split into a name and a version, or None."""
    if name == "image":
        return _image
    workflow = isinstance(document, dict) and (("str", "jobs") in document or ("str", "runs") in document)
    return _action if name == "uses" and workflow and where[0] in {"jobs", "runs"} else None


def merge_parts(
    base: tuple[str, str], ours: tuple[str, str], theirs: tuple[str, str], *, moved_by_bots: bool
) -> tuple[str, str] | None:
    """Return the merged value, and the version of ours if it was kept although both moved; None for a conflict."""
    name = _three(base[0], ours[0], theirs[0])
    if name is None:
        return None
    version = _three(base[1], ours[1], theirs[1])
    if version is not None:
        return name + version, ""
    return (name + ours[1], ours[1].lstrip(":@")) if moved_by_bots and ours[1] else None


def is_moved_by_bots(where: tuple[str, ...], document: YamlValue, comment: str) -> bool:
    """Return whether a bot updates the version of a field: of all actions, and of images by the table of keys."""
    if where[-1] == "uses" or is_marker(comment):
        return True
    kind = item_at(document, "kind")
    version = item_at(document, "apiVersion")
    if kind == ("str", "Cluster") and version and str(version[1]).startswith("kind.x-k8s.io/"):
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


def _image(reference: str) -> tuple[str, str]:
    """Split at the tag, which follows the last colon that no slash follows, or at the digest."""
    name, at, digest = reference.partition("@")
    colon = name.rfind(":")
    if colon <= name.rfind("/"):
        return name, at + digest
    return name[:colon], name[colon:] + at + digest


def _action(reference: str) -> tuple[str, str]:
    name, at, ref = reference.rpartition("@")
    return (name, at + ref) if at else (reference, "")


def _three(base: str, ours: str, theirs: str) -> str | None:
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None
