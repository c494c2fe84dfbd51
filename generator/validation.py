"""What ``scaffold validate`` does: which files, what they are, what the rules say, what the config makes of that.

Reads through the work tree, and changes nothing. Files are named below a base folder: the repository's root, or what
stands for one where there is none.
"""

from __future__ import annotations

import gc
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from . import config, lock, repository, rules, spec
from .config import Config
from .errors import Invalid, Problem, invalid
from .pipeline import Pipeline
from .rules import File, Scope
from .rules.recognise import conflict_markers
from .tree import DOT_DIR, LOCK_NAME, SPEC_NAME, join, path_fault
from .worktree import LOCK_BYTES, Worktree

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,252}\Z")
_MAX_WORDS = 500


@dataclass(frozen=True)
class Selection:
    """What to check: paths below ``base``, units for what is scaffold's own, and which files the user named.

    ``whole`` is a run over all files, so that there are none beside to compare with.
    """

    base: Path
    paths: tuple[str, ...]
    units: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    whole: bool = True
    is_root: bool = True


@dataclass(frozen=True)
class Outcome:
    """What was found, in how many files, and what was left out and why."""

    problems: tuple[Problem, ...]
    checked: int
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: tuple[tuple[str, str], ...] = ()
    suppressed: int = 0
    off: int = 0
    lowered: int = 0


def select(
    here: Path, root: Path | None, paths: Sequence[str], changed: str | None, shard: tuple[int, int] | None
) -> Selection:
    """Return what the options name. Raises Invalid for a path that is not there, and without paths where no root is."""
    base, is_root = _base(here, root, paths)
    named: set[str] = set()
    chosen: list[str] = [] if paths else repository.known_files(base)
    for path in paths:
        found, one = _named(base, here, path)
        chosen += found
        named.update(one)
    if changed is not None:
        chosen = _changed(base, changed, chosen)
    whole = not paths and changed is None and shard is None
    if shard is not None:
        part, parts = shard
        groups = sorted({posixpath.dirname(one) for one in chosen})
        mine = set(groups[part - 1 :: parts])
        chosen = [one for one in chosen if posixpath.dirname(one) in mine]
    chosen = sorted(dict.fromkeys(chosen))
    units = tuple(sorted({_folder(one) for one in chosen if _is_own(one)} if is_root else ()))
    return Selection(base, tuple(chosen), units, frozenset(named), whole, is_root)


def validate(selection: Selection) -> Outcome:
    """Return what is wrong in the selected files."""
    collects = gc.isenabled()
    gc.disable()  # nodes are in no cycle, and looking through millions of them costs a fifth of the time
    try:
        return _validate(selection)
    finally:
        if collects:
            gc.enable()


def _validate(selection: Selection) -> Outcome:
    worktree = Worktree(selection.base)
    settings, problems = _settings(worktree, selection)
    problems += _units(worktree, settings, selection)
    reader = _Reader(worktree, selection)
    files = [file for path in selection.paths if (file := reader.read(path))]
    problems += reader.problems
    around = [] if selection.whole else list(_around(reader, files))
    scope = Scope((*files, *around), settings, reader.exists, reader.text)
    problems += rules.check(files, scope)
    known = {one.id: one.across for one in rules.all_rules()}
    settled = rules.settle(files, problems, settings, known, whole=selection.whole)
    return Outcome(
        settled.problems,
        len(files) + len({one.path for one in reader.problems}) + len(selection.units),
        Counter(reason for path, reason in reader.skipped.items()),
        tuple(sorted((path, why) for path, why in reader.skipped.items() if path in selection.named)),
        settled.suppressed,
        settled.off,
        settled.lowered,
    )


