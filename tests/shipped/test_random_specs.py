"""Random plausible specs: every key is made, few are refused, and Kubernetes accepts all that the others make.

Long runs: ``python -m tests.shipped.random_specs --count 2000 --seed 1``.
"""

from __future__ import annotations

import random
import shutil
from functools import cache

import pytest
import yaml

from generator.object_fields import fields_data

from ..made_specs import parts, pod_parts
from ..made_specs.drawing import made_paths, schema_paths, service_schema
from ..made_specs.drawn_specs import drawn_spec
from ..made_specs.judging import VERSIONS, refused_objects
from ..support.apiserver import PROGRAMS
from .random_specs import Tally, tallied

DRAWN, JUDGED, BUILT = 1500, 34, 10
# The tables that make fields of a type; those of several are looked at together.
MADE = {
    "PodSpec": {*pod_parts.POD},
    "Container": {*pod_parts.MAIN},
    "DeploymentSpec": {*parts.DEPLOYMENT},
    "ServiceSpec": {*parts.SERVICE, *(key for one in parts.SERVICE_OF_TYPE.values() for key in one)},
    "ObjectMeta": {"annotations", "labels", "finalizers"},
    "PodDisruptionBudgetSpec": {"minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"},
    "HPAScalingRules": {"policies", "selectPolicy", "stabilizationWindowSeconds", "tolerance"},
}
BATCHES = ["a", "b", "c", "random"]
IDLE = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 0
  maxReplicas: 2
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics:
    - type: Object
      object:
        describedObject: {apiVersion: v1, kind: Service, name: web}
        metric: {name: jobs}
        target: {type: Value, value: 1}
"""


@cache
def keys_made() -> frozenset[str]:
    found: set[str] = set()
    for number in range(DRAWN):
        found.update(made_paths(drawn_spec(f"keys/{number}"), service_schema()))
    return frozenset(found)


def test_every_key_of_the_schema_is_made() -> None:
    assert {one for one in schema_paths(service_schema()) if one not in keys_made()} == set()


def test_the_newest_versions_of_the_schemas_have_an_api_server() -> None:
    assert [*PROGRAMS] == [*VERSIONS]


@pytest.mark.parametrize("name", MADE)
def test_every_field_is_made_or_has_a_reason_not_to_be(name: str) -> None:
    known = {one.partition(".")[2] for one in pod_parts.NEVER if one.startswith(f"{name}.")}
    assert MADE[name] | known == set(fields_data()["$defs"][name]["properties"])
    assert MADE[name] & known == set()


@pytest.mark.usefixtures("servers")
def test_each_version_has_its_own_say() -> None:
    idle = yaml.safe_load(IDLE)
    low = "HorizontalPodAutoscaler: spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"
    assert refused_objects([idle]) == [f"{low} (in ['1.35', '1.36'])"]
    idle["spec"]["maxReplicas"] = 0  # found only by the validation that is generated from the API's types
    assert "HorizontalPodAutoscaler: spec.maxReplicas: Required value (in ['1.37'])" in refused_objects([idle])


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("seed", BATCHES)
def test_all_that_a_spec_makes_is_valid(seed: str) -> None:
    if seed == "random":  # chosen here: the workers of a run must have the same tests
        seed = str(random.SystemRandom().randrange(10**9))
    print(f"seed {seed}")
    tally = Tally()
    for number in range(JUDGED):
        tallied(tally, f"{seed}/{number}", builds=number < BUILT and shutil.which("kubectl") is not None)
    assert tally.faults == {}
    assert tally.share < 0.4, tally.refused  # of few specs; of many it is below a fifth
    assert tally.objects > JUDGED
