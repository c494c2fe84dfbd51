"""Read a part of the files of a run, in any process."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import Problem
from ..rules import Family, File
from ..worktree import Worktree
from ..yaml.packed import Packed, Unpackable, pack, unpack
from .file_selection import Selection
from .reading import FileReader


@dataclass(frozen=True)
class ReadPart:
    """The files of a part for rules, and what the reader recorded about the others.

    ``left`` are paths whose files do not leave a process: they are read again in the main process.
    """

    files: tuple[File | None, ...]
    problems: tuple[Problem, ...]
    skipped: dict[str, str]
    left: tuple[tuple[int, str], ...] = ()

    def __reduce__(self) -> tuple[Callable[..., ReadPart], tuple[Any, ...]]:
        """Return the part with its nodes as bytes, for another process."""
        files: list[tuple[Any, ...] | None] = []
        left = []
        for number, one in enumerate(self.files):
            try:
                packed = None if one is None else [pack(each) for each in one.documents]
                files.append(None if one is None else (one.path, one.text, one.family, packed))
            except Unpackable:
                files.append(None)
                left.append((number, one.path if one else ""))
        return _restored, (marshal.dumps(files), self.problems, self.skipped, tuple(left))


def _restored(
    data: bytes, problems: tuple[Problem, ...], skipped: dict[str, str], left: tuple[tuple[int, str], ...]
) -> ReadPart:
    # The bytes are from a process of this program.
    files = (None if one is None else _file(*one) for one in marshal.loads(data))  # noqa: S302
    return ReadPart(tuple(files), problems, skipped, left)


def _file(path: str, text: str, family: Family, packed: list[Packed]) -> File:
    return File(path, text, family, tuple(map(unpack, packed)))


@dataclass(frozen=True)
class PartReader:
    """Reads parts of a selection."""

    selection: Selection

    def __call__(self, paths: Sequence[str]) -> ReadPart:
        """Return what the reader finds at paths."""
        reader = self._reader
        reader.problems, reader.skipped = [], {}
        files = tuple(reader.read(path) for path in paths)
        return ReadPart(files, tuple(reader.problems), reader.skipped)

    @cached_property
    def _reader(self) -> FileReader:
        return FileReader(Worktree(self.selection.base), self.selection)


def accept(reader: FileReader, part: ReadPart) -> list[File]:
    """Return the files of a part, and record in the main process's reader what was recorded about the others."""
    reader.problems += part.problems
    reader.skipped |= part.skipped
    files = list(part.files)
    for number, path in part.left:
        files[number] = reader.read(path)
    return [one for one in files if one is not None]
