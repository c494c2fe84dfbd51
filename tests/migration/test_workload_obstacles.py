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
