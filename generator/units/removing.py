"""Remove units: generated files, spec and lock; edited files only if the user says so, the user's own files never."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .. import behaviour, disk, lock
from ..choice import Choice
from ..config import Config
from ..errors import Problem, invalid
from ..lock import Lock
from ..pipeline import Pipeline
from ..plan import Change, Plan, orphan
from ..planned import Unit
from ..strays import disowned
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join, workflow_of
from ..worktree import Worktree, Write
from ..writes import writes_of
from .handing_over import hand_over
from .mentions import KUSTOMIZATIONS, Mention, mentions_of, named_paths

_REASON = "generated, but you edited it, or it was there before its unit"


@dataclass(frozen=True)
class Removal:
    """The planned removal of units: their files as plans, the paths to delete, the writes (none if anything is in the
    way), the units that provide something instead, the files that stay, notes, problems, and the lines of other files
    that name the units.
    """

    units: tuple[Unit, ...]
    deleted: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    heirs: tuple[Unit, ...] = ()
    stays: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    mentions: tuple[Mention, ...] = ()


def remove_units(worktree: Worktree, config: Config, choice: Choice, names: Sequence[str]) -> Removal:
    """Plan to remove units. Raises Invalid for a unit without a lock that can be read."""
    pipeline = Pipeline(worktree, config, choice)
    locks = {one: _lock(worktree, one) for one in names}
    units = tuple(_removed(pipeline, one, base, text) for one, (base, text) in locks.items())
    changes = [(join(one.name, change.path), change) for one in units if one.plan for change in one.plan.changes]
    deleted = {path for path, change in changes if change.merged is None and not change.conflicts}
    gone = deleted | {join(one, name) for one in names for name in (SPEC_NAME, LOCK_NAME)}
    kept = [(path, change) for path, change in changes if path not in gone]
    texts = {path: change.ours or "" for path, change in changes if path in deleted}
    notes = [*_kept_notes(kept, texts), *(note for one, (base, _) in locks.items() for note in _initial(one, base))]
    if any(one.plan and one.plan.blocked for one in units):
        return Removal(units, tuple(sorted(gone)), notes=tuple(notes))
    heirs = hand_over(pipeline, {one: base for one, (base, _) in locks.items()}, gone)
    specs = [Write(join(one, SPEC_NAME), worktree.read(join(one, SPEC_NAME)), None, unit=one) for one in names]
    files = [*writes_of([*units, *heirs.units], heirs.specs), *specs]
    files += [Write(join(one, LOCK_NAME), text, None, unit=one) for one, (_, text) in locks.items()]
    left = {one: list(_left(worktree, one, gone)) for one in names}
    places = _whole([path for paths in left.values() for path in paths], names, gone)
    built = {posixpath.dirname(path) for path in places if posixpath.basename(path) in KUSTOMIZATIONS}
    changed = {one.path for one in files}
    return Removal(
        units,
        tuple(sorted(gone)),
        () if heirs.problems else tuple(files),
        heirs.units,
        tuple(path for one, paths in left.items() for path in _staying(worktree, one, paths)),
        (*notes, *heirs.notes),
        heirs.problems,
        tuple(mentions_of(worktree, places, lambda path: path in changed or path in gone, built)),
    )


def _lock(worktree: Worktree, unit: str) -> tuple[Lock, str]:
    path = join(unit, LOCK_NAME)
    text = worktree.read(path, MAX_LOCK_BYTES)
    if text is None:
        message = "has no lock, so it is not known which files were generated"
        raise invalid(join(unit, SPEC_NAME), message, "run scaffold regenerate first, or delete its files by hand")
    return lock.parse_lock(text, path, unit), text


def _removed(pipeline: Pipeline, unit: str, base: Lock, text: str) -> Unit:
    """Return a unit with the plan that removes what was generated."""
    known = pipeline.moved.continued(unit, base, wanted=False)
    changes = []
    for path, one in known.base.files.items() if known.base else ():
        ours = None if known.hidden and path == workflow_of(unit) else pipeline.worktree.read(join(unit, path))
        if ours is None:
            continue
        change = orphan(path, one.text, ours, pipeline.choice.settle(join(unit, path)), _REASON)
        if path.startswith("/") and change.merged is not None and not change.conflicts:
            change = replace(change, merged=disowned(ours))  # or its first line would name a unit that is gone
        changes.append(change)
    return Unit(unit, Plan(unit, base.template, tuple(changes)), (), text)


def _kept_notes(kept: Sequence[tuple[str, Change]], texts: dict[str, str]) -> Iterator[str]:
    """Yield what becomes of edited files that are kept, or are a conflict; ``texts`` are those of the deleted files."""
    lists = {path: text for path, text in texts.items() if posixpath.basename(path) in KUSTOMIZATIONS}
    for path, change in kept:
        by = next((one for one, text in lists.items() if path in named_paths(one, text)), "")
        if by:
            yield f"{path} is no longer applied if it stays: {by}, which lists it, is deleted"
        if posixpath.basename(path) in KUSTOMIZATIONS:
            lost = sorted(named_paths(path, change.ours or "") & texts.keys())
            if lost:
                yield f"{path} cannot be built if it stays: it lists {', '.join(lost)}, which is deleted"


def _initial(unit: str, base: Lock) -> Iterator[str]:
    initial = behaviour.of(base.template).initial
    if initial and initial.folder == unit:
        yield f"scaffold init creates {unit}, the {base.template} unit, again"


def _left(worktree: Worktree, unit: str, gone: set[str]) -> Iterator[str]:
    """Yield the files in the folder of a removed unit that are not deleted; none for the root."""
    for path, _ in disk.walk_files(worktree.root / unit) if unit != "." else ():
        if (whole := f"{unit}/{path}") not in gone:
            yield whole


def _staying(worktree: Worktree, unit: str, left: Iterable[str]) -> Iterator[str]:
    """Yield the files in the folder of a removed unit that stay, without those of units below it."""
    below = tuple(f"{one}/" for one in worktree.units() if one.startswith(f"{unit}/"))
    return (one for one in left if not one.startswith(below))


def _whole(left: Iterable[str], units: Sequence[str], gone: set[str]) -> list[str]:
    """Return what goes with units: the folders of which nothing is left, and the deleted files outside of these."""
    kept: set[str] = set()
    for path in left:
        folder = posixpath.dirname(path)
        while folder and folder not in kept:
            kept.add(folder)
            folder = posixpath.dirname(folder)
    found: set[str] = set()
    for path in gone:
        unit = min((one for one in units if path.startswith(f"{one}/")), default="", key=len)
        whole, above = path, posixpath.dirname(path)
        while unit and f"{above}/".startswith(f"{unit}/") and above not in kept:
            whole, above = above, posixpath.dirname(above)
        if "/" in whole or whole in units:  # any text may have a word like the name of a file in the root
            found.add(whole)
    return sorted(found)
