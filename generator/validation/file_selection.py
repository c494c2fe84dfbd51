"""Select the files that ``scaffold validate`` checks, by its options, below one base folder.

The base is the repository's root, or a substitute without one.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import config, disk, git, repository
from ..errors import Invalid, invalid
from ..tree import DOT_DIR, LOCK_NAME, SPEC_NAME


@dataclass(frozen=True)
class Selection:
    """The files to check: paths below ``base``, units (for specs and locks), and the files that the user named.

    ``whole`` means a run that reads all files, so that no other files are left to compare with. ``others`` are the
    files of the other parts with ``--shard``: they are read too, so that each part finds all that a whole run would.
    ``base_commit`` is the commit that ``--changed-since`` compares with, ``""`` without the option. ``places`` are the
    files and folders that the user named; ``texts`` the texts of files that are not those on disk.
    """

    base: Path
    paths: tuple[str, ...]
    units: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    whole: bool = True
    is_root: bool = True
    others: tuple[str, ...] = ()
    base_commit: str = ""
    places: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def read(self) -> tuple[str, ...]:
        """The files to read: those to check, and those of the other parts."""
        return tuple(sorted((*self.paths, *self.others))) if self.others else self.paths

    @property
    def other_units(self) -> tuple[str, ...]:
        """The units of the other parts."""
        return tuple(sorted({_folder(one) for one in self.others if is_own(one)} - {*self.units}))

    @property
    def is_complete(self) -> bool:
        """Whether the run finds all that is to be found in the repository: no part is left to other runs."""
        return self.whole and not self.others


def select_files(
    here: Path, root: Path | None, paths: Sequence[str], changed: str | None, shard: tuple[int, int] | None
) -> Selection:
    """Return the selection of the options. Without paths it is the root, or else git's top level.

    Raises Invalid for a missing path, and for no paths outside of both.
    """
    base, is_root = _base(here, root, paths)
    named: set[str] = set()
    places: list[str] = []
    chosen: list[str] = [] if paths else repository.known_files(base)
    for path in paths:
        found, place, is_file = _named(base, here, path)
        chosen += found
        places.append(place)
        named.update([place] if is_file else [])
    base_commit = "" if changed is None else git.merge_base(base, changed)
    if changed is not None:
        chosen = _changed(base, base_commit or changed, chosen)
    whole = changed is None and (not paths or "." in places)
    every = chosen
    if shard is not None:
        part, parts = shard
        groups = sorted({posixpath.dirname(one) for one in chosen})
        mine = set(groups[part - 1 :: parts])
        chosen = [one for one in chosen if posixpath.dirname(one) in mine]
    chosen = sorted(dict.fromkeys(chosen))
    units = tuple(sorted({_folder(one) for one in chosen if is_own(one)} if is_root else ()))
    others = tuple(sorted(set(every).difference(chosen)))
    return Selection(base, tuple(chosen), units, frozenset(named), whole, is_root, others, base_commit, tuple(places))


def _base(here: Path, root: Path | None, paths: Sequence[str]) -> tuple[Path, bool]:
    """Return the folder that paths are relative to, and whether it is a root."""
    if root is not None:
        return repository.find_root(here, root), True
    if not paths:
        return _around(here)
    full = [Path(os.path.normpath(here / one)) for one in paths]
    for path, given in zip(full, paths, strict=True):
        if not disk.exists(path, shown=given):
            raise invalid(given, "does not exist", "name an existing file or folder")
    for start in (here, *full):
        try:
            found = repository.find_root(start if disk.is_folder(start, follow=True) else start.parent)
        except Invalid:
            continue
        if all(repository.inside(found, one) is not None for one in full):
            return found, True
    top = repository.top_level(here)
    if all(repository.inside(top, one) is not None for one in full):
        return top, False
    folders = [str(one if disk.is_folder(one) else one.parent) for one in full]
    common = Path(os.path.commonpath(folders))
    above = repository.top_level(common)
    return above.resolve(), False


def _around(here: Path) -> tuple[Path, bool]:
    """Return the repository around a folder, and whether it is a root. Raises Invalid."""
    above = (here, *here.parents)
    top = next((one for one in above if disk.exists(one / ".git")), None)
    inside = above if top is None else above[: above.index(top) + 1]
    if any(disk.is_folder(one / DOT_DIR) for one in inside):
        return repository.find_root(here), True
    if top is not None:
        return top, False
    message = f"no {DOT_DIR} folder and no git repository here or in a parent folder"
    raise invalid(".", message, "name what to check: scaffold validate .")


def _named(base: Path, here: Path, path: str) -> tuple[list[str], str, bool]:
    """Return the files at or below a path that the user names, the path below the base, and whether it is a file."""
    if not path:  # such as from an unset variable of a shell
        raise invalid("PATH", "is empty", "name a file or folder; . is the current one")
    full = here / path
    if not disk.exists(full, shown=path):
        full = base / path
    place = repository.inside(base, full)
    if place is None:
        place = repository.inside(base, full.parent.resolve() / full.name)
    if place is None:
        raise invalid(path, "is outside the repository", f"name a path below {base}")
    if not disk.exists(base / place, shown=path):
        raise invalid(path, "does not exist", "name an existing file or folder")
    if disk.is_folder(base / place, shown=path):
        return repository.known_files(base, place), place, False
    return [place], place, True


def _changed(base: Path, revision: str, chosen: Sequence[str]) -> list[str]:
    """Return the changed files, and the files of units with a change."""
    changed = repository.changed_files(base, revision)
    if any(one == config.PATH for one in changed):
        return list(chosen)
    units = tuple(f"{one}/" for one in repository.owners(base, changed) if one != ".")
    paths = set(changed)
    return [one for one in chosen if one in paths or one.startswith(units)]


def is_own(path: str) -> bool:
    """Tell whether a file is a spec or lock."""
    name = path.rpartition("/")[2]
    return name in {SPEC_NAME, LOCK_NAME} and not path.startswith(f"{DOT_DIR}/")


def _folder(path: str) -> str:
    return posixpath.dirname(path) or "."
