"""Image references merge by their parts: repository, tag, digest."""

from __future__ import annotations

from typing import Any

_AUTOMATED = ("fluxcd.io/automated", "flux.weave.works/automated")


def merge(base: str | None, ours: str | None, theirs: str | None, *, automated: bool) -> tuple[str, str] | None:
    """Return the merged reference and the version of ours that was kept although both moved; None for a conflict."""
    if ours is None or theirs is None or base is None:
        return None
    b, o, t = _split(base), _split(ours), _split(theirs)
    repository = _three(b[0], o[0], t[0])
    if repository is None:
        return None
    version = _three(b[1], o[1], t[1])
    if version is not None:
        return repository + version, ""
    return (repository + o[1], o[1].lstrip(":@")) if automated and o[1] else None


def is_automated(document: dict[Any, Any]) -> bool:
    """Tell whether a bot moves the tags in a Kubernetes object, by Flux's annotation."""
    metadata = document.get(("str", "metadata"))
    annotations = metadata.get(("str", "annotations")) if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and any(annotations.get(("str", key)) == ("str", "true") for key in _AUTOMATED)


def _split(reference: str) -> tuple[str, str]:
    """Return repository, and tag with digest: the tag is behind the last colon that no slash follows."""
    name, at, digest = reference.partition("@")
    colon = name.rfind(":")
    if colon <= name.rfind("/"):
        return name, at + digest
    return name[:colon], name[colon:] + at + digest


def _three(base: str, ours: str, theirs: str) -> str | None:
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None
