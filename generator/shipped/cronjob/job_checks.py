"""Cross-checks of the values of a CronJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .schedule_syntax import schedule_fault

_HINT = "write minute, hour, day of the month, month and day of the week, such as 0 3 * * 1-5"


def job_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the schedule, here and in environments."""
    places: list[tuple[list[Any], Mapping[str, Any]]] = [([], values)]
    places += [(["environments", name], one) for name, one in values["environments"].items()]
    for where, one in places:
        if "schedule" in one and (fault := schedule_fault(one["schedule"])):
            yield SpecFault([*where, "schedule"], f"schedule {fault}", _HINT)
