"""Who last changed a line of a file, from git: the line in the work tree, and the commit that has it as it is there.

The committed file is blamed, and its lines are aligned with those on disk, so that git runs no filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from .edited_lines import lines_of
from .git import ANY, committed_text, git, has_git


@dataclass(frozen=True)
class LastChange:
    """The commit that last changed a line; without one the line is not committed yet.

    ``is_oldest``: git does not have what was before it, so an older commit may have the line too.
    """

    commit: str = ""
    author: str = ""
    date: str = ""
    subject: str = ""
    is_oldest: bool = False


def last_change(root: Path, path: str, text: str, line: int) -> LastChange | None:
    """Return who last changed a line, from 1, of a file with this text on disk; None without git."""
    if not has_git(root):
        return None
    committed = committed_text(root, "HEAD", path)
    if committed is None:
        return None if git(root, "rev-parse", "--git-dir", refusals=ANY) is None else LastChange()
    place = line if committed == text else _committed_line(committed, text, line)
    if not place:
        return LastChange()
    words = ("--porcelain", "--root", "--no-textconv", "-L", f"{place},{place}", "HEAD", "--")
    found = git(root, "blame", *words, path, refusals=ANY)
    return _read(found, root) if found else None


def _committed_line(committed: str, text: str, line: int) -> int:
    """Return the line of the committed text that a line of the text is, 0 if it is not committed."""
    from .merge.syntax.align import aligned  # noqa: PLC0415 - only for a changed file

    pairs = {j + 1: i + 1 for i, j in aligned(lines_of(committed), lines_of(text))}
    return pairs.get(line, 0)


def _read(porcelain: str, root: Path) -> LastChange:
    """Return the first commit of git blame's porcelain format. Source: git-blame(1), THE PORCELAIN FORMAT."""
    first, *rest = porcelain.split("\n")
    commit = first.split(" ")[0]
    facts = dict(one.partition(" ")[::2] for one in rest if not one.startswith("\t"))
    date = _date(facts.get("author-time", ""), facts.get("author-tz", ""))
    shallow = (git(root, "rev-parse", "--is-shallow-repository", refusals=ANY) or "").strip() == "true"
    is_oldest = shallow and len((git(root, "rev-list", "--parents", "-n1", commit, refusals=ANY) or "").split()) == 1
    return LastChange(commit, facts.get("author", ""), date, facts.get("summary", ""), is_oldest)


def _date(seconds: str, zone: str) -> str:
    """Return a day in the author's time zone, ``""`` if git has none that can be shown."""
    try:
        sign = -1 if zone.startswith("-") else 1
        away = timedelta(hours=int(zone[1:3] or 0), minutes=int(zone[3:5] or 0))
        return datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(sign * away)).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
