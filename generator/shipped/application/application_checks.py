"""Cross-checks of the values of an Application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...charts.chart_source import chart_faults, chart_source
from ...charts.foreign_fields import format_faults
from ...charts.release_objects import unit_test_faults


def application_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the values of an Application, with their places in the spec."""
    found = [*chart_faults(values), *_destination_faults(values), *_difference_faults(values), *_sync_faults(values)]
    for key in ("values", "application"):
        found += format_faults(values.get(key), [key])
    if chart_source(values).is_in_git:
        return [*found, *_git_faults(values)]
    return [*found, *unit_test_faults(values, ["deploy/application.yaml"])]


def _destination_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    chosen = values.get("destination") or {}
    if "server" in chosen and "name" in chosen:
        message = "the cluster is named by its URL and by its name"
        yield SpecFault(["destination", "name"], message, "keep destination.server or destination.name", at_key=True)


def _difference_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    wanted = ("jsonPointers", "jqPathExpressions", "managedFieldsManagers")
    for number, one in enumerate(values["ignore_differences"]):
        if not any(one.get(key) for key in wanted):
            message = "an item of ignore_differences names no field, so it ignores nothing"
            yield SpecFault(["ignore_differences", number], message, f"add one of {', '.join(wanted)}")


def _sync_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    policy = (values.get("application") or {}).get("syncPolicy") or {}
    if "automated" in policy and not values["sync"]["automated"]:
        message = "application.syncPolicy.automated is set, but sync.automated is false"
        yield SpecFault(["application", "syncPolicy", "automated"], message, "remove one of them", at_key=True)


def _git_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    if values["workflow"]:
        message = "the workflow has no end-to-end test to run: a path in git has none"
        yield SpecFault(["workflow"], message, "remove workflow")
