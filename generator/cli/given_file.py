"""The file from which a command that creates units takes values."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import repository
from ..argfile import read_any
from ..creation import Command, FileGiven, FromFile, TakenValue, Where
from ..errors import invalid
from ..tree import leads_out
from ..worktree import Worktree

_NOTHING = FromFile({}, ())


@dataclass(frozen=True)
class GivenFile:
    """A file of the command line: its path as shown, its folder below the root, None outside, and what it says."""

    shown: str
    folder: str | None
    found: FromFile
    paths: frozenset[Where] = frozenset()

    def values(self, unit: str) -> tuple[list[TakenValue], list[str]]:
        """Return its values for a unit, paths relative to that, and its notes, also on paths outside the repository."""
        moved = [_moved(self, one, unit) for one in self.found.values]
        lost = [one for one, each in zip(self.found.values, moved, strict=True) if each is None]
        notes = [f"{self.shown}:{one.line}: left out: {one.value}: it is outside the repository" for one in lost]
        return [one for one in moved if one is not None], [*self.found.notes, *notes]


def given_file(worktree: Worktree, known: Command, asked: Mapping[str, Any]) -> GivenFile:
    """Return what the command's option for a file says; nothing without it. Raises Invalid."""
    places = asked.get(known.file.key) if known.file else None
    if known.file is None or not places:
        return GivenFile("", None, _NOTHING)
    if len(places) > 1:
        hint = "join the files: docker compose -f FILE -f FILE config | scaffold new-service --from -"
        raise invalid("--from", f"is given {len(places)} times, and one file is read", hint)
    place = places[0]
    shown = "standard input" if place == "-" else place
    path = Path("/dev/fd/0") if place == "-" else Path(place)
    text = read_any(path, shown=shown)
    folder = repository.inside(worktree.root, Path.cwd() / path.parent)
    return GivenFile(shown, folder, known.file.read(FileGiven(shown, text, asked)), known.file.paths)


def _moved(file: GivenFile, one: TakenValue, unit: str) -> TakenValue | None:
    if one.where not in file.paths:
        return one
    place = None if file.folder is None else posixpath.normpath(posixpath.join(file.folder, str(one.value)))
    if place is None or leads_out(place) or place.startswith("/"):
        return None
    return TakenValue(one.where, posixpath.relpath(place, unit), one.line)
