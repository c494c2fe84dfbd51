"""Workloads that stay for what is around them, and beside each the same without it, which is migrated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from .test_flux_manifests import CASES, PATH, migrated, sides

WEB = sides(CASES["the demo of the blog, with a version"])[0]
ITEM = "".join(f"  {line}" for line in WEB.split("\n", 1)[1].splitlines(keepends=True))
LISTED = f"items:\n-{ITEM[1:]}"
BARE = WEB.replace("        ports: [{containerPort: 80}]\n", "")
FLOW = WEB.replace("- name: web", "- {name: web,").replace("ports: [{containerPort: 80}]", "}")
PINNED = WEB.replace("semver:~1.2", "glob:1.2.3")
# The text of a file, and why its workload stays; "" if it is migrated.
FILES = {
    "a directive": (f"%YAML 1.2\n---\n{WEB}", "begins with a directive"),
    "a directive, and nothing moves": (f"%YAML 1.2\n---\n{PINNED}", ""),
    "a list behind it": (f"{WEB}---\n- a\n", "not a map"),
    "an empty document behind it": (f"{WEB}---\n", ""),
    "a List": (f"apiVersion: v1\nkind: List\n{LISTED}", "is a List"),
    "a DeploymentList": (f"apiVersion: apps/v1\nkind: DeploymentList\n{LISTED}", ""),
    "JSON": (json.dumps(yaml.safe_load(BARE), indent=2), "flow style, like JSON"),
    "a container in flow style": (FLOW, "is in flow style"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_flux_does_not_update_are_left(name: str, tmp_path: Path) -> None:
    text, why = FILES[name]
    found = migrated(tmp_path, {PATH: text})
    assert found.migrated == (not why), found.left
    assert bool(found.edits) == (not why)
    assert [why in one.message for one in found.left] == ([True] if why else []), found.left


LIST = "deploy/kustomization.yaml"
LISTING = "resources: [web.yaml]\n"
OVER = "prod/kustomization.yaml"
OVERLAY = "resources: [../deploy]\n"
WHO = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
LOCK = f'{WHO}  annotations:\n    fluxcd.io/locked: "true"\n'
PODS = f"{WHO}spec:\n  template:\n    spec:\n      containers:\n      - name: {{}}\n        image: web:2\n"
REPLICAS = f"{WHO}spec:\n  replicas: 3\n"
OPERATION = "- op: replace\n  path: /spec/template/spec/containers/0/{}\n  value: web:2\n"
ANNOTATION = '- {op: add, path: /metadata/annotations/fluxcd.io~1locked, value: "true"}\n'
FLUX = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec:\n  path: ./deploy\n"


def block(key: str, text: str, more: str = "") -> str:
    """Return a list with a text of a patch, as an item of its own or with the fields ``more``."""
    head = f"- {more}\n  patch: |\n" if more else "- |\n"
    return f"{key}:\n{head}" + "".join(f"    {line}" for line in text.splitlines(keepends=True))


# The other files, and why the workload stays; "" if it is migrated.
PATCHES = {
    "a lock": (
        {OVER: f"{OVERLAY}patches: [{{path: a.yaml}}]\n", "prod/a.yaml": LOCK},
        "prod/a.yaml patches fluxcd.io/locked",
    ),
    "a lock by a former field": (
        {OVER: f"{OVERLAY}patchesStrategicMerge: [a.yaml]\n", "prod/a.yaml": LOCK},
        "patches fluxcd.io/lo",
    ),
    "a lock within the kustomization": (
        {OVER: OVERLAY + block("patchesStrategicMerge", LOCK)},
        f"{OVER} patches fluxcd.io/lo",
    ),
    "a lock by an operation": (
        {OVER: OVERLAY + block("patches", ANNOTATION, "target: {kind: Deployment, name: w.*}")},
        "patches fluxcd.io/locked",
    ),
    "a lock of others": ({OVER: OVERLAY + block("patches", ANNOTATION, "target: {kind: Deployment, name: w}")}, ""),
    "a lock of everything": (
        {OVER: OVERLAY + block("patches", LOCK, "target: {name: .*}")},
        "patches fluxcd.io/locked",
    ),
    "a lock where others are built": (
        {OVER: "resources: [x.yaml]\npatches: [{path: a.yaml}]\n", "prod/a.yaml": LOCK},
        "",
    ),
    "an image": (
        {LIST: LISTING + block("patches", PODS.format("web"), "options: {}")},
        "patches the image of the container web",
    ),
    "an image of another container": ({LIST: LISTING + block("patches", PODS.format("proxy"), "options: {}")}, ""),
    "an image of another workload": (
        {
            LIST: LISTING
            + block("patches", PODS.format("web").replace("name: web\nspec", "name: api\nspec"), "options: {}")
        },
        "",
    ),
    "an image by an operation": (
        {
            LIST: LISTING + "patchesJson6902: [{target: {kind: Deployment, name: web}, path: a.yaml}]\n",
            "deploy/a.yaml": OPERATION.format("image"),
        },
        "deploy/a.yaml patches the image",
    ),
    "another operation": (
        {
            LIST: LISTING + "patchesJson6902: [{target: {kind: Deployment, name: web}, path: a.yaml}]\n",
            "deploy/a.yaml": OPERATION.format("name"),
        },
        "",
    ),
    "replicas": ({LIST: LISTING + block("patches", REPLICAS, "options: {}")}, ""),
    "a renamed workload": (
        {
            "mid/kustomization.yaml": f"namePrefix: a-\n{OVERLAY}",
            OVER: "resources: [../mid]\n" + block("patches", LOCK.replace("name: web", "name: a-web"), "options: {}"),
        },
        "patches fluxcd.io/locked",
    ),
    "Flux patches an image": (
        {
            "f.yaml": FLUX
            + block("patches", PODS.format("web"), "target: {}").replace("\n", "\n  ").replace("pa", "  pa", 1)
        },
        "f.yaml patches the image",
    ),
    "a patch that is not YAML": ({LIST: LISTING + "patches: [{path: a.yaml}]\n", "deploy/a.yaml": "\t- :"}, ""),
    "a patch that does not exist": ({LIST: LISTING + "patches: [{path: ../../a.yaml}, {path: no.yaml}]\n"}, ""),
}


@pytest.mark.parametrize("name", PATCHES)
def test_what_a_patch_overrides_is_left(name: str, tmp_path: Path) -> None:
    files, why = PATCHES[name]
    found = migrated(tmp_path, {PATH: WEB, **files})
    mine = [one for one in found.left if one.path == PATH]
    assert found.migrated == (not why), found.left
    assert [why in one.message for one in mine] == ([True] if why else []), found.left
