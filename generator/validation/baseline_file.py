"""The file of the baseline of a run: which one it is, what it has, and what a run then has to tell. Changes nothing."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import repository
from ..errors import Problem, invalid
from ..tree import DOT_DIR, MAX_LOCK_BYTES
from ..worktree import Worktree
from .baseline import BASELINE_PATH, Key, KnownFindings, parse_baseline, without_known
from .checks import Outcome
from .file_selection import Selection


@dataclass(frozen=True)
class BaselineFile:
    """The path of a baseline below the base of a run, its text, None if there is none, and what it has."""

    path: str
    text: str | None
    entries: Counter[Key]

    def known(self, selection: Selection, problems: Sequence[Problem]) -> KnownFindings:
        """Return the findings of a run that the baseline does not have, and what became of the others."""
        if self.text is None:
            return KnownFindings(tuple(problems))
        exists = Worktree(selection.base).has
        return without_known(problems, self.entries, exists, whole=selection.is_complete)


def baseline_file(selection: Selection, here: Path, given: str | None, *, needed: bool) -> BaselineFile:
    """Return the baseline of a run: the file that the user named, or that of the repository.

    Raises Invalid for a file that is no baseline, is outside of the repository or behind a link, and for a ``given``
    one that does not exist, if it is ``needed``.
    """
    path = BASELINE_PATH
    if given is not None:
        path = repository.path_argument(selection.base, given, here, "--baseline")
        if path != BASELINE_PATH and f"{path}/".startswith(f"{DOT_DIR}/"):
            raise invalid(given, f"is in {DOT_DIR}, where only {BASELINE_PATH} may be", "name another file")
    text = Worktree(selection.base).read(path, MAX_LOCK_BYTES)
    if text is None and given is not None and needed:
        raise invalid(
            given, "does not exist", f"write it: scaffold validate --baseline {shlex.quote(given)} --update-baseline"
        )
    return BaselineFile(path, text, Counter() if text is None else parse_baseline(text, path))


def with_baseline(outcome: Outcome, known: KnownFindings) -> Outcome:
    """Return an outcome without the findings that a baseline has."""
    return replace(outcome, problems=known.problems, known=known.known)
