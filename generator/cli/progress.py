"""How many processes a run has, and its progress on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..workers import Processes, cores
from .console import clear_status, may_show_status, show_status

_FIRST_SECONDS = 1.0  # shorter runs show nothing
_EACH_SECONDS = 0.1


@dataclass
class Progress:
    """Counts on stderr, on one line that each replaces and the end removes."""

    begun: float = field(default_factory=time.monotonic)
    next_at: float = 0.0

    def tell(self, done: int, total: int, what: str) -> None:
        """Show how many are done, if that is due."""
        now = time.monotonic()
        if now >= max(self.next_at, self.begun + _FIRST_SECONDS):
            self.next_at = now + _EACH_SECONDS
            show_status(f"{done:,} of {total:,} {what}")

    def end(self) -> None:
        """Remove what is shown."""
        if self.next_at:
            self.next_at = 0.0
            clear_status()


@contextmanager
def open_processes(jobs: int | None, *, quiet: bool) -> Iterator[Processes]:
    """Give the processes that the options of a command ask for, by default one for each core, and show their progress.

    A context: at its end, nothing of the progress is left on the terminal.
    """
    number = jobs or cores()
    if quiet or not may_show_status():
        yield Processes(number)
        return
    progress = Progress()
    try:
        yield Processes(number, progress.tell)
    finally:
        progress.end()
