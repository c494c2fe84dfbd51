"""Read what ``scaffold route`` is asked about: labels, other alerts that fire, and a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .alertmanager.matchers import Matcher, MatcherError, parse_matcher
from .errors import Invalid, Problem, invalid

MAX_LABELS = 100
MAX_LABEL = 10_000
MAX_FIRING = 100
FIRST_YEAR, LAST_YEAR = 1970, 2200

_ONE_OF_SEVERAL = re.compile(
    r"(\"(?:[^\"\\]|\\.)+\"|[^=!~\s\"{},]+)=(?!~)(\"(?:[^\"\\]|\\.)*\"|[^\s\"]*)(?:\s+|\Z)", re.DOTALL
)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)\s*([Zz]|[-+]\d\d:\d\d|[A-Za-z][\w+/-]*)?", re.ASCII
)
_TIME_HINT = "write it like 2026-11-30T09:00:00Z, '2026-11-30 09:00 Europe/Berlin', or now"


def read_labels(given: Sequence[str], option: str = "LABEL=VALUE") -> dict[str, str]:
    """Return the labels of arguments such as ``severity=critical``, which are read as by ``amtool config routes test``.

    Raises Invalid with every invalid one.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for one in given[:MAX_LABELS]:
        label = _label(one)
        if label is None:
            problems.append(Problem(option, 0, 0, f"{one[:60]!r} is not a label", "write it like severity=critical"))
            continue
        if label.name in found:
            problems.append(Problem(option, 0, 0, f"the label {label.name!r} is duplicated", "give one value"))
        found[label.name] = label.value
    if len(given) > MAX_LABELS:
        problems.append(Problem(option, 0, 0, f"more than {MAX_LABELS} labels", "give fewer"))
    if problems:
        raise Invalid(problems)
    return found


def read_alert(text: str, option: str = "--firing") -> dict[str, str]:
    """Return the labels of one alert in a text such as ``alertname=Down severity=critical``. Raises Invalid."""
    hint = "write all labels in one argument: --firing 'alertname=Down severity=critical'"
    given, at = text.strip(), 0
    labels: list[str] = []
    while at < len(given):
        match = _ONE_OF_SEVERAL.match(given, at) if len(given) <= MAX_LABEL else None
        if match is None:
            raise invalid(option, f"{given[at : at + 60]!r} does not begin with a label", hint)
        labels.append(match.group().strip())
        at = match.end()
    if not labels:
        raise invalid(option, "has no labels", hint)
    return read_labels(labels, option)


def read_firing(given: Sequence[str]) -> list[dict[str, str]]:
    """Return the alerts of the option ``--firing``. Raises Invalid."""
    if len(given) > MAX_FIRING:
        raise invalid("--firing", f"more than {MAX_FIRING} alerts", "give fewer")
    return [read_alert(one) for one in given]


def read_time(text: str, option: str = "--at") -> datetime:
    """Return a time: RFC 3339, or date, time of day and a zone of the IANA database, or ``now``. Raises Invalid.

    A time of day that a zone skips or repeats when clocks change is refused.
    """
    if text.strip() == "now":
        return datetime.now(UTC)
    match = _TIME.fullmatch(text.strip()) if len(text) <= 100 else None
    if match is None:
        raise invalid(option, f"{text[:60]!r} is not a time", _TIME_HINT)
    day, clock, zone = match.groups()
    if zone is None:
        raise invalid(option, f"{text!r} has no time zone", "add Z for UTC, an offset such as +01:00, or Europe/Berlin")
    try:
        wall = datetime.fromisoformat(f"{day} {clock}")
        if not FIRST_YEAR <= wall.year < LAST_YEAR:
            raise invalid(option, f"the year {wall.year} is out of range", f"{FIRST_YEAR} to {LAST_YEAR - 1}")
        if zone[0] in "+-Zz":
            return datetime.fromisoformat(f"{day} {clock}{zone.upper()}").astimezone(UTC)
    except ValueError:
        raise invalid(option, f"{text!r} is not a time", _TIME_HINT) from None
    return _in_zone(wall, zone, option)


def _in_zone(wall: datetime, name: str, option: str) -> datetime:
    if name == "UTC":
        return wall.replace(tzinfo=UTC)
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(option, f"the time zone {name!r} is not known here", ZONE_HINT) from None
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        what = "does not exist" if first > second else "occurs twice"
        hint = "clocks change then: give an offset, such as +01:00"
        raise invalid(option, f"{wall:%Y-%m-%d %H:%M} {what} in {name}", hint)
    return first


ZONE_HINT = "use a name of the IANA database, and install it if it is missing (Debian and pip: tzdata)"


def _label(text: str) -> Matcher | None:
    """Return a label as a matcher; None if it is not valid, too long or not UTF-8, or has another operator than =."""
    if len(text) > MAX_LABEL or re.search("[\ud800-\udfff]", text):
        return None
    try:
        found = parse_matcher(text)
    except MatcherError:
        return None
    return found if found.op == "=" else None
