"""What Kubernetes' own code, its schemas, kustomize and scaffold's rules say of the files of a spec."""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import yaml

from generator.rules import Scope, check, recognise
from generator.rules.readers import compiled

from ..support.apiserver import PROGRAMS, ApiServer, Verdict
from ..support.customresources import definitions_without
from .building import BuiltUnit

Object = Mapping[str, Any]
VERSIONS = compiled.kubernetes_versions()[-len(PROGRAMS) :]
_LEVELS = {"restricted": "restricted", "baseline": "baseline"}
_UNIT = "services/shop"
# The largest definitions, of whose resources a service has none.
_UNUSED = (
    *(f"{one}.monitoring.coreos.com" for one in ("alertmanagerconfigs", "alertmanagers", "prometheusagents")),
    *(f"{one}.monitoring.coreos.com" for one in ("prometheuses", "scrapeconfigs", "thanosrulers", "probes")),
    *("applications.argoproj.io", "helmreleases.helm.toolkit.fluxcd.io"),
)


@dataclass(frozen=True)
class Build:
    """What ``kubectl kustomize`` made of a folder: objects, or why it made none."""

    where: str
    objects: tuple[Object, ...] = ()
    failure: str = ""


@cache
def _servers() -> dict[str, ApiServer]:
    """Return the API servers of the newest versions, by version."""
    with NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(definitions_without(_UNUSED))
        file.flush()
        made = {version: ApiServer(program, crds=[Path(file.name)]) for version, program in PROGRAMS.items()}
        for one in made.values():
            atexit.register(one.close)
            one.ask("")  # it has read the file then
    return made


def _answers(objects: Sequence[Object], pod_security: str = "") -> dict[str, list[Verdict]]:
    """Return what the API server of each version says of each object."""
    text = "\n---\n".join(map(json.dumps, objects))
    told = {version: one.ask(text, pod_security=pod_security) for version, one in _servers().items()}
    assert all(len(one) == len(objects) for one in told.values())
    return told


def refused_objects(objects: Sequence[Object]) -> list[str]:
    """Return why the API server of any version refuses objects, built-in or custom ones, or does not know them."""
    found: dict[str, list[str]] = {}
    for version, told in (_answers(objects) if objects else {}).items():
        for one in told:
            for fault in [*one.errors, *(["unknown"] if one.verdict == "unknown" else [])]:
                found.setdefault(f"{one.object_kind}: {fault}", []).append(version)
    return [fault if len(found[fault]) >= len(PROGRAMS) else f"{fault} (in {found[fault]})" for fault in found]


def schema_faults(objects: Sequence[Object]) -> list[str]:
    """Return what the strict schemas of the newest versions of Kubernetes refuse of the built-in objects."""
    return [
        f"{one['kind']} in {version}: {fault.message} at {list(fault.instance_path)}"
        for one in objects
        for version in VERSIONS
        if (schema := compiled.kubernetes(one["apiVersion"], one["kind"], version)) is not None
        for fault in schema.errors(one)
    ]


def refused_pods(objects: Sequence[Object], level: str) -> list[str]:
    """Return the checks of a level of the Pod Security Standards that the pods of Deployments fail."""
    if level not in _LEVELS:
        return []
    pods = [
        {"apiVersion": "v1", "kind": "Pod", **one["spec"]["template"], "metadata": {"name": "x"} | _metadata(one)}
        for one in objects
        if one["kind"] == "Deployment"
    ]
    told = _answers(pods, pod_security="latest").values()
    return sorted({f"Pod Security {level}: {one}" for every in told for each in every for one in each.failed[level]})


def _metadata(one: Object) -> dict[str, Any]:
    return dict(one["spec"]["template"].get("metadata", {}))


def rule_findings(unit: BuiltUnit) -> list[str]:
    """Return what scaffold's own rules find in the files of a unit, but for infos."""
    tree = {path[1:] if path.startswith("/") else f"{_UNIT}/{path}": text for path, text in unit.tree.items()}
    known = {*tree, *(one[:end] for one in tree for end in range(len(one)) if one[end] == "/")}  # folders too
    read = (recognise(one, text, known.__contains__).file for one, text in sorted(tree.items()))
    files = [one for one in read if one is not None]
    found = check(files, Scope(tuple(files), exists=known.__contains__, read=tree.get))
    return [f"{one.rule}: {one.message} at {one.path}" for one in found if one.severity != "info"]


def kustomized(unit: BuiltUnit) -> Iterator[Build]:
    """Yield what ``kubectl kustomize`` makes of the base and of each overlay."""
    with TemporaryDirectory() as folder:
        for path, text in unit.tree.items():
            place = Path(folder) / path.removeprefix("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        for path in sorted(unit.tree):
            if path.startswith("deploy/") and path.endswith("/kustomization.yaml"):
                where = path.rpartition("/")[0]
                done = subprocess.run(
                    ["kubectl", "kustomize", where], cwd=folder, capture_output=True, text=True, timeout=60
                )
                is_fine = done.returncode == 0 and "warning" not in done.stderr.lower()
                made = tuple(yaml.safe_load_all(done.stdout)) if is_fine else ()
                yield Build(where, made, "" if is_fine else done.stderr)


def unit_faults(unit: BuiltUnit, builds: Sequence[Build] = ()) -> Iterator[str]:
    """Yield all that is wrong with the files of a unit, and with what kustomize made of them."""
    level, objects = str(unit.values["pod_security"]), unit.objects()
    yield from refused_objects(objects)
    yield from schema_faults(objects)
    yield from refused_pods(objects, level)
    yield from rule_findings(unit)
    for one in builds:
        if one.failure:
            yield f"kustomize: {one.failure}"
        elif "/overlays/" not in one.where:
            if _ordered(one.objects) != _ordered(objects):
                yield f"kustomize: {one.where} has other objects than the files"
        else:
            faults = (*refused_objects(one.objects), *schema_faults(one.objects), *refused_pods(one.objects, level))
            yield from (f"overlay: {fault}" for fault in faults)


def _ordered(objects: Sequence[Object]) -> list[Object]:
    return sorted(objects, key=lambda one: (one["kind"], one["metadata"]["name"]))
