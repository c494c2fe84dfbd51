"""Random edits of a base and changes of an environment: what is written without a word builds what Kubernetes takes."""

from __future__ import annotations

import os
import random
import subprocess
from typing import Any

import pytest
import yaml

from ..conftest import Repo
from ..support.real import tool

UNIT = "services/pay"
SPEC, BASE = f"{UNIT}/scaffold.yaml", f"{UNIT}/deploy/base/deployment.yaml"
OVERLAY = f"{UNIT}/deploy/overlays/prod"
LEVEL = "{name: LEVEL, valueFrom: {secretKeyRef: {name: s, key: level}}}"
EDITS = [
    ("- name: app\n", "- name: main\n"),
    ("  name: pay\n", "  name: pay-api\n"),
    ("image: ghcr.io/e/pay:", "image: mirror.example/pay:"),
    ("              value: slow\n", "              valueFrom: {configMapKeyRef: {name: c, key: mode}}\n"),
    ("              value: slow\n", "              value: slower  # mine\n"),
    ("            - name: MODE\n", f"            - {LEVEL}\n            - name: MODE\n"),
    ("memory: 256Mi", "memory: 100Mi"),
    ("memory: 64Mi", "memory: 200Mi"),
    ("cpu: 500m", "cpu: 0.2"),
    ("cpu: 50m", "cpu: 300m # busy"),
    ("replicas: 1", "replicas: 2"),
]  # fmt: skip
OWN: list[dict[str, Any]] = [
    {},
    {"replicas": 3},
    {"env": {"MODE": "fast"}},
    {"env": {"MODE": None}},
    {"env": {"LEVEL": "info"}},
    {"resources": {"limits": {"memory": "128Mi"}}},
    {"resources": {"limits": {"memory": None}}},
    {"resources": {"requests": {"memory": "150Mi"}}},
    {"resources": {"requests": {"memory": None, "cpu": "250m"}}},
    {"resources": {"limits": {"cpu": "100m"}}},
    {"tag": "v2.0.0"},
    {"replicas": None},
]
AMOUNTS = {"Mi": 2**20, "m": 0.001}


def amount(text: object) -> float:
    found = next((unit for unit in AMOUNTS if str(text).endswith(unit)), "")
    return float(str(text).removesuffix(found)) * AMOUNTS.get(found, 1)


def faults(repo: Repo, wanted: dict[str, Any]) -> list[str]:
    """Return what is wrong with what kustomize builds of the overlay, by Kubernetes' rules, and by the spec."""
    command = [tool("kubectl"), "kustomize", OVERLAY]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr]
    (workload,) = (one for one in yaml.safe_load_all(done.stdout) if one["kind"] == "Deployment")
    tag = wanted.get("tag", "v1.2.3")
    images = [str(one.get("image")) for one in workload["spec"]["template"]["spec"]["containers"]]
    return refused(workload) + ([] if any(one.endswith(f":{tag}") for one in images) else [f"no image has {tag}"])


def refused(workload: dict[str, Any]) -> list[str]:
    """Return why Kubernetes refuses a Deployment."""
    found = []
    for one in workload["spec"]["template"]["spec"]["containers"]:
        found += [] if one.get("image") else [f"{one['name']} has no image"]
        found += [f"{each['name']} twice" for each in one.get("env") or () if {"value", "valueFrom"} <= each.keys()]
        low, high = (one.get("resources", {}).get(side) or {} for side in ("requests", "limits"))
        found += [f"{what} {low[what]}" for what in low if what in high and amount(low[what]) > amount(high[what])]
    return found


@pytest.mark.parametrize("seed", range(int(os.environ.get("OVERLAY_SEEDS", "20"))))
def test_what_is_written_without_a_word_is_right(empty: Repo, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a fixed sequence
    spec = "template: service\nname: pay\nimage: ghcr.io/e/pay\ntag: v1.2.3\nautomation: none\nenv: {MODE: slow}\n"

    def settle(own: dict[str, Any]) -> None:
        empty.write(SPEC, spec + yaml.safe_dump({"environments": {"prod": own}}))

    settle({})
    empty.ok("regenerate")
    text = empty.read(BASE)
    for old, new in dice.sample(EDITS, dice.choice((1, 1, 2))):
        text = text.replace(old, new, 1)
    if refused(yaml.safe_load(text)):
        return  # whatever the overlays are
    empty.write(BASE, text)
    for _ in range(3):
        own: dict[str, Any] = {}
        for one in dice.sample(OWN, dice.choice((1, 2))):
            own |= one
        settle(own)
        done = empty.run("regenerate")
        assert done.code in {0, 1, 2}, done.text
        if done.code == 2:
            assert "above the limit" in done.text
            continue
        if done.code == 1:
            path = f"{OVERLAY}/kustomization.yaml"
            assert f"{path}:1: " in done.text
            before = faults(empty, own)
            empty.ok("regenerate", f"--theirs={path}")
            assert faults(empty, own), f"{own}: {done.text}"
            assert before == faults(empty, own) or "; it " in done.text
        elif f"note: {OVERLAY}" not in done.text and "0 files changed" not in done.text:  # what was accepted before
            assert not faults(empty, own), f"{own}: {done.text}\n{text}"
