"""Cross-checks of the values of a service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...fragments import combined
from ...quantity import quantity
from ...spec import is_generated, needed_file_faults
from ...tree import join, leads_out
from .account_roles import role_faults
from .alert_objects import wants_alerts
from .annotation_names import annotation_faults
from .canaries import canary_faults
from .container_probes import probe_faults
from .containers import tag_faults, usual_rule, workload_faults
from .derived import KUSTOMIZATION, container_name, file_place, workload_place
from .environments import environment_faults, environment_values
from .exposure import exposure_faults
from .field_faults import field_faults
from .lost_characters import character_faults
from .object_fragments import fragment_faults
from .path_checks import fitting_faults, layout_faults, place_faults
from .pod_environment import environment_sources_faults
from .pod_field_faults import pod_field_faults
from .pod_volumes import volume_faults
from .scaling import scaling_faults
from .served_ports import port_faults
from .watched_metrics import metrics_faults

_PARTS = (
    port_faults, probe_faults, fragment_faults, environment_sources_faults, volume_faults, scaling_faults,
    exposure_faults, metrics_faults, annotation_faults, field_faults, pod_field_faults, role_faults,
    character_faults,
)  # fmt: skip
_DECIMAL = re.compile(r"[0-9]{1,15}\.[0-9]{1,9}")  # a number as Kubernetes reads it, without an exponent


def folder_faults(values: Mapping[str, Any], unit: str) -> list[SpecFault]:
    """Return the faults of the values of a service that depend on the unit's folder."""
    return [*_build_faults(values, unit), *place_faults(values, unit)]


def _build_faults(values: Mapping[str, Any], unit: str) -> list[SpecFault]:
    build = values.get("build")
    if not build or not leads_out(join(unit, build)):
        return []
    message = f"build is {build}, which leads out of the repository"
    return [SpecFault(["build"], message, "name a folder of the repository, relative to the folder of the spec")]


def service_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the values of a service, with their places in the spec."""
    found: list[SpecFault] = []
    names = [container_name(values), *(one["name"] for one in values.get("sidecars", ()))]
    for number, name in enumerate(names[1:]):
        if name in names[: number + 1]:
            found.append(SpecFault(["sidecars", number, "name"], f"two containers are named {name}", "rename one"))
    found += tag_faults(values, [], usual_rule(values))
    if values["workflow"] and not values["e2e"]:
        message = "the workflow has no end-to-end test to run"
        found.append(SpecFault(["workflow"], message, "enable e2e, or disable workflow"))
    if values["e2e"]:
        # A kustomization without the workload; without a kustomization, what is in the folder is tested.
        needed = [workload_place(values)] if is_generated(values, file_place(values, KUSTOMIZATION)) else []
        found += needed_file_faults(values, {"e2e/Makefile": ["e2e/cluster.kind", *needed]}, "set e2e: false")
    for number, one in enumerate(values.get("sidecars", ())):
        side: list[Any] = ["sidecars", number]
        found += tag_faults({**values, "tags": None, "examples": None, **one}, side)
    found += [] if found else workload_faults(values)
    found += canary_faults(values)
    found += fitting_faults(values)
    for check in _PARTS:
        found += check(values)
    found += _alert_faults(values) if not found and wants_alerts(values) else []
    found += [] if found else layout_faults(values)
    found += _resource_faults(values, [])
    found += [] if found else environment_faults(values)
    for name in values["environments"] if not found else ():
        found += _resource_faults(_in_environment(values, name), ["environments", name])
    return found


def _alert_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    from .alert_checks import alert_faults  # noqa: PLC0415 - it loads the rules, which few specs need

    return list(alert_faults(values))


def _in_environment(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the values of an environment, with the resources that its overlay makes of those of the container."""
    here, own = environment_values(values, name), values["container"]
    if not isinstance(own, Mapping) or not own.get("resources"):
        return here
    in_base = combined(values["resources"], own["resources"])
    return {**here, "resources": combined(in_base, values["environments"][name].get("resources") or {})}


def _resource_faults(values: Mapping[str, Any], place: list[Any]) -> Iterator[SpecFault]:
    resources = values.get("resources", {})
    for what in ("cpu", "memory"):
        low, high = (resources.get(side, {}).get(what) for side in ("requests", "limits"))
        for side, amount in (("requests", low), ("limits", high)):
            if isinstance(amount, float) and not _DECIMAL.fullmatch(repr(amount)):
                message = f"resources.{side}.{what} is {amount!r}, which is not an amount"
                yield SpecFault([*place, "resources", side, what], message, "write it as text, such as 500m or 1Gi")
        if low and high and (quantity(str(low)) or 0) > (quantity(str(high)) or 0):
            message = f"the {what} request {low} is above the limit {high}"
            hint = "lower the request or raise the limit"
            yield SpecFault([*place, "resources", "requests", what], message, hint)
