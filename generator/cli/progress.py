"""How many processes a run has, and its progress on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ..workers import cores
from .console import clear_status, may_show_status, show_status

T = TypeVar("T")
_FIRST_SECONDS = 1.0  # shorter runs show nothing
_EACH_SECONDS = 0.1


@dataclass
class Progress:
    """Counts on stderr, on one line that each replaces and the end removes; none if not ``shown``."""

    shown: bool
    begun: float = field(default_factory=time.monotonic)
    next_at: float = 0.0

    def tell(self, done: int, total: int, what: str) -> None:
        """Show how many are done, if that is due."""
        if not self.shown:
            return
        now = time.monotonic()
        if now - self.begun >= _FIRST_SECONDS and now >= self.next_at:
            self.next_at = now + _EACH_SECONDS
            show_status(f"{done:,} of {total:,} {what}")

    def counted(self, items: Iterable[T], total: int, what: str) -> Iterator[T]:
        """Yield the items, and show how many there were."""
        try:
            for number, one in enumerate(items):
                self.tell(number, total, what)
                yield one
        finally:
            self.end()

    def end(self) -> None:
        """Remove what is shown."""
        if self.next_at:
            self.next_at = 0.0
            clear_status()


@dataclass(frozen=True)
class Processes:
    """The number of processes of a run, and its progress."""

    jobs: int
    progress: Progress


def open_processes(jobs: int | None, *, quiet: bool) -> Processes:
    """Return the processes that the options of a command ask for: by default one for each core."""
    return Processes(jobs or cores(), Progress(not quiet and may_show_status()))
