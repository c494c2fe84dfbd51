"""Moves between two open folders that lose no data: swap two files, and move to a name that does not exist.

Both are system calls without a Python wrapper, called through ctypes; where a system or file system lacks them, the
closest POSIX calls are used, with a window of microseconds in which a concurrent change could be missed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any

# Linux: RENAME_NOREPLACE and RENAME_EXCHANGE of renameat2(2); macOS: RENAME_EXCL and RENAME_SWAP of renameatx_np(2).
_CALL, _NEW, _SWAP = ("renameatx_np", 4, 2) if sys.platform == "darwin" else ("renameat2", 1, 2)
_LACKING = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EACCES})
_TRIES = 100


def swap(one: int, name: str, other: int, target: str) -> bool:
    """Swap two existing files atomically. Return False if the system cannot. Raises OSError."""
    return _rename(one, name, other, target, _SWAP)


def move_new(one: int, name: str, other: int, target: str) -> None:
    """Move a file to a name that does not exist. Raises FileExistsError if it exists, and every other OSError."""
    if _rename(one, name, other, target, _NEW):
        return
    try:
        os.link(name, target, src_dir_fd=one, dst_dir_fd=other, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _LACKING | {errno.EMLINK}:
            raise
    else:
        os.unlink(name, dir_fd=one)
        return
    with suppress(FileNotFoundError):
        os.stat(target, dir_fd=other, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    os.rename(name, target, src_dir_fd=one, dst_dir_fd=other)


def keep(one: int, name: str, other: int, target: str, limit: int) -> None:
    """Hard-link a file to a new name, or copy it if the file system has no hard links. Raises OSError."""
    try:
        os.link(name, target, src_dir_fd=one, dst_dir_fd=other, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _LACKING | {errno.EMLINK}:
            raise
    else:
        return
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=one)
    try:
        with open(source, "rb", closefd=False) as file:
            data = file.read(limit)
        mode = os.fstat(source).st_mode & 0o777
    finally:
        os.close(source)
    create_file(other, target, data, mode)


def create_file(folder: int, name: str, data: bytes, mode: int) -> None:
    """Create a new file with exactly this mode. Raises OSError, including FileExistsError."""
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    number = os.open(name, how, 0o600, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fchmod(number, mode)
    finally:
        os.close(number)


def sync(folder: int) -> None:
    """Flush the file system of a folder to disk. Raises OSError."""
    call = _function("syncfs")
    if call is None:
        os.sync()
        return
    for _ in range(_TRIES):
        if call(folder) == 0:
            return
        if ctypes.get_errno() != errno.EINTR:
            break
    if ctypes.get_errno() in {errno.ENOSYS, errno.EOPNOTSUPP}:
        os.sync()
        return
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _rename(one: int, name: str, other: int, target: str, how: int) -> bool:
    call = _function(_CALL)
    if call is None:
        return False
    for _ in range(_TRIES):
        if call(one, os.fsencode(name), other, os.fsencode(target), how) == 0:
            return True
        if ctypes.get_errno() != errno.EINTR:
            break
    number = ctypes.get_errno()
    if number in _LACKING:
        return False
    raise OSError(number, os.strerror(number), target)


@cache
def _function(name: str) -> Any:
    """Return a function of the C library that Python does not wrap, or None if it does not exist."""
    try:
        return getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError):
        return None
