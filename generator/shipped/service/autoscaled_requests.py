"""The requests of containers that an autoscaler needs, since it aims at percents of them.

Source: pkg/controller/podautoscaler/replica_calculator.go of Kubernetes 1.35: the requests of all containers and of
init containers that keep running, or that of the pod. A limit is the request where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...behaviour import SpecFault
from ...fragments import combined
from .derived import container_name
from .object_fragments import extra_containers


def request_faults(values: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[SpecFault]:
    """Yield the containers without a request for what the autoscaler aims at, and metrics of unknown containers."""
    pod = (values.get("pod") or {}).get("spec") or {}
    whole = (pod.get("resources") or {}).get("requests") or {}
    found = {name: (where, resources) for name, where, resources in _containers(values)}
    for resource in wanted:
        for name, (where, resources) in found.items() if whole.get(resource) is None else ():
            if _has_request(resources, resource):
                continue
            is_main = name == container_name(values)
            other = "" if is_main else f" of the container {name}"
            message = f"the autoscaler aims at {resource} in percent of the request, and there is no request{other}"
            place = ["autoscaling"] if is_main else where
            yield SpecFault(
                place, message, f"set resources.requests.{resource}{' there' if other else ''}", at_key=True
            )
    for number, one in enumerate(values["autoscaling"].get("metrics") or ()):
        asked = str((one.get("containerResource") or {}).get("container") or "")
        if asked and asked not in found and "${" not in asked:
            place = ["autoscaling", "metrics", number, "containerResource", "container"]
            yield SpecFault(place, f"the pods have no container {asked}", f"they have {', '.join(found)}")


def _containers(values: Mapping[str, Any]) -> Iterator[tuple[str, list[Any], Mapping[str, Any]]]:
    """Yield the containers that keep running: their names, their places in the spec, and their resources."""
    pod = (values.get("pod") or {}).get("spec") or {}
    added = {one.get("name"): one.get("resources") for one in pod.get("containers") or () if "resources" in one}
    main, own = container_name(values), values["container"]
    resources = values.get("resources") or {}
    if isinstance(own, Mapping) and "resources" in own:
        resources = _changed(resources, own["resources"])
    yield main, ["container"], _changed(resources, added[main]) if main in added else resources
    for number, one in enumerate(values.get("sidecars", ())):
        usual = {"requests": {"cpu": "10m", "memory": "32Mi"}}  # as the template has it
        name = one["name"]
        yield name, ["sidecars", number], _changed(usual, added[name]) if name in added else usual
    for place, one in extra_containers(values):
        if place[2] == "containers" or one.get("restartPolicy") == "Always":
            yield str(one.get("name")), place, one.get("resources") or {}


def _changed(before: Mapping[str, Any], change: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = combined(before, change) if change is not None else {}
    return found


def _has_request(resources: Mapping[str, Any], name: str) -> bool:
    return any((resources.get(side) or {}).get(name) is not None for side in ("requests", "limits"))
