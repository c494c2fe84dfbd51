"""Move a unit's folder: every file in it, its workflow, and what is generated from the folder's path."""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from .. import behaviour, disk, journal, repository, spec
from ..choice import Choice
from ..config import Config
from ..errors import Invalid, invalid
from ..file_modes import with_executable
from ..pipeline import Pipeline
from ..planned import Unit
from ..printable import command_line
from ..spec_editing import edit_spec
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join, leads_out, unit_fault
from ..worktree import Worktree, Write
from ..writes import writes_of
from .mentions import Mention, broken_paths, mentions_in, mentions_of
from .moved_tree import MovedTree

_SCHEMA = re.compile(r"(?m)\A((?:\ufeff)?# yaml-language-server: \$schema=)(\.{1,2}/[^\s]+)")
_MOST_FILES = 10_000
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Move:
    """A planned move: the units at their new places, the writes (none if a unit is blocked), how many files move, and
    the lines that name what was moved: of other files, and of moved files.
    """

    units: tuple[Unit, ...]
    writes: tuple[Write, ...]
    files: int
    mentions: tuple[Mention, ...]
    broken_paths: tuple[Mention, ...]


def target_folder(worktree: Worktree, unit: str, place: str) -> str:
    """Return the new folder of a unit that is moved to ``place``: in it, if it is a folder, as with ``mv``.

    Raises Invalid if the unit cannot be moved there.
    """
    if unit == ".":
        raise invalid("UNIT", "is the root of the repository, which cannot be moved", "name a folder below it")
    if fault := unit_fault(place):
        raise invalid("DIR", f"{place!r} {fault}", "name another folder below the root")
    new = join(place, posixpath.basename(unit)) if disk.is_folder(worktree.root / place, shown=place) else place
    if f"{new}/".startswith(f"{unit}/"):
        where = "the unit itself" if new == unit else "inside the unit"
        raise invalid("DIR", f"{new} is {where}", "name another folder")
    worktree.read(join(new, SPEC_NAME))  # refuses links above it
    _check_above(worktree, new)
    if disk.exists(worktree.root / new, shown=new):
        same = disk.status(worktree.root / new, shown=new), disk.status(worktree.root / unit, shown=unit)
        if same[0] and same[1] and same[0].st_ino == same[1].st_ino:
            command = command_line(["git", "mv", "--", unit, new])
            raise invalid("DIR", f"{new} is {unit} on this disk", f"run {command}, and then scaffold regenerate")
        raise invalid("DIR", f"{new} already exists", "name another folder, or move it away")
    if reason := repository.unseen(worktree.root, join(new, SPEC_NAME)):
        message = f"no command would find {join(new, SPEC_NAME)}: {reason}"
        raise invalid("DIR", message, "name another folder, or change .gitignore if that is why")
    return new


def _check_above(worktree: Worktree, new: str) -> None:
    """Raise Invalid if the first thing there is above a new folder is not a folder."""
    above = posixpath.dirname(new)
    while above and not disk.exists(worktree.root / above, shown=above):
        above = posixpath.dirname(above)
    if above and not disk.is_folder(worktree.root / above, shown=above):
        raise invalid("DIR", f"{above} is not a folder, so nothing can be below it", "name another folder")


def move_unit(worktree: Worktree, config: Config, choice: Choice, unit: str, new: str) -> Move:
    """Plan to move the folder of a unit to ``new`` (``target_folder``), with the units below it.

    Raises Invalid if that is not possible, or for a unit that cannot be planned at its new place.
    """
    tree = MovedTree(worktree.root, old=unit, new=new)
    names = [one for one in worktree.units() if f"{one}/".startswith(f"{unit}/")]
    for one in names:
        _check_stays(worktree, one)
    files = dict(_files(worktree, unit, new))
    try:
        specs = {tree.target_of(one): _moved_spec(files[join(one, SPEC_NAME)][0], one, tree) for one in names}
        pipeline = Pipeline(tree, config, choice, pending=specs)
        before = Pipeline(worktree, config)
        units = tuple(pipeline.added(one, text, before) for one, text in specs.items())
    except Invalid as error:  # at the places that the files have now
        raise Invalid(replace(one, path=tree.source_of(one.path) or one.path) for one in error.problems) from None
    blocked = any(one.plan is None or one.plan.blocked for one in units)
    after = {tree.target_of(path): one for path, one in files.items()}
    after |= {join(one, SPEC_NAME): (text, after[join(one, SPEC_NAME)][1]) for one, text in specs.items()}
    others: list[Write] = []
    for write in writes_of(units):
        if not write.path.startswith(f"{new}/"):
            others.append(replace(write, group=new))
        elif write.after is None:
            after.pop(write.path, None)
        else:
            mode = after[write.path][1] if write.path in after else write.mode
            if write.executable is not None:
                mode = with_executable(mode, executable=write.executable)
            after[write.path] = write.after, mode
    writes = [Write(path, None, text, mode, new, new, exact=True) for path, (text, mode) in after.items()]
    writes += [Write(path, text, None, mode, unit, new) for path, (text, mode) in files.items()]
    texts = {path: text for path, (text, _) in after.items() if posixpath.basename(path) != LOCK_NAME}
    leaving = [
        one for path, text in texts.items() for one in broken_paths(path[len(new) + 1 :], text, unit, new, worktree.has)
    ]
    named = _mentions(worktree, unit, texts, others)
    return Move(units, () if blocked else (*writes, *others), len(files), tuple(named), tuple(leaving))


