"""Lists of tags as text, with the times at which their images were built.

A list is ``TAG [TIME]`` a line. ``#`` starts a comment at the start of a line or after a blank; blank lines, CRLF and
a byte order mark are ignored.

Sources: RFC 3339, section 5.6; ``date -Is``, ``date --rfc-3339=s`` and ``date +%s`` of GNU coreutils, ``date`` of BSD
and BusyBox (offsets without a colon); ``{{.CreatedAt}}`` of ``docker images`` (Go's ``time.Time.String``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .. import argfile
from ..errors import Invalid, Problem
from ..images.candidates import Candidate
from ..images.references import is_tag

MAX_LIST_BYTES = 16 * 1024 * 1024
_MOST_FAULTS = 100
_SHOWN = 60  # characters of a word in a message

_DATE, _CLOCK, _FRACTION = "([0-9]{4}-[0-9]{2}-[0-9]{2})", "([0-9]{2}:[0-9]{2}:[0-9]{2})", "(?:[.,]([0-9]{1,30}))?"
_RFC_3339 = re.compile(f"{_DATE}T{_CLOCK}{_FRACTION}(Z|[+-][0-9]{{2}}:[0-9]{{2}})")
_WRITTEN = re.compile(
    f"{_DATE}[Tt ]{_CLOCK}{_FRACTION} ?(Z|z|UTC|[+-][0-9]{{2}}:?[0-9]{{2}})?(?: [A-Z]{{1,5}}| [+-][0-9]{{2,4}})?"
)
_UNIX = re.compile("([0-9]{1,12})(?:[.]([0-9]{1,30}))?")
_BLANKS = re.compile("[ \t]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GO_ZERO = datetime(1, 1, 1, tzinfo=UTC)  # a time.Time that was never set


def read_candidates(place: str) -> list[Candidate]:
    """Return the list in a file, pipe or device; ``-`` is standard input. Raises Invalid with every fault."""
    if place == "-":
        return parse_candidates(
            argfile.read_any(Path("/dev/fd/0"), MAX_LIST_BYTES, shown="standard input"), "standard input"
        )
    return parse_candidates(argfile.read_any(Path(place), MAX_LIST_BYTES), place)


def parse_candidates(text: str, shown: str) -> list[Candidate]:
    """Return the candidates of a text, in its order. Raises Invalid with every fault at its line and column."""
    found: dict[str, Candidate] = {}
    lines: dict[str, int] = {}
    faults: list[Problem] = []
    unshown = 0
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        candidate = _line(line.removesuffix("\r"), number, shown)
        if isinstance(candidate, Candidate) and candidate.tag in found:
            before = f"the tag {_short(candidate.tag)} is already in line {lines[candidate.tag]}"
            candidate = Problem(shown, number, _column(line), before, "remove one of the lines")
        if isinstance(candidate, Candidate):
            found[candidate.tag] = candidate
            lines[candidate.tag] = number
        elif candidate is not None and len(faults) < _MOST_FAULTS:
            faults.append(candidate)
        elif candidate is not None:
            unshown += 1
    if unshown:
        faults.append(Problem(shown, 0, 0, f"{unshown} further lines are invalid", "write TAG [TIME] in each line"))
    if faults:
        raise Invalid(faults)
    return list(found.values())


def parse_rfc3339(text: str) -> datetime | None:
    """Return a time as Go's ``time.RFC3339`` reads it, in UTC; None if it is invalid or Go's zero time."""
    found = _RFC_3339.fullmatch(text)
    return _time(*found.groups()) if found else None


def parse_time(text: str) -> datetime | None:
    """Return a time as people write it: see the sources above. None if it is invalid or has no time zone."""
    if found := _WRITTEN.fullmatch(text):
        return _time(*found.groups()) if found[4] else None
    found = _UNIX.fullmatch(text)
    try:
        return found and _EPOCH + timedelta(seconds=int(found[1]), microseconds=_micro(found[2]))
    except OverflowError:
        return None


def _line(line: str, number: int, shown: str) -> Candidate | Problem | None:
    """Return what a line has: a candidate, a fault, or None."""
    text = line.split(" #", 1)[0].split("\t#", 1)[0].rstrip(" \t")
    if not text.strip(" \t") or text.lstrip(" \t").startswith("#"):
        return None
    column = _column(line)
    tag, *rest = _BLANKS.split(text[column - 1 :], maxsplit=1)
    if not is_tag(tag):
        hint = "a tag has up to 128 of the characters A-Z a-z 0-9 _ . -, and does not start with . or -"
        return Problem(shown, number, column, f"{_short(tag)} is not a tag", hint)
    if not rest:
        return Candidate(tag)
    created = parse_time(rest[0])
    if created is None:
        column = line.index(rest[0], column - 1 + len(tag)) + 1
        lacks = (found := _WRITTEN.fullmatch(rest[0])) and not found[4]
        message = f"{_short(rest[0])} has no time zone" if lacks else f"{_short(rest[0])} is not a time"
        hint = "add Z for UTC, or an offset such as +01:00" if lacks else "write 2026-01-31T12:00:00Z, or Unix seconds"
        return Problem(shown, number, column, message, hint)
    return Candidate(tag, created)


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" \t")) + 1


def _time(date: str, clock: str, fraction: str | None, zone: str) -> datetime | None:
    """Return a time in UTC, to the microsecond; None for one that no calendar has, and for Go's zero time."""
    offset = "+00:00" if zone in {"Z", "z", "UTC"} else zone
    try:
        found = datetime.fromisoformat(f"{date}T{clock}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if found == _GO_ZERO else found.replace(microsecond=_micro(fraction))


def _micro(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN else f"{word[: _SHOWN - 1]}…"
