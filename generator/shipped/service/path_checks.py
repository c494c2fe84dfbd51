"""Cross-checks of where the manifests of a service are, and of the labels that select its pods."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...spec import is_generated
from ...tree import file_fault, file_in_file, folded, leads_out
from ...unit_namespace import NAME_LABEL
from .derived import KUSTOMIZATION, file_place
from .environments import OVERLAYS
from .object_files import manifests

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def place_faults(values: Mapping[str, Any], unit: str) -> Iterator[SpecFault]:
    """Yield the faults of ``paths`` that a unit cannot own."""
    for usual, place in (values.get("paths") or {}).items():
        if fault := file_fault(unit, place):
            yield SpecFault(["paths", usual], f"{place!r} {fault}", "name a file in the folder of the spec")


def layout_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of ``paths``: names that no tool would read, and files that cannot be elsewhere."""
    paths: Mapping[str, str] = values.get("paths") or {}
    taken: dict[str, str] = {}
    found: list[SpecFault] = []
    for usual, place in paths.items():
        is_named_so = place.rpartition("/")[2] in _NAMES
        twin = taken.setdefault(folded(place), place)
        if not (is_named_so if usual == KUSTOMIZATION else place.endswith((".yaml", ".yml")) and not is_named_so):
            names = f"one of {', '.join(_NAMES)}" if usual == KUSTOMIZATION else "a .yaml or .yml file of another name"
            found.append(SpecFault(["paths", usual], f"{place} is not a name for this file", f"name {names}"))
        elif twin != place:
            message = f"{place} and {twin} differ only in how they are written"
            found.append(SpecFault(["paths", usual], message, "write both alike"))
    overlays = (f"{OVERLAYS}/{one}/kustomization.yaml" for one in values["environments"])
    if not found and paths and (pair := file_in_file([*paths.values(), *overlays])):
        message = f"{pair[1]} would be below {pair[0]}, which is a file"
        found.append(SpecFault(["paths"], message, "name another folder"))
    if paths and values["e2e"]:
        message = "the end-to-end test applies the folder deploy, and paths places files elsewhere"
        found.append(SpecFault(["e2e"], message, "set e2e: false, or remove paths"))
    return found or list(_kustomization_faults(values))


def _kustomization_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the fault of a kustomization that lists files outside its folder, which kustomize does not read."""
    place = file_place(values, KUSTOMIZATION)
    if not values.get("paths") or not is_generated(values, place):
        return
    for one in manifests(values):
        listed = posixpath.normpath(posixpath.join(posixpath.dirname(place), one))
        if one.startswith("../") and not leads_out(listed):
            message = f"{place} would list {listed}, and kustomize reads no file outside of its folder"
            hint = f"place {KUSTOMIZATION} above all manifests"
            hint += "" if values["environments"] else f", or write files: {{{place}: never}}"
            yield SpecFault(["paths"], message, hint)
            return


def fitting_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of values for services that exist, together with other values."""
    chosen: Mapping[str, Any] = values.get("selector") or {}
    for key, value in chosen.items():
        if values["labels"].get(key, value) != value:
            message = f"{key} is {value} here, and {values['labels'][key]} in labels"
            yield SpecFault(["selector", key], message, "remove it from labels")
    if chosen and values.get("canary") and set(chosen.items()) != {(NAME_LABEL, values["name"])}:
        message = f"a canary needs the selector {NAME_LABEL}: {values['name']}, which Flagger changes for its copy"
        yield SpecFault(["selector"], message, "remove selector or canary")
    usual = {
        "port_name": "http",
        "protocol": "TCP",
        "port_reference": "name",
        "service_name": values["name"],
        "service_port": 80,
        "service_port_name": "http",
    }
    for key in usual if values.get("canary") else ():
        if values.get(key, usual[key]) != usual[key]:
            message = f"a canary needs {key}: {usual[key]}, and this is {values[key]}"
            yield SpecFault([key], message, f"remove {key} or canary")
    if values["namespace"].get("omit"):
        if values["e2e"]:
            message = "the end-to-end test needs the namespace in the manifests, and namespace.omit leaves it out"
            yield SpecFault(["namespace", "omit"], message, "set e2e: false, or remove omit")
        if values.get("canary"):
            message = "a canary is in the namespace of its service, which namespace.omit leaves out"
            yield SpecFault(["namespace", "omit"], message, "remove omit or canary")
