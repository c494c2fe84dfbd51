"""Read each file of a run once, and record problems and reasons for skipping."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .. import disk, rules
from ..errors import Invalid, Problem
from ..git import committed_text
from ..rules import File
from ..rules.readers.prometheus_rules import by_folder, rule_paths
from ..tree import DOT_DIR, MAX_FILE_BYTES, path_fault
from ..worktree import Worktree
from .file_selection import Selection, is_own
from .makers import Makers

_MAX_ENTRIES = 1_000  # of rule_files, in a run


@dataclass
class FileReader:
    """The files of a run: ``problems`` of unreadable files, ``skipped`` has reasons by path."""

    worktree: Worktree
    selection: Selection
    problems: list[Problem] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def read(self, path: str, *, silent: bool = False) -> File | None:
        """Return a file for rules, or None; the reason is recorded unless ``silent``."""
        if self._is_ours(path):
            return None
        named = path in self.selection.named or self._is_in_unit(posixpath.dirname(path))
        if not rules.is_candidate(path):
            self._skip(path, "is not a type of file that is checked", silent or path not in self.selection.named)
            return None
        try:
            text = self._read(path)
        except Invalid as error:
            self._unread(path, error, silent)
            return None
        if text is None:
            return None
        found = rules.recognise(path, text, self.exists, named=named)
        if found.reason:
            self._skip(path, found.reason, silent)
        elif not silent:
            self.problems += found.problems
        return found.file

    def read_rule_files(self, files: Sequence[File]) -> list[File]:
        """Return the files of the run that Prometheus' configurations name as rule files, but that do not look so."""
        entries = {one.path: one for file in files for one in rule_paths(file) if one.path}
        if not entries:
            return []
        known = {one.path for one in files} | {one.path for one in self.problems}
        left = by_folder(one for one in self.selection.read if one not in known and not self._is_ours(one))
        chosen = sorted({path for one in list(entries.values())[:_MAX_ENTRIES] for path in one.chosen(left)})
        return [file for path in chosen if (file := self._read_rule_file(path))]

    def _read_rule_file(self, path: str) -> File | None:
        try:
            text = self._read(path)
        except Invalid as error:
            self._unread(path, error, silent=False)
            return None
        found = rules.recognise_rule_file(path, text or "")
        self.skipped.pop(path, None)
        if found.reason:
            self.skipped[path] = found.reason
        self.problems += found.problems
        return found.file

    def keep(self, paths: Iterable[str]) -> None:
        """Forget what is recorded about files that are not at these paths."""
        kept = frozenset(paths)
        self.problems = [one for one in self.problems if one.path in kept]
        self.skipped = {path: why for path, why in self.skipped.items() if path in kept}

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists at a path below the base."""
        return self.exists_on_disk(path)

    def exists_on_disk(self, path: str) -> bool:
        """Tell whether a file or folder can be reached at a path below the base."""
        clean = posixpath.normpath(path) if path else "."
        return clean == "." or (not path_fault(clean) and disk.is_reachable(f"{self.worktree.root}/{clean}"))

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder, not a link to one, exists at a path below the base."""
        clean = posixpath.normpath(path) if path else "."
        try:
            return not path_fault(clean) and disk.is_folder(f"{self.worktree.root}/{clean}")
        except Invalid:
            return False

    def text(self, path: str) -> str | None:
        """Return the text of another file, None if it does not exist or cannot be read."""
        clean = posixpath.normpath(path) if path else "."
        try:
            return None if path_fault(clean) else self._read(clean)
        except Invalid:
            return None

    def text_before(self, path: str) -> str | None:
        """Return the text of a file at the commit that the run compares with; None if there is none, or too large."""
        if not self.selection.base_commit:
            return None
        text = committed_text(self.worktree.root, self.selection.base_commit, path)
        return None if text is None or len(text) > MAX_FILE_BYTES else text

    @cached_property
    def makers(self) -> Makers:
        """What may make files of the base."""
        return Makers(self.worktree.root)

    def _read(self, path: str) -> str | None:
        """Return the text of a file: that of the selection, or else that on disk. Raises Invalid."""
        text = self.selection.texts.get(path)
        return self.worktree.read(path) if text is None else text

    def _is_ours(self, path: str) -> bool:
        if not self.selection.is_root:
            return False
        return path.startswith(f"{DOT_DIR}/") or is_own(path)

    def _is_in_unit(self, folder: str) -> bool:
        """Tell whether a folder is that of a unit or below one, apart from a unit of the base itself."""
        passed = []
        while folder not in self._in_units:
            passed.append(folder)
            folder = folder.rpartition("/")[0]
        found = self._in_units[folder]
        self._in_units.update(dict.fromkeys(passed, found))
        return found

    @cached_property
    def _in_units(self) -> dict[str, bool]:
        return {"": False, **dict.fromkeys(self.selection.units, True)}

    def _skip(self, path: str, reason: str, silent: bool) -> None:
        if not silent:
            self.skipped[path] = reason

    def _unread(self, path: str, error: Invalid, silent: bool) -> None:
        first = error.problems[0]
        if first.code == "symbolic-link" or path not in self.selection.named:
            self._skip(path, first.message.split(",")[0], silent)
        elif not silent:
            self.problems += [replace(one, line=1, column=1, rule="YAML001") for one in error.problems]
