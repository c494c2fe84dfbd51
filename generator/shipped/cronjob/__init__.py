"""The template ``cronjob``: a CronJob with related objects, and an end-to-end test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...behaviour import SpecFault
from ..service.derived_behaviour import workload_behaviour

_COMMON = workload_behaviour("cronjob", "job")


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from .job_checks import job_faults  # noqa: PLC0415

    return [*_COMMON.faults(values), *job_faults(values)]


BEHAVIOUR = replace(_COMMON, faults=_faults)
