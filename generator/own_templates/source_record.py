"""Where a template of the repository is from: the format of ``source.json``, and the lock beside it.

JSON with these keys: ``format`` 1; either ``shipped``, the name of a shipped template, or ``git``, the address of a
repository without credentials, with the full ``commit``, the ``tag`` that named it if one did, and the ``path`` of the
template's folder in it; ``version`` of the template there, and the ``digest`` of its files. Untrusted input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .. import disk, lock
from ..digests import parts_digest, text_digest
from ..errors import invalid
from ..lock import Lock, Locked
from ..template import template_folder
from ..template_folder import EXAMPLES, SOURCE_NAME
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, encode, path_fault
from ..worktree import Worktree

FORMAT = 1
MAX_SOURCE_BYTES = 64 * 1024
_KEYS = {
    "format": int,
    "shipped": str,
    "git": str,
    "commit": str,
    "tag": str,
    "path": str,
    "version": int,
    "digest": str,
}
_AS_TEXT = ".jinja"
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_AGAIN = "restore it from git, or delete source.json and scaffold.lock: the template is then the repository's own"


@dataclass(frozen=True)
class TemplateSource:
    """Where a template was copied from: a shipped template, or a folder at a commit of another repository."""

    version: int
    digest: str
    shipped: str = ""
    git: str = ""
    commit: str = ""
    tag: str = ""
    path: str = ""

    @property
    def shown(self) -> str:
        """The source for messages."""
        if self.shipped:
            return f"{self.shipped} of scaffold, version {self.version}"
        below = f" {self.path}" if self.path else ""
        return f"{self.git}@{self.commit}{f' ({self.tag})' if self.tag else ''}{below}"


@dataclass(frozen=True)
class SourceFiles:
    """The files of a template at its source, by path: texts and modes."""

    texts: Mapping[str, str]
    modes: Mapping[str, int]

    @property
    def digest(self) -> str:
        """The digest of all paths, modes and texts."""
        parts = ((path, f"{self.modes[path]:o}", text) for path, text in sorted(self.texts.items()))
        return parts_digest(*(encode(one) for part in parts for one in part))

    def locked(self, name: str, version: int) -> Lock:
        """Return the lock with these files, of a template with this name and version."""
        files = {
            path: Locked(text, path, self.modes[path], text_digest(text)) for path, text in sorted(self.texts.items())
        }
        return Lock(self.digest, self.digest, name, version, files)


@dataclass(frozen=True)
class Recorded:
    """The records of a template: its source, the lock, and the texts of both files, None for absence.

    ``sides`` are what the sides of a conflict of git recorded, of which these are made.
    """

    source: TemplateSource
    lock: Lock
    source_text: str | None
    lock_text: str | None
    sides: tuple[Recorded, ...] = ()


def line_merged_name(path: str) -> str:
    """Return the name that selects the merge of a template's file: by line, except of an example, which is YAML.

    The merge of a file is selected by its name, and with Jinja in it a ``.yaml`` is no YAML.
    """
    return path if path.startswith(f"{EXAMPLES}/") else f"{path}{_AS_TEXT}"


def plain_name(path: str) -> str:
    """Return the path of which ``line_merged_name`` made this one."""
    return path if path.startswith(f"{EXAMPLES}/") else path.removesuffix(_AS_TEXT)


def source_text(source: TemplateSource) -> str:
    """Return a source as the text of ``source.json``, without empty keys."""
    found = {key: value for key, value in asdict(source).items() if value != ""}
    order = ("format", *_KEYS)
    data = {"format": FORMAT, **found}
    return json.dumps({key: data[key] for key in dict.fromkeys(order) if key in data}, indent=2) + "\n"


def recorded_lock(files: SourceFiles, name: str, version: int) -> str:
    """Return the text of the lock of a template. Raises Invalid for files that none can hold."""
    path = f"{template_folder(name)}/{LOCK_NAME}"
    text = lock.lock_text(files.locked(name, version))
    if len(encode(text)) > MAX_LOCK_BYTES:
        message = f"would be larger than {MAX_LOCK_BYTES // 2**20} MiB with the files of the template"
        raise invalid(path, message, "split the template")
    lock.parse_lock(text, path, template_folder(name))
    return text


def read_records(worktree: Worktree, name: str) -> Recorded | None:
    """Return the records of a template, None if it has none. Raises Invalid if they are broken or do not fit."""
    folder = template_folder(name)
    path, lock_path = f"{folder}/{SOURCE_NAME}", f"{folder}/{LOCK_NAME}"
    text, locked = worktree.read(path, MAX_SOURCE_BYTES), worktree.read(lock_path, MAX_LOCK_BYTES)
    if text is None and locked is None:
        return None
    for one, missing in ((text, path), (locked, lock_path)):
        if one is None:
            raise invalid(missing, "is missing", _AGAIN)
    source = parse_source(str(text), path)
    base = lock.parse_lock(str(locked), lock_path, folder)
    files = SourceFiles(
        {one: each.text for one, each in base.files.items()}, {one: each.mode for one, each in base.files.items()}
    )
    if files.digest != source.digest:
        message = f"has files other than those of {source.shown}: their digest is not that of {path}"
        raise invalid(lock_path, message, _AGAIN, line=1, column=1)
    return Recorded(source, base, str(text), str(locked))


def parse_source(text: str, path: str) -> TemplateSource:
    """Return the source in the text of ``source.json``. Raises Invalid, at ``path``, for any other form."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid(path, "is not valid JSON", _AGAIN, line=1, column=1) from None
    fault = _fault(data)
    if fault:
        raise invalid(path, fault, _AGAIN, line=1, column=1)
    return TemplateSource(**{key: value for key, value in data.items() if key != "format"})


def _fault(data: Any) -> str:
    """Return what is wrong with the data of a source, or ``""``."""
    if not isinstance(data, dict):
        return "is not a map"
    if type(data.get("format")) is int and data["format"] > FORMAT:
        return f"has format {data['format']}, newer than {FORMAT}: install a newer scaffold"
    if unknown := next((key for key in data if key not in _KEYS), ""):
        return f"has the unknown key {unknown[:80]!r}"
    if wrong := next((key for key, value in data.items() if type(value) is not _KEYS[key]), ""):
        return f"has a {wrong} that is not of its type"
    if data.get("format") != FORMAT or not {"version", "digest"} <= data.keys() or not 0 <= data["version"] < 2**31:
        return "has no valid format, version and digest"
    if bool(data.get("shipped")) == bool(data.get("git")):
        return "names neither or both of shipped and git"
    if data.get("git") and not _COMMIT.match(data.get("commit", "")):
        return "has a commit that is not a full SHA"
    path = data.get("path", "")
    return "has a path that is not a folder of a repository" if path and path_fault(path) else ""


def folder_texts(worktree: Worktree, name: str) -> dict[str, str]:
    """Return the files of a template's folder as they are on disk, by path, without the records. Raises Invalid."""
    folder = template_folder(name)
    found = {}
    for path, entry in disk.walk_files(worktree.root / folder):
        if path in {LOCK_NAME, SOURCE_NAME} or not entry.is_file:
            continue
        if (text := worktree.read(f"{folder}/{path}")) is not None:
            found[path] = text
    return found
