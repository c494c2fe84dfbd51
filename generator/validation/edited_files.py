"""Check single files of a repository again and again, with the texts of an editor over those on disk.

Every file is read once, and again when its text in the editor or its state on disk changed. A check runs the rules of
one file with all others as what they look up, so it finds what a run over the whole repository with these texts finds
in that file. One thread at a time may use it.
"""

from __future__ import annotations

import gc
import posixpath
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .. import config, disk, repository, rules
from ..config import Config
from ..errors import Invalid, Problem, TooLarge
from ..pipeline import Pipeline
from ..rules import File
from ..tree import MAX_FILE_BYTES, path_fault
from ..worktree import Worktree
from .baseline import BASELINE_PATH
from .baseline_file import BaselineFile, baseline_file
from .checks import profile_of, settings_of_run, unused_globs_of
from .file_selection import Selection, is_own
from .loading import scope_of
from .part_checks import PartFindings
from .profiles import viewed
from .reading import FileReader
from .unit_checks import read_units, unit_problems
from .unused_globs import ReadSpec

_MOST_UNITS = 300  # whose specs are checked again for the config: each may have problems there
_CHART = "Chart.yaml"


@dataclass
class EditedWorktree(Worktree):
    """A work tree in which some files have the text that an editor has, by path."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> str | None:
        """Return the text at ``path``, None if absent. Raises Invalid as for a file with this text on disk."""
        text = self.texts.get(path)
        if text is None or path_fault(path):
            return super().read(path, limit)
        info = disk.status(f"{self.root}/{path}", shown=path)
        if info is not None and stat.S_ISLNK(info.st_mode):
            return super().read(path, limit)  # refused
        self._is_folder(path.rpartition("/")[0], path)
        if len(text) > limit or len(text.encode("utf-8", "surrogateescape")) > limit:
            raise TooLarge(Problem(path, 0, 0, f"is larger than {limit // 2**20} MiB", "split it or move it away"))
        return text


class _EditedReader(FileReader):
    """Reads files that an editor has, and knows that they will exist."""

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists, or will when the texts of the editor are saved."""
        clean = posixpath.normpath(path) if path else "."
        texts = self.worktree.texts if isinstance(self.worktree, EditedWorktree) else {}
        return clean in texts or any(one.startswith(f"{clean}/") for one in texts) or self.exists_on_disk(path)


@dataclass(frozen=True)
class CheckedFile:
    """What is found in one file: its problems, the file as rules see it, None if they do not, and the first bug."""

    problems: tuple[Problem, ...] = ()
    file: File | None = None
    bug: Exception | None = None


@dataclass(frozen=True)
class _ReadFile:
    """A file as read: what tells whether it changed, the file for rules, and what prevents reading it."""

    sign: object
    file: File | None
    problems: tuple[Problem, ...]


