"""Check a part of what a run checks, in any process: units, and files by rules.

A rule may look at every file of the run, so each process needs all of them: a forked one has those that the main
process read, one that was started afresh reads them itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .. import rules
from ..config import Config
from ..errors import Problem
from ..pipeline import Pipeline
from ..rules import File, Rule
from ..worktree import Worktree
from .file_selection import Selection
from .loading import Loaded, load
from .unit_checks import unit_problems

Item = str | int  # the name of a unit, or the number of a file


@dataclass
class PartFindings:
    """The problems of a part, and the first bug met; what follows a bug is checked regardless."""

    problems: list[Problem] = field(default_factory=list)
    bug: Exception | None = None

    def failed(self, file: File, rule: Rule, error: Exception) -> Problem:
        """Return the problem for a rule that raised an exception on a file."""
        if isinstance(error, RecursionError | MemoryError):
            message, hint = f"is too deep or too large for {rule.id}, and is not checked against it", "split it"
        else:
            message, hint = f"{rule.id} failed on a bug in scaffold: {type(error).__name__}", "report it with this file"
            self.bug = self.bug or error
        return Problem(file.path, 1, 1, message, hint, "SCF001")


@dataclass
class PartChecker:
    """Checks parts of a selection under a config. ``loaded`` has its files, None before they are read."""

    selection: Selection
    settings: Config
    loaded: Loaded | None = None

    def __call__(self, part: Sequence[Item]) -> PartFindings:
        """Return what is found in units and files."""
        found = PartFindings()
        for name in part:
            for problems, bug in unit_problems(self._pipeline, name) if isinstance(name, str) else ():
                found.problems += problems
                found.bug = found.bug or bug
        numbers = [one for one in part if isinstance(one, int)]
        if numbers:
            if self.loaded is None:
                self.loaded = load(self.selection, self.settings)
            files = [self.loaded.files[number] for number in numbers]
            found.problems += rules.check(files, self.loaded.scope, found.failed)
        return found

    @cached_property
    def _pipeline(self) -> Pipeline:
        return Pipeline(Worktree(self.selection.base), self.settings)

    def __getstate__(self) -> dict[str, object]:
        """Return what a process that is started afresh gets: it reads the files itself, which is faster."""
        return {"selection": self.selection, "settings": self.settings, "loaded": None}
