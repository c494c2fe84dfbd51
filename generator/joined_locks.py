"""Join the locks of two sides of a merge into one, by files: what was generated before the edits in the merged files.

A lock is the base of the next merge of its files. So for each value of a file, the joined lock has what the value on
disk was made from: that of the side from which it is, else that of the side that changed it. A value that both sides
generated differently, and of which that is unknown, is that of the common ancestor: then what is on disk counts as an
edit, and meets the newly generated value in a conflict. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .config import is_newer
from .digests import text_digest
from .errors import Invalid
from .lock import Lock, Locked, lock_text, merged_lock, parse_lock
from .merge import Settle, differs, merge, reset

_OURS = Settle(ours=frozenset({""}))
_ROUNDS = 5  # of resets, until no conflict between generated texts is left

Texts = tuple[str | None, str | None, str | None]  # of the ancestor, ours, theirs: None is absence
BaseText = Callable[[str, Texts], str | None]


@dataclass(frozen=True, slots=True)
class LockSides:
    """The locks of a merge: of the common ancestor, if there is one, and of the sides; one of them may be deleted."""

    base: Lock | None
    ours: Lock | None
    theirs: Lock | None


@dataclass(frozen=True, slots=True)
class FileVersions:
    """The file on disk, and its versions on the two sides, None for absence. ``known``: whether git has these."""

    disk: str | None
    ours: str | None = None
    theirs: str | None = None
    known: bool = False


def join_locks(sides: LockSides, text_of: BaseText) -> Lock:
    """Return the lock that two sides make together; ``text_of`` decides the text of each file, None for no entry.

    No inputs have rendered it, unless it has the files of one side. At least one side must have a lock. A higher
    version of the template wins.
    """
    locks = [one for one in (sides.ours, sides.theirs) if one is not None]
    files: dict[str, Locked] = {}
    trees = [one.files if one else {} for one in (sides.base, sides.ours, sides.theirs)]
    sources = _sources(*trees)
    for path in sorted({path for one in locks for path in one.files}):
        found = [tree.get(path) or tree.get(sources.get(path, "")) for tree in trees]
        if path in sources.values() and all(path not in tree for tree in _receiving(trees, sources, path)):
            continue
        base, ours, theirs = (one.text if one else None for one in found)
        text = text_of(path, (base, ours, theirs))
        like = _chosen(found)
        if text is not None and like is not None:
            files[path] = Locked(text, like.origin, like.mode, text_digest(text))
    for one in locks:  # its inputs have rendered just these files
        if one.is_whole and dict(one.files) == files and all(one.version >= other.version for other in locks):
            return one
    last = max(locks, key=lambda one: one.version)
    spec = last.spec if all(one.spec == last.spec for one in locks) else ""
    tool = next((one.tool for one in locks if is_newer(one.tool)), last.tool)
    return merged_lock(last, spec, tool, files)


def _sources(base: Mapping[str, Locked], ours: Mapping[str, Locked], theirs: Mapping[str, Locked]) -> dict[str, str]:
    """Map the paths to which one side moved a file, by its path in the template, to the path of the other side."""
    found: dict[str, str] = {}
    for one, other in ((ours, theirs), (theirs, ours)):
        left = {each.origin: path for path, each in one.items() if path not in other and path in base}
        for path, each in other.items():
            if path not in one and path not in base and each.origin in left:
                found[path] = left[each.origin]
    return found


def _receiving(trees: list[Mapping[str, Locked]], sources: Mapping[str, str], path: str) -> list[Mapping[str, Locked]]:
    """Return the trees of the sides that moved the file away from a path."""
    targets = [to for to, source in sources.items() if source == path]
    return [tree for tree in trees[1:] if any(to in tree for to in targets)]


def _chosen(found: list[Locked | None]) -> Locked | None:
    """Return the entry whose origin and mode count: that of the side that changed them, else ours."""
    base, ours, theirs = found
    if ours and theirs and base and (base.origin, base.mode) == (ours.origin, ours.mode):
        return theirs
    return ours or theirs or base


def merged_lock_text(texts: tuple[str, str, str], path: str) -> str | None:
    """Return the text of the lock that base, ours and theirs make together, or None if one of them is not a lock.

    Base may be empty. The path ends like that in the root of the units, which may be below git's.
    """
    folders = path.split("/")[:-1]
    for unit in ("/".join(folders[start:]) for start in range(max(len(folders), 1))):
        try:
            base, ours, theirs = (parse_lock(one, path, unit or ".") if one else None for one in texts)
        except Invalid:
            continue
        return lock_text(join_locks(LockSides(base, ours, theirs), common_text)) if ours and theirs else None
    return None


def common_text(path: str, texts: Texts) -> str | None:
    """Return the merge of two generated texts: conflicting values are the ancestor's.

    None without an ancestor, if they conflict: then the file counts as one that was not generated before.
    """
    base, ours, theirs = texts
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    for _ in range(_ROUNDS):
        merged = merge(base, ours, theirs, path)
        if not merged.conflicts:
            return merged.text
        fields = {one.field for one in merged.conflicts}
        if base is None or "" in fields:
            return base
        try:
            ours, theirs = reset(None, ours, base, path, fields), reset(None, theirs, base, path, fields)
        except Invalid:
            return base
    return base


def made_from(path: str, texts: Texts, files: FileVersions) -> str | None:
    """Return the generated text that a file on disk was made from, whatever was taken from which side."""
    ours, theirs = texts[1:]
    if ours == theirs:
        return ours
    if not files.known or files.disk is None:
        return common_text(path, texts)
    if ours is None or theirs is None:
        text, other = (ours, files.theirs) if theirs is None else (theirs, files.ours)
        # The side without the entry has the file as its own: with its version, it is the user's.
        return None if other is not None and not differs(other, files.disk) else text
    plain = files.disk
    for version, generated in ((files.ours, ours), (files.theirs, theirs)):
        if version is not None:
            plain = merge(version, plain, generated, path, _OURS).text  # without this side's edits
    plain = _with_joined_values(path, texts, files.disk, plain)
    # Where ``plain`` has the value of one side, this one has the other's, and the result the value of ``plain``.
    opposite = merge(plain, ours, theirs, path, _OURS).text
    return merge(opposite, ours, theirs, path, _OURS).text


def _with_joined_values(path: str, texts: Texts, disk: str, plain: str) -> str:
    """Return ``plain`` with the merged value of both sides in each field in which the disk has neither side's."""
    base, ours, theirs = (one or "" for one in texts)
    by_hand = {one.field for one in merge(disk, ours, theirs, path).conflicts}
    if not by_hand or "" in by_hand:
        return plain
    try:
        return reset(None, plain, merge(base, ours, theirs, path, _OURS).text, path, by_hand)
    except Invalid:
        return plain
