"""Custom resources that this repository generates, ships and shows are accepted by the current CRDs of their projects.

``schemas/custom-resources.schema.json``, by which users' files are checked, says the same as these CRDs.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, rules
from generator.rules.readers import compiled

from ..support.customresources import Resource, custom_faults, custom_resources, custom_verdicts, definitions
from . import custom_schemas

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
OURS = json.loads(assets.schema_text("custom-resources"))["$defs"]

# An object of each kind with most of the fields that people set.
SAMPLES = yaml.safe_load((Path(__file__).parent / "custom_resources.yaml").read_text("utf-8"))

# What is wrong, and what the server says of it: object, path, value (None removes the key).
REFUSED: dict[str, tuple[str, str, Any, str]] = {
    "unknown field": ("ImageRepository", "spec.intervall", "5m", 'unknown field "spec.intervall"'),
    "unknown field of a part": ("ImagePolicy", "spec.policy.calver", {}, 'unknown field "spec.policy.calver"'),
    "wrong enum": ("ImagePolicy", "spec.digestReflectionPolicy", "Sometimes", "Unsupported value"),
    "missing": ("ImagePolicy", "spec.imageRepositoryRef", None, "spec.imageRepositoryRef: Required value"),
    "rule of CEL": ("ImagePolicy", "spec.interval", "1m", "interval"),
    "no duration": ("ImageRepository", "spec.interval", "soon", "spec.interval: Invalid value"),
    "other kind of source": ("ImageUpdateAutomation", "spec.sourceRef.kind", "Bucket", "Unsupported value"),
    "unknown type of provider": ("Provider", "spec.type", "carrier-pigeon", "Unsupported value"),
    "unknown event source": ("Alert", "spec.eventSources.0.kind", "Deployment", "Unsupported value"),
    "no images and no annotations": ("ImageUpdater", "spec.applicationRefs.0.images", None, "images"),
    "unknown canary provider": ("Canary", "spec.provider", "istioo", "Unsupported value"),
    "weights and iterations": ("Canary", "spec.analysis.iterations", 3, "spec.analysis"),
    "no port": ("Canary", "spec.service.port", None, "spec.service.port: Required value"),
    "no query": ("MetricTemplate", "spec.query", None, "spec.query: Required value"),
    "unknown alert provider": ("AlertProvider", "spec.type", "teams", "Unsupported value"),
}
KINDS = sorted(OURS)
# Mutations of each kind.
COUNT = 1000
# Rules of CEL, which a JSON Schema does not have: the server refuses, our schema accepts.
GAPS = (
    "Exactly one of helm, kustomize, or plugin must be specified",
    "Either useAnnotations must be true, or images must be provided",
)


def yaml_texts() -> Iterator[tuple[str, str]]:
    """Yield the YAML that is generated in a case, shown in the docs, or the good example of a rule."""
    for path in sorted((CASES / "render").rglob("expected/**/*")):
        if path.is_file() and path.suffix in {".yaml", ".yml"}:
            yield path.relative_to(CASES).as_posix(), path.read_text("utf-8")
    for path in sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]):
        for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.S)):
            if "toolkit.fluxcd.io/" in text or "flagger.app/" in text or "argoproj.io/" in text:
                yield f"{path.relative_to(ROOT)}:{number}", text
    for rule in rules.all_rules():
        if {"kubernetes"} & set(rule.families):
            yield rule.id, rule.good


def put(one: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of an object with a value at a path, or without it where the value is None."""
    changed: Any = copy.deepcopy(one)
    at = changed
    *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
    for step in steps:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    done: dict[str, Any] = changed
    return done


def sample(name: str) -> dict[str, Any]:
    """Return the sample of a kind."""
    (found,) = (one for one in SAMPLES if one["kind"] == name)
    return dict(found)


def ours(one: Resource) -> list[str]:
    """Return the places at which our schema refuses an object, such as ``API/KIND.spec.image``."""
    name = one["apiVersion"], one["kind"]
    known = compiled.custom(*name)
    assert known is not None
    return [
        ".".join(["/".join(name), *map(str, fault.instance_path)])
        for fault in known.errors(known.without_nulls(copy.deepcopy(one)))
    ]


