"""The folder for run state of a repository: outside the tree that git tracks, so that it cannot be committed.

It is ``<git dir>/scaffold/<digest>/``, with a digest of the root's path below git's top level; without git
``$XDG_STATE_HOME/scaffold/<digest>/`` (default ``~/.local/state``), with a digest of the root's real path. It is
created with mode 0700; a link, or a folder of another user, is refused.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import disk, repository
from .errors import Invalid, invalid

_HOW = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_RDONLY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_HINT = "make it writable, or remove it if it is not yours"


def state_folder(root: Path) -> Path:
    """Return the path of the state folder of ``root``. Creates nothing. Raises Invalid if it is unknown."""
    known = repository.git_folder(root)
    if known is not None:
        folder, below = known
        return folder / "scaffold" / _digest(below)
    return _home() / "scaffold" / _digest(os.path.realpath(root))


def make_folder(folder: Path) -> Path:
    """Create a state folder (``state_folder``) if needed, and return it. Raises Invalid if it cannot be used."""
    try:
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        for one in (folder.parent, folder):
            with suppress(FileExistsError):
                one.mkdir(mode=0o700)
            _is_ours(one)  # before anything is created in it
    except OSError as error:
        raise _unusable(folder, error) from None
    return folder


def is_present(folder: Path) -> bool:
    """Tell whether the state folder exists. Raises Invalid if it is a link, not a folder, or another user's."""
    return all(_is_ours(one) for one in (folder.parent, folder))


def _is_ours(folder: Path) -> bool:
    found = disk.status(folder)
    if found is None:
        return False
    if not stat.S_ISDIR(found.st_mode):
        raise invalid(str(folder), "is not a folder, so it cannot hold run state", "remove it")
    if found.st_uid != os.geteuid():
        raise invalid(str(folder), "belongs to another user, so its run state is not trusted", _HINT)
    return True


def read_state_file(path: Path, limit: int) -> bytes | None:
    """Return a file of the state folder, or None.

    Raises Invalid if another user owns it, and as ``disk.read_file`` does.
    """
    found = disk.status(path)
    if found is not None and found.st_uid != os.geteuid():
        raise invalid(str(path), "belongs to another user", "remove it")
    return None if found is None else disk.read_file(path, limit)


def write_state_file(path: Path, data: bytes) -> None:
    """Write a file of the state folder atomically, and flush it to disk. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    number = os.open(draft, _NEW, 0o600)
    try:
        with open(number, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(data)
            file.flush()
            os.fsync(number)
        os.rename(draft, path)  # noqa: PTH104 - like the other calls here
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)  # noqa: PTH108
        raise
    with _opened(path.parent) as folder:
        os.fsync(folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, _HOW)
    try:
        yield number
    finally:
        os.close(number)


def _home() -> Path:
    """Return the state home of the XDG Base Directory Specification; a relative value is ignored."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(given):  # noqa: PTH117 - a text
        return Path(given)
    try:
        return Path.home() / ".local/state"
    except RuntimeError:
        message = "no git repository or home folder to keep run state in"
        raise invalid("XDG_STATE_HOME", message, "set it to a folder that you can write to") from None


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _unusable(folder: Path, error: OSError) -> Invalid:
    reason = error.strerror or str(error)
    hint = "make that folder writable; without git, XDG_STATE_HOME names another"
    return invalid(str(folder), f"cannot hold run state: {reason}", hint)
