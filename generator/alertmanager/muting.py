"""Whether the time intervals of a route mute it at a time, and when that changes.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval, and timeinterval/timeinterval.go of
Alertmanager, whose arithmetic of months is kept: before 0.35 it counts the days of a month in hours, so that a month
that loses an hour to summer time has a day less.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .calendar_names import DAYS, MONTHS
from .details import filled_later
from .intervals import intervals, is_between, span_of
from .routing_tree import Route
from .value import Value
from .versions import Version

MAX_DAYS = 366  # in which the next change is searched
MAX_WORK = 500_000  # times considered in that search, and ranges compared
_DAY = 24 * 60  # minutes
_COUNTS_DAYS = (0, 35)  # the first Alertmanager that does not count the hours of a month
_EPOCH = datetime(1970, 1, 1)

Ranges = tuple[tuple[int, int], ...] | None  # None for any


class UnknownZoneError(LookupError):
    """A time zone that this machine does not know: its name, and the value that has it."""

    def __init__(self, value: Value) -> None:
        self.value = value
        super().__init__(value.text)


@dataclass(frozen=True)
class _Part:
    """An entry of an interval; not known if something else has yet to fill it in, or the server's zone applies."""

    known: bool
    zone: tzinfo = UTC
    times: Ranges = None
    days: Ranges = None
    months: Ranges = None
    weekdays: Ranges = None
    years: Ranges = None
    by_hours: bool = False

    @property
    def size(self) -> int:
        """The number of its ranges."""
        return 1 + sum(len(one or ()) for one in (self.times, self.days, self.months, self.weekdays, self.years))

    def contains(self, at: datetime) -> bool | None:
        """Return whether it contains a time, None if that is not known."""
        if not self.known:
            return None
        here = at.astimezone(self.zone)
        return (
            _within(self.times, here.hour * 60 + here.minute, exclusive=True)
            and (self.days is None or self._on_day(here))
            and _within(self.months, here.month)
            and (self.weekdays is None or _on_weekday(self.weekdays, here.isoweekday() % 7))
            and _within(self.years, here.year)
        )

    def _on_day(self, here: datetime) -> bool:
        month = here.year, here.month
        length = _days_by_hours(*month, self.zone) if self.by_hours else calendar.monthrange(*month)[1]
        for begin, end in self.days or ():
            first, last = (one + length + 1 if one < 0 else one for one in (begin, end))
            if first <= length and max(first, -length) <= here.day <= min(last, length):
                return True
        return False


@dataclass
class LookAhead:
    """The work left for the search for changes, of all routes together."""

    left: int = MAX_WORK


@dataclass(frozen=True)
class Schedule:
    """A named time interval, and its place."""

    name: str
    value: Value
    parts: tuple[_Part, ...]

    def contains(self, at: datetime) -> bool | None:
        """Return whether it is active at a time, None if that is not known."""
        return _any(one.contains(at) for one in self.parts)


@dataclass(frozen=True)
class Muting:
    """Whether a route is muted at a time (None if not known), by which intervals, and when that changes next.

    ``by`` are the mute intervals that are active, else all active_time_intervals if none of them is active (``outside``
    is true then); ``unknown`` those of which it is not known. ``until`` is None if no change was found or searched.
    """

    muted: bool | None
    by: tuple[Schedule, ...] = ()
    outside: bool = False
    unknown: tuple[Schedule, ...] = ()
    until: datetime | None = None


def schedules(config: Value, routes: Iterable[Route], alertmanager: Version) -> Mapping[str, Schedule]:
    """Return the time intervals that routes use, by name, as a version reads them. Raises UnknownZoneError.

    One that is not defined has a placeholder as its name, else Alertmanager would refuse it: it is not known.
    """
    used = {name: route.value for route in routes for name in (*route.mute, *route.active)}
    found = {name: Schedule(name, value, (_Part(known=False),)) for name, value in used.items()}
    defined = (one for one in intervals(config) if one.name in used)
    return found | {one.name: Schedule(one.name, one.value, tuple(_parts(one.value, alertmanager))) for one in defined}


def muting(route: Route, known: Mapping[str, Schedule], at: datetime, *, look_ahead: LookAhead | None = None) -> Muting:
    """Return whether a route is muted at a time; ``look_ahead`` also searches for the next change."""
    mute = [known[name] for name in dict.fromkeys(route.mute) if name in known]
    active = [known[name] for name in dict.fromkeys(route.active) if name in known]
    found = _muted(mute, active, at)
    unknown = tuple(one for one in (*mute, *active) if one.contains(at) is None) if found is None else ()
    by = tuple(one for one in mute if one.contains(at))
    outside = found is True and not by
    until = _next_change(mute, active, at, found, look_ahead) if look_ahead and found is not None else None
    return Muting(found, tuple(active) if outside else by, outside, unknown, until)


def _muted(mute: Sequence[Schedule], active: Sequence[Schedule], at: datetime) -> bool | None:
    inside = _any(one.contains(at) for one in active) if active else True
    return _any((_any(one.contains(at) for one in mute), None if inside is None else not inside))


