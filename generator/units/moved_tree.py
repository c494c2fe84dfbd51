"""A repository as it would be with one folder moved: what is planned in it, is what regenerating would do then."""

from __future__ import annotations

from dataclasses import dataclass

from ..tree import MAX_FILE_BYTES
from ..worktree import Worktree


@dataclass
class MovedTree(Worktree):
    """The files below a root, with the folder ``old`` moved to ``new``, where nothing is. Only for reading."""

    old: str = ""
    new: str = ""

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> str | None:
        """Return the text at a path of the tree with the moved folder. Raises Invalid like ``Worktree.read``."""
        there = self.source_of(path)
        return None if there is None else super().read(there, limit)

    def mode(self, path: str) -> int:
        """Return the permissions of a path of the tree with the moved folder, 0 if it does not exist."""
        there = self.source_of(path)
        return 0 if there is None else super().mode(there)

    def units(self) -> list[str]:
        """Return the folders of all units, sorted, in the tree with the moved folder."""
        return sorted(self.target_of(one) for one in super().units())

    def has(self, path: str) -> bool:
        """Tell whether a path exists in the tree with the moved folder."""
        there = self.source_of(path)
        return there is not None and super().has(there)

    def target_of(self, path: str) -> str:
        """Return the path that a present path has after the move."""
        return f"{self.new}{path[len(self.old) :]}" if f"{path}/".startswith(f"{self.old}/") else path

    def source_of(self, path: str) -> str | None:
        """Return the present path of a path after the move; None for one in the old folder."""
        if f"{path}/".startswith(f"{self.new}/"):
            return f"{self.old}{path[len(self.new) :]}"
        return None if f"{path}/".startswith(f"{self.old}/") else path
