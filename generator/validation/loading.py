"""Read all files of a run, and those to compare them with."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from .. import repository, rules, workers
from ..config import Config
from ..rules import File, Scope
from ..rules.readers.objects import objects
from ..workers import Processes
from ..worktree import Worktree
from .file_selection import Selection
from .read_parts import PartReader, accept
from .reading import FileReader

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,252}\Z")
_MAX_WORDS = 500
# Manifests, templates of manifests, and languages that make them.
_OBJECTS = re.compile(
    r"\.(?:ya?ml|json)(?:\.[a-z0-9]+)?\Z|\.(?:cue|erb|gotmpl|in|j2|jinja|jinja2|jsonnet|libsonnet|mustache|pkl|tmpl|tpl)\Z"
)
_LEAST = 100  # files of a part: reading one takes about 0.2 ms, and starting a process about 20


@dataclass(frozen=True)
class Loaded:
    """The files of a run that rules check, the reader that has what is wrong with others, and what rules look up."""

    files: tuple[File, ...]
    reader: FileReader
    scope: Scope


def load(selection: Selection, settings: Config, by: Processes | None = None) -> Loaded:
    """Return the selected files, and the surroundings of a run over a part of the repository.

    Raises Invalid if one of the processes that read them ends unexpectedly.
    """
    reader = FileReader(Worktree(selection.base), selection)
    files: list[File] = []
    work, by, what = PartReader(selection), by or Processes(), "files are read"
    # The rules are loaded before the processes that check are forked from this one.
    for read in workers.each_part(work, selection.read, _LEAST, by, what, first=rules.all_rules):
        files += accept(reader, read)
    files += reader.read_rule_files(files)
    around = [] if selection.whole else list(_around(reader, files))
    checked = tuple(files)
    if selection.others:
        mine = frozenset(selection.paths)
        checked = tuple(one for one in files if one.path in mine)
        reader.keep(mine)
    return Loaded(checked, reader, scope_of(reader, (*files, *around), settings))


def scope_of(reader: FileReader, files: Sequence[File], settings: Config) -> Scope:
    """Return what rules may look up beyond a file: the files of a run, and what its reader sees of the repository."""
    return Scope(
        tuple(files),
        settings,
        reader.exists,
        reader.text,
        reader.text_before,
        listed=partial(repository.known_files, reader.selection.base),
        is_folder=reader.is_folder,
        is_made=reader.makers.is_made,
        unread=_unread(reader.selection, files),
    )


def _unread(selection: Selection, files: Sequence[File]) -> tuple[str, ...]:
    """Return the files that may have objects and that no rule reads, in the folders of a run."""
    read = {one.path for one in files}
    beside = (
        repository.in_folders(selection.base, {posixpath.dirname(one) for one in read}) if not selection.whole else ()
    )
    return tuple(one for one in dict.fromkeys((*selection.read, *beside)) if one not in read and _OBJECTS.search(one))


def _around(reader: FileReader, files: Sequence[File]) -> Iterator[File]:
    """Yield the files to compare the checked ones with: those in the same folders or with the same names."""
    selection, seen = reader.selection, {one.path for one in files}
    folders = {posixpath.dirname(one.path) for one in files}
    words = sorted({word for file in files for word in _words(file)})
    near = repository.in_folders(selection.base, folders)
    far = repository.mentioning(selection.base, words) if 0 < len(words) <= _MAX_WORDS else None
    if far is None and words and selection.is_root:
        far = repository.known_files(selection.base)
    for path in dict.fromkeys([*near, *(far or ())]):
        if path not in seen and rules.is_candidate(path):
            file = reader.read(path, silent=True)
            if file is not None:
                yield file


def _words(file: File) -> Iterator[str]:
    """Yield the names that a file defines, as other files would mention them."""
    if file.family == "kind":
        yield "hostPort"
    for one in objects(file):
        if _WORD.match(one.name):
            yield one.name
