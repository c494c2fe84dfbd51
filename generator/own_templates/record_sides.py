"""The records of a template in a conflict of git, from what both sides have recorded.

An update merges the template's files with those of one version, and needs what the files on disk were made from: of a
merge, the files of both sides' locks, joined as those of units are. So an update settles the conflict.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import Invalid, Problem, invalid
from ..git import is_merging
from ..joined_locks import FileVersions, LockSides, Texts, join_locks, made_from
from ..lock import Lock, is_marked, parse_lock
from ..merge import marked_sides
from ..printable import command_line
from ..template import template_folder
from ..template_folder import SOURCE_NAME
from ..tree import LOCK_NAME, MAX_LOCK_BYTES
from ..unmerged import ANCESTOR, OURS, THEIRS, Unmerged
from ..worktree import Worktree
from .source_record import (
    MAX_SOURCE_BYTES,
    Recorded,
    SourceFiles,
    folder_texts,
    line_merged_name,
    parse_source,
    read_records,
)
from .template_fetch import FetchedTemplate

_Pair = tuple[str | None, str | None]  # the texts of source.json and of the lock


def records_in_conflict(worktree: Worktree, name: str) -> Recorded | None:
    """Return the records of a template that are part of a conflict of git, None if they are in none.

    ``lock`` has what the files on disk were made from, ``sides`` what each side recorded. Raises Invalid if that is
    unknown.
    """
    folder = template_folder(name)
    path, lock_path = f"{folder}/{SOURCE_NAME}", f"{folder}/{LOCK_NAME}"
    disk = worktree.read(path, MAX_SOURCE_BYTES), worktree.read(lock_path, MAX_LOCK_BYTES)
    known = Unmerged(worktree.root)
    in_git = next((one for one in (lock_path, path) if one in known.stages), "") if is_merging(worktree.root) else ""
    if in_git:
        pairs = _of_git(known, path, lock_path, in_git)
    elif any(one is not None and is_marked(one) for one in disk):
        pairs = _of_markers(disk)
    else:
        return None
    if not in_git:
        hint = f"take both records from the commit of one side: git checkout COMMIT -- {path} {lock_path}"
    else:
        hint = f"take both records of the other side: git checkout --ours, or --theirs, -- {path} {lock_path}"
    found = [None if one == (None, None) else _side(one, path, lock_path, hint) for one in pairs[1:]]
    sides = [one for one in found if one]
    if not sides:
        return None
    base = None
    with suppress(Invalid):
        base = _side(pairs[0], path, lock_path, "").lock
    locks = [one.lock if one else None for one in found]
    joined = join_locks(LockSides(base, *locks), _text_of(worktree, name, known, in_git, locks))
    highest = max(sides, key=lambda one: one.source.version)
    return Recorded(highest.source, joined, disk[0], disk[1], tuple(sides))


def of_sides(name: str, records: Recorded, pin: str) -> FetchedTemplate | None:
    """Return the version of a side that ``pin`` names, ``""`` for the higher one, or None if it is of neither.

    Raises Invalid if ``pin`` is needed to choose.
    """
    named = [one for one in records.sides if pin in {one.source.commit, one.source.tag} and pin]
    highest = [one for one in records.sides if one.source.version == records.source.version]
    chosen = named or ([] if pin else highest)
    if len({one.source.digest for one in chosen}) > 1:
        path = f"{template_folder(name)}/{LOCK_NAME}"
        message = f"has a conflict of {' and '.join(one.source.shown for one in chosen)}, both of one version"
        commits = [one.source.commit for one in chosen if one.source.commit]
        lines = (command_line(("scaffold", "template", "update", f"{name}@{one}")) for one in commits)
        raise invalid(
            path, message, f"choose one: {', or '.join(lines)}" if commits else "take the records of one side"
        )
    return FetchedTemplate(_files(chosen[0].lock), chosen[0].source) if chosen else None


def settled_records(worktree: Worktree, name: str) -> Recorded | None:
    """Return the records of a template, None if it has none.

    Raises Invalid for broken ones, and with what settles those that are part of a conflict of git.
    """
    try:
        return read_records(worktree, name)
    except Invalid:
        problem = conflict_problem(worktree, name)
        if problem is None:
            raise
    raise Invalid(problem)


def conflict_problem(worktree: Worktree, name: str) -> Problem | None:
    """Return the problem of a template's records that are part of a conflict of git, with what settles it, or None.

    Raises Invalid if what the sides recorded is unknown.
    """
    with suppress(Invalid):
        read_records(worktree, name)
        return None
    if records_in_conflict(worktree, name) is None:
        return None
    command = command_line(("scaffold", "template", "update", name))
    hint = f"resolve the template's other files, if any are in conflict, then run {command}"
    return Problem(f"{template_folder(name)}/{LOCK_NAME}", 1, 1, "is part of a conflict of git", hint)


def _of_git(known: Unmerged, path: str, lock_path: str, in_git: str) -> list[_Pair]:
    """Return the records of the common ancestor and of both sides."""
    found = []
    for one in (path, lock_path):
        stages = known.stages.get(one, {})
        objects = [stages.get(stage) for stage in (ANCESTOR, OURS, THEIRS)]
        if not stages:  # git has merged this one
            objects = [None, *(known.objects(in_git, one) or ())]
        known.load(each for each in objects if each)
        texts = [known.text(each) for each in objects]
        found.append([*texts, *[None] * (3 - len(texts))])
    return list(zip(*found, strict=True))


def _of_markers(disk: _Pair) -> list[_Pair]:
    """Return what is between the conflict markers of the records; one without markers is of both sides."""
    found = [marked_sides(one) if one is not None and is_marked(one) else (one, one, one) for one in disk]
    return list(zip(*((None, None, None) if one is None else one for one in found), strict=True))


def _side(pair: _Pair, path: str, lock_path: str, hint: str) -> Recorded:
    """Return the records of one side. Raises Invalid if they are broken or do not fit."""
    text, locked = pair
    try:
        if text is None or locked is None:
            raise invalid(path if text is None else lock_path, "is missing", "")
        source, base = parse_source(text, path), parse_lock(locked, lock_path, path.rpartition("/")[0])
        if _files(base).digest != source.digest:
            raise invalid(lock_path, "has files other than those of its source", "")
    except Invalid as error:
        one = error.problems[0]
        raise invalid(one.path, f"has a conflict, and one side of it {one.message}", hint, line=1, column=1) from None
    return Recorded(source, base, text, locked)


def _files(lock: Lock) -> SourceFiles:
    return SourceFiles(
        {path: one.text for path, one in lock.files.items()}, {path: one.mode for path, one in lock.files.items()}
    )


def _text_of(
    worktree: Worktree, name: str, known: Unmerged, in_git: str, locks: list[Lock | None]
) -> Callable[[str, Texts], str | None]:
    """Return how the text of each file of a template is decided, with the file and its versions in git."""
    folder = template_folder(name)
    files = {one for lock in locks if lock for one in lock.files}
    pairs = {one: known.objects(in_git, f"{folder}/{one}") for one in files} if in_git else {}
    known.load(oid for pair in pairs.values() for oid in pair or () if oid)
    disk = folder_texts(worktree, name)

    def text_of(path: str, texts: Texts) -> str | None:
        pair = pairs.get(path)
        ours, theirs = (known.text(oid) for oid in pair or (None, None))
        return made_from(line_merged_name(path), texts, FileVersions(disk.get(path), ours, theirs, pair is not None))

    return text_of
