"""The sides of a merge that stopped at a conflict, from git: of a merge, rebase, cherry-pick, revert, or stash.

The index has up to three versions of each file in conflict: 1 the common ancestor, 2 ours, 3 theirs. It keeps them
after ``git add``, as the information to undo that. Files without a conflict have their versions in the commits of the
sides. Source: git-read-tree(1), "3-Way Merge"; git-ls-files(1), ``--resolve-undo``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .git import ANY, git
from .tree import MAX_LOCK_BYTES, decode, encode

ANCESTOR, OURS, THEIRS = 1, 2, 3
# The commits that may be the other side. A revert merges the parent of the commit that it reverts.
_OTHERS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD^", "refs/stash")
_STAGED = re.compile(r"[0-7]+ (?P<oid>[0-9a-f]+) (?P<stage>[123])\t(?P<path>.*)", re.DOTALL)
_LISTED = re.compile(r"[0-7]+ blob (?P<oid>[0-9a-f]+)\t(?P<path>.*)", re.DOTALL)
_HEADER = re.compile(rb"(?P<oid>[0-9a-f]+) blob (?P<size>[0-9]+)\n")

Stages = Mapping[int, str]  # the object of a version, by stage


@dataclass
class Unmerged:
    """What git knows of the sides of a conflict; paths are relative to ``root``. Texts are read once."""

    root: Path
    texts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def stages(self) -> Mapping[str, Stages]:
        """The versions of each path that is or was in conflict."""
        found: dict[str, dict[int, str]] = {}
        for option in ("--resolve-undo", "--unmerged"):
            listed: dict[str, dict[int, str]] = {}
            for line in (git(self.root, "ls-files", "-z", option) or "").split("\0"):
                if one := _STAGED.fullmatch(line):
                    listed.setdefault(one["path"], {})[int(one["stage"])] = one["oid"]
            found |= listed
        return found

    def load(self, objects: Iterable[str]) -> None:
        """Read the texts of objects; those that are larger than any lock are left out."""
        wanted = sorted({*objects} - self.texts.keys())
        if not wanted:
            return
        sizes = git(self.root, "cat-file", "--batch-check", given="".join(f"{one}\n" for one in wanted).encode()) or ""
        small = [one for one in map(str.split, sizes.splitlines()) if len(one) == 3 and int(one[2]) <= MAX_LOCK_BYTES]
        names = "".join(f"{one[0]}\n" for one in small).encode()
        data = encode(git(self.root, "cat-file", "--batch", given=names) or "") if small else b""
        at = 0
        while one := _HEADER.match(data, at):
            end = one.end() + int(one["size"])
            self.texts[one["oid"].decode()] = decode(data[one.end() : end])
            at = end + 1  # after the line feed that follows each object

    def text(self, oid: str | None) -> str | None:
        """Return the text of an object that was loaded, or None."""
        return None if oid is None else self.texts.get(oid)

    def objects(self, lock: str, path: str) -> tuple[str | None, str | None] | None:
        """Return the objects of a file on the sides of the conflict in a lock, None for absence; None if unknown."""
        if path in self.stages:
            found = self.stages[path]
            return found.get(OURS), found.get(THEIRS)
        ours, theirs = self._sides_of(lock)
        return None if ours is None or theirs is None else (ours.get(path), theirs.get(path))

    def _sides_of(self, lock: str) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
        """Return the trees of the sides: HEAD's, and that of the commit which has the other version of a lock."""
        wanted = self.stages.get(lock, {})
        ours = self._head if self._head.get(lock) == wanted.get(OURS) else None
        return ours, next((one for one in self._others if one.get(lock) == wanted.get(THEIRS)), None)

    @cached_property
    def _head(self) -> Mapping[str, str]:
        return self._tree("HEAD")

    @cached_property
    def _others(self) -> list[Mapping[str, str]]:
        return [tree for one in _OTHERS if (tree := self._tree(one))]

    def _tree(self, revision: str) -> dict[str, str]:
        """Return the objects of all files of a commit by path; empty if there is no such commit."""
        commit = git(self.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", refusals=ANY)
        listed = git(self.root, "ls-tree", "-r", "-z", commit.strip()) if commit else None
        found = (_LISTED.fullmatch(line) for line in (listed or "").split("\0"))
        return {one["path"]: one["oid"] for one in found if one}
