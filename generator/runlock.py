"""A file lock in the state folder against concurrent runs on one repository. The system releases it on a kill."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from . import disk
from .errors import invalid

NAME = "run.lock"
WAIT_SECONDS = 120
_CALL_SECONDS = 10
_HOW = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Errors of file systems without locks; every other error is a disk error.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})


class _Late(Exception):  # noqa: N818 - an event, raised by the timer
    """A system call did not return in time."""


@contextmanager
def held(folder: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock in the state folder ``folder``; ``tell`` gets one message if it waits or cannot lock.

    Raises Invalid if the lock cannot be opened, or the other run does not finish in time.
    """
    path = folder / NAME
    number = _open(path)
    try:
        _take(path, number, tell)
        yield
    finally:
        os.close(number)


def _open(path: Path) -> int:
    try:
        number = os.open(path, _HOW, 0o600)
    except OSError as error:
        raise disk.system_error(str(path), error) from None
    try:
        found = os.fstat(number)
    except OSError as error:
        os.close(number)
        raise disk.system_error(str(path), error) from None
    if not stat.S_ISREG(found.st_mode):
        os.close(number)
        raise invalid(str(path), "is not a regular file", "remove it")
    return number


def _take(path: Path, number: int, tell: Callable[[str], None]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    told = False
    while True:
        try:
            if _locks(path, number):
                return
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise disk.system_error(str(path), error) from None
            tell(f"{path}: the file system does not support locks ({error.strerror}): do not start two runs at once")
            return
        if not told:
            tell(f"waiting for another scaffold run, which holds {path}")
            told = True
        if time.monotonic() > end:
            raise invalid(str(path), f"has been held by another scaffold run for {WAIT_SECONDS} s", "end that run")
        time.sleep(0.05)


def _locks(path: Path, number: int) -> bool:
    try:
        with _bounded(_CALL_SECONDS):
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except _Late:
        raise invalid(
            str(path), f"the file system did not answer a lock request in {_CALL_SECONDS} s", "check the disk"
        ) from None
    return True


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Limit the time of a call that Python retries forever on EINTR (main thread only)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_number: int, _frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
