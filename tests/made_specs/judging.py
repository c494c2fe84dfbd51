"""What Kubernetes' own code, its schemas, kustomize and scaffold's rules say of the files of a spec."""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from generator.rules import Scope, check, recognise
from generator.rules.readers import compiled

from ..support.apiserver import PROGRAM, ApiServer
from ..support.customresources import CRDS
from .building import BuiltUnit

Object = Mapping[str, Any]
VERSIONS = compiled.kubernetes_versions()[-3:]
_LEVELS = {"restricted": "restricted", "baseline": "baseline"}
_UNIT = "services/shop"


@cache
def _server() -> ApiServer:
    made = ApiServer(PROGRAM, crds=[CRDS])
    atexit.register(made.close)
    return made


def refused_objects(objects: Sequence[Object]) -> list[str]:
    """Return why the API server refuses objects, built-in or custom ones; unknown kinds are refused too."""
    told = _server().ask("\n---\n".join(map(json.dumps, objects))) if objects else []
    assert len(told) == len(objects)
    found = [f"{one.object_kind}: {fault}" for one in told for fault in one.errors]
    return found + [f"{one.object_kind}: unknown" for one in told if one.verdict == "unknown"]


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
    told = _server().ask("\n---\n".join(map(json.dumps, pods)), pod_security="latest")
    assert len(told) == len(pods)
    return [f"Pod Security {level}: {one}" for each in told for one in each.failed[level]]


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


def kustomized(unit: BuiltUnit) -> Iterator[tuple[str, list[Object]]]:
    """Yield what ``kubectl kustomize`` makes of the base and each overlay, by folder. Raises AssertionError."""
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
                assert done.returncode == 0, f"kustomize: {done.stderr}"
                assert "warning" not in done.stderr.lower(), f"kustomize: {done.stderr}"
                yield where, list(yaml.safe_load_all(done.stdout))


def unit_faults(unit: BuiltUnit, *, builds: bool = False) -> Iterator[str]:
    """Yield all that is wrong with the files of a unit; with ``builds`` of what kustomize makes of them too."""
    level, objects = str(unit.values["pod_security"]), unit.objects()
    yield from refused_objects(objects)
    yield from schema_faults(objects)
    yield from refused_pods(objects, level)
    yield from rule_findings(unit)
    if builds:
        yield from _build_faults(unit, objects, level)


def _build_faults(unit: BuiltUnit, objects: Sequence[Object], level: str) -> Iterator[str]:
    try:
        for where, made in kustomized(unit):
            if "/overlays/" not in where:
                if _ordered(made) != _ordered(objects):
                    yield f"kustomize: {where} has other objects than the files"
                continue
            for fault in (*refused_objects(made), *schema_faults(made), *refused_pods(made, level)):
                yield f"overlay: {fault}"
    except AssertionError as error:
        yield str(error)


def _ordered(objects: Sequence[Object]) -> list[Object]:
    return sorted(objects, key=lambda one: (one["kind"], one["metadata"]["name"]))
