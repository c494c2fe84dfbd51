"""A clean merge of valid objects is valid: the API server's own code says so, of the cases and of random objects.

SCAFFOLD_VALID_MERGES makes more merges than the few here, SCAFFOLD_VALID_SEED others;
``python -m tests.merge.valid_merges`` shows what it finds.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
import yaml

from ..objects.edits import EDITS
from ..objects.kinds import KINDS
from ..support.apiserver import ApiServer, faults
from . import valid_merges
from .test_cases import NAMES, read

COUNT = int(os.environ.get("SCAFFOLD_VALID_MERGES", "300"))
SEED = os.environ.get("SCAFFOLD_VALID_SEED", "1")
PARTS = 4

# Cases of cases/merge whose clean merge the server refuses though it takes their three sides, and why that is right.
# What a merge field by field makes of objects that the server takes, and it would refuse: a seed that shows each.
PREVENTED = {
    "two handlers of a probe or a hook": "1 14569",
    "two sources of a volume": "1 2006",
    "two sources of a projected volume": "1 7898",
    "two sources of valueFrom": "1 13631",
    "value and valueFrom": "1 11510",
    "minAvailable and maxUnavailable": "1 4925",
    "two sorts of a backend": "1 10755",
    "name and number of a port": "1 47",
    "two sorts of a peer": "1 5057",
    "subPath and subPathExpr": "1 1561",
    "a key of data and of binaryData": "1 10241",
    "the fields of another type of service": "1 9225",
    "podFailurePolicy and another restartPolicy": "1 12398",
    "a probe of an init container that ends": "1 8401",
    "a mount whose volume is gone": "1 10074",
    "a list that is empty now": "1 2025",
    "a port of a service twice": "1 5729",
    "a webhook twice": "1 14701",
}

CASES: dict[str, str] = {}


def completed(text: str) -> str:
    """Return objects with what the cases leave out, as JSON. Raises YAMLError where PyYAML cannot read them."""
    found = [one for one in yaml.safe_load_all(text) if one is not None]
    return "\n---\n".join(json.dumps(complete(one) if isinstance(one, dict) else one) for one in found)


def complete(top: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the server requires of an object; nothing that is there is changed."""
    if not {"apiVersion", "kind"} <= top.keys():
        return top
    top["metadata"] = {"name": "web", **(top.get("metadata") or {})}
    spec = top.get("spec")
    if not isinstance(spec, dict):
        return top
    if top["kind"] == "Service":
        spec.setdefault("ports", [{"port": 80}])
    elif top["kind"] == "HorizontalPodAutoscaler":
        spec.setdefault("maxReplicas", 9)
        spec.setdefault("scaleTargetRef", {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})
    elif top["kind"] in {"Deployment", "StatefulSet", "DaemonSet"}:
        _complete_workload(spec)
    return top


def _complete_workload(spec: dict[str, Any]) -> None:
    template = spec.setdefault("template", {})
    metadata = template.setdefault("metadata", {})
    selector = spec.setdefault("selector", {"matchLabels": metadata.get("labels") or {"app": "web"}})
    metadata.setdefault("labels", dict(selector.get("matchLabels", {})))
    pod = template.setdefault("spec", {})
    for one in [*pod.setdefault("containers", [{}]), *pod.get("initContainers", [])]:
        one |= {"name": one.get("name", "app"), "image": one.get("image", "web:1")}


def valid_cases() -> list[tuple[str, str]]:
    """Return the cases whose sides the server takes, completed, each with its result."""
    found = []
    for name in NAMES:
        case = read(name)
        if case.expected is None or not case.path.endswith(".yaml"):
            continue
        try:
            sides = [completed(text) for text in (case.base, case.ours, case.theirs) if text is not None]
            expected = completed(case.expected)
        except (yaml.YAMLError, ValueError):  # YAML that the package reads and PyYAML does not
            continue
        if not any(map(faults, sides)):
            found.append((name, expected))
    return found


def test_the_clean_merge_of_a_case_of_valid_objects_is_valid(server: ApiServer) -> None:
    assert [one.verdict for one in server.ask(completed("kind: Service\napiVersion: v1\nspec: {}\n"))] == ["ok"]
    cases = valid_cases()
    assert len(cases) > 60
    assert {name: found for name, expected in cases if (found := faults(expected)) and name not in CASES} == {}
    assert CASES.keys() <= {name for name, expected in cases if faults(expected)}


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_clean_merge_of_valid_objects_is_valid(part: int) -> None:
    tally = valid_merges.run(COUNT // PARTS, f"{SEED}.{part}")
    assert tally.count == COUNT // PARTS
    # What is made is mostly valid, mostly merges, and is now and then a conflict: else nothing is judged.
    assert tally.invalid < tally.count
    assert tally.clean > tally.conflicts / 2 > 0
    refused = tally.sorts()
    assert not refused, "\n\n".join(valid_merges.told(found[0]) for found in refused.values())


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("sort", PREVENTED)
def test_what_the_server_refuses_is_a_conflict(sort: str) -> None:
    tally, made = valid_merges.Tally(), valid_merges.triple(PREVENTED[sort])
    assert made is not None
    valid_merges.judge(made, tally)
    assert tally.count, "the seed makes no valid objects any more: find another with python -m tests.merge.valid_merges"
    assert not tally.sorts()
    assert tally.conflicts


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("name", KINDS)
def test_what_is_made_of_a_kind_is_mostly_valid(name: str) -> None:
    made = [valid_merges.made_of(name, random.Random(f"{SEED} {number}")) for number in range(30)]  # noqa: S311
    assert len([one for one in made if not faults(json.dumps(one))]) > 15


def test_every_edit_finds_a_place() -> None:
    made = [one for number in range(600) if (one := valid_merges.triple(f"edits {number}"))]
    assert {name for one in made for side in one.edits for name in side} == EDITS.keys()
