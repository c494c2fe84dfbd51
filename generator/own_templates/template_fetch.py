"""Take a template from a folder at a commit of another repository, as untrusted input."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..errors import Invalid, Problem, invalid
from ..git_address import PinnedAddress
from ..git_remote import FetchedCommit, RemoteEntry, fetched
from ..nearest import name_list
from ..printable import shell_word
from ..template import MAX_BYTES, MAX_FILES, own_template_of
from ..template_folder import SOURCE_NAME, TemplateFiles
from ..template_settings import SETTINGS_NAME
from ..tree import LOCK_NAME, MAX_FILE_BYTES, folded, path_fault
from .source_record import SourceFiles, TemplateSource

_MODES = {"100644": 0o644, "100664": 0o644, "100755": 0o755}
_WRONG_MODES = {"120000": "is a symbolic link", "160000": "is a submodule"}
_LFS = b"version https://git-lfs.github.com/spec/"  # of a pointer: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_RECORDS = frozenset({LOCK_NAME, SOURCE_NAME})
_MAX_SHOWN = 20


@dataclass(frozen=True)
class FetchedTemplate:
    """A template of another repository: its files, and where they are from."""

    files: SourceFiles
    source: TemplateSource


def fetch_template(pinned: PinnedAddress, path: str, name: str) -> FetchedTemplate:
    """Return the template in the folder ``path``, ``""`` for the top, that the repository is to have as ``name``.

    Raises Invalid for a repository, commit or file that cannot be used, and if the files are no template.
    """
    if path and (fault := path_fault(path)):
        raise invalid("--path", f"{path} {fault}", "name a folder of the repository")
    with fetched(pinned.address, pinned.pin) as commit:
        try:
            listed = commit.entries(path)
        except Invalid as error:
            raise Invalid(replace(one, hint=one.hint or _folders_hint(commit)) for one in error.problems) from None
        entries = [one for one in listed if one.path not in _RECORDS]
        if not any(one.path == SETTINGS_NAME for one in entries):
            raise _no_template(commit, path, pinned)
        if problems := list(_faults(entries))[:_MAX_SHOWN]:
            raise Invalid(problems)
        contents = commit.contents(entries)
    texts = _texts(entries, contents)
    files = SourceFiles(texts, {one.path: _MODES[one.mode] for one in entries})
    loaded = own_template_of(name, TemplateFiles(_normal(texts), dict(files.modes)))
    shown = pinned.address.shown
    source = TemplateSource(loaded.version, files.digest, git=shown, commit=commit.commit, tag=commit.tag, path=path)
    return FetchedTemplate(files, source)


def usual_name(pinned: PinnedAddress, path: str) -> str:
    """Return the name of a template without ``--name``: that of its folder, else of the repository."""
    return posixpath.basename(path or pinned.address.shown.rstrip("/").removesuffix(".git").replace(":", "/"))


def _normal(texts: dict[str, str]) -> dict[str, str]:
    return {path: text.replace("\r\n", "\n").replace("\r", "\n") for path, text in texts.items()}


def _faults(entries: Sequence[RemoteEntry]) -> Iterable[Problem]:
    """Yield what keeps the files of a folder from being a template, before their contents are read."""
    hint = "use another commit or folder: a template has regular files only"
    if len(entries) > MAX_FILES:
        yield Problem("--path", 0, 0, f"the folder has {len(entries)} files, more than {MAX_FILES}", hint)
        return
    size = sum(one.size for one in entries)
    if size > MAX_BYTES:
        yield Problem("--path", 0, 0, f"the folder has {size} bytes, more than {MAX_BYTES // 2**20} MiB", hint)
    taken: dict[str, str] = {}
    for one in entries:
        fault = _WRONG_MODES.get(one.mode, "") if one.mode not in _MODES else path_fault(one.path)
        fault = fault or ("is a hook" if folded(one.path).startswith("hooks/") else "")
        if one.mode not in {*_MODES, *_WRONG_MODES}:
            fault = "is not a regular file"
        if one.size > MAX_FILE_BYTES:
            fault = f"is larger than {MAX_FILE_BYTES // 2**20} MiB"
        if folded(one.path) in _RECORDS:
            fault = f"has the name of a record of scaffold on some systems ({name_list(_RECORDS)})"
        other = _twin(one.path, taken) if not fault else ""
        fault = fault or (f"is the same file or folder as {other} on some systems" if other else "")
        if fault:
            yield Problem(one.path, 0, 0, fault, hint)


def _twin(path: str, taken: dict[str, str]) -> str:
    """Return the file or folder that some file systems treat as this file, or as a folder above it, or ``""``.

    ``taken`` has those of the files before, by folded path, and gets this one's; a folder ends with ``/``.
    """
    found = taken.get(folded(path), "")
    taken.setdefault(folded(path), path)
    above = posixpath.dirname(path)
    while above and not found:
        other = taken.setdefault(folded(above), f"{above}/")
        found = "" if other == f"{above}/" else other
        above = posixpath.dirname(above)
    return found


def _texts(entries: Sequence[RemoteEntry], contents: Sequence[bytes]) -> dict[str, str]:
    problems, texts = [], {}
    for one, data in zip(entries, contents, strict=True):
        try:
            texts[one.path] = data.decode()
        except UnicodeDecodeError:
            problems.append(Problem(one.path, 0, 0, "is not UTF-8", "a template has text files only"))
            continue
        if data.startswith(_LFS):
            problems.append(Problem(one.path, 0, 0, "is a pointer of Git LFS", "commit the file itself"))
    if problems:
        raise Invalid(problems[:_MAX_SHOWN])
    return texts


def _no_template(commit: FetchedCommit, path: str, pinned: PinnedAddress) -> Invalid:
    where = f"{path} of " if path else ""
    return invalid("--path", f"{where}{pinned.address.shown} has no {SETTINGS_NAME}", _folders_hint(commit))


def _folders_hint(commit: FetchedCommit) -> str:
    """Return the hint that names the folders with templates."""
    found = commit.folders_with(SETTINGS_NAME)
    paths = ", ".join(f"--path {shell_word(one)}" for one in found[:_MAX_SHOWN] if one)
    if "" in found:
        return f"leave out --path{f', or name a folder with a template: {paths}' if paths else ''}"
    return f"name the template's folder: {paths}" if paths else f"name a repository with a {SETTINGS_NAME}"
