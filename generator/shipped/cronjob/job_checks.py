"""Cross-checks of the values of a CronJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...time_zones import is_time_zone, near_time_zone
from ..service.schedule_syntax import schedule_fault

_HINT = "write minute, hour, day of the month, month and day of the week, such as 0 3 * * 1-5"


def job_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the schedule, here and in environments, and of fields that Kubernetes takes of no CronJob."""
    places: list[tuple[list[Any], Mapping[str, Any]]] = [([], values)]
    places += [(["environments", name], one) for name, one in values["environments"].items()]
    for where, one in places:
        if "schedule" in one and (fault := schedule_fault(one["schedule"])):
            yield SpecFault([*where, "schedule"], f"schedule {fault}", _HINT)
        if "time_zone" in one and not is_time_zone(zone := one["time_zone"]):
            near = near_time_zone(zone)
            hint = f"did you mean {near}?" if near else "use a name of the IANA database, such as Europe/Berlin"
            yield SpecFault([*where, "time_zone"], f"there is no time zone {zone}", hint)
    if "restartPolicy" in ((values.get("pod") or {}).get("spec") or {}):
        message = "pod.spec.restartPolicy is set by the key restart_policy"
        yield SpecFault(["pod", "spec", "restartPolicy"], message, "use restart_policy", at_key=True)
    for key in ("selector", "manualSelector"):
        if key in ((values.get("job") or {}).get("spec") or {}):
            message = f"job.spec.{key} is for jobs that are made by hand: each run selects its own pods"
            yield SpecFault(["job", "spec", key], message, "remove it", at_key=True)
