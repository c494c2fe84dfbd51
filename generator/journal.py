"""The format of a run's journal: the changes it is about to make, so that the next run can finish a killed one.

JSON Lines: first ``format`` 2, the ``token`` that begins the names of the staged files, the number of ``entries``, and
``together`` (true if they are applied all or none, else missing); then one entry per line with ``path``, ``unit``,
``group`` (``unit`` if it is missing), the digests ``before`` and ``after`` (null: absent), and ``executable`` (true or
false) if that bit of an existing file changes.
It is in the state folder, where only this user's runs write, and is still read as untrusted input.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .errors import Invalid, invalid
from .tree import DOT_DIR, path_fault, shared_fault, workflow_of

NAME = "journal.json"
OF_USER = "*"  # in the place of a unit: a file that the user named, of whoever it is
FORMAT = 2
# Limit of a journal, for the run that writes it and the next one that reads it: about a million files.
MAX_BYTES = 256 * 1024 * 1024
_SHARED = re.compile(
    rf"{re.escape(DOT_DIR)}/(?:config\.yaml|baseline\.json|schemas/[A-Za-z0-9._-]+)\Z|\.gitattributes\Z|\.gitignore\Z"
)
_TEMPLATE = re.compile(rf"{re.escape(DOT_DIR)}/templates/[a-z][a-z0-9-]{{0,62}}\Z")
_DIGEST = re.compile(r"[0-9a-f]{40}\Z")
_TOKEN = re.compile(r"[0-9a-f]{16}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to change: its unit (``""`` for the files that all units share) and its digests, None for absence.

    ``group`` is the unit that it is written for: usually its unit. ``executable`` is the executable bit to set on an
    existing file, None if it stays.
    """

    path: str
    unit: str
    before: str | None
    after: str | None
    group: str
    executable: bool | None = None

    @property
    def is_mode_only(self) -> bool:
        """Whether the text of the file stays."""
        return self.executable is not None and self.before == self.after


@dataclass(frozen=True, slots=True)
class Journal:
    """The changes of a run; staged files are named by ``token`` and the number of their entry."""

    token: str
    entries: tuple[Entry, ...]
    together: bool = False


def owner_fault(path: str, unit: str) -> str:
    """Return why a run must not write ``path`` for ``unit``, or ``""``: only places with a known owner are written.

    A unit has its folder and one workflow, a template of the repository its folder; ``""`` has the config, the
    baseline, the schemas and git's two files; ``OF_USER`` any file outside of ``.scaffold/``.
    """
    if fault := path_fault(path):
        return fault
    if unit == OF_USER:
        inside = f"{path}/".casefold().startswith(f"{DOT_DIR}/")
        return f"is in {DOT_DIR}, where the user's files are not" if inside else ""
    if unit == "":
        return "" if _SHARED.match(path) else "is not a file shared by all units"
    if unit != "." and (fault := path_fault(unit)):
        return f"belongs to the unit {unit!r}, which {fault}"
    if _TEMPLATE.match(unit):
        return "" if path.startswith(f"{unit}/") else f"is outside its template {unit}"
    if path == workflow_of(unit)[1:]:
        return ""
    if f"{path}/".casefold().startswith(f"{DOT_DIR}/"):
        return f"is in {DOT_DIR}, where no unit has files"
    if fault := shared_fault(unit, path):
        return fault
    return "" if unit == "." or path.startswith(f"{unit}/") else f"is outside its unit {unit}"


def journal_bytes(journal: Journal) -> bytes:
    """Return a journal as bytes."""
    head = {"format": FORMAT, "token": journal.token, "entries": len(journal.entries)}
    head |= {"together": True} if journal.together else {}
    rows = (
        {
            "path": one.path,
            "unit": one.unit,
            "before": one.before,
            "after": one.after,
            **({"group": one.group} if one.group != one.unit else {}),
            **({} if one.executable is None else {"executable": one.executable}),
        }
        for one in journal.entries
    )
    return "".join(f"{json.dumps(row)}\n" for row in (head, *rows)).encode()


def parse_journal(data: bytes, path: str) -> Journal:
    """Return the journal in ``data``. Raises Invalid, at ``path``, if it is broken or names an unowned path."""
    try:
        lines = data.decode("ascii").split("\n")
        head = _object(lines[0])
        if head["format"] != FORMAT:
            raise ValueError(f"its format is {head['format']!r}, not {FORMAT}")
        if not _TOKEN.match(head["token"]) or head["entries"] != len(lines) - 2 or lines[-1]:
            raise ValueError("it is not complete")
        journal = Journal(
            head["token"], tuple(_entry(_object(one)) for one in lines[1:-1]), head.get("together") is True
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _broken(path, f"is broken: {error if str(error) else type(error).__name__}") from None
    for one in journal.entries:
        if fault := owner_fault(one.path, one.unit):
            raise _broken(path, f"names {one.path!r}, which {fault}")
    return journal


def _entry(row: dict[str, Any]) -> Entry:
    group = row.get("group", row["unit"])
    for key, value in (("path", row["path"]), ("unit", row["unit"]), ("group", group)):
        if not isinstance(value, str):
            raise TypeError(f"{key} is not text")
    for key in ("before", "after"):
        if row[key] is not None and not _DIGEST.match(row[key]):
            raise ValueError(f"{key} is not a digest")
    if not isinstance(row.get("executable"), bool | None):
        raise TypeError("executable is neither true nor false")
    return Entry(row["path"], row["unit"], row["before"], row["after"], group, row.get("executable"))


def _object(line: str) -> dict[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError("a line is not an object")
    return found


def _broken(path: str, message: str) -> Invalid:
    return invalid(path, message, "delete it and run scaffold regenerate")
