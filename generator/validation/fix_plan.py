"""Plan the fixes of a run: the texts that have them, checked again before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .. import repository
from ..config import Config
from ..errors import Invalid, Problem
from ..fingerprints import steady_words
from ..tree import path_fault
from ..worktree import Worktree
from .checks import Outcome
from .file_selection import Selection
from .fixes import FixedText, fixed_text

_MOST_ROUNDS = 5
_OTHERS = "its fix would cause another finding, or changes more than its place: edit it by hand"
_PATH = "its path has a character that not every system can store, or the file cannot be read"
_LOCKED = "its file is in a unit, and fields of generated files are locked in .scaffold/config.yaml"

Key = tuple[str, str, str]  # path, rule, message


@dataclass(frozen=True)
class FixedFile:
    """A file's text now and with fixes, and the findings that are fixed by them."""

    path: str
    before: str
    after: str
    fixed: tuple[Problem, ...]


@dataclass(frozen=True)
class FixPlan:
    """The files to write, the outcome of the run once they are, and the findings that are not fixed, with reasons."""

    files: tuple[FixedFile, ...]
    outcome: Outcome
    left: tuple[tuple[Problem, str], ...] = ()


def plan_fixes(
    selection: Selection,
    settings: Config,
    outcome: Outcome,
    wanted: Sequence[Problem],
    check: Callable[[Selection], Outcome],
) -> FixPlan:
    """Return the plan that fixes ``wanted`` findings of an outcome, those that have a fix.

    ``check`` runs the rules over a selection. A fix is left out if its finding stays, or another appears with it: then
    nothing of it is written.
    """
    have = [one for one in wanted if one.fix is not None]
    locked, texts = _locked(selection, settings, have), _texts(selection, have)
    left = [(one, _LOCKED) for one in have if one.path in locked]
    left += [(one, _PATH) for one in have if one.path not in locked and one.path not in texts]
    texts = {path: text for path, text in texts.items() if path not in locked}
    todo = [one for one in have if one.path in texts]
    for _ in range(_MOST_ROUNDS):
        by_path = _by_path(todo)
        done = {path: fixed_text(text, by_path.get(path, ())) for path, text in texts.items()}
        made = {path: one for path, one in done.items() if one.done}
        if not made:
            break
        after = check(replace(selection, texts={path: one.text for path, one in made.items()}))
        bad = _unwanted(outcome.problems, made, after)
        if not bad:
            files = tuple(FixedFile(path, texts[path], one.text, one.done) for path, one in sorted(made.items()))
            kept = {id(one) for file in files for one in file.fixed}
            rest = [one for one in have if one.path in texts and id(one) not in kept]
            return FixPlan(files, after, (*left, *((one, _OTHERS) for one in rest)))
        todo = [one for one in todo if id(one) not in bad]
    return FixPlan((), outcome, (*left, *((one, _OTHERS) for one in have if one.path in texts)))


def _texts(selection: Selection, problems: Iterable[Problem]) -> dict[str, str]:
    """Return the texts of the files of findings, without those that cannot be read."""
    worktree, found = Worktree(selection.base), {}
    for path in sorted({one.path for one in problems}):
        try:
            text = None if path_fault(path) else worktree.read(path)
        except Invalid:
            continue
        if text is not None:
            found[path] = text
    return found


def _locked(selection: Selection, settings: Config, problems: Iterable[Problem]) -> frozenset[str]:
    """Return the files in units, if the config locks fields of generated files."""
    if not settings.locked or not selection.is_root:
        return frozenset()
    paths = sorted({one.path for one in problems})
    return frozenset(one for one in paths if repository.owners(selection.base, [one]))


def _unwanted(before: Sequence[Problem], made: Mapping[str, FixedText], after: Outcome) -> set[int]:
    """Return the identities of the findings whose fixes must go: each that stays, and those beside a new finding.

    A new finding in a file without fixes is due to any of them, so all go.
    """
    done = [one for text in made.values() for one in text.done]
    by_path, found = _by_path(done), set[int]()
    for one in _new(before, done, after.problems):
        near = by_path.get(one.path, [])
        same = [each for each in near if _key(each) == _key(one)] or [each for each in near if each.line == one.line]
        found.update(map(id, same or near or done))
    return found


def _new(before: Iterable[Problem], done: Iterable[Problem], after: Sequence[Problem]) -> list[Problem]:
    """Return the findings of a text with fixes that were not in the one before, or that the fixes should have removed.

    One that only has other words, as it quotes the value, is not new: another of its rule in the line is gone. Fixes
    leave all lines where they are. Advice (info) is no reason against a fix.
    """
    expected = Counter(map(_key, before))
    expected.subtract(map(_key, done))
    extra = []
    for one in after:
        if expected[_key(one)] > 0:
            expected[_key(one)] -= 1
        elif one.severity != "info":
            extra.append(one)
    gone: Counter[tuple[str, str, int]] = Counter()
    lines = {_key(one): one.line for one in before}
    for key, count in (+expected).items():
        gone[key[0], key[1], lines[key]] += count
    new = []
    for one in extra:
        if gone[one.path, one.rule, one.line] > 0:
            gone[one.path, one.rule, one.line] -= 1
        else:
            new.append(one)
    return new


def _by_path(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for one in problems:
        found.setdefault(one.path, []).append(one)
    return found


def _key(problem: Problem) -> Key:
    return problem.path, problem.rule, steady_words(problem.message)
