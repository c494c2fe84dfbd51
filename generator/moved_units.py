"""Units whose folder was moved, by git or by hand, since their lock was written: which workflow is theirs.

The workflow of a unit is outside its folder, and its name follows from the folder. The lock of a moved unit still names
the workflow by its old name. A lock is untrusted: the workflow of that name continues the unit's only if the first
lines in the lock and on disk name the same spec, if that spec gives the file its name, and if no unit is there now
whose lock has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from . import disk, lock
from .errors import Invalid, invalid
from .lock import Lock
from .printable import command_line
from .tree import LOCK_NAME, SPEC_NAME, join, owner_folder, workflow_of
from .worktree import Worktree


@dataclass(frozen=True)
class Continued:
    """The lock of a unit as if it had been written in the unit's present folder.

    ``source`` is the path of the workflow that is moved with the unit, or ``""``. ``hidden``: the file at the new path
    is the workflow of another unit, which is moved too. ``notes`` are about the unit's workflow.
    """

    base: Lock | None
    source: str = ""
    hidden: bool = False
    notes: tuple[str, ...] = ()

    def without_hidden(self, ours: Mapping[str, str], unit: str) -> dict[str, str]:
        """Return the present files of the unit, without one that belongs to another unit."""
        return {path: text for path, text in ours.items() if not (self.hidden and path == workflow_of(unit))}


@dataclass
class MovedUnits:
    """The workflows that the locks of a repository name, read when the first moved unit is met.

    ``units`` returns the folders of all units, and ``read`` the lock of one.
    """

    worktree: Worktree
    units: Callable[[], Sequence[str]]
    read: Callable[[str], Lock | None]

    @cached_property
    def claims(self) -> Mapping[str, Sequence[str]]:
        """The units whose locks have a workflow, by its path in their trees, sorted."""
        found: dict[str, list[str]] = {}
        for unit in self.units():
            base = self._lock(unit)
            for path in base.files if base else ():
                if path.startswith("/"):
                    found.setdefault(path, []).append(unit)
        return {path: sorted(units) for path, units in found.items()}

    def continues(self, path: str, gone: str) -> bool:
        """Tell whether the workflow at a path of the tree is that of a unit that was moved from ``gone``."""
        return any(unit != gone for unit in self.claims.get(path, ()))

    def continued(self, unit: str, base: Lock | None, *, wanted: bool) -> Continued:
        """Return the lock of a unit for its present folder; ``wanted``: the unit is to have a workflow.

        Raises Invalid if it is not known whose a workflow is.
        """
        new = workflow_of(unit)
        former = lock.former_folder(base, unit) if base else ""
        if base is None or not former or (old := workflow_of(former)) == new:
            if wanted and (base is None or new not in base.files):
                self._check_arrival(unit, new)
            return Continued(base)
        rest = {path: one for path, one in base.files.items() if path != old}
        text, arrived = self.worktree.read(old[1:]), self.worktree.read(new[1:])
        occupied = arrived is not None and bool(self._movers(new, unit))
        if text is None or (arrived is not None and not occupied and owner_folder(arrived) in {former, unit}):
            rest[new] = base.files[old]  # the workflow was moved by hand, or is missing
        # No digest of inputs: it has none of the folder, and what was generated depends on that.
        moved = replace(base, inputs="", files=rest)
        if text is None:
            return Continued(moved, hidden=occupied)
        if owner_folder(text) not in {former, unit}:
            return Continued(moved, "", occupied, (f"{old[1:]} is left: its first line does not name this unit",))
        if self._stays(former, unit, old):
            return Continued(moved, hidden=occupied)
        first = next((one for one in self._movers(old, former)), unit)
        if first < unit:
            return Continued(moved, "", occupied, (f"is new: {old[1:]} is that of {join(first, SPEC_NAME)}, a copy",))
        both = {**rest, old: base.files[old]}
        return Continued(replace(moved, files=both), old, occupied)

    def _stays(self, former: str, unit: str, path: str) -> bool:
        """Tell whether the unit in a folder is the one that a workflow was made for; ``unit`` then is a copy.

        Raises Invalid if nothing tells.
        """
        there, here = (disk.status(f"{self.worktree.root}/{join(one, SPEC_NAME)}") for one in (former, unit))
        if there is None or not self.worktree.has(join(former, SPEC_NAME)):
            return False
        if here is not None and (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
            return False  # the same folder, in another case
        if base := self._lock(former):
            return path in base.files  # else another unit came to this folder
        message = f"names {path[1:]}, the workflow of {join(former, SPEC_NAME)}, which has no lock that can be read"
        moved = command_line(["git", "mv", "--", path[1:], workflow_of(unit)[1:]])
        hint = f"if the unit was moved, move its workflow too: {moved}; if it was copied, delete this lock"
        raise invalid(join(unit, LOCK_NAME), message, hint, line=1, column=1)

    def _movers(self, path: str, former: str) -> list[str]:
        """Return the units that have a workflow in their locks, and were moved from the folder it was made for."""
        return [one for one in self.claims.get(path, ()) if one != former and path != workflow_of(one)]

    def _check_arrival(self, unit: str, path: str) -> None:
        """Raise Invalid if the workflow at the path of a new unit's is that of a unit moved away from its folder."""
        text = self.worktree.read(path[1:])
        if text is None or owner_folder(text) != unit:
            return
        if movers := self._movers(path, unit):
            message = f"would take over {path[1:]}, the workflow of the unit that was moved to {movers[0]}"
            command = command_line(["scaffold", "regenerate", "--", movers[0]])
            hint = f"move {join(unit, SPEC_NAME)} away, and run {command} first"
            raise invalid(join(unit, SPEC_NAME), message, hint, line=1, column=1)

    def _lock(self, unit: str) -> Lock | None:
        """Return the lock of a unit, None if it has none or a broken one, which is reported for that unit."""
        try:
            return self.read(unit)
        except Invalid:
            return None
