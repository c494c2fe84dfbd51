"""The kustomizations in the folder of a unit, generated or the user's own, that can be read."""

from __future__ import annotations

from . import disk
from .errors import Invalid
from .kept_entries import is_kustomization
from .tree import join
from .worktree import Worktree


def kustomizations_in(worktree: Worktree, unit: str) -> dict[str, str]:
    """Return the texts of the kustomizations in the folder of a unit, by path in it."""
    found = {}
    # Without git, which would read its whole index for each of many units.
    for path, _ in disk.walk_files(worktree.root / unit, skip=_is_passed_by):
        if not is_kustomization(path):
            continue
        try:
            text = worktree.read(join(unit, path))
        except Invalid:  # a link, or left out of a sparse checkout
            continue
        if text is not None:
            found[path] = text
    return found


def _is_passed_by(folder: str) -> bool:
    return folder.startswith(".") or folder == "node_modules"
