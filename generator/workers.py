"""Share work among processes: the parts of a list, each a call of one function, with the results in order.

The main process is one of them: it works on parts while it waits, whose results need no way back to it.
Workers are forked on Linux, where they share the memory of this process, and started afresh elsewhere: the function and
the parts must then be picklable. A worker that ends unexpectedly ends the run: no part is ever left out.

This is not ``concurrent.futures.ProcessPoolExecutor`` because, as tried with Python 3.11,

- its workers wait forever if the main process is killed: each holds the end of the pipe that tells the others;
- after an interrupt, it lets them finish what they have, and each may print a traceback;
- it starts threads, after which this process may not fork again, and keeps any number of results that nobody took yet.

It takes as long to start, and longer to load. ``multiprocessing.Pool`` waits forever if a worker is killed.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import Invalid, invalid

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")
MAX_JOBS = 256
_AHEAD = 2  # parts that a worker has at once, so that it never waits for the next one
_PARTS = 16  # of each job, since they take different times, and a result waits while this process works on a part
_KEPT = 4  # parts for each worker that may be finished before the first one that is not
_SECONDS = 5.0  # for a worker to end


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def untold(_done: int, _total: int, _what: str) -> None:
    """Tell nobody of the progress."""


@dataclass(frozen=True)
class Processes:
    """The processes of a run: up to ``jobs``, started by ``method`` (``fork``, ``spawn``, or the best one here).

    ``tell`` gets the progress: how many of how many, and of what.
    """

    jobs: int = 1
    tell: Callable[[int, int, str], None] = untold
    method: str = ""


def each_part(
    work: Callable[[Sequence[T]], R],
    items: Sequence[T],
    least: int,
    by: Processes,
    what: str,
    again: Callable[[R], bool] = lambda _result: False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[R]:
    """Yield the results of consecutive parts of the items: a few for each job, none with fewer than ``least``.

    ``what`` names the items for the progress; see ``in_order`` for the rest, and what it raises.
    """
    size = max(least, -(-len(items) // (by.jobs * _PARTS)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    done = 0
    for part, result in zip(parts, in_order(work, parts, by, again, first), strict=True):
        yield result
        done += len(part)
        by.tell(done, len(items), what)


def in_order(
    work: Callable[[Sequence[T]], R],
    parts: Sequence[Sequence[T]],
    by: Processes,
    again: Callable[[R], bool] = lambda _result: False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[R]:
    """Yield the results of the parts in order, made by processes; by this one alone for a single job or part.

    ``first`` is what this process does before it works on parts, while the others do. A part that raises in a worker,
    or whose result ``again`` rejects, is worked on again in this process, which then raises what it would without
    workers. Raises Invalid if a worker ends unexpectedly.
    """
    count = min(by.jobs, len(parts))
    if count < 2:
        first()
        yield from map(work, parts)
        return
    crew = _Crew(work, parts, by.method or _method())
    try:
        crew.start(count - 1)
        first()
        for number in range(len(parts)):
            done, result = crew.result(number)
            yield result if done and (number in crew.own or not again(result)) else work(parts[number])
        crew.release()
    finally:
        crew.end()


class _Crew:
    """The worker processes of one run, and the results that arrived before it was their turn."""

    def __init__(self, work: Callable[[Sequence[T]], R], parts: Sequence[Sequence[T]], method: str) -> None:
        import multiprocessing  # noqa: PLC0415 - only for larger runs

        self.work, self.parts = work, parts
        self.context: Any = multiprocessing.get_context(method)
        self.forks = method == "fork"
        self.processes: dict[Connection[Any, Any], BaseProcess] = {}
        self.given: dict[Connection[Any, Any], int] = {}
        self.results: dict[int, tuple[bool, Any]] = {}
        self.own: set[int] = set()  # the parts that this process worked on
        self.sent = 0

    def start(self, count: int) -> None:
        """Start the workers. They never see an interrupt: this process ends them."""
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(count):
                ours, theirs = self.context.Pipe()
                others = [*self.processes, ours] if self.forks else []
                arguments = (theirs, others, self.work, self.parts)
                process = self.context.Process(target=_serve, args=arguments, daemon=True)
                self.processes[ours] = process
                self.given[ours] = 0
                process.start()
                theirs.close()
        except OSError as error:
            raise invalid("--jobs", f"cannot start processes: {error.strerror}", "run it with --jobs 1") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def result(self, number: int) -> tuple[bool, Any]:
        """Return whether a part could be worked on, and its result."""
        from multiprocessing.connection import wait  # noqa: PLC0415

        last = min(len(self.parts), number + _KEPT * (1 + len(self.processes)))
        while True:
            self._hand_out(last)
            missing = number not in self.results
            ours = missing and self.sent < last  # there is something to do here while the others work
            waiting = None if missing and not ours else 0
            for ready in wait([one for one, count in self.given.items() if count], waiting):
                self._receive(ready)
            if number in self.results:
                return self.results.pop(number)
            if ours:
                self._hand_out(last)
                if self.sent < last:
                    self._work_here()

    def release(self) -> None:
        """Tell the workers that no more parts follow, so that they end by themselves."""
        for one in self.processes:
            with suppress(OSError):
                one.send(None)
        for process in self.processes.values():
            process.join(_SECONDS)

    def end(self) -> None:
        """End the workers that still run."""
        for one, process in self.processes.items():
            with suppress(OSError):
                one.close()
            if process.pid is not None and process.is_alive():
                process.kill()
        for process in self.processes.values():
            if process.pid is not None:
                process.join(_SECONDS)

    def _hand_out(self, last: int) -> None:
        """Give parts before ``last`` to the workers that have the fewest; it keeps the results that wait few."""
        while self.sent < last:
            one = min(self.given, key=self.given.__getitem__)
            if self.given[one] >= _AHEAD:
                return
            try:
                one.send(self.sent)
            except OSError:
                raise self._lost(one) from None
            self.sent += 1
            self.given[one] += 1

    def _work_here(self) -> None:
        """Work on the next part. One that raises is worked on again when it is its turn."""
        number = self.sent
        self.sent += 1
        self.own.add(number)
        try:
            self.results[number] = True, self.work(self.parts[number])
        except Exception:
            self.results[number] = False, None

    def _receive(self, one: Any) -> None:
        try:
            number, done, result = pickle.loads(one.recv_bytes())  # noqa: S301 - from a process of this program
        except (EOFError, OSError):
            raise self._lost(one) from None
        self.results[number] = done, result
        self.given[one] -= 1

    def _lost(self, one: Any) -> Invalid:
        process = self.processes[one]
        process.join(_SECONDS)
        code = process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with {code}"
        hint = "memory may be short: run it with --jobs 1, for fewer paths, or with --shard"
        return invalid("--jobs", f"a worker process {how}, so the run is not complete", hint)


def _method() -> str:
    """Return how workers start: forked where no system library forbids it, and no thread may hold a lock."""
    import threading  # noqa: PLC0415

    return "fork" if sys.platform.startswith("linux") and threading.active_count() == 1 else "spawn"


def _serve(
    connection: Connection[Any, Any],
    others: Sequence[Connection[Any, Any]],
    work: Callable[[Sequence[Any]], Any],
    parts: Sequence[Sequence[Any]],
) -> None:
    """Work on the parts whose numbers arrive, until None does, or the main process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for one in others:  # else a worker would not see that the main process is gone
        one.close()
    gc.freeze()  # what is shared with the main process is not searched, which would copy it
    with suppress(EOFError, OSError):
        while (number := connection.recv()) is not None:
            try:
                answer = pickle.dumps((number, True, work(parts[number])), pickle.HIGHEST_PROTOCOL)
            except Exception:
                answer = pickle.dumps((number, False, None))
            connection.send_bytes(answer)