def _mentions(worktree: Worktree, unit: str, texts: Mapping[str, str], others: Sequence[Write]) -> list[Mention]:
    """Return the lines that name a moved folder or its workflow: of other files, and of moved files, with ``texts`` as
    they will be; ``others`` are the writes of workflows.
    """
    outside = {one.path for one in others}
    places = [unit, *(one.path for one in others if one.after is None)]
    found = mentions_of(worktree, places, lambda path: path.startswith(f"{unit}/") or path in outside)
    written = {one.path: one.after for one in others if one.after is not None}
    return found + [one for path, text in {**texts, **written}.items() for one in mentions_in(path, text, places)]


def _check_stays(worktree: Worktree, unit: str) -> None:
    """Raise Invalid for a unit that has its place in every repository."""
    path = join(unit, SPEC_NAME)
    name = spec.parse_spec(worktree.read(path) or "", path).template
    initial = behaviour.of(name).initial
    if initial and initial.folder == unit:
        raise invalid(path, f"is the {name} unit, which scaffold init creates in {unit}", "leave it there")


def _files(worktree: Worktree, unit: str, new: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield the path, text and mode of every file in a unit's folder. Raises Invalid for what is not moved."""
    hint = f"run {_by_hand(worktree, unit, new)}, and then scaffold regenerate"
    size = 0
    if missing := min((one for one in worktree.left_out if one.startswith(f"{unit}/")), default=""):
        command = command_line(["git", "sparse-checkout", "add", unit])
        raise invalid(missing, "is in the repository, but not in your sparse checkout", f"check it out: {command}")
    for number, (below, one) in enumerate(disk.walk_files(worktree.root / unit)):
        path = f"{unit}/{below}"
        if ".git" in below.split("/"):
            command = command_line(["git", "mv", "--", unit, new])
            raise invalid(path, "belongs to another repository", f"run {command}, and then scaffold regenerate")
        if not one.is_file:
            raise invalid(path, "is a symbolic link, or not a regular file", hint)
        faults = journal.owner_fault(path, unit), journal.owner_fault(f"{new}/{below}", new)
        if fault := next(filter(None, faults), ""):
            raise invalid(path, fault, hint)
        try:
            text = worktree.read(path, MAX_LOCK_BYTES)
        except Invalid as error:
            raise Invalid(replace(problem, hint=hint) for problem in error.problems) from None
        info = disk.status(worktree.root / path, shown=path)
        if text is None or info is None:
            raise invalid(path, "was deleted while scaffold was running", "run again")
        size += len(text)
        if number >= _MOST_FILES or size > _MOST_BYTES:
            raise invalid(unit, f"has more than {_MOST_FILES} files or {_MOST_BYTES // 2**20} MiB", hint)
        yield path, (text, stat.S_IMODE(info.st_mode) & 0o777)


def _by_hand(worktree: Worktree, unit: str, new: str) -> str:
    """Return the command that moves a folder without scaffold."""
    above, move = posixpath.dirname(new), command_line(["mv", "--", unit, new])
    if not above or disk.is_folder(worktree.root / above, shown=above):
        return move
    return f"{command_line(['mkdir', '-p', '--', above])} && {move}"


def _moved_spec(text: str, unit: str, tree: MovedTree) -> str:
    """Return the spec of a moved unit: paths to what is outside of the folder lead there as before. Raises Invalid."""
    new = tree.target_of(unit)
    if (found := _SCHEMA.match(text)) and (there := _relocated(found[2], unit, new, tree)):
        text = f"{found[1]}{there}{text[found.end() :]}"
    read = spec.parse_spec(text, join(new, SPEC_NAME))
    known = behaviour.of(read.template)
    keys = {*(known.test.outward if known.test else ()), *([known.image.key] if known.image else ())}
    for key in sorted(keys):
        value = read.data.get(key)
        if isinstance(value, str) and (there := _relocated(value, unit, new, tree)):
            text = _with_value(text, join(new, SPEC_NAME), key, there)
    return text


def _with_value(text: str, path: str, key: str, value: str) -> str:
    """Return a spec with another text as a value, in the same quotes if possible. Raises Invalid."""
    read = spec.parse_spec(text, path)
    pair, wanted = read.node.pair(key), {**read.data, key: value}
    if pair is not None and pair[1].shape == "scalar":
        start, end = pair[1].start, pair[1].end
        edited = text[:start] + text[start:end].replace(str(read.data[key]), value) + text[end:]
        with suppress(Invalid):
            if spec.parse_spec(edited, path).data == wanted:
                return edited
    return edit_spec(text, path, {(key,): value})


def _relocated(place: str, unit: str, new: str, tree: MovedTree) -> str:
    """Return a relative path from ``new`` to where ``place`` leads from ``unit``; ``""`` if ``place`` does it."""
    there = posixpath.normpath(posixpath.join(unit, place))
    if place.startswith("/") or leads_out(there) or tree.target_of(there) != there:
        return ""
    wanted = posixpath.relpath(there, new)
    ending = "/" if place.endswith("/") else ""
    return "" if posixpath.normpath(place) == wanted else wanted + ending
