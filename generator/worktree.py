"""The repository on disk: reads without following links, and is the only module that writes.

A run is staged, journalled and renamed into place, locks last, so that a run killed at any point is finished by the
next one. Digests tell whether a file is still what the plan was made for.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import Invalid, Problem, invalid
from .tree import DOT_DIR, MAX_FILE_BYTES, decode, encode, path_fault

JOURNAL = f"{DOT_DIR}/journal.json"
STAGE = f"{DOT_DIR}/stage"
RUN_LOCK = f"{DOT_DIR}/run.lock"
LOCK_BYTES = 16 * 1024 * 1024
WAIT_SECONDS = 120
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Write:
    """One file to change: what it holds now and shall hold, None for absence; the mode is for a file that is new."""

    path: str
    before: str | None
    after: str | None
    mode: int = 0o644


@dataclass
class Worktree:
    """The files below a root. ``seen`` are folders known to be real ones in this run."""

    root: Path
    seen: dict[str, bool] = field(default_factory=dict)

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> str | None:
        """Return the text at ``path``, or None if there is nothing. Raises Invalid for a link or anything no file."""
        folder = path.rpartition("/")[0]
        if not (self.seen.get(folder) or self._is_folder(folder, path)):
            return None
        try:
            number = os.open(f"{self.root}/{path}", _FILE)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR}:
                return None
            raise _unusable(path, error) from None
        try:
            info = os.fstat(number)
            if not stat.S_ISREG(info.st_mode):
                raise invalid(path, "is not a file", "move it away")
            if info.st_size > limit:
                raise invalid(path, f"is larger than {limit // 2**20} MiB", "move it away")
            data = os.read(number, info.st_size + 1)
            while more := os.read(number, 65536):
                data += more
        except OSError as error:
            raise _unusable(path, error) from None
        finally:
            os.close(number)
        return decode(data)

    def is_empty(self, path: str) -> bool:
        """Tell whether there is nothing at ``path``, not even a link that leads nowhere."""
        return not os.path.lexists(self.root / path)

    def own_template(self, name: str) -> Path | None:
        """Return the folder of a template that the repository has itself, or None."""
        path = f"{DOT_DIR}/templates/{name}"
        return self.root / path if self._is_folder(path, path) else None

    def apply(self, writes: Sequence[Write], *, done: Callable[[], None] = lambda: None) -> None:
        """Make all ``writes`` or none, in their order; they survive a kill from the moment that the journal is written.

        Raises Invalid, with nothing changed, if a place cannot be written or is no longer as ``before`` says.
        """
        if not writes:
            return
        problems = [problem for one in writes for problem in self._obstacles(one)]
        if problems:
            raise Invalid(problems)
        try:
            self._stage(writes)
        except OSError as error:
            self._forget()
            raise _unusable(DOT_DIR, error) from None
        made: list[Write] = []
        try:
            for number, one in enumerate(writes):
                self._put(one.path, f"{STAGE}/{number}" if one.after is not None else None)
                made.append(one)
        except OSError as error:
            self._undo(made)
            raise _unusable(writes[len(made)].path, error) from None
        self._forget()
        done()

    def finish(self) -> list[str]:
        """Finish a run that was interrupted, and return the paths that were left alone because they changed since."""
        text = self.read(JOURNAL)
        if text is None:
            return []
        skipped: list[str] = []
        for number, path, before, after in _journal(text):
            now = self.read(path, LOCK_BYTES)
            digest = None if now is None else _digest(now)
            staged = self.read(f"{STAGE}/{number}", LOCK_BYTES) if after else None
            ready = after is None or (staged is not None and _digest(staged) == after)
            if digest == before and ready and not skipped:
                try:
                    self._put(path, f"{STAGE}/{number}" if after else None)
                except OSError as error:
                    raise _unusable(path, error) from None
            elif digest != after:
                skipped.append(path)
        self._forget()
        return skipped

    @property
    def interrupted(self) -> bool:
        """Whether a run was interrupted and not finished yet."""
        return os.path.lexists(self.root / JOURNAL)

    @contextmanager
    def alone(self, waiting: Callable[[str], None]) -> Iterator[None]:
        """Hold the repository for one run that writes; ``waiting`` is called once if another run holds it.

        Raises Invalid if the repository cannot be written to, or the other run does not end.
        """
        if not self._is_folder(DOT_DIR, RUN_LOCK):
            raise invalid(DOT_DIR, "is no folder", "run scaffold init")
        try:
            number = os.open(self.root / RUN_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise _unusable(RUN_LOCK, error) from None
        try:
            if not _locks(number):
                waiting(RUN_LOCK)
                end = time.monotonic() + WAIT_SECONDS
                while not _locks(number):
                    if time.monotonic() > end:
                        message = f"another scaffold run holds it for {WAIT_SECONDS} s"
                        raise invalid(RUN_LOCK, message, "end that run")
                    time.sleep(0.05)
            yield
        finally:
            os.close(number)

    def _is_folder(self, folder: str, path: str) -> bool:
        """Tell whether ``folder`` exists; raise Invalid, naming ``path``, if a link is on the way to it."""
        if folder in self.seen:
            return self.seen[folder]
        above = folder.rpartition("/")[0]
        found = not folder or above == folder or self._is_folder(above, path)
        if found and folder:
            try:
                mode = os.lstat(f"{self.root}/{folder}").st_mode
            except OSError as error:
                if error.errno not in {errno.ENOENT, errno.ENOTDIR}:
                    raise _unusable(path, error) from None
                found = False
            else:
                if stat.S_ISLNK(mode):
                    raise invalid(path, f"lies behind the symbolic link {folder}", "replace the link with a folder")
                found = stat.S_ISDIR(mode)
        self.seen[folder] = found
        return found

    def _obstacles(self, one: Write) -> Iterator[Problem]:
        self.seen.clear()
        fault = path_fault(one.path)
        if fault:
            yield Problem(one.path, 0, 0, fault, "this is a bug or a hostile lock")
            return
        try:
            if self.read(one.path, LOCK_BYTES) != one.before:
                yield Problem(one.path, 0, 0, "was changed while scaffold was running", "run it again")
                return
        except Invalid as error:
            yield from error.problems
            return
        folder = one.path.rpartition("/")[0]
        while folder and not os.path.lexists(self.root / folder):
            folder = folder.rpartition("/")[0]
        place = self.root / folder
        if not place.is_dir():
            yield Problem(one.path, 0, 0, f"{folder} is not a folder", "move it away")
        elif not os.access(place, os.W_OK | os.X_OK):
            yield Problem(one.path, 0, 0, f"the folder {folder or '.'} cannot be written to", "make it writable")

    def _stage(self, writes: Sequence[Write]) -> None:
        stage = self.root / STAGE
        if stage.is_symlink():
            raise invalid(STAGE, "is a symbolic link", "remove it")
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        entries = []
        for number, one in enumerate(writes):
            if one.after is not None:
                staged = stage / str(number)
                staged.write_bytes(encode(one.after))
                staged.chmod(self._mode(one))
            digests = (None if text is None else _digest(text) for text in (one.before, one.after))
            entries.append(dict(zip(("path", "before", "after"), (one.path, *digests), strict=True)))
        draft = stage / "journal"
        draft.write_text(json.dumps({"format": 1, "entries": entries}), "utf-8")
        os.sync()
        draft.rename(self.root / JOURNAL)

    def _mode(self, one: Write) -> int:
        if one.before is not None:
            return stat.S_IMODE(os.lstat(self.root / one.path).st_mode) & 0o777
        mask = os.umask(0)
        os.umask(mask)
        return one.mode & ~mask

    def _put(self, path: str, staged: str | None) -> None:
        """Move a staged file to ``path``, or delete it, through folders opened one by one: no link is followed."""
        *folders, name = path.split("/")
        opened = [os.open(self.root, _FOLDER)]
        try:
            for part in folders:
                try:
                    opened.append(os.open(part, _FOLDER, dir_fd=opened[-1]))
                except FileNotFoundError:
                    if staged is None:
                        return
                    os.mkdir(part, 0o777, dir_fd=opened[-1])
                    opened.append(os.open(part, _FOLDER, dir_fd=opened[-1]))
            if staged is not None:
                os.rename(f"{self.root}/{staged}", name, dst_dir_fd=opened[-1])
                return
            try:
                os.unlink(name, dir_fd=opened[-1])
                for depth in range(len(folders), 0, -1):  # folders that the deletion leaves empty
                    os.rmdir(folders[depth - 1], dir_fd=opened[depth - 1])
            except FileNotFoundError:
                pass
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
        finally:
            for number in reversed(opened):
                os.close(number)

    def _undo(self, made: Sequence[Write]) -> None:
        """Put back what was there before a write that failed; what cannot be put back stays journalled."""
        try:
            for number, one in enumerate(made):
                back = self.root / STAGE / f"back{number}"
                if one.before is not None:
                    back.write_bytes(encode(one.before))
                    back.chmod(self._mode(one) if not self.is_empty(one.path) else one.mode)
                self._put(one.path, None if one.before is None else f"{STAGE}/back{number}")
        except OSError:
            return
        self._forget()

    def _forget(self) -> None:
        (self.root / JOURNAL).unlink(missing_ok=True)
        shutil.rmtree(self.root / STAGE, ignore_errors=True)


def _locks(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _journal(text: str) -> list[tuple[int, str, str | None, str | None]]:
    """Return number, path and digests of a journal's entries. Raises Invalid if it is none or leaves the root."""
    hint = f"delete {JOURNAL} and run scaffold regenerate"
    try:
        entries: list[dict[str, Any]] = json.loads(text)["entries"]
        found = [(n, str(one["path"]), one["before"], one["after"]) for n, one in enumerate(entries)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise invalid(JOURNAL, f"is broken: {error}", hint) from None
    for _, path, *_ in found:
        if fault := path_fault(path):
            raise invalid(JOURNAL, f"names {path!r}, which {fault}", hint)
    return found


def _digest(text: str) -> str:
    return hashlib.blake2b(encode(text), digest_size=20).hexdigest()


def _unusable(path: str, error: Exception) -> Invalid:
    if isinstance(error, OSError) and error.errno in {errno.ELOOP, errno.EMLINK}:
        return invalid(path, "is a symbolic link, which scaffold does not follow", "replace it with a file")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return invalid(path, f"cannot be used: {reason}", "check its permissions and the free space")


def make_dot_dir(root: Path) -> None:
    """Make the folder that marks a root. Raises Invalid if it cannot be made, or is anything else."""
    place = root / DOT_DIR
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise _unusable(DOT_DIR, error) from None
    if place.is_symlink():
        raise invalid(DOT_DIR, "is a symbolic link", "replace it with a folder")


def read_any(path: Path, limit: int = MAX_FILE_BYTES) -> str:
    """Return the text of a file that the user named, anywhere; at most ``limit`` bytes. Raises Invalid."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(str(path), error) from None
    if len(data) > limit:
        raise invalid(str(path), f"is larger than {limit // 2**20} MiB", "merge it by hand")
    return decode(data)


def replace_any(path: Path, text: str) -> None:
    """Write a file that the user named, anywhere: whole or not at all. Raises Invalid."""
    draft = path.with_name(f".{path.name}.scaffold")
    try:
        draft.write_bytes(encode(text))
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unusable(str(path), error) from None
