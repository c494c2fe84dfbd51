"""Plan units in several processes, each a part of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import workers
from .pipeline import Pipeline
from .planned import Unit, slim
from .workers import Processes

# A unit whose inputs did not change takes half a millisecond, and starting a process about 20.
_LEAST = 50


@dataclass(frozen=True)
class PlannedPart:
    """Planned units without the texts of clean files, of which several parts may wait for their turn."""

    units: Sequence[Unit]


@dataclass(frozen=True)
class PartPlanner:
    """Plans a part of the units, in any process."""

    pipeline: Pipeline

    def __call__(self, names: Sequence[str]) -> PlannedPart:
        """Return the units with these names."""
        return PlannedPart([slim(self.pipeline.unit(name)) for name in names])


def plan_in_processes(pipeline: Pipeline, names: Sequence[str], by: Processes) -> Iterator[Unit]:
    """Yield the units with these names, in order, planned by processes. Raises Invalid if one ends unexpectedly."""
    planned = workers.each_part(PartPlanner(pipeline), names, _LEAST, by, "units", _has_bug)
    return (unit for part in planned for unit in part.units)


def _has_bug(part: PlannedPart) -> bool:
    """Tell whether a bug was met, whose traceback does not leave a process."""
    return any(one.bug for one in part.units)
