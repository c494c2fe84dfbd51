"""Read the files of a template folder, shipped or of the repository, and say what makes a folder unusable.

A repository's templates are as untrusted as the rest of it: links, hooks, sizes and encodings are checked here.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import disk
from .errors import Invalid
from .tree import LOCK_NAME, MAX_FILE_BYTES, MAX_LOCK_BYTES

MAX_FILES = 200
MAX_BYTES = 8 * 1024 * 1024  # of all files of a template together
SOURCE_NAME = "source.json"  # where the template is from, beside the lock with its files as they were there
EXAMPLES = "examples"  # the folder with specs that the template must render
_RECORDS = frozenset({LOCK_NAME, SOURCE_NAME})


@dataclass(frozen=True)
class FolderProblem:
    """Why a folder cannot be used as a template: a predicate for the template, a hint, and the place in its files.

    ``brief`` is the message for a reader who sees the place.
    """

    message: str
    hint: str = "fix the template"
    file: str = ""
    line: int = 1
    column: int = 1
    brief: str = ""


class Unusable(Exception):  # noqa: N818 - a state of the user's input
    """A folder that cannot be used as a template; ``fault`` says why."""

    def __init__(self, message: str, hint: str = "fix the template", file: str = "", brief: str = "") -> None:
        super().__init__(message)
        self.fault = FolderProblem(message, hint, file, brief=brief)


@dataclass
class TemplateFiles:
    """The contents of a template folder, by path: texts with LF as line end, and modes (0o644 or 0o755)."""

    texts: dict[str, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    size: int = 0

    def below(self, folder: str) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """Return the texts and modes below a folder, by their paths in it."""
        start = f"{folder}/"
        texts = {path.removeprefix(start): text for path, text in self.texts.items() if path.startswith(start)}
        return texts, {path: self.modes[f"{start}{path}"] for path in texts}


def read_template_folder(folder: Path, shown: str) -> TemplateFiles:
    """Return the files of a folder, without the records of where they are from. Raises Unusable."""
    files = TemplateFiles()
    try:
        for path, entry in disk.walk_files(folder):
            if entry.is_link or path.startswith("hooks/"):
                raise Unusable(f"has {path}, a link or hook, which templates may not have", "remove it", path)
            if path in _RECORDS:
                _check_size(folder / path, f"{shown}/{path}")
                continue
            if len(files.texts) >= MAX_FILES:
                raise Unusable(f"has more than {MAX_FILES} files", "split the template")
            _add(files, path, f"{folder}/{path}", f"{shown}/{path}")
    except Invalid as error:
        problem = error.problems[0]
        where = problem.path.replace(str(folder), shown)
        raise Unusable(f"cannot be read: {where} {problem.message}", problem.hint) from None
    return files


def _check_size(place: Path, shown: str) -> None:
    """Raise Unusable for a record that no command could read."""
    info = disk.status(place, shown=shown)
    if info is not None and not (stat.S_ISREG(info.st_mode) and info.st_size <= MAX_LOCK_BYTES):
        raise Unusable(f"has {shown}, which is not a file, or is too large", "restore it from git")


def _add(files: TemplateFiles, path: str, place: str, shown: str) -> None:
    data = disk.read_file(place, MAX_FILE_BYTES, shown=shown)
    info = disk.status(place, shown=shown)
    if data is None or info is None:
        raise Unusable(f"changed while it was read, at {path}", "run again")
    files.size += len(data)
    if files.size > MAX_BYTES:
        raise Unusable(f"is larger than {MAX_BYTES // 2**20} MiB", "split the template")
    try:
        path.encode()
        text = data.decode()
    except UnicodeError:
        raise Unusable(f"has {path!a}, which is not UTF-8", "write it in UTF-8") from None
    files.texts[path] = text.replace("\r\n", "\n").replace("\r", "\n")
    files.modes[path] = 0o755 if info.st_mode & stat.S_IXUSR else 0o644