def _next_change(
    mute: Sequence[Schedule], active: Sequence[Schedule], at: datetime, now: bool, ahead: LookAhead
) -> datetime | None:
    parts = [part for one in (*mute, *active) for part in one.parts]
    cost = sum(one.size for one in parts)
    if not parts or not all(one.known for one in parts):
        return None
    for one in _boundaries(parts, at, ahead):
        ahead.left -= cost
        if ahead.left < 0:
            return None
        if _muted(mute, active, one) != now:
            return one
    return None


def _boundaries(parts: Sequence[_Part], at: datetime, ahead: LookAhead) -> Iterator[datetime]:
    """Yield the times after ``at`` at which an entry may begin or end, in order, for MAX_DAYS."""
    minutes: dict[tzinfo, set[int]] = {}
    for part in parts:
        of_zone = minutes.setdefault(part.zone, {0})
        of_zone.update(one for times in part.times or () for one in times if one < _DAY)
    days = [(at + timedelta(days=number)).date() for number in range(-1, MAX_DAYS + 1)]
    found = [_boundaries_of(day, minutes) for day in days[:2]]
    for day, following in itertools.pairwise(days[1:]):
        found = [*found[-2:], _boundaries_of(following, minutes)]
        ahead.left -= len(found[-1])
        if ahead.left < 0:
            return
        yield from sorted(one for one in set().union(*found) if one.date() == day and one > at)


def _boundaries_of(day: date, minutes: Mapping[tzinfo, Iterable[int]]) -> set[datetime]:
    """Return the times at which the wall clocks of zones show minutes of a day; more on a day that changes clocks."""
    midnight = datetime(day.year, day.month, day.day)
    found: set[datetime] = set()
    for zone, of_zone in minutes.items():
        offset = _offset(midnight, zone)
        if offset == _offset(midnight + timedelta(days=1), zone):
            start = (midnight - timedelta(seconds=offset)).replace(tzinfo=UTC)
            found |= {start + timedelta(minutes=one) for one in of_zone}
            continue
        walls = [midnight + timedelta(minutes=one) for one in {*of_zone, *range(-120, _DAY + 120, 15)}]
        found |= {one.replace(tzinfo=zone, fold=fold).astimezone(UTC) for one in walls for fold in (0, 1)}
    return found


def _any(given: Iterable[bool | None]) -> bool | None:
    found = tuple(given)
    return True if True in found else None if None in found else False


def _on_weekday(ranges: Iterable[tuple[int, int]], day: int) -> bool:
    return any(is_between(low, day, high) for low, high in ranges)


def _within(ranges: Ranges, number: int, *, exclusive: bool = False) -> bool:
    return ranges is None or any(begin <= number < end + (not exclusive) for begin, end in ranges)


def _parts(value: Value, alertmanager: Version) -> Iterator[_Part]:
    for one in value.list_of("time_intervals"):
        if any(filled_later(scalar.text) for scalar in one.scalars()):
            yield _Part(known=False)
            continue
        name = one.text_of("location")
        yield _Part(
            name != "Local",
            _zone(one.get("location")),
            _ranges(one, "times", ()),
            _ranges(one, "days_of_month", ()),
            _ranges(one, "months", MONTHS),
            _ranges(one, "weekdays", DAYS),
            _ranges(one, "years", ()),
            alertmanager < _COUNTS_DAYS,
        )


def _ranges(part: Value, key: str, names: Sequence[str]) -> Ranges:
    listed = part.get(key)
    if listed is None or listed.shape != "list":
        return None
    if key == "times":
        return tuple((_minutes(one.text_of("start_time")), _minutes(one.text_of("end_time"))) for one in listed.items)
    first = 1 if names is MONTHS else 0
    spans = ((0, 0) if one.is_null else span_of(one.text, list(names), first) for one in listed.items)
    return tuple(one for one in spans if one is not None)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes) if hours.isdigit() and minutes.isdigit() else 0


def _zone(location: Value | None) -> tzinfo:
    if location is None or location.text in {"", "UTC", "Local"}:
        return UTC
    try:
        return ZoneInfo(location.text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZoneError(location) from None


@cache
def _days_by_hours(year: int, month: int, zone: tzinfo) -> int:
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    hours = (_instant(*following, zone) - _instant(year, month, zone)) // 3600
    return hours // 24


def _instant(year: int, month: int, zone: tzinfo) -> int:
    """Return the seconds since 1970 of the start of a month as Go's time.Date has it."""
    seconds = int((datetime(year, month, 1) - _EPOCH).total_seconds())
    offset = _offset_at(seconds, zone)
    return seconds - (_offset_at(seconds - offset, zone) if offset else 0)


def _offset_at(seconds: int, zone: tzinfo) -> int:
    return _seconds(datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset())


def _offset(wall: datetime, zone: tzinfo) -> int:
    return _seconds(wall.replace(tzinfo=zone).utcoffset())


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())
