"""Apply the entries of a journal: files first, locks last; roll back on failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from . import stage
from .errors import invalid
from .journal import Entry
from .stage import Stage
from .tree import LOCK_NAME


@dataclass(frozen=True)
class Finished:
    """How an interrupted run ended: the paths that changed since and were left unchanged, and whether it was undone
    because of them.
    """

    changed: tuple[str, ...] = ()
    undone: bool = False


@dataclass
class Transaction:
    """Applies the entries of a journal; ``left`` are the numbers of those that somebody else changed.

    A run that is not ``fresh`` was started before: completed entries are not repeated. ``together``: the entries are
    applied all or none, so one that is left does not keep others from being applied. ``place`` is the current path, for
    messages.
    """

    staged: Stage
    entries: Sequence[Entry]
    fresh: bool = False
    together: bool = False
    left: set[int] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    begun: list[int] = field(default_factory=list)
    place: str = stage.STAGE

    def apply(self) -> None:
        """Move files into place, check them again, and then write the locks of units that nobody changed.

        Raises OSError.
        """
        files = [n for n, one in enumerate(self.entries) if not _is_lock(one)]
        for number in files:
            self._carry(number)
        for number in files:
            one = self.entries[number]
            self.place = one.path
            if number not in self.left and not self.staged.is_settled(number, one):
                self._leave(number)
        for number in (n for n, one in enumerate(self.entries) if _is_lock(one)):
            self._carry(number)

    def finish(self) -> Finished:
        """Finish a run that was killed. One whose files belong together is undone if somebody changed a file that it
        has still to replace.

        Raises Invalid if it can be neither finished nor undone, and OSError.
        """
        if not self.together:
            self.apply()
            return Finished(self._paths(self.left))
        changed = [number for number, one in enumerate(self.entries) if not self._is_resumable(number, one)]
        later = {number for number in changed if self._is_later(number, self.entries[number])}
        undone = len(later) < len(changed)
        if not undone:
            self.apply()
            undone = not self.left <= later  # changed meanwhile
        if undone:
            self._undo(later)
        return Finished(self._paths({*changed, *self.left}), undone)

    def _undo(self, later: set[int]) -> None:
        """Restore the previous files, apart from what somebody changed. Raises Invalid, OSError."""
        taken = self._paths(one for one in later if self.entries[one].before is not None)
        if taken:
            message = "was written after a run was interrupted that can be neither finished nor undone now"
            raise invalid(taken[0], message, "move it away, and run scaffold regenerate")
        for number, one in reversed([*enumerate(self.entries)]):
            self.place = one.path
            self.staged.back(number, one)

    def roll_back(self) -> bool:
        """Restore the previous files; return False if that fails, so that the next run finishes it."""
        try:
            for number in reversed(self.begun):
                if number not in self.left:
                    self.staged.back(number, self.entries[number])
        except OSError:
            return False
        return True

    def _carry(self, number: int) -> None:
        one = self.entries[number]
        self.place = one.path
        if one.group in self.units:
            if self.staged.now(one.path) != one.after:
                self._leave(number)
            return
        self.begun.append(number)
        if not (self.staged.put(number, one) if self.fresh else self._resume(number, one)):
            self._leave(number)

    def _resume(self, number: int, one: Entry) -> bool:
        now = self.staged.now(one.path)
        if now == one.after and not one.is_mode_only:
            return self.staged.is_settled(number, one)
        return self._is_ready(number, one, now) and self.staged.put(number, one)

    def _is_resumable(self, number: int, one: Entry) -> bool:
        """Tell whether nobody changed the file of an entry since the run began. Raises OSError."""
        self.place = one.path
        now = self.staged.now(one.path)
        return self.staged.is_untouched(number, one) if now == one.after else self._is_ready(number, one, now)

    def _is_later(self, number: int, one: Entry) -> bool:
        """Tell whether the run had done an entry before somebody wrote a file there. Raises OSError."""
        self.place = one.path
        return self.staged.is_done(number, one) and self.staged.now(one.path) is not None

    def _is_ready(self, number: int, one: Entry, now: str | None) -> bool:
        ready = one.after is None or one.is_mode_only or self.staged.holds(number, one.after)
        return now == one.before and ready

    def _paths(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.entries[one].path for one in sorted(numbers))

    def _leave(self, number: int) -> None:
        self.left.add(number)
        if (group := self.entries[number].group) and not self.together:
            self.units.add(group)


def _is_lock(entry: Entry) -> bool:
    return entry.path.rpartition("/")[2] == LOCK_NAME
