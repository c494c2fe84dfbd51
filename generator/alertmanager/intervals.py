"""Time intervals: https://prometheus.io/docs/alerting/latest/configuration/#time_interval."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..finding import Finding
from ..time_zones import is_time_zone, near_time_zone
from .calendar_names import DAYS, MONTHS
from .details import filled_later
from .fault import fault_at, in_quotes
from .value import Value
from .versions import Versions, version_text

_WRAPS_WEEKS = (0, 35)  # the first Alertmanager that reads friday:monday
_NUMBERS_MONTHS = (0, 35)  # the first that refuses months that do not exist
_TIME = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")


@dataclass(frozen=True)
class Interval:
    """A named interval; ``never`` is the reason if it is never active."""

    name: str
    value: Value
    never: str

    @property
    def parts(self) -> tuple[Value, ...]:
        """Its entries."""
        return tuple(one for one in self.value.list_of("time_intervals") if one.shape == "map")


def intervals(config: Value) -> tuple[Interval, ...]:
    """Return the intervals that a configuration defines, in order."""
    found = []
    for key in ("mute_time_intervals", "time_intervals"):
        for one in config.list_of(key):
            if one.shape == "map":
                found.append(Interval(one.text_of("name"), one, _never(one)))
    return tuple(found)


def interval_refusals(config: Value, target: Versions) -> Iterator[Finding]:
    """Yield the faults of interval definitions that Alertmanager or the operator refuses (AM022)."""
    seen: dict[str, Value] = {}
    for one in intervals(config):
        if one.name and one.name in seen:
            place = one.value.get("name") or one.value
            message = f"the time interval {in_quotes(one.name)} is duplicated"
            yield fault_at("AM022", place, message, "rename one", other=seen[one.name].line)
        seen.setdefault(one.name, one.value)
        for part in one.parts:
            yield from _part(part, target)


def inactive(config: Value, target: Versions, this_year: int) -> Iterator[Finding]:
    """Yield the intervals that are never active, or never again (AM023)."""
    for one in intervals(config):
        if any(True for part in one.parts for _ in _part(part, target)):
            continue
        if one.never:
            message = f"the time interval {in_quotes(one.name)} is never active: {one.never}"
            yield fault_at("AM023", one.value, message, "fix or remove it")
        else:
            yield from _past(one, this_year)


def _past(one: Interval, this_year: int) -> Iterator[Finding]:
    parts = one.value.list_of("time_intervals")
    last = [
        max((span_of(year.text, ()) or (0, 0))[1] for year in part.list_of("years"))
        for part in parts
        if part.list_of("years")
    ]
    if last and len(last) == len(parts) and max(last) < this_year:
        message = f"the time interval {in_quotes(one.name)} ended in the year {max(last)}"
        yield fault_at("AM023", one.value, message, "fix or remove it: it is never active again")


def _never(value: Value) -> str:
    parts = [one for one in value.list_of("time_intervals") if one.shape == "map"]
    if not parts:
        return "it has no time_intervals"
    reasons = []
    for part in parts:
        months = [span_of(one.text, MONTHS, 1) for one in part.list_of("months")]
        if months and all(span is not None and (span[0] > 12 or span[1] < 1) for span in months):
            reasons.append("it has months that do not exist")
    return reasons[0] if len(reasons) == len(parts) else ""


def _part(part: Value, target: Versions) -> Iterator[Finding]:
    yield from _zone(part)
    for one in part.list_of("times"):
        if one.shape == "map":
            yield from _times(one)
    for key, names, first in (("weekdays", DAYS, 0), ("months", MONTHS, 1), ("years", (), 0), ("days_of_month", (), 0)):
        for one in part.list_of(key):
            if one.shape != "scalar" or filled_later(one.text) or one.is_null:
                continue
            span = span_of(one.text, names, first)
            if span is None or (key == "weekdays" and re.search(r"\d", one.text)):
                known = f"one of {', '.join(names)}, or two with a colon" if names else "a number, or two with a colon"
                yield fault_at("AM022", one, f"{in_quotes(one.text)} is not valid in {key}", f"write {known}")
            elif key == "days_of_month":
                yield from _days(one, *span)
            else:
                yield from _order(one, key, span, target)


def _order(one: Value, key: str, span: tuple[int, int], target: Versions) -> Iterator[Finding]:
    """Yield a fault of a range of days of the week, months or years; all that load it must read it."""
    hint = "write two entries for a range across the end"
    if key == "weekdays":
        least = min(target.loaders)
        if span[0] > span[1] and least < _WRAPS_WEEKS:
            whose = "this is for" if target.alertmanager == least else "the operator is built with"
            message = f"{in_quotes(one.text)} ends before it starts, which needs Alertmanager 0.35, but {whose} "
            yield fault_at("AM022", one, message + version_text(least), hint)
    elif key == "months" and max(target.loaders) >= _NUMBERS_MONTHS and not all(1 <= month <= 12 for month in span):
        message = f"{in_quotes(one.text)} is not a month, which Alertmanager refuses since 0.35"
        yield fault_at("AM022", one, message, "write 1 to 12, or a name")
    elif span[0] > span[1] or not -1 << 30 <= span[0] <= span[1] <= 1 << 30:
        yield fault_at("AM022", one, f"{in_quotes(one.text)} ends before it starts", hint)


def _zone(part: Value) -> Iterator[Finding]:
    location = part.get("location")
    name = location.text if location is not None and location.shape == "scalar" else ""
    if location is None or name in {"", "UTC", "Local"} or filled_later(name):
        return
    if not is_time_zone(name):
        near = near_time_zone(name)
        hint = f"did you mean {near}?" if near else "use a name of the IANA database, such as Europe/Berlin"
        yield fault_at("AM022", location, f"the time zone {in_quotes(name)} does not exist", hint)


def _days(one: Value, begin: int, end: int) -> Iterator[Finding]:
    if not (-31 <= begin <= 31 and -31 <= end <= 31) or begin == 0 or end == 0:
        yield fault_at(
            "AM022",
            one,
            f"{in_quotes(one.text)} is not a day of a month",
            "write 1 to 31, or -1 to -31 from the end",
        )
    elif begin < 0 < end:
        yield fault_at(
            "AM022", one, f"{in_quotes(one.text)} starts at the month's end and does not end there", "write -3:-1"
        )
    elif begin + 28 * (begin < 0) > end + 28 * (end < 0):  # Alertmanager counts from the end of February
        message = f"{in_quotes(one.text)} ends before it starts"
        message += " in February" if begin > 0 > end and begin <= 31 + end else ""
        yield fault_at("AM022", one, message, "write the earlier day first")


def _times(one: Value) -> Iterator[Finding]:
    start, end = one.get("start_time"), one.get("end_time")
    if start is None or end is None:
        return
    wrong = [each for each in (start, end) if not _TIME.match(each.text) and not filled_later(each.text)]
    for each in wrong:
        yield fault_at("AM022", each, f"{in_quotes(each.source)} is not a time of day", "write it in quotes as '09:00'")
    if wrong or any(filled_later(each.text) for each in (start, end)):
        return
    if start.text >= end.text:
        hint = "write two entries, one up to 24:00 and one from 00:00"
        yield fault_at("AM022", start, f"{start.text} to {end.text} crosses midnight", hint)


def is_between(low: int, number: int, high: int) -> bool:
    """Return whether a day of the week is in a range, which may wrap around the end of the week."""
    return low <= number <= high if low <= high else number >= low or number <= high


def span_of(text: str, names: tuple[str, ...] | list[str], first: int = 0) -> tuple[int, int] | None:
    """Return start and end of a range of names or numbers, or None if it is not valid. Spaces are not."""

    def number(word: str) -> int | None:
        if word.lower() in names:
            return list(names).index(word.lower()) + first
        return int(word) if re.fullmatch(r"[-+]?[0-9]{1,18}", word) else None

    begin, colon, end = text.partition(":")
    low, high = number(begin), number(end if colon else begin)
    return None if low is None or high is None else (low, high)
