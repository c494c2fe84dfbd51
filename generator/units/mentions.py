"""The lines of files that name a folder of the repository: by its path, or by a relative path that leads there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from .. import repository
from ..errors import Invalid
from ..tree import DOT_DIR, LOCK_NAME
from ..worktree import Worktree

_WORD = re.compile(r"[^\s\"'`,;:|()\[\]{}<>=*?!&#$%]+")
_GLOB = frozenset("*?[{")
_WITHOUT_LOCKS = f":(exclude,glob)**/{LOCK_NAME}"
_SCHEMAS = f"{DOT_DIR}/schemas/"
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_MOST_TEXT = 120  # of a line


@dataclass(frozen=True)
class Mention:
    """A line that names a folder or file: its path, its number, and its text."""

    path: str
    line: int
    text: str

    @property
    def shown(self) -> str:
        """The place and the text, cut."""
        text = self.text if len(self.text) <= _MOST_TEXT else f"{self.text[: _MOST_TEXT - 1]}…"
        return f"{self.path}:{self.line}: {text}"


def mentions_of(
    worktree: Worktree, places: Sequence[str], skip: Callable[[str], bool], built: Collection[str] = ()
) -> list[Mention]:
    """Return the lines of tracked and unignored files that name one of the folders or files ``places``.

    A kustomization that lists one of the folders ``built`` names the kustomization in it. Locks are left out, and so
    are the files for which ``skip`` is true, and those that cannot be read.
    """
    names = sorted({posixpath.basename(one) for one in [*places, *built]})
    listed = repository.mentioning(worktree.root, names, _WITHOUT_LOCKS)
    if listed is None:
        listed = [one for one in repository.known_files(worktree.root) if posixpath.basename(one) != LOCK_NAME]
    found: list[Mention] = []
    for path in listed:
        if skip(path) or path.startswith(_SCHEMAS):
            continue
        try:
            text = worktree.read(path)
        except Invalid:  # a link, or too large
            continue
        found += mentions_in(path, text or "", places, built)
    return found


def broken_paths(path: str, text: str, old: str, new: str, exists: Callable[[str], bool]) -> Iterator[Mention]:
    """Yield the lines of a moved file with a relative path that led out of its folder, and no longer leads anywhere.

    ``path`` is the file's path in the folder that was moved from ``old`` to ``new``.
    """
    before, after = (posixpath.dirname(posixpath.join(one, path)) for one in (old, new))
    for number, line in enumerate(text.split("\n"), 1):
        for word in _WORD.findall(line) if "../" in line else ():
            was, now = (posixpath.normpath(posixpath.join(one, word)) for one in (before, after))
            leaves = word.startswith("../") and not _is_at(was, old) and was != now
            if leaves and exists(was) and not exists(now):
                yield Mention(posixpath.join(new, path), number, line.strip())
                break


def named_paths(path: str, text: str) -> set[str]:
    """Return the paths below the root that the words of a file may name relative to its folder."""
    folder = posixpath.dirname(path)
    return {posixpath.normpath(posixpath.join(folder, word)) for word in _WORD.findall(text)}


def mentions_in(path: str, text: str, places: Sequence[str], built: Collection[str] = ()) -> Iterator[Mention]:
    """Yield the lines of a file at a path that name one of the folders or files ``places`` (``mentions_of``)."""
    names = {place: posixpath.basename(place) for place in places}
    folder = posixpath.dirname(path)
    lists = posixpath.basename(path) in KUSTOMIZATIONS
    bases = built if lists else ()
    for number, line in enumerate(text.split("\n"), 1):
        # A word that names a place has the name of that place in it: that of another one says nothing about it.
        near = [place for place, name in names.items() if name in line]
        words = list(_words(line)) if near or bases else []
        if (
            any(names[place] in word and _names(word, place, folder, lists) for place in near for word in words)
            or any(_is_odd(place) and place in line for place in near)
            or any(posixpath.normpath(posixpath.join(folder, word)) in bases for word in words if bases)
        ):
            yield Mention(path, number, line.strip())


def _words(line: str) -> Iterator[str]:
    """Yield the words of a line that may be paths; of one that a glob continues, only the whole parts."""
    for found in _WORD.finditer(line):
        is_part = line[found.end() : found.end() + 1] in _GLOB
        yield found[0][: found[0].rfind("/") + 1] if is_part else found[0]


def _names(word: str, place: str, folder: str, lists: bool) -> bool:
    """Tell whether a word of a file in ``folder`` names a place; ``lists``: paths in the file need no slash."""
    if "//" in word:  # an address, of a repository's page for example
        return "/" in place and f"/{place}/" in f"{word}/"
    if "/" not in word and not lists:
        return place == word and "." in place.strip(".")
    from_root = posixpath.normpath(word.lstrip("/") or ".")
    from_folder = posixpath.normpath(posixpath.join(folder, word))
    return _is_at(from_folder, place) or ("/" in word and _is_at(from_root, place))


def _is_at(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _is_odd(place: str) -> bool:
    return "/" in place and not _WORD.fullmatch(place)