@dataclass
class _Reader:
    """Reads files once, and remembers what is wrong with them and why some are left out."""

    worktree: Worktree
    selection: Selection
    problems: list[Problem] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def read(self, path: str, *, silent: bool = False) -> File | None:
        """Return a file for rules, or None, with the reason noted unless ``silent``."""
        if self._is_ours(path):
            return None
        named = path in self.selection.named or any(path.startswith(f"{unit}/") for unit in self._near(path))
        if not rules.is_candidate(path):
            self._skip(path, "is of no sort that is checked", silent or path not in self.selection.named)
            return None
        try:
            text = self.worktree.read(path)
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

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder at a path below the base."""
        clean = posixpath.normpath(path) if path else "."
        return clean == "." or (not path_fault(clean) and os.path.lexists(self.worktree.root / clean))

    def text(self, path: str) -> str | None:
        """Return the text of another file, None where there is none or it cannot be read."""
        clean = posixpath.normpath(path) if path else "."
        try:
            return None if path_fault(clean) else self.worktree.read(clean)
        except Invalid:
            return None

    def _is_ours(self, path: str) -> bool:
        if not self.selection.is_root:
            return False
        return path.startswith(f"{DOT_DIR}/") or _is_own(path)

    def _near(self, path: str) -> Iterator[str]:
        folder = posixpath.dirname(path)
        while folder:
            if folder in self._unit_names:
                yield folder
            folder = posixpath.dirname(folder)

    @cached_property
    def _unit_names(self) -> frozenset[str]:
        return frozenset(self.selection.units)

    def _skip(self, path: str, reason: str, silent: bool) -> None:
        if not silent:
            self.skipped[path] = reason

    def _unread(self, path: str, error: Invalid, silent: bool) -> None:
        message = error.problems[0].message
        if "symbolic link" in message or path not in self.selection.named:
            self._skip(path, message.split(",")[0], silent)
        elif not silent:
            self.problems += [replace(one, line=1, column=1, rule="YAML001") for one in error.problems]


def _settings(worktree: Worktree, selection: Selection) -> tuple[Config, list[Problem]]:
    """Return the config, and what is wrong with it; a broken one counts as none."""
    if not selection.is_root:
        return Config({}), []
    try:
        text = worktree.read(config.PATH)
        if text is None:
            return Config({}), []
        if markers := conflict_markers(config.PATH, text):
            return Config({}), list(markers)
        settings = config.read(text)
    except Invalid as error:
        return Config({}), [replace(one, rule=one.rule or "SCF001") for one in error.problems]
    known = {one.id for one in rules.all_rules()}
    unknown = [one for one in settings.data.get("rules") or {} if one not in known]
    hint = "scaffold rules lists them"
    line = next((n for n, one in enumerate(text.splitlines(), 1) if one.startswith("rules")), 1)
    return settings, [
        Problem(config.PATH, line, 1, f"rules names {one}, which is no rule", hint, "SCF001") for one in unknown
    ]


def _units(worktree: Worktree, settings: Config, selection: Selection) -> list[Problem]:
    """Return what is wrong with specs and locks."""
    pipeline = Pipeline(worktree, settings)
    problems: list[Problem] = []
    for unit in selection.units:
        for check in (_spec, _lock):
            try:
                problems += check(pipeline, unit)
            except Invalid as error:
                problems += [_own_problem(one) for one in error.problems]
    return problems


def _own_problem(problem: Problem) -> Problem:
    return replace(problem, line=max(problem.line, 1), column=max(problem.column, 1), rule=problem.rule or "SCF001")


def _spec(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        return [Problem(path, 1, 1, "is not there, and its lock is", "restore it, or delete the lock", "SCF001")]
    if markers := conflict_markers(path, text):
        return markers
    read = spec.read(text, path)
    template, _ = pipeline.template(read.template, path)
    spec.values(read, pipeline.config, template.schema)
    return []


def _lock(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, LOCK_NAME)
    text = pipeline.worktree.read(path, LOCK_BYTES)
    if text is None:
        return []
    if markers := conflict_markers(path, text):
        hint = f"take either side (git checkout --theirs -- {path}), then run scaffold regenerate"
        return [replace(one, hint=hint) for one in markers]
    lock.read(text, path, unit)
    return []


def _around(reader: _Reader, files: Sequence[File]) -> Iterator[File]:
    """Yield the files that the checked ones are compared with: those beside them, and those that name the same."""
    selection, seen = reader.selection, {one.path for one in files}
    folders = {posixpath.dirname(one.path) for one in files}
    words = sorted({word for file in files for word in _words(file)})
    near = repository.beside(selection.base, folders)
    far = repository.mentioning(selection.base, words) if 0 < len(words) <= _MAX_WORDS else None
    if far is None and words and selection.is_root:
        far = repository.known_files(selection.base)
    for path in dict.fromkeys([*near, *(far or ())]):
        if path not in seen and rules.is_candidate(path):
            file = reader.read(path, silent=True)
            if file is not None:
                yield file


def _words(file: File) -> Iterator[str]:
    """Yield the names of what a file defines, as other files would mention them."""
    from .rules.objects import objects  # noqa: PLC0415 - only for a part of the repository

    if file.family == "kind":
        yield "hostPort"
    for one in objects(file):
        if _WORD.match(one.name):
            yield one.name


def _base(here: Path, root: Path | None, paths: Sequence[str]) -> tuple[Path, bool]:
    """Return the folder that paths are relative to, and whether it is a root."""
    if root is not None or not paths:
        return repository.find_root(here, root), True
    full = [Path(os.path.normpath(here / one)) for one in paths]
    for path, given in zip(full, paths, strict=True):
        if not os.path.lexists(path):
            raise invalid(given, "is not there", "name a file or folder that is")
    for start in (here, *full):
        try:
            found = repository.find_root(start if start.is_dir() else start.parent)
        except Invalid:
            continue
        if all(repository.inside(found, one) is not None for one in full):
            return found, True
    top = repository.top_level(here)
    if all(repository.inside(top, one) is not None for one in full):
        return top, False
    folders = [str(one if one.is_dir() and not one.is_symlink() else one.parent) for one in full]
    common = Path(os.path.commonpath(folders))
    above = repository.top_level(common)
    return above.resolve(), False


def _named(base: Path, here: Path, path: str) -> tuple[list[str], list[str]]:
    """Return the files at or below a path that the user names, and the file itself if it is one."""
    full = here / path
    if not os.path.lexists(full):
        full = base / path
    place = repository.inside(base, full)
    if place is None:
        place = repository.inside(base, full.parent.resolve() / full.name)
    if place is None:
        raise invalid(path, "lies outside the repository", f"name something below {base}")
    if not os.path.lexists(base / place):
        raise invalid(path, "is not there", "name a file or folder that is")
    if (base / place).is_dir() and not (base / place).is_symlink():
        return repository.known_files(base, place), []
    return [place], [place]


def _changed(base: Path, revision: str, chosen: Sequence[str]) -> list[str]:
    """Return those of the files that changed, or that belong to a unit in which something did."""
    changed = repository.changed_files(base, revision)
    if any(one == config.PATH for one in changed):
        return list(chosen)
    units = tuple(f"{one}/" for one in repository.owners(base, changed) if one != ".")
    paths = set(changed)
    return [one for one in chosen if one in paths or one.startswith(units)]


def _is_own(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in {SPEC_NAME, LOCK_NAME} and not path.startswith(f"{DOT_DIR}/")


def _folder(path: str) -> str:
    return posixpath.dirname(path) or "."
