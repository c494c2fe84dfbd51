"""The kustomizations in the folder of a unit, generated or the user's own, that can be read."""

from __future__ import annotations

from .errors import Invalid
from .kept_entries import is_kustomization
from .repository import known_files
from .worktree import Worktree


def kustomizations_in(worktree: Worktree, unit: str) -> dict[str, str]:
    """Return the texts of the kustomizations in the folder of a unit, by path in it."""
    start = "" if unit == "." else f"{unit}/"
    found = {}
    for path in filter(is_kustomization, known_files(worktree.root, unit)):
        try:
            text = worktree.read(path)
        except Invalid:  # a link, or left out of a sparse checkout
            continue
        if text is not None:
            found[path.removeprefix(start)] = text
    return found
