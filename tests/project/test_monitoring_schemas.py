"""``schemas/monitoring`` says the same of resources of Prometheus Operator as the CRDs say in the API server."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from ..support.customresources import custom_faults, custom_verdicts
from . import monitoring_schemas
from .test_custom_resources import COUNT, mutated, ours

SAMPLES = {
    f"{one['kind']} {one['apiVersion'].rpartition('/')[2]}": one
    for one in yaml.safe_load_all((Path(__file__).parent / "monitoring_resources.yaml").read_text("utf-8"))
}
# Rules of CEL, and lists whose items are told apart by some of their keys, which a JSON Schema does not have.
GAPS = (
    "Duplicate value",
    "topology can only be defined",
    "replicas cannot be set when mode is DaemonSet",
    "at most one of basicAuth, authorization, or oauth2",
    "must validate one and only one schema",
    "may not be specified when",
)
# The CRD leaves these open; the operator reads them as routes, which its own checks refuse: test_resource_rules.py.
STRICTER = ("AlertmanagerConfig.spec.route.routes",)


@pytest.mark.usefixtures("crds")
def test_the_files_are_those_of_the_current_crds() -> None:
    there = {one.name: one.read_text("utf-8") for one in monitoring_schemas.FOLDER.iterdir()}
    assert there == monitoring_schemas.monitoring_schemas(), "run python -m tests.project.monitoring_schemas"
    assert len(SAMPLES) == len(there)


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_of_the_operator_are_accepted(name: str) -> None:
    assert custom_faults([SAMPLES[name]]) == []
    assert ours(SAMPLES[name]) == []


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_schema_of_the_operator_says_the_same_as_its_crd(name: str) -> None:
    rng = random.Random(f"{name} 1")  # noqa: S311
    every = [mutated(SAMPLES[name], rng) for _ in range(COUNT)]
    verdicts = list(zip(every, custom_verdicts(every), strict=True))
    alarms = [where for one, faults in verdicts if not faults for where in ours(one)]
    missed = [faults[0] for one, faults in verdicts if faults and not ours(one)]
    assert COUNT / 4 < sum(bool(faults) for _, faults in verdicts) < COUNT
    assert [one for one in alarms if not any(part in one for part in STRICTER)] == []
    assert [one for one in missed if not any(gap in one for gap in GAPS)] == []
