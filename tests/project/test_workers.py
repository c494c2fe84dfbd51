"""Work that processes share: in order, complete, and as if one process did it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence

import pytest

from generator import workers
from generator.errors import Invalid
from generator.workers import Processes

METHODS = ("fork", "spawn")


def double(part: Sequence[int]) -> list[int]:
    return [2 * one for one in part]


def killed_elsewhere(part: Sequence[int]) -> int:
    if multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    return sum(part)


def fails_at_seven(part: Sequence[int]) -> int:
    if 7 in part:
        raise ValueError("seven")
    return sum(part)


def has_no_pickle(part: Sequence[int]) -> Callable[[], int]:
    return lambda: sum(part)


def where(part: Sequence[int]) -> tuple[int, int]:
    return part[0], os.getpid()


@pytest.mark.parametrize(
    ("jobs", "method"), [(1, "fork"), (2, "fork"), (3, "fork"), (20, "fork"), (2, "spawn"), (3, "spawn")]
)
def test_results_are_in_order_whatever_the_number_of_processes(jobs: int, method: str) -> None:
    told: list[tuple[int, int, str]] = []
    by = Processes(jobs, lambda *counts: told.append(counts), method)
    results = list(workers.each_part(double, range(100), 3, by, "numbers"))
    assert [one for part in results for one in part] == [2 * one for one in range(100)]
    assert told[-1] == (100, 100, "numbers")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert not multiprocessing.active_children()


def test_small_work_stays_in_this_process() -> None:
    (one,) = workers.each_part(where, range(10), 10, Processes(4), "")
    assert one == (0, os.getpid())
    made = list(workers.each_part(where, range(10), 1, Processes(4), ""))
    assert [first for first, _ in made] == list(range(10))
    assert len({process for _, process in made}) > 1


@pytest.mark.parametrize("method", METHODS)
def test_this_process_works_on_parts_too(method: str) -> None:
    made = list(workers.in_order(where, [[one] for one in range(200)], Processes(2, method=method)))
    assert [first for first, _ in made] == list(range(200))
    assert os.getpid() in {process for _, process in made}
    assert len({process for _, process in made}) <= 2


def busy_elsewhere(part: Sequence[int]) -> int:
    if multiprocessing.parent_process() is None:
        time.sleep(0.002)
    return part[0]


@pytest.mark.parametrize("jobs", [2, 3])
def test_a_slow_main_process_does_not_wait_for_what_it_has_itself(jobs: int) -> None:
    """The others finish all that they were given while this process works on the last part that is missing."""
    for count in range(2, 40):
        parts = [[one] for one in range(count)]
        assert list(workers.in_order(busy_elsewhere, parts, Processes(jobs))) == list(range(count))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_comes_first_is_done_once_before_any_result(jobs: int) -> None:
    done: list[int] = []
    found = workers.in_order(double, [[1], [2], [3]], Processes(jobs), first=lambda: done.append(1))
    assert next(found) == [2]
    assert list(found) == [[4], [6]]
    assert done == [1]


@pytest.mark.parametrize("method", METHODS)
def test_a_killed_worker_ends_the_run(method: str) -> None:
    found = workers.in_order(killed_elsewhere, [[one] for one in range(12)], Processes(2, method=method))
    with pytest.raises(Invalid, match="a worker process was killed by signal 9"):
        list(found)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_is_that_of_this_process(method: str) -> None:
    found = workers.in_order(fails_at_seven, [[one] for one in range(12)], Processes(2, method=method))
    results = []
    with pytest.raises(ValueError, match="seven") as caught:
        results.extend(found)
    assert any(one.name == "fails_at_seven" for one in caught.traceback)
    assert not multiprocessing.active_children()


def test_what_does_not_leave_a_process_is_made_here() -> None:
    found = workers.in_order(has_no_pickle, [[one] for one in range(5)], Processes(2))
    assert [one() for one in found] == [0, 1, 2, 3, 4]


def test_a_result_that_is_rejected_is_made_here() -> None:
    parts = [[one] for one in range(6)]
    found = list(workers.in_order(where, parts, Processes(2), lambda one: one[1] != os.getpid()))
    assert found == [(one, os.getpid()) for one in range(6)]


def test_workers_end_with_their_user() -> None:
    found = workers.in_order(double, [[one] for one in range(1000)], Processes(2))
    assert next(found) == [0]
    assert len(multiprocessing.active_children()) == 1
    found.close()
    assert not multiprocessing.active_children()
