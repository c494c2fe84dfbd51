"""The sides of a merge that stopped at a conflict, from git: of a merge, squash, rebase, cherry-pick, revert, or stash.

The index has up to three versions of each file in conflict: 1 the common ancestor, 2 ours, 3 theirs. It keeps them
after ``git add``, as the information to undo that. Files without a conflict have their versions in the commits of the
sides. Source: git-read-tree(1), "3-Way Merge"; git-ls-files(1), ``--resolve-undo``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .git import ANY, git, squashed_commit
from .tree import LOCK_NAME, MAX_LOCK_BYTES, decode, encode

ANCESTOR, OURS, THEIRS = 1, 2, 3
# The commits that may be the other side. A revert merges the parent of the commit that it reverts.
_OTHERS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD^", "refs/stash")
_STAGED = re.compile(r"[0-7]+ (?P<oid>[0-9a-f]+) (?P<stage>[123])\t(?P<path>.*)", re.DOTALL)
_LISTED = re.compile(r"[0-7]+ blob (?P<oid>[0-9a-f]+)\t(?P<path>.*)", re.DOTALL)
_HEADER = re.compile(rb"(?P<oid>[0-9a-f]+) blob (?P<size>[0-9]+)\n")

Stages = Mapping[int, str]  # the object of a version, by stage


@dataclass(frozen=True, slots=True)
class _Side:
    """The objects of a side of a conflict by path; what it has in ``source`` is in the folder ``unit`` of the other."""

    tree: Mapping[str, str]
    unit: str = ""
    source: str = ""

    def get(self, path: str) -> str | None:
        if self.unit and path.startswith(f"{self.unit}/"):
            path = f"{self.source}/{path.removeprefix(f'{self.unit}/')}"
        return self.tree.get(path)


@dataclass
class Unmerged:
    """What git knows of the sides of a conflict; paths are relative to ``root``. Texts are read once."""

    root: Path
    texts: dict[str, str] = field(default_factory=dict)
    _gone: dict[tuple[int, int], Mapping[tuple[str, str], list[str]]] = field(default_factory=dict)

    @cached_property
    def stages(self) -> Mapping[str, Stages]:
        """The versions of each path that is in conflict, or was until ``git add``."""
        undone = self._listed("--resolve-undo")
        # git may keep them for longer than the merge, so they count only if they are of its sides.
        kept = {path: one for path, one in undone.items() if self._sides_of(path, one)}
        return {**kept, **self._listed("--unmerged")}

    def _listed(self, option: str) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for line in (git(self.root, "ls-files", "-z", option) or "").split("\0"):
            if one := _STAGED.fullmatch(line):
                found.setdefault(one["path"], {})[int(one["stage"])] = one["oid"]
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

    def objects(self, known: str, path: str) -> tuple[str | None, str | None] | None:
        """Return the objects of a path on the sides of a conflict, None for absence; None if they are unknown.

        ``known`` is a path of that conflict.
        """
        if path in self.stages:
            return self.stages[path].get(OURS), self.stages[path].get(THEIRS)
        sides = self._sides_of(known, self.stages[known])
        return None if sides is None else (sides[0].get(path), sides[1].get(path))

    def _sides_of(self, path: str, versions: Stages) -> tuple[_Side, _Side] | None:
        """Return the sides, those that have these versions of a path; None if they are unknown."""
        for other in self._others:
            mine = self._tree_with(path, versions.get(OURS), self._head, other)
            yours = self._tree_with(path, versions.get(THEIRS), other, self._head)
            if mine is not None and yours is not None:
                return mine, yours
        return None

    def _tree_with(self, path: str, oid: str | None, tree: Mapping[str, str], other: Mapping[str, str]) -> _Side | None:
        """Return the side of a tree that has an object at a path, or none there; None if it has not.

        A unit that the ``other`` side has moved is where it has moved it to.
        """
        if tree.get(path) == oid:
            return _Side(tree)
        unit = next((one for one in _folders(path) if f"{one}/{LOCK_NAME}" in other), "")
        if oid is None or not unit or f"{unit}/{LOCK_NAME}" in tree:
            return None
        inner = path.removeprefix(f"{unit}/")
        key = (id(tree), id(other))
        if key not in self._gone:
            self._gone[key] = _gone_units(tree, other)
        found = self._gone[key].get((inner, oid), [])
        if len(found) != 1:
            return None
        return _Side(tree, unit, found[0])

    @cached_property
    def _head(self) -> Mapping[str, str]:
        return self._tree("HEAD")

    @cached_property
    def _others(self) -> list[Mapping[str, str]]:
        names = (*_OTHERS, *filter(None, (squashed_commit(self.root),)))
        return [tree for one in names if (tree := self._tree(one))]

    def _tree(self, revision: str) -> dict[str, str]:
        """Return the objects of all files of a commit by path; empty if there is no such commit."""
        commit = git(self.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", refusals=ANY)
        listed = git(self.root, "ls-tree", "-r", "-z", commit.strip()) if commit else None
        found = (_LISTED.fullmatch(line) for line in (listed or "").split("\0"))
        return {one["path"]: one["oid"] for one in found if one}


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that a path is in, the innermost first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _gone_units(tree: Mapping[str, str], other: Mapping[str, str]) -> Mapping[tuple[str, str], list[str]]:
    """Map each file, by its path in the unit and its object, to the units with it that the other side has not."""
    locks = (one for one in tree if one.endswith(f"/{LOCK_NAME}") and one not in other)
    units = {one.removesuffix(f"/{LOCK_NAME}") for one in locks}
    found: dict[tuple[str, str], list[str]] = {}
    for path, oid in tree.items() if units else ():
        unit = next((one for one in _folders(path) if one in units), None)
        if unit is not None:
            found.setdefault((path.removeprefix(f"{unit}/"), oid), []).append(unit)
    return found
