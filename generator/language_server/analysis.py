"""Check open documents in a thread, so that the server answers while many files are read."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .. import assets, repository, template
from ..editor.spec_completion import SpecReader
from ..errors import Invalid
from ..validation import CheckedFile, EditedFiles, edited_files_around
from ..worktree import Worktree


@dataclass(frozen=True)
class DocumentPlace:
    """What a document is checked with: the files, and its path below their base."""

    files: EditedFiles
    path: str


class Analysis:
    """Checks documents, one at a time. Its methods are called by one thread, that of the server."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = ThreadPoolExecutor(1, "analysis")
        self._known: list[EditedFiles] = []
        self._by_folder: dict[tuple[Path, str], EditedFiles] = {}
        self._read: set[int] = set()  # those that need not be read again
        self._schemas: dict[tuple[Path, str], tuple[str, ...]] = {}

    def around(self, path: Path, *, alone: bool) -> DocumentPlace | None:
        """Return what a document is checked with; None if its folder cannot be used."""
        key = path.parent, path.name if alone else ""
        try:
            if key not in self._by_folder:
                found = edited_files_around(path, self._stopped.is_set, alone=alone)
                same = next((one for one in self._known if _are_same(one, found)), None)
                self._known += [] if same else [found]
                self._by_folder[key] = same or found
            files = self._by_folder[key]
            place = repository.inside(files.base, path)
        except (Invalid, OSError):
            return None
        return None if place is None else DocumentPlace(files, place)

    async def check(self, where: DocumentPlace, texts: Mapping[Path, str]) -> CheckedFile:
        """Return what is found in a document, with the texts of all open ones. Raises what reading raises."""
        files = where.files
        own = {place: text for path, text in texts.items() if (place := repository.inside(files.base, path))}
        if not files.is_shared:
            own = {path: text for path, text in own.items() if path == where.path}

        def found() -> CheckedFile:
            if id(files) not in self._read:
                self._read.add(id(files))
                files.refresh(own)
                gc.freeze()  # what was read stays: the collector would look through millions of nodes again and again
            return files.check(where.path, own)

        return await asyncio.get_running_loop().run_in_executor(self._thread, found)

    def look_again(self) -> None:
        """Read what changed on disk before the next check: repositories, their files, and templates."""
        self._by_folder.clear()
        self._read.clear()
        self._schemas.clear()

    def keep(self, where: Collection[DocumentPlace]) -> None:
        """Forget all files but those around documents that are still open."""
        kept = {id(one.files) for one in where}
        self._known = [one for one in self._known if id(one) in kept]
        self._by_folder = {key: one for key, one in self._by_folder.items() if id(one) in kept}
        self._read &= kept

    def reader(self, files: EditedFiles) -> SpecReader:
        """Return the schemas of specs in a repository."""
        if not files.is_root:
            return SpecReader((), _shipped)
        tree = Worktree(files.base)

        def schemas(name: str) -> tuple[str, ...]:
            key = files.base, name
            if key not in self._schemas:
                try:
                    own = tree.own_template(name)
                    found = template.load_template(name, own, "", tree.own_templates).schemas if own else _shipped(name)
                except Invalid:
                    found = ()
                self._schemas[key] = found
            return self._schemas[key]

        try:
            return SpecReader(sorted(tree.own_templates), schemas)
        except Invalid:
            return SpecReader((), schemas)

    def stop(self) -> None:
        """End without waiting for a check."""
        self._stopped.set()
        self._thread.shutdown(wait=False, cancel_futures=True)


def _are_same(one: EditedFiles, other: EditedFiles) -> bool:
    return one.is_shared and other.is_shared and (one.base, one.is_root) == (other.base, other.is_root)


def _shipped(name: str) -> tuple[str, ...]:
    return (assets.schema_text(name),) if name in assets.template_names() else ()
