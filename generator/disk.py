"""Bounded reads from disk that distinguish absence from errors. Every read of a file or folder goes through here.

Absence is None, False or empty; it is only ENOENT, and ENOTDIR where a parent folder is a file. Every other error
(EACCES, EIO, ESTALE, …) raises Invalid: an unreadable folder must never look empty, since generated files that are no
longer generated are deleted.

No function follows a link at the path itself unless ``follow`` is set; the caller checks the parent folders
(``worktree.Worktree`` does for paths of the repository).
"""

from __future__ import annotations

import errno
import os
import re
import select
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import Invalid, invalid

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR})
_LINKED = frozenset({errno.ELOOP, errno.EMLINK})
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK = 1 << 20
_OWN = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,9})")
WAIT_SECONDS = 10

_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "check its permissions, and those of the folders above it"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free space on its disk"),
    errno.EROFS: "its disk is mounted read-only",
    errno.ENAMETOOLONG: "use a shorter path",
    errno.EISDIR: "it is a folder: name a file",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "let the process open more files (ulimit -n)"),
}

Place = str | Path


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A name in a folder, and its type; a link is neither folder nor file."""

    name: str
    is_folder: bool
    is_file: bool
    is_link: bool


def read_file(place: Place, limit: int, *, shown: str = "", follow: bool = False, device: bool = False) -> bytes | None:
    """Return the bytes of the file at ``place``, or None if nothing exists there.

    Raises Invalid, at ``shown`` or the place itself, for a link, for anything that is not a regular file, for more than
    ``limit`` bytes (never more are held), and for every system error. ``follow`` follows a link; ``device`` also reads
    pipes and character devices, for a path that the user typed, such as the shell's ``<(...)``; one that sends no data
    for ``WAIT_SECONDS`` raises Invalid. Opening never waits for a FIFO's other end.
    """
    name = shown or str(place)
    try:
        number = _opened(place, _FILE | (0 if follow else os.O_NOFOLLOW), device=device)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise system_error(name, error) from None
    try:
        info = os.fstat(number)
        stream = stat.S_ISFIFO(info.st_mode) or stat.S_ISCHR(info.st_mode)
        if not (stat.S_ISREG(info.st_mode) or (device and stream)):
            raise invalid(name, "is not a regular file", "move it away")
        if stat.S_ISREG(info.st_mode) and info.st_size > limit:
            raise _too_large(name, limit)
        data = _stream(number, limit, name) if stream else _all(number, limit, info.st_size)
    except OSError as error:
        raise system_error(name, error) from None
    finally:
        os.close(number)
    if len(data) > limit:
        raise _too_large(name, limit)
    return data


def head(place: Place, count: int, *, shown: str = "") -> bytes | None:
    """Return the first ``count`` bytes of a regular file, None for a link or anything else. Raises Invalid."""
    if not is_file(place, shown=shown):
        return None
    try:
        number = os.open(place, _FILE | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in _ABSENT | _LINKED:
            return None
        raise system_error(shown or str(place), error) from None
    try:
        return os.read(number, count) if stat.S_ISREG(os.fstat(number).st_mode) else None
    except OSError as error:
        raise system_error(shown or str(place), error) from None
    finally:
        os.close(number)


def _all(number: int, limit: int, size: int) -> bytes:
    """Read to the end, or to one byte beyond ``limit``: files in /proc report size 0.

    A read of one byte more than the reported size that returns exactly that size is at the end.
    """
    data = os.read(number, min(size, limit) + 1)
    if not data or len(data) == size:
        return data
    parts, count = [data], len(data)
    while count <= limit and (more := os.read(number, min(_CHUNK, limit + 1 - count))):
        parts.append(more)
        count += len(more)
    return b"".join(parts)


def _opened(place: Place, how: int, *, device: bool) -> int:
    """Open a file; duplicate a descriptor of this process, since a reopened pipe cannot tell that its writer closed."""
    text = str(place)
    found = _OWN.fullmatch(text) if device else None
    if text == "/dev/stdin" and device:
        return os.dup(0)
    return os.dup(int(found[1])) if found else os.open(place, how)


def _stream(number: int, limit: int, name: str) -> bytes:
    """Read a pipe or device to the end, or to one byte beyond ``limit``."""
    waiting = select.poll()
    waiting.register(number, select.POLLIN | select.POLLHUP)
    parts: list[bytes] = []
    count = 0
    while count <= limit:
        if not waiting.poll(WAIT_SECONDS * 1000):
            raise invalid(name, f"sent no data for {WAIT_SECONDS} s", "name a file")
        try:
            more = os.read(number, min(_CHUNK, limit + 1 - count))
        except BlockingIOError:
            continue
        if not more:
            break
        parts.append(more)
        count += len(more)
    return b"".join(parts)


def status(place: Place, *, shown: str = "", follow: bool = False) -> os.stat_result | None:
    """Return the stat result of a path, or None if it does not exist. Raises Invalid for every other error."""
    try:
        return os.stat(place, follow_symlinks=follow)  # noqa: PTH116 - a place may be text
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise system_error(shown or str(place), error) from None


def exists(place: Place, *, shown: str = "") -> bool:
    """Tell whether a path exists, dangling links included."""
    return status(place, shown=shown) is not None


def is_reachable(place: Place) -> bool:
    """Tell whether a path that some text mentions exists; the path may be invalid on every system."""
    try:
        os.stat(place, follow_symlinks=False)  # noqa: PTH116 - a place may be text
    except OSError as error:
        if error.errno in _ABSENT | _LINKED | {errno.ENAMETOOLONG}:
            return False
        raise system_error(str(place), error) from None
    return True


def is_folder(place: Place, *, shown: str = "", follow: bool = False) -> bool:
    """Tell whether a path is a folder."""
    found = status(place, shown=shown, follow=follow)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_file(place: Place, *, shown: str = "", follow: bool = False) -> bool:
    """Tell whether a path is a regular file."""
    found = status(place, shown=shown, follow=follow)
    return found is not None and stat.S_ISREG(found.st_mode)


def entries(place: Place, *, shown: str = "") -> list[FolderEntry]:
    """Return the entries of a folder, sorted by name; an empty list if the folder does not exist. Raises Invalid."""
    try:
        with os.scandir(place) as found:
            listed = [
                FolderEntry(
                    one.name, one.is_dir(follow_symlinks=False), one.is_file(follow_symlinks=False), one.is_symlink()
                )
                for one in found
            ]
    except OSError as error:
        if error.errno in _ABSENT:
            return []
        raise system_error(shown or str(place), error) from None
    return sorted(listed, key=lambda one: one.name)


def walk_files(top: Place, *, skip: Callable[[str], bool] = lambda _name: False) -> Iterator[tuple[str, FolderEntry]]:
    """Yield every file and link below ``top`` with its path relative to ``top``, sorted by name within each folder.

    Folders whose name matches ``skip`` are left out; links are yielded and not followed. Raises Invalid if a folder
    cannot be listed.
    """
    waiting = [""]
    while waiting:
        below = waiting.pop()
        folders = []
        for one in entries(f"{top}/{below}" if below else top):
            path = f"{below}/{one.name}" if below else one.name
            if not one.is_folder:
                yield path, one
            elif not skip(one.name):
                folders.append(path)
        waiting += reversed(folders)


def system_error(path: str, error: OSError) -> Invalid:
    """Return the Invalid for a system error at ``path``."""
    if error.errno in _LINKED:
        message = "is a symbolic link, which scaffold does not follow"
        return invalid(path, message, "replace it with a file", code="symbolic-link")
    reason = error.strerror or str(error)
    return invalid(path, f"cannot be used: {reason}", _REMEDIES.get(error.errno or 0, "check its disk"))


def _too_large(path: str, limit: int) -> Invalid:
    size = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 1024} KiB"
    return invalid(path, f"is larger than {size}", "split it or move it away")