def mutated(one: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return an object with one thing changed below its spec."""
    changed = copy.deepcopy(one)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(changed["spec"])
    node, key = rng.choice(places)
    what = rng.choice(
        ["remove", "unknown", "text", "number", "boolean", "list", "map", "empty", "negative", "float", "null"]
    )
    values = {
        "text": "zzz", "number": 7, "boolean": True, "list": ["a"], "map": {"a": "b"},
        "empty": type(node[key])(), "negative": -1, "float": 0.5, "null": None,
    }  # fmt: skip
    if what == "remove":
        del node[key]
    elif what == "unknown" and isinstance(node, dict):
        node["zzz"] = "a"
    else:
        node[key] = values.get(what, "zzz")
    return changed


@pytest.mark.usefixtures("crds")
def test_the_crds_define_what_is_judged_by_them() -> None:
    wanted = {tuple(one.rsplit("/", 1)) for one in OURS}
    assert wanted <= set(definitions())
    assert {(one["apiVersion"], one["kind"]) for one in SAMPLES} == wanted


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one["kind"])
def test_the_samples_are_accepted(one: Resource) -> None:
    assert custom_faults([one]) == []
    assert ours(one) == []


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("name", REFUSED)
def test_what_a_crd_refuses_is_refused(name: str) -> None:
    sort, path, value, reason = REFUSED[name]
    found = custom_faults([put(sample(sort), path, value)])
    assert any(reason in one for one in found), found


@pytest.mark.usefixtures("crds")
def test_a_kind_that_no_crd_defines_is_refused() -> None:
    assert custom_faults([sample("Canary") | {"apiVersion": "flagger.app/v1alpha3"}]) == [
        "Canary web: no CRD defines flagger.app/v1alpha3 Canary"
    ]


@pytest.mark.usefixtures("crds")
def test_everything_generated_and_shown_is_accepted() -> None:
    found = {where: list(custom_resources(text)) for where, text in yaml_texts()}
    counts = Counter(where.partition("/")[0].partition(":")[0] for where, objects in found.items() for _ in objects)
    assert sum(counts.values()) >= 11
    assert {where: faults for where, objects in found.items() if (faults := custom_faults(objects))} == {}


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("sort", KINDS)
def test_our_schema_says_the_same_as_the_crd(sort: str) -> None:
    rng = random.Random(f"{sort} 1")  # noqa: S311
    base = sample(sort.rsplit("/", 1)[1])
    every = [mutated(base, rng) for _ in range(COUNT)]
    verdicts = list(zip(every, custom_verdicts(every), strict=True))
    alarms = [where for one, faults in verdicts if not faults for where in ours(one)]
    missed = [faults[0] for one, faults in verdicts if faults and not ours(one)]
    assert COUNT / 2 < sum(bool(faults) for _, faults in verdicts) < COUNT
    assert [where for where in alarms if where not in custom_schemas.STRICTER] == []
    assert [one for one in missed if not any(gap in one for gap in GAPS)] == []


@pytest.mark.usefixtures("crds")
def test_our_schema_is_made_from_the_current_crds() -> None:
    assert custom_schemas.schemas() == json.loads(custom_schemas.PATH.read_text("utf-8")), (
        "run python -m tests.project.custom_schemas"
    )


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize(
    "value", [None, True, 5, 1.5, "text", [], {}, [None], {"a": None}, {"a": 5}, {"a": True}, ["x"]]
)
@pytest.mark.parametrize(
    "name", ["name", "namespace", "labels", "annotations", "generation", "resourceVersion", "label"]
)
def test_our_schema_says_the_same_of_metadata_as_the_api_server(name: str, value: Any) -> None:
    one = copy.deepcopy(sample("ImageRepository"))
    one["metadata"] = {"name": "shop", "namespace": "shop"} | {name: value}
    (faults,) = custom_verdicts([one])
    assert bool(ours(one)) == bool(faults), [ours(one), faults]
