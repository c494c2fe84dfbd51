"""The stage of a run: new files in ``.scaffold/stage``, moved into the tree and, on failure, back.

All paths are opened folder by folder: no link is followed. Moving a file into place swaps it with the existing one, so
that the replaced file is in the stage, and can be checked and restored: a change that a user saved at the last moment
is found afterwards and never lost. The stage is only emptied after success.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import disk, moves
from .digests import data_digest
from .errors import invalid
from .file_modes import with_executable
from .journal import Entry
from .tree import DOT_DIR

STAGE = f"{DOT_DIR}/stage"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})
_FULL = frozenset({errno.ENOTEMPTY, errno.EEXIST})
_UNLIKE = ""  # the digest of anything but a regular file within the size limit


@dataclass(frozen=True)
class Stage:
    """The stage folder and the root, both open, and the token that begins the names of this run's files.

    ``limit`` is the maximum size of compared files, in bytes.
    """

    root: int
    folder: int
    token: str
    limit: int

    def add(self, number: int, data: bytes, mode: int) -> None:
        """Stage the new content of entry ``number``. Raises OSError."""
        moves.create_file(self.folder, self._name(number), data, mode)

    def holds(self, number: int, digest: str) -> bool:
        """Tell whether the staged file of an entry is complete. Raises OSError."""
        return self._digest(self.folder, self._name(number)) == digest

    def now(self, path: str) -> str | None:
        """Return the digest of the file at a path of the tree, None for absence. Raises OSError."""
        with self._above(path) as above:
            return None if above is None else self._digest(above, path.rpartition("/")[2])

    def put(self, number: int, entry: Entry) -> bool:
        """Move an entry into place; return False, without a change, if the existing file differs. Raises OSError."""
        name = entry.path.rpartition("/")[2]
        with self._above(entry.path, make=entry.before is None) as above:
            if above is None or self._digest(above, name) != entry.before:
                return False
            if entry.is_mode_only:
                _set_executable(above, name, executable=bool(entry.executable))
                return True
            try:
                if entry.before is None:
                    moves.move_new(self.folder, self._name(number), above, name)
                elif entry.after is None:
                    self._take(number, entry.before, above, name)
                else:
                    self._replace(number, above, name)
            except (FileExistsError, FileNotFoundError):
                if not self._exists(self._name(number)) and entry.after is not None:
                    raise
                return False
        if not self.is_untouched(number, entry):
            self.back(number, entry)
            return False
        if entry.after is None:
            self._prune(entry.path)
        return True

    def is_settled(self, number: int, entry: Entry) -> bool:
        """Tell whether an entry is done and nobody changed the file before or since; else restore what was replaced.

        Raises OSError.
        """
        if not self.is_untouched(number, entry):
            self.back(number, entry)
            return False
        return self.now(entry.path) == entry.after

    def is_untouched(self, number: int, entry: Entry) -> bool:
        """Tell whether the file that an entry replaced, if it did, is as it was planned. Raises OSError."""
        kept, digest = self._kept(number, entry)
        return kept is None or digest == entry.before

    def is_done(self, number: int, entry: Entry) -> bool:
        """Tell whether an entry was put: a new file is in the stage no more, a replaced one as it was planned.

        Raises OSError.
        """
        if entry.before is None:
            return not self._exists(self._name(number))
        kept, digest = self._kept(number, entry)
        return kept is not None and digest == entry.before

    def back(self, number: int, entry: Entry) -> None:
        """Restore the file that an entry replaced, unless somebody changed the new file. Raises OSError."""
        name = entry.path.rpartition("/")[2]
        if entry.is_mode_only:
            with self._above(entry.path) as above:
                if above is not None and self._digest(above, name) == entry.after:
                    _set_executable(above, name, executable=not entry.executable)
            return
        kept, _ = self._kept(number, entry)
        with self._above(entry.path, make=kept is not None, strict=kept is not None) as above:
            now = None if above is None else self._digest(above, name)
            if above is not None and entry.before is None and now == entry.after:
                self._take(number, now, above, name)
            elif above is not None and kept is not None and now is None:
                moves.move_new(self.folder, kept, above, name)
            elif above is not None and kept is not None and now == entry.after:
                self._swap_back(kept, entry, above, name)
        if entry.before is None:
            self._prune(entry.path)

    def clear(self) -> None:
        """Delete every file in the stage, but no folders. Raises OSError."""
        with os.scandir(self.folder) as found:
            names = [one.name for one in found if not one.is_dir(follow_symlinks=False)]
        for name in names:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self.folder)

    def _name(self, number: int) -> str:
        return f"{self.token}-{number}"

    def _kept(self, number: int, entry: Entry) -> tuple[str | None, str | None]:
        """Return name and digest in the stage of the file that an entry replaced, or None if it replaced nothing."""
        name = self._name(number)
        if entry.before is None:
            return None, None
        if entry.after is not None and self._exists(f"{name}.old"):
            return f"{name}.old", self._digest(self.folder, f"{name}.old")
        now = self._digest(self.folder, name)
        return (None, None) if now is None or now == entry.after else (name, now)

    def _take(self, number: int, digest: str | None, above: int, name: str) -> None:
        staged = self._name(number)
        if self._digest(self.folder, staged) == digest:  # a second link, from a run killed in between
            os.unlink(staged, dir_fd=self.folder)
        moves.move_new(above, name, self.folder, staged)

    def _replace(self, number: int, above: int, name: str) -> None:
        staged = self._name(number)
        if moves.swap(self.folder, staged, above, name):
            return
        with suppress(FileNotFoundError):
            os.unlink(f"{staged}.old", dir_fd=self.folder)
        moves.keep(above, name, self.folder, f"{staged}.old", self.limit)
        os.rename(staged, name, src_dir_fd=self.folder, dst_dir_fd=above)

    def _swap_back(self, kept: str, entry: Entry, above: int, name: str) -> None:
        if not moves.swap(self.folder, kept, above, name):
            os.rename(kept, name, src_dir_fd=self.folder, dst_dir_fd=above)
        elif self._digest(self.folder, kept) != entry.after:
            moves.swap(self.folder, kept, above, name)  # somebody saved in between: keep the later file

    def _exists(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def _digest(self, folder: int, name: str) -> str | None:
        """Return the digest of a file's bytes, None for absence. Raises OSError if it cannot be read."""
        try:
            number = os.open(name, _FILE, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in {*_NO_FOLDER, errno.ENXIO}:  # a link, or a socket
                return _UNLIKE
            raise
        try:
            info = os.fstat(number)
            if not stat.S_ISREG(info.st_mode) or info.st_size > self.limit:
                return _UNLIKE
            with open(number, "rb", closefd=False) as file:
                data = file.read(self.limit + 1)
            return _UNLIKE if len(data) > self.limit else data_digest(data)
        finally:
            os.close(number)

    @contextmanager
    def _above(self, path: str, *, make: bool = False, strict: bool = False) -> Iterator[int | None]:
        """Open the folder of a path, created with ``make``, or yield None if it does not exist. Raises OSError.

        A link or file in a folder's place is an error if ``strict``, else it counts as absence.
        """
        number = os.dup(self.root)
        try:
            for part in path.split("/")[:-1]:
                below = _inner(number, part, make=make, strict=strict)
                if below is None:
                    yield None
                    return
                os.close(number)
                number = below
            yield number
        finally:
            os.close(number)

    def _prune(self, path: str) -> None:
        """Remove the parent folders of a path that are now empty. Raises OSError."""
        folder = path.rpartition("/")[0]
        while folder:
            with self._above(folder) as above:
                try:
                    if above is not None:
                        os.rmdir(folder.rpartition("/")[2], dir_fd=above)
                except FileNotFoundError:
                    pass
                except OSError as error:
                    if error.errno in _FULL | _NO_FOLDER:
                        return
                    raise
            folder = folder.rpartition("/")[0]


def _inner(above: int, name: str, *, make: bool, strict: bool) -> int | None:
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not make:
            return None
    except OSError as error:
        if error.errno in _NO_FOLDER and not strict:
            return None
        raise
    with suppress(FileExistsError):
        os.mkdir(name, 0o777, dir_fd=above)
    return os.open(name, _FOLDER, dir_fd=above)


def _set_executable(above: int, name: str, *, executable: bool) -> None:
    """Set the executable bit of a file in an open folder. Raises OSError."""
    number = os.open(name, _FILE, dir_fd=above)
    try:
        os.fchmod(number, with_executable(stat.S_IMODE(os.fstat(number).st_mode), executable=executable))
    finally:
        os.close(number)


@contextmanager
def open_stage(root: Path, token: str, limit: int) -> Iterator[Stage]:
    """Open the stage of a root; create it if it does not exist. Raises Invalid if a link or file is in its place."""
    numbers: list[int] = []
    try:
        try:
            numbers.append(os.open(root, _FOLDER))
            above = os.open(DOT_DIR, _FOLDER, dir_fd=numbers[0])
            numbers.append(above)
            name = STAGE.rpartition("/")[2]
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=above)
            numbers.append(os.open(name, _FOLDER, dir_fd=above))
        except OSError as error:
            if error.errno in _NO_FOLDER:
                raise invalid(STAGE, "is a symbolic link, or not a folder", "remove it") from None
            raise disk.system_error(STAGE, error) from None
        yield Stage(numbers[0], numbers[-1], token, limit)
        with suppress(OSError):
            os.rmdir(name, dir_fd=above)  # only if it is empty
    finally:
        for number in reversed(numbers):
            os.close(number)
