"""The syntax of a CronJob's schedule: five fields, or a word such as @daily.

Source: robfig/cron 3.0.1, ``parser.go`` (``ParseStandard``), by which the API server checks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every (?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|h|m|s))+")
_NUMBER = re.compile(r"\+?[0-9]{1,9}")


@dataclass(frozen=True)
class ScheduleField:
    """A field of a schedule: what it is, its bounds, and the names of its numbers from the lowest on."""

    about: str
    least: int
    most: int
    names: Sequence[str] = ()

    def number(self, text: str) -> int | None:
        """Return the number that a text is, None if it is none."""
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.least
        return int(text) if _NUMBER.fullmatch(text) else None


FIELDS = (
    ScheduleField("minute", 0, 59),
    ScheduleField("hour", 0, 23),
    ScheduleField("day of the month", 1, 31),
    ScheduleField("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ScheduleField("day of the week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def schedule_fault(text: str) -> str:
    """Return why Kubernetes refuses a schedule, as the rest of a sentence about it; ``""`` if it takes it."""
    if "TZ" in text:
        return "has a time zone, which is the key time_zone"
    if text.startswith("@"):
        is_known = text in _WORDS or _EVERY.fullmatch(text)
        return "" if is_known else f"is none of {', '.join(_WORDS)}, and not @every with a time"
    parts = text.split()
    if len(parts) != len(FIELDS):
        return f"has {len(parts)} fields instead of {len(FIELDS)}: {', '.join(one.about for one in FIELDS)}"
    for part, field in zip(parts, FIELDS, strict=True):
        for one in part.split(","):
            if one and (fault := _range_fault(one, field)):
                return f"has the {field.about} {one}, {fault}"
    return ""


def _range_fault(text: str, field: ScheduleField) -> str:
    span, *steps = text.split("/")
    ends = span.split("-")
    if len(steps) > 1 or len(ends) > 2:
        return "with more than one step or range"
    step = int(steps[0]) if steps and _NUMBER.fullmatch(steps[0]) else None
    if steps and not step:
        return "whose step is not a number above 0"
    if ends[0] in {"*", "?"}:
        return ""
    numbers = [field.number(one) for one in ends]
    if None in numbers:
        return "which is not a number" + (" or name" if field.names else "")
    low, high = (one for one in (numbers[0], numbers[-1]) if one is not None)
    high = field.most if steps and len(ends) == 1 else high
    if low < field.least or high > field.most:
        return f"which is not in {field.least} to {field.most}"
    return "whose end is before its start" if low > high else ""
