"""How long it is at most from one run of a CronJob to the next, by its schedule.

Source: robfig/cron 3.0.1, ``parser.go`` and ``spec.go``: how Kubernetes' controller reads a schedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from .schedule_syntax import FIELDS, ScheduleField

_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_PART = re.compile(r"([0-9.]{1,19})(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DAY = 86400
# Two leap years, the longest time that a schedule may need, as one for 29 February.
_FIRST, _LAST = date(2024, 1, 1), date(2032, 12, 31)


def longest_gap(schedule: str) -> int | None:
    """Return the most seconds from one run to the next, of a schedule that Kubernetes takes; None if none ever is.

    A change to or from summer time may add an hour.
    """
    if schedule.startswith("@every "):
        return max(1, int(sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(schedule))))
    minutes, hours, *days = _WORDS.get(schedule, schedule).split()
    times = [
        3600 * hour + 60 * minute
        for hour in sorted(_numbers(hours, FIELDS[1]))
        for minute in sorted(_numbers(minutes, FIELDS[0]))
    ]
    found = list(_matching_days(days))
    if not times or len(found) < 2:
        return None
    within = [later - sooner for sooner, later in pairwise(times)]
    between = max(later - sooner for sooner, later in pairwise(found))
    return max([*within, between * _DAY + times[0] - times[-1]])


def _matching_days(parts: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the days with runs, by the fields for the day of the month, month, and day of the week."""
    of_month, months, of_week = (_numbers(part, field) for part, field in zip(parts, FIELDS[2:], strict=True))
    is_every = _has_star(parts[0]) or _has_star(parts[2])
    for number in range((_LAST - _FIRST).days + 1):
        day = _FIRST + timedelta(number)
        fits = day.day in of_month, day.isoweekday() % 7 in of_week
        # Where both days are restricted, one of them is enough.
        if day.month in months and (all(fits) if is_every else any(fits)):
            yield number


def _has_star(part: str) -> bool:
    """Return whether a field says every day: ``*/2`` does not, ``*/1`` does."""
    for one in part.split(","):
        span, _, step = one.partition("/")
        if span.partition("-")[0] in {"*", "?"} and int(step or 1) == 1:
            return True
    return False


def _numbers(part: str, field: ScheduleField) -> set[int]:
    found: set[int] = set()
    for one in part.split(","):
        span, _, step = one.partition("/")
        first, _, last = span.partition("-")
        if first in {"*", "?"}:
            low, high = field.least, field.most
        elif one:
            low = field.number(first) or 0
            end = field.number(last) if last else None
            high = end if end is not None else (field.most if step else low)
        else:
            continue
        found.update(range(low, high + 1, int(step or 1)))
    return found
