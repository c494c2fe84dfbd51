"""The days and minutes that time intervals cover, for all kinds of days at once.

Which days an entry covers depends on the month, its length, the day and the weekday: 2,765 kinds of days, each a bit of
a number, as is each minute of a day. Source: TimeInterval.ContainsTime of Alertmanager's package timeinterval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from .calendar_names import DAYS, MONTHS
from .details import filled_later
from .intervals import is_between, span_of
from .value import Value

_LENGTHS = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}
_EVERY_MINUTE = (1 << 1440) - 1
_MAX_ENTRIES = 100


@dataclass(frozen=True)
class Covered:
    """What an entry covers in its time zone: kinds of days, minutes, and whether only in some years."""

    days: int
    minutes: int
    zone: str
    some_years: bool

    @property
    def is_always(self) -> bool:
        """Whether it covers every minute, in any time zone."""
        return self.days == _every_day() and self.minutes == _EVERY_MINUTE and not self.some_years


def covered(entry: Value) -> Covered | None:
    """Return what an entry of a time interval covers; None if that is not known, or a range is not valid."""
    if any(filled_later(one.text) for one in entry.scalars()):
        return None
    days = _every_day()
    for key in ("weekdays", "months", "days_of_month"):
        listed = entry.get(key)
        if listed is not None:
            masks = [_mask(key, one.text) for one in listed.items]
            if any(one is None for one in masks):
                return None
            days &= _union(one for one in masks if one is not None)
    minutes = _EVERY_MINUTE
    times = entry.get("times")
    if times is not None:
        spans = [_minutes(one) for one in times.items]
        if any(one is None for one in spans):
            return None
        minutes = _union(one for one in spans if one is not None)
    return Covered(days, minutes, entry.text_of("location") or "UTC", entry.get("years") is not None)


def is_never_active(entries: Iterable[Covered | None]) -> bool:
    """Return whether entries are known, and cover no time."""
    return all(one is not None and not (one.days and one.minutes) for one in entries)


def is_always_muted(mute: Sequence[Covered], active: Sequence[Covered] | None) -> bool:
    """Return whether the muting entries cover all that the active ones do; ``active`` None means always.

    A positive answer is certain; entries in other time zones, or only of some years, do not count as muting.
    """
    muting = [one for one in mute if not one.some_years]
    if any(one.is_always for one in muting):
        return True
    zones = {one.zone for one in (*muting, *(active or ())) if not one.is_always}
    if len(zones) > 1 or len(muting) + len(active or ()) > _MAX_ENTRIES:
        return False
    parts = [_every_day()]
    for one in (*muting, *(active or ())):
        parts = [part for each in parts for part in (each & one.days, each & ~one.days) if part]
    for part in parts:
        sends = _EVERY_MINUTE if active is None else _union(one.minutes for one in active if one.days & part)
        if sends & ~_union(one.minutes for one in muting if one.days & part):
            return False
    return True


@cache
def _kinds() -> tuple[tuple[int, int, int, int], ...]:
    """Return all kinds of days: month, length of the month, day, weekday."""
    return tuple(
        (month, length, day, weekday)
        for month in range(1, 13)
        for length in _LENGTHS.get(month, (31,))
        for day in range(1, length + 1)
        for weekday in range(7)
    )


@cache
def _every_day() -> int:
    return (1 << len(_kinds())) - 1


@lru_cache(maxsize=512)
def _mask(key: str, text: str) -> int | None:
    """Return the kinds of days in a range of an entry."""
    names, first = {"weekdays": (DAYS, 0), "months": (MONTHS, 1)}.get(key, ((), 0))
    span = span_of(text, names, first)
    if span is None:
        return None
    low, high = span
    if key == "days_of_month":
        if not all(1 <= abs(one) <= 31 for one in span):
            return None
    elif low > high and key != "weekdays":
        return None
    found = 0
    for bit, (month, length, day, weekday) in enumerate(_kinds()):
        if key == "days_of_month":
            start, end = (one + length + 1 if one < 0 else one for one in span)
            fits = start <= day <= end
        else:
            fits = is_between(low, weekday, high) if key == "weekdays" else low <= month <= high
        found |= fits << bit
    return found


def _minutes(one: Value) -> int | None:
    ends = [one.text_of(key).partition(":")[::2] for key in ("start_time", "end_time")]
    if not all(hour.isdecimal() and minute.isdecimal() and len(hour + minute) <= 4 for hour, minute in ends):
        return None
    start, end = (int(hour) * 60 + int(minute) for hour, minute in ends)
    return (1 << min(end, 1440)) - (1 << start) if start < end else None


def _union(masks: Iterable[int]) -> int:
    found = 0
    for one in masks:
        found |= one
    return found
