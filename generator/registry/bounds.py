"""The bounds of a call to a registry: sizes, counts, one deadline, and a few requests at a time.

A server that sends a byte from time to time never runs into a time limit of a socket, and looking up a host has none.
So all work is done by daemon threads, which the main thread leaves behind at the deadline; none of them begins a
request after it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ..errors import Invalid, invalid

OPTION = "--registry"  # the place of problems
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class RegistryLimits:
    """What one call may cost."""

    seconds: float = 300  # everything
    wait_seconds: float = 20  # for a connection, and for more data
    helper_seconds: float = 60  # for a credential helper, which may ask the user
    patience_seconds: float = 30  # for a server that asks to wait
    attempts: int = 4  # requests of a URL that fails for now
    parallel: int = 8  # requests at a time
    tags: int = 100_000
    pages: int = 2_000
    times: int = 5_000  # tags whose build time is asked for
    page_bytes: int = 32 << 20  # gcr.io sends all tags in one page, with every manifest
    document_bytes: int = 4 << 20  # a manifest, as the OCI specification bounds it, or the config of an image


@dataclass
class Deadline:
    """The end of a call, the same for all of its threads."""

    seconds: float
    host: str
    _end: float = field(init=False)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def left(self) -> float:
        """Return the seconds left. Raises Invalid if none are, or if the work was stopped."""
        left = self._end - time.monotonic()
        if left <= 0 or self._stopped.is_set():
            raise self.expired()
        return left

    def stop(self) -> None:
        """Let no thread begin another request."""
        self._stopped.set()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end, nor after a stop."""
        self._stopped.wait(min(seconds, self.left()))

    def expired(self) -> Invalid:
        """Return the problem of a call that takes too long."""
        message = f"{self.host} did not answer everything in {self.seconds:g} s"
        return invalid(OPTION, message, "try again later, or list the tags in a file (--from FILE)")


def in_parallel(work: Callable[[_T], _R], items: Sequence[_T], parallel: int, deadline: Deadline) -> list[_R]:
    """Return the results of ``work`` in the order of ``items``.

    Raises what the first failure raised, or Invalid at the deadline.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, _R] | BaseException] = queue.SimpleQueue()
    for number in range(len(items)):
        todo.put(number)

    def run() -> None:
        while True:
            try:
                number = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((number, work(items[number])))
            except BaseException as error:  # the main thread raises it
                done.put(error)
                return

    for _ in range(min(parallel, len(items))):
        threading.Thread(target=run, daemon=True).start()
    results: dict[int, _R] = {}
    try:
        while len(results) < len(items):
            result = done.get(timeout=deadline.left())
            if isinstance(result, BaseException):
                raise result
            results[result[0]] = result[1]
    except queue.Empty:
        raise deadline.expired() from None
    finally:
        if len(results) < len(items):
            deadline.stop()
    return [results[number] for number in range(len(items))]
