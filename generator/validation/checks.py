"""Check the selected files: units, rules, and the config's severities of findings."""

from __future__ import annotations

import gc
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .. import config, lock, repository, rules, spec
from ..config import Config
from ..errors import Invalid, Problem
from ..pipeline import Pipeline
from ..planned import failure_of
from ..rules import File, Rule, Scope
from ..rules.readers.objects import objects
from ..rules.recognise import conflict_markers
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join
from ..worktree import Worktree
from .file_selection import Selection
from .reading import FileReader

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,252}\Z")
_MAX_WORDS = 500


@dataclass(frozen=True)
class Outcome:
    """The findings, the number of checked files, what was left out and why, and the first bug, if any."""

    problems: tuple[Problem, ...]
    checked: int
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: tuple[tuple[str, str], ...] = ()
    suppressed: int = 0
    off: int = 0
    lowered: int = 0
    bug: Exception | None = None


def check_selection(selection: Selection) -> Outcome:
    """Return the findings in the selected files."""
    collects = gc.isenabled()
    gc.disable()  # nodes form no cycles, and scanning millions of them takes a fifth of the time
    try:
        return _validate(selection)
    finally:
        if collects:
            gc.enable()


def _validate(selection: Selection) -> Outcome:
    worktree = Worktree(selection.base)
    settings, problems = _settings(worktree, selection)
    own, bug = _units(worktree, settings, selection)
    problems += own
    reader = FileReader(worktree, selection)
    files = [file for path in selection.paths if (file := reader.read(path))]
    files += reader.read_rule_files(files)
    problems += reader.problems
    around = [] if selection.whole else list(_around(reader, files))
    scope = Scope((*files, *around), settings, reader.exists, reader.text)
    failures = _Failures()
    problems += rules.check(files, scope, failures.tell)
    scope.forget()
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
        bug or failures.bug,
    )


@dataclass
class _Failures:
    """Records the first bug in a rule; the other rules and files are checked regardless."""

    bug: Exception | None = None

    def tell(self, file: File, rule: Rule, error: Exception) -> Problem:
        """Return the problem for a rule that raised an exception on a file."""
        if isinstance(error, RecursionError | MemoryError):
            message, hint = f"is too deep or too large for {rule.id}, and is not checked against it", "split it"
        else:
            message, hint = f"{rule.id} failed on a bug in scaffold: {type(error).__name__}", "report it with this file"
            self.bug = self.bug or error
        return Problem(file.path, 1, 1, message, hint, "SCF001")


def _settings(worktree: Worktree, selection: Selection) -> tuple[Config, list[Problem]]:
    """Return the config and its problems; a broken config counts as empty."""
    if not selection.is_root:
        return Config({}), []
    try:
        text = worktree.read(config.PATH)
        if text is None:
            return Config({}), []
        if markers := conflict_markers(config.PATH, text):
            return Config({}), list(markers)
        settings = config.parse_config(text, worktree.own_templates)
    except Invalid as error:
        return Config({}), [replace(one, rule=one.rule or "SCF001") for one in error.problems]
    known = {one.id for one in rules.all_rules()}
    unknown = [one for one in settings.data.get("rules") or {} if one not in known]
    hint = "run scaffold rules to list them"
    line = next((n for n, one in enumerate(text.splitlines(), 1) if one.startswith("rules")), 1)
    return settings, [
        Problem(config.PATH, line, 1, f"rules names {one}, which is not a rule", hint, "SCF001") for one in unknown
    ]


def _units(worktree: Worktree, settings: Config, selection: Selection) -> tuple[list[Problem], Exception | None]:
    """Return the problems of specs and locks, and the first bug met."""
    pipeline = Pipeline(worktree, settings)
    problems: list[Problem] = []
    bug: Exception | None = None
    for unit in selection.units:
        for check in (_spec, _lock):
            try:
                problems += check(pipeline, unit)
            except Exception as error:
                left = failure_of(unit, error)
                problems += [_own_problem(one) for one in left.problems]
                bug = bug or left.bug
    return problems, bug


def _own_problem(problem: Problem) -> Problem:
    return replace(problem, line=max(problem.line, 1), column=max(problem.column, 1), rule=problem.rule or "SCF001")


def _spec(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        return [Problem(path, 1, 1, "is missing, but its lock exists", "restore it, or delete the lock", "SCF001")]
    if markers := conflict_markers(path, text):
        return markers
    read = spec.parse_spec(text, path)
    template, _ = pipeline.template(read.template, path)
    pipeline.values(read, template)
    return []


def _lock(pipeline: Pipeline, unit: str) -> Iterable[Problem]:
    path = join(unit, LOCK_NAME)
    text = pipeline.worktree.read(path, MAX_LOCK_BYTES)
    if text is None:
        return []
    if markers := conflict_markers(path, text):
        return [replace(one, hint=lock.CONFLICT_HINT) for one in markers]
    lock.parse_lock(text, path, unit)
    return []


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