@dataclass
class EditedFiles:
    """The files below ``base``, a root of scaffold's if ``is_root``.

    ``listed`` returns the paths of the files on disk that are checked together, ``is_shared`` tells whether there may
    be others than one, and ``cancelled`` whether reading them is to end early.
    """

    base: Path
    is_root: bool
    listed: Callable[[], Iterable[str]]
    cancelled: Callable[[], bool] = lambda: False
    is_shared: bool = True
    _on_disk: frozenset[str] = frozenset()
    _files: dict[str, _ReadFile] = field(default_factory=dict)
    _asked: dict[str, bool] = field(default_factory=dict)
    _shape: object = None
    _baseline: tuple[object, BaselineFile] | None = None

    def __post_init__(self) -> None:
        """Begin with no files."""
        self.worktree = EditedWorktree(self.base)
        self._select(frozenset())

    def refresh(self, texts: Mapping[str, str]) -> None:
        """List the files on disk again, and read those again that changed. Raises Invalid."""
        self.worktree = EditedWorktree(self.base, texts=texts)
        self._asked = {}
        collects = gc.isenabled()
        gc.disable()  # nodes form no cycles, and scanning millions of them takes a fifth of the time
        try:
            self._on_disk = frozenset(self.listed())
            self._select(self._on_disk | {one for one in texts if self._would_be_listed(one)})
            self._reread_all()
        finally:
            if collects:
                gc.enable()

    def check(self, path: str, texts: Mapping[str, str]) -> CheckedFile:
        """Return what is found in a file, with these texts. Of others only they are read again: see ``refresh``."""
        before, self.worktree.texts = self.worktree.texts, texts
        wanted = self._on_disk | {one for one in texts if self._would_be_listed(one)}
        if wanted != frozenset(self.selection.paths) and self._select(wanted):
            self._reread_all()
        for one in sorted({*before, *texts} & wanted):
            self._reread(one)
        if path not in wanted:
            return CheckedFile()
        settings, wrong = settings_of_run(self.worktree, self.selection)
        found, file = PartFindings(), None
        if self.is_root and path == config.PATH:
            found.problems += [*wrong, *self._of_config(settings)]
        elif self.is_root and is_own(path):
            pipeline = Pipeline(self.worktree, settings)
            for problems, bug in unit_problems(pipeline, posixpath.dirname(path) or ".", found.specs):
                found.problems += problems
                found.bug = found.bug or bug
        else:
            file = self._by_rules(path, settings, found)
        found.problems = [one for one in found.problems if one.path == path]
        known = {one.id: one.across for one in rules.all_rules()}
        settled = rules.settle([file] if file else [], found.problems, settings, known)
        return CheckedFile(self._told(path, settled.problems, settings), file, found.bug)

    def _told(self, path: str, problems: tuple[Problem, ...], settings: Config) -> tuple[Problem, ...]:
        """Return the findings in a file that a run over the repository tells: without known ones, by the profile."""
        sign = self._sign(BASELINE_PATH)
        if self._baseline is None or self._baseline[0] != sign:
            try:
                self._baseline = sign, baseline_file(self.selection, self.base, None, needed=False)
            except Invalid:  # a run over the repository says why
                self._baseline = sign, BaselineFile(BASELINE_PATH, None, Counter())
        new = self._baseline[1].known(self.selection, problems).problems
        return viewed(new, profile_of(self.selection, settings), (path,)).problems

    def _by_rules(self, path: str, settings: Config, found: PartFindings) -> File | None:
        """Add what reading a file and rules find in it, and return the file as rules see it."""
        files = {one: read.file for one, read in sorted(self._files.items()) if read.file}
        self.reader.problems = [one for read in self._files.values() for one in read.problems]
        files |= {one.path: one for one in self.reader.read_rule_files(tuple(files.values()))}
        found.problems += self.reader.problems
        file = files.get(path)
        if file is not None:
            scope = scope_of(self.reader, tuple(files.values()), settings)
            found.problems += rules.check([file], scope, found.failed)
        return file

    def _of_config(self, settings: Config) -> list[Problem]:
        """Return the problems of the config that follow from specs: of values that it sets, and unused globs."""
        pipeline, specs = Pipeline(self.worktree, settings), dict[str, ReadSpec]()
        units = self.selection.units
        found: list[Problem] = []
        for unit in units[:_MOST_UNITS]:
            for problems, _ in unit_problems(pipeline, unit, specs):
                found += problems
        specs |= read_units(pipeline, units[_MOST_UNITS:])
        return [*found, *unused_globs_of(self.worktree, settings, self.selection, specs)]

    def _select(self, paths: frozenset[str]) -> bool:
        """Choose the files that are checked together; tell whether that decides anew what each of them is."""
        chosen = tuple(sorted(paths))
        units = tuple(sorted({posixpath.dirname(one) or "." for one in chosen if is_own(one)} if self.is_root else ()))
        self.selection = Selection(self.base, chosen, units, is_root=self.is_root)
        self.reader = _EditedReader(self.worktree, self.selection)
        for path in self._files.keys() - paths:
            self._forget(path)
        shape = units, tuple(one for one in chosen if posixpath.basename(one) == _CHART)
        if is_other := shape != self._shape:
            self._shape = shape
            for path in list(self._files):
                self._forget(path)
        return is_other

    def _reread_all(self) -> None:
        for path in self.selection.paths:
            if self.cancelled():
                return
            self._reread(path)

    def _reread(self, path: str) -> None:
        """Read a file, if it changed since it was read last."""
        if not rules.is_candidate(path):
            return
        sign = self._sign(path)
        known = self._files.get(path)
        if known is not None and known.sign == sign:
            return
        self._forget(path)
        self.reader.problems = []
        file = self.reader.read(path)
        self._files[path] = _ReadFile(sign, file, tuple(self.reader.problems))

    def _sign(self, path: str) -> object:
        """Return what changes when the text of a file does."""
        text = self.worktree.texts.get(path)
        if text is not None:
            return text
        try:
            info = disk.status(f"{self.base}/{path}", shown=path)
        except Invalid:
            return None
        return info and (info.st_mtime_ns, info.st_size, info.st_ino, info.st_mode)

    def _forget(self, path: str) -> None:
        """Drop a file, with what is kept of it, which refers back to it."""
        known = self._files.pop(path, None)
        if known is not None and known.file is not None:
            known.file.memo.clear()

    def _would_be_listed(self, path: str) -> bool:
        """Tell whether a file that the editor has would be among those on disk once it is saved."""
        if path in self._on_disk:
            return True
        if path not in self._asked:
            try:
                self._asked[path] = not path_fault(path) and not repository.unseen(self.base, path)
            except Invalid:
                self._asked[path] = False
        return self._asked[path]


def edited_files_around(document: Path, cancelled: Callable[[], bool], *, alone: bool) -> EditedFiles:
    """Return the files that one in an editor is checked together with: those of its repository, not read yet.

    Outside of a repository, the files in its folder; if it is to be checked ``alone``, no others. Raises Invalid.
    """
    folder = document.parent
    if alone:
        return EditedFiles(folder, is_root=False, listed=tuple, cancelled=cancelled, is_shared=False)
    try:
        root = repository.find_root(folder)
        return EditedFiles(root, is_root=True, listed=partial(repository.known_files, root), cancelled=cancelled)
    except Invalid:
        top = repository.top_level(folder)
    if disk.exists(top / ".git"):
        return EditedFiles(top, is_root=False, listed=partial(repository.known_files, top), cancelled=cancelled)
    return EditedFiles(folder, is_root=False, listed=partial(repository.in_folders, folder, [""]), cancelled=cancelled)
