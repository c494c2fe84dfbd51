"""Apply the entries of a journal: files first, locks last; roll back on failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from . import stage
from .journal import Entry
from .stage import Stage
from .tree import LOCK_NAME


@dataclass
class Transaction:
    """Applies the entries of a journal; ``left`` are the numbers of those that somebody else changed.

    A run that is not ``fresh`` was started before: completed entries are not repeated. ``place`` is the current path,
    for messages.
    """

    staged: Stage
    entries: Sequence[Entry]
    fresh: bool = False
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
        if now == one.after:
            return self.staged.is_settled(number, one)
        ready = one.after is None or self.staged.holds(number, one.after)
        return now == one.before and ready and self.staged.put(number, one)

    def _leave(self, number: int) -> None:
        self.left.add(number)
        if group := self.entries[number].group:
            self.units.add(group)


def _is_lock(entry: Entry) -> bool:
    return entry.path.rpartition("/")[2] == LOCK_NAME
