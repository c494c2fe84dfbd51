"""The repository on disk: reads without following links, and crash-safe writes.

A run is staged, journalled and moved into place, locks last, so that the next run finishes a run killed at any point.
Digests show whether a file changed since it was planned.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import disk, journal, moves, repository, runlock, stage, state
from .digests import text_digest
from .errors import Invalid, Problem, invalid
from .file_modes import with_executable
from .journal import Entry, Journal
from .printable import shell_word
from .stage import Stage
from .transaction import Finished, Transaction
from .tree import DOT_DIR, MAX_FILE_BYTES, MAX_LOCK_BYTES, decode, encode, join

_OLD_JOURNAL = f"{DOT_DIR}/journal.json"  # the path in older versions: in the tree, where anybody can commit one
_CHANGED = "was changed while scaffold was running, and was left unchanged"


@dataclass(frozen=True)
class Write:
    """One file to change: its text now and after, None for absence; the mode is for a new file, and of an existing one
    only the bit ``executable`` is changed, if it is not None.

    ``unit`` is the unit that owns it, ``""`` for files shared by all units. ``group``: the unit that it is written for
    (default: ``unit``), if that is another one, as for a file that moves from the place of one to that of the other.
    ``exact``: the umask is not applied to the mode.
    """

    path: str
    before: str | None
    after: str | None
    mode: int = 0o644
    unit: str = ""
    group: str = ""
    exact: bool = False
    executable: bool | None = None

    @property
    def written_for(self) -> str:
        """The unit whose lock must not be written if this file is not."""
        return self.group or self.unit


@dataclass(frozen=True)
class Applied:
    """The writes of a run, and a problem for every path left unchanged: somebody changed it meanwhile, or it cannot be
    written.
    """

    written: tuple[Write, ...] = ()
    left: tuple[Problem, ...] = ()


@dataclass
class Worktree:
    """The files below a root. ``seen`` are folders checked in this run not to be links."""

    root: Path
    seen: dict[str, bool] = field(default_factory=dict)

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> str | None:
        """Return the text at ``path``, or None if absent. Raises Invalid for anything but a regular file."""
        folder = path.rpartition("/")[0]
        is_there = self.seen.get(folder) or self._is_folder(folder, path)
        data = disk.read_file(f"{self.root}/{path}", limit, shown=path) if is_there else None
        if data is None and path in self.left_out:
            hint = f"check it out: git sparse-checkout add {shell_word(folder or '/')}"
            raise invalid(path, "is in the repository, but not in your sparse checkout", hint)
        return None if data is None else decode(data)

    def units(self) -> list[str]:
        """Return the folders of all units, sorted."""
        return repository.discover(self.root)

    def executable(self, folder: str, paths: Iterable[str]) -> frozenset[str]:
        """Return those paths below a folder, ``.`` for the root, that are executable files."""
        found = ((one, self.mode(join(folder, one))) for one in paths)
        return frozenset(one for one, mode in found if mode & stat.S_IXUSR)

    def mode(self, path: str) -> int:
        """Return the permissions of a path, 0 if it does not exist."""
        info = disk.status(f"{self.root}/{path}", shown=path)
        return 0 if info is None else stat.S_IMODE(info.st_mode) & 0o777

    def has(self, path: str) -> bool:
        """Tell whether a path that some text mentions exists; the path may be invalid on every system."""
        return disk.is_reachable(f"{self.root}/{path}")

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The files that a sparse checkout leaves out; they do not count as absent. Raises Invalid."""
        return repository.left_out(self.root)

    def own_template(self, name: str) -> Path | None:
        """Return the folder of the repository's own template ``name``, or None."""
        path = f"{DOT_DIR}/templates/{name}"
        return self.root / path if self._is_folder(path, path) else None

    @cached_property
    def own_templates(self) -> frozenset[str]:
        """The names of the repository's own templates, including those that a sparse checkout leaves out."""
        place = f"{DOT_DIR}/templates"
        found = disk.entries(f"{self.root}/{place}", shown=place) if disk.is_folder(f"{self.root}/{place}") else []
        out = (one.split("/")[2] for one in self.left_out if one.startswith(f"{place}/"))
        return frozenset([*(one.name for one in found if one.is_folder or one.is_link), *out])

    def apply(self, writes: Sequence[Write], *, together: bool = False) -> Applied:
        """Apply all ``writes`` in order; once the journal is written, they survive a kill.

        A file that no longer matches ``before`` is left unchanged, and so is the lock of its unit, which must describe
        the files written. A unit with an unwritable path is left unchanged as a whole, and the others continue; with
        ``together``, nothing is written if anything is left. Raises Invalid, without a change, if a path shared by all
        units cannot be written.
        """
        if not writes:
            return Applied()
        self.seen.clear()
        obstacles = {problem: one.written_for for one in writes for problem in self._obstacles(one)}
        blocked = set(obstacles.values())
        if "" in blocked:
            raise Invalid(obstacles)
        free = [one for one in writes if one.written_for not in blocked]
        late = {one.path for one in free if self._is_changed(one)}
        units = {one.written_for for one in free if one.path in late and one.written_for}
        todo = [one for one in free if one.path not in late and one.written_for not in units]
        left = set(late)
        if todo and not (together and len(todo) < len(writes)):
            left |= self._run(todo, together=together)
        self.seen.clear()
        written = [one for one in todo if one.path not in left and not (together and (left or obstacles))]
        changed = (Problem(one, 0, 0, _CHANGED, "run again") for one in sorted(left))
        return Applied(tuple(written), (*obstacles, *changed))

    def finish(self) -> Finished:
        """Finish an interrupted run, or undo it (``Transaction.finish``). Raises Invalid."""
        found = self._journal()
        if found is None:
            return Finished()
        try:
            with stage.open_stage(self.root, found.token, MAX_LOCK_BYTES) as staged:
                transaction = Transaction(staged, found.entries, together=found.together)
                finished = transaction.finish()
                self._forget(staged)
        except OSError as error:
            raise disk.system_error(transaction.place, error) from None
        self.seen.clear()
        return finished

    @property
    def interrupted(self) -> bool:
        """Whether an interrupted run is not finished yet. Raises Invalid if unknown."""
        return state.is_present(self._state) and disk.exists(self._state / journal.NAME)

    @property
    def planted(self) -> str:
        """The path of a journal in the tree, which is ignored, or ``""``."""
        return _OLD_JOURNAL if disk.exists(self.root / _OLD_JOURNAL, shown=_OLD_JOURNAL) else ""

    @contextmanager
    def alone(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Lock the repository for one run that writes; ``tell`` gets a message if it waits or cannot lock.

        Raises Invalid if the repository cannot be written to, or the other run does not finish in time.
        """
        if not self._is_folder(DOT_DIR, DOT_DIR):
            raise invalid(DOT_DIR, "is not a folder", "run scaffold init")
        with runlock.held(state.make_folder(self._state), tell):
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Delete what a run that was killed at its end left in the stage."""
        if not self.interrupted and disk.is_folder(self.root / stage.STAGE, shown=stage.STAGE):
            with suppress(OSError, Invalid), stage.open_stage(self.root, "", MAX_LOCK_BYTES) as staged:
                staged.clear()

    @cached_property
    def _state(self) -> Path:
        return state.state_folder(self.root)

    def _journal(self) -> Journal | None:
        path = self._state / journal.NAME
        data = state.read_state_file(path, journal.MAX_BYTES) if state.is_present(self._state) else None
        return None if data is None else journal.parse_journal(data, str(path))

    def _is_folder(self, folder: str, path: str) -> bool:
        """Tell whether ``folder`` exists; raise Invalid, at ``path``, if the folder is behind a link."""
        if folder in self.seen:
            return self.seen[folder]
        above = folder.rpartition("/")[0]
        found = not folder or above == folder or self._is_folder(above, path)
        if found and folder:
            info = disk.status(f"{self.root}/{folder}", shown=path)
            if info is not None and stat.S_ISLNK(info.st_mode):
                message = "is a symbolic link" if folder == path else f"is behind the symbolic link {folder}"
                raise invalid(path, message, "replace the link with a folder", code="symbolic-link")
            found = info is not None and stat.S_ISDIR(info.st_mode)
        self.seen[folder] = found
        return found

    def _is_changed(self, one: Write) -> bool:
        return self.read(one.path, MAX_LOCK_BYTES) != one.before

    def _obstacles(self, one: Write) -> Iterator[Problem]:
        fault = journal.owner_fault(one.path, one.unit)
        if fault:
            yield Problem(one.path, 0, 0, fault, "report a bug, unless the lock was edited")
            return
        folder = one.path.rpartition("/")[0]
        try:
            self.read(one.path, MAX_LOCK_BYTES)
            while folder and not disk.exists(self.root / folder, shown=folder):
                folder = folder.rpartition("/")[0]
            is_folder = disk.is_folder(self.root / folder, shown=folder, follow=True)
        except Invalid as error:
            yield from error.problems
            return
        if not is_folder:
            yield Problem(folder or ".", 0, 0, "is not a folder, but files must be written below it", "move it away")
        elif not os.access(self.root / folder, os.W_OK | os.X_OK):
            yield Problem(folder or ".", 0, 0, "is not writable", "make the folder writable")

    def _run(self, writes: Sequence[Write], *, together: bool) -> set[str]:
        """Stage, journal and apply writes; return the paths left unchanged. An error restores everything."""
        entries = tuple(
            Entry(
                one.path, one.unit, _digest(one.before), _digest(one.after), one.written_for, executable=one.executable
            )
            for one in writes
        )
        found = Journal(os.urandom(8).hex(), entries, together)
        data = journal.journal_bytes(found)
        if len(data) > journal.MAX_BYTES:
            raise invalid(".", f"{len(writes)} files are too many for one run", "name paths, or use --shard")
        with stage.open_stage(self.root, found.token, MAX_LOCK_BYTES) as staged:
            self._prepare(staged, writes, data)
            transaction = Transaction(staged, entries, fresh=True)
            try:
                transaction.apply()
            except OSError as error:
                if transaction.roll_back():
                    self._forget(staged)
                raise disk.system_error(transaction.place, error) from None
            if together and transaction.left and not transaction.roll_back():
                raise invalid(DOT_DIR, "a run could not be undone", "run scaffold regenerate to finish it")
            try:
                self._forget(staged)
            except OSError as error:
                raise disk.system_error(str(self._state / journal.NAME), error) from None
        return {entries[one].path for one in transaction.left}

    def _prepare(self, staged: Stage, writes: Sequence[Write], data: bytes) -> None:
        """Stage all files, flush them to disk, and only then write the journal. Raises Invalid."""
        place = stage.STAGE
        try:
            staged.clear()
            for number, one in enumerate(writes):
                if one.after is not None:
                    staged.add(number, encode(one.after), self._mode(one))
            moves.sync(staged.folder)
            place = str(self._state / journal.NAME)
            state.write_state_file(self._state / journal.NAME, data)
        except OSError as error:
            with suppress(OSError):
                self._forget(staged)
            raise disk.system_error(place, error) from None

    def _mode(self, one: Write) -> int:
        if one.before is not None:
            with suppress(FileNotFoundError, NotADirectoryError):  # deleted meanwhile: detected when it is replaced
                mode = stat.S_IMODE(os.lstat(self.root / one.path).st_mode) & 0o777
                return mode if one.executable is None else with_executable(mode, executable=one.executable)
        mask = os.umask(0)
        os.umask(mask)
        return one.mode if one.exact else one.mode & ~mask

    def _forget(self, staged: Stage) -> None:
        (self._state / journal.NAME).unlink(missing_ok=True)
        with suppress(OSError):  # the next run deletes what is left
            staged.clear()


def _digest(text: str | None) -> str | None:
    return None if text is None else text_digest(text)
