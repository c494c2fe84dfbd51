"""The files of another version of a template's source: of a shipped template, or at a commit of a repository."""

from __future__ import annotations

from pathlib import Path

from ..errors import invalid
from ..git_address import GitAddress, PinnedAddress, read_address, read_pin
from ..nearest import suggestion
from ..printable import shell_word
from ..template import template_folder
from ..template_folder import SOURCE_NAME
from ..worktree import Worktree
from .record_sides import of_sides, records_in_conflict
from .source_record import Recorded, TemplateSource, read_records
from .template_copy import copied_files
from .template_fetch import FetchedTemplate, fetch_template


def records_of(worktree: Worktree, name: str) -> Recorded:
    """Return the records of a template of the repository. Raises Invalid if it has none, or does not exist."""
    if name not in worktree.own_templates:
        known = worktree.own_templates
        hint = suggestion(name, known, "templates of this repository") if known else "run scaffold template list"
        raise invalid("NAME", f"{name!r} is not a template of this repository", hint)
    found = records_in_conflict(worktree, name) or read_records(worktree, name)
    if found is None:
        message = f"has no {SOURCE_NAME}: it was neither copied nor added, and has no source to update from"
        raise invalid(template_folder(name), message, "edit it by hand")
    return found


def newer_version(
    name: str, records: Recorded, pin: str, given: str | None, path: str | None, here: Path
) -> FetchedTemplate:
    """Return the template ``name`` at another version of its source.

    Of records in a conflict, it is by default the higher version of both sides, which need not be fetched.
    ``pin`` names a commit, ``""`` for a shipped template; ``given`` is another address of the repository, and ``path``
    another folder in it. A recorded folder of a machine is not read unless the user names it. Raises Invalid.
    """
    source = records.source
    side = of_sides(name, records, pin) if records.sides and given is None and path is None else None
    if side is not None and not source.shipped:
        return side
    if source.shipped:
        if pin or given is not None or path is not None:
            message = f"{name} is a copy of the shipped template {source.shipped}, which has no commits"
            raise invalid("NAME", message, f"run scaffold template update {name}")
        files, version = copied_files(source.shipped, name)
        if side is not None and side.source.version > version:
            return side
        return FetchedTemplate(files, TemplateSource(version, files.digest, shipped=source.shipped))
    if not pin:
        raise invalid("NAME", "names no commit", f"write {name}@COMMIT, a full SHA or a tag of {source.git}")
    commit = read_pin(pin)
    address = _address(name, pin, source, given, here)
    return fetch_template(PinnedAddress(address, commit), source.path if path is None else path, name)


def _address(name: str, pin: str, source: TemplateSource, given: str | None, here: Path) -> GitAddress:
    if given is not None:
        return read_address(given, here)
    if source.git.startswith("file:"):
        message = f"is from {source.git}, a folder that is only read if you name it"
        hint = f"run scaffold template update {shell_word(f'{name}@{pin}')} --from FOLDER"
        raise invalid(f"{template_folder(name)}/{SOURCE_NAME}", message, hint)
    return read_address(source.git, here)
