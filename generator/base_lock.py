"""The lock that a unit's plan is based on: that on disk, or of a lock in conflict what both sides make together.

A conflict in a lock is settled by what git knows of its sides, whichever of them is on disk: a lock has what was
generated before the edits in the files of its own side, so with other files, what only one side generated would count
as deleted by the user. Without git's record, the sides are those between the conflict markers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

from . import __version__
from .config import is_newer
from .errors import Invalid, Problem, invalid
from .git import is_merging
from .joined_locks import FileVersions, LockSides, Texts, join_locks, made_from
from .lock import Lock, is_marked, lock_text, parse_lock
from .merge import marked_sides
from .template import Template, template_folder
from .tree import LOCK_NAME, MAX_LOCK_BYTES, join
from .unmerged import ANCESTOR, OURS, THEIRS, Unmerged
from .worktree import Worktree


@dataclass(frozen=True, slots=True)
class BaseLock:
    """A lock as planned with, and its text on disk; None is absence.

    ``sides`` are the texts of the conflict that it settles, None without one.
    """

    text: str | None
    lock: Lock | None
    sides: tuple[str, ...] | None = None

    def settled(self, lock: Lock | None) -> Lock | None:
        """Return the lock to write for that of a plan, which is None if that is unchanged.

        One that settles a conflict is unlike its sides, so that it is not settled again.
        """
        if self.sides is None:
            return lock
        lock = lock or self.lock  # that of a unit that is held
        if lock is None:
            return None
        tools = (__version__, *(f"{__version__}+merged.{number}" for number in range(1, 4)))
        marked = (replace(lock, tool=one) for one in tools)
        return next((one for one in marked if lock_text(one) not in self.sides), lock)


@dataclass
class LockReader:
    """Reads the locks of one run."""

    worktree: Worktree
    unmerged: Unmerged = field(init=False)

    def __post_init__(self) -> None:
        self.unmerged = Unmerged(self.worktree.root)

    @cached_property
    def _is_merging(self) -> bool:
        return is_merging(self.worktree.root)

    def read(self, unit: str) -> BaseLock:
        """Return the lock of a unit. Raises Invalid if it, or a side of its conflict, is broken."""
        path = join(unit, LOCK_NAME)
        text = self.worktree.read(path, MAX_LOCK_BYTES)
        marked = text is not None and is_marked(text)
        if (marked or self._is_merging) and (found := self._in_merge(unit, path, text)):
            return found
        if text is None or not marked:
            return BaseLock(text, None if text is None else parse_lock(text, path, unit))
        sides = marked_sides(text)
        if sides is None:
            parse_lock(text, path, unit)  # raises Invalid
        return self._joined(unit, path, text, list(sides or ()))

    def _in_merge(self, unit: str, path: str, text: str | None) -> BaseLock | None:
        """Return the lock of a unit that is in a conflict of git, None if it is in none."""
        lock = None
        if text is not None:
            with suppress(Invalid):
                lock = parse_lock(text, path, unit)
        stages = self.unmerged.stages
        known = path
        objects = [stages[path].get(one) for one in (ANCESTOR, OURS, THEIRS)] if path in stages else []
        if path not in stages and lock is not None:  # only files of it: git has merged the lock
            known = next((one for name in lock.files if (one := join(unit, name)) in stages), "")
            objects = [None, *(self.unmerged.objects(known, path) or ())] if known else []
        self.unmerged.load(one for one in objects if one)
        texts = [self.unmerged.text(one) for one in objects]
        plain = text and text.replace("\r\n", "\n")  # as git has it, if it checks files out with CRLF
        if not any(texts) or (lock is not None and lock.is_whole and plain not in texts):
            return None  # the second: a run has settled it
        if known != path:  # where git has taken one side, the other is the ancestor's
            texts[0] = texts[2] if plain == texts[1] else texts[1] if plain == texts[2] else None
            if texts[1] == texts[2]:
                return None
        try:
            return self._joined(unit, path, text, texts, known)
        except Invalid:
            if lock is None:
                raise
        return None  # a side is broken, and a lock that is not was put in its place

    def _joined(self, unit: str, path: str, text: str | None, texts: list[str | None], known: str = "") -> BaseLock:
        """Return the lock that an ancestor and two sides make; ``known`` is a path in that conflict of git."""
        base, ours, theirs = texts
        sides = LockSides(
            _ancestor(base, path, unit),
            *(None if one is None else _side(one, path, unit) for one in (ours, theirs)),
        )
        if sides.ours is None and sides.theirs is None:
            return BaseLock(text, None, ())
        lock = join_locks(sides, self._text_of(unit, known, sides))
        return BaseLock(text, lock, tuple(one for one in texts if one is not None))

    def _text_of(self, unit: str, known: str, sides: LockSides) -> Callable[[str, Texts], str | None]:
        """Return how the text of each file of a unit is decided, with the file and its versions in git."""
        files = {one for lock in (sides.ours, sides.theirs) if lock for one in lock.files}
        pairs = {one: self.unmerged.objects(known, join(unit, one)) for one in files} if known else {}
        self.unmerged.load(oid for pair in pairs.values() for oid in pair or () if oid)

        def text_of(name: str, texts: Texts) -> str | None:
            pair = pairs.get(name)
            ours, theirs = (self.unmerged.text(oid) for oid in pair or (None, None))
            disk = self.worktree.read(join(unit, name))
            return made_from(name, texts, FileVersions(disk, ours, theirs, pair is not None))

        return text_of


def _ancestor(text: str | None, path: str, unit: str) -> Lock | None:
    """Return the lock of the common ancestor; None if that is itself a merge with conflicts, or broken."""
    try:
        return None if text is None else parse_lock(text, path, unit)
    except Invalid:
        return None


def _side(text: str, path: str, unit: str) -> Lock:
    """Return the lock of one side. Raises Invalid: what that side generated is unknown."""
    try:
        return parse_lock(text, path, unit)
    except Invalid as error:
        message = f"has a conflict, and one side of it {error.problems[0].message}"
        hint = "take the lock and the files of the other side: git checkout --ours, or --theirs"
        raise invalid(path, message, hint, line=1, column=1) from None


def check_version(base: Lock, template: Template, path: str) -> None:
    """Raise Invalid if a newer version of its template than the given one made a lock."""
    if base.version <= template.version:
        return
    if template.is_own:  # once for all units
        raise Invalid([lowered_version(template, base.version, "a unit")])
    message = f"was generated by version {base.version} of template {base.template}, newer than {template.version}"
    raise invalid(path, message, "install a newer scaffold", line=1, column=1)


def lowered_version(template: Template, made: int, unit: str) -> Problem:
    """Return the problem of a template of the repository that is older than the version that a unit was generated by.

    No release of scaffold has a newer one: its version is in a file of the repository.
    """
    message = f"is {template.version}, but {unit} was generated by version {made}"
    return Problem(f"{template_folder(template.name)}/version", 1, 1, message, f"write at least {made + 1}")


def check_parts(base: Lock, path: str) -> None:
    """Raise Invalid for a lock whose parts are not from one run; not if it is merged from others, and says so."""
    if not base.is_whole and not base.is_merged:
        message = "has parts that do not match each other: it was merged by line, or edited"
        raise invalid(path, message, "run scaffold regenerate", line=1, column=1)


def newer_tool(base: Lock | None) -> str:
    """Return the release that wrote a lock if it is newer than the running one, else ``""``."""
    return base.tool if base is not None and is_newer(base.tool) else ""


def newer_problem(path: str, tool: str) -> Problem:
    """Return the problem of a lock that a newer release wrote, and this one would rewrite."""
    message = f"was written by scaffold {tool}, newer than this one, {__version__}"
    hint = f"install scaffold {tool}, or accept that this one rewrites it: scaffold regenerate --downgrade"
    return Problem(path, 1, 1, message, hint)
