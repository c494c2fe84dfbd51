"""A null in each place of Kubernetes' own objects: SCH001 finds no error in what the API server's code takes."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator import rules

from ..objects.kinds import KINDS
from ..support.apiserver import ABSENT, PROGRAM, api_server

MORE = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: web, labels: {team: a}}
spec: {hard: {pods: 1}, scopes: [BestEffort]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: web}
spec: {limits: [{type: Container, default: {cpu: 1}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80, targetPort: http}], selector: {app: web}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: webs.example.org}
spec:
  group: example.org
  names: {kind: Web, plural: webs}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""


def samples() -> list[pytest.param]:  # type: ignore[valid-type]
    made = [make(random.Random(seed)) for seed in range(2) for _, make in KINDS.values()]  # noqa: S311
    every = [*made, *yaml.safe_load_all(MORE)]
    return [pytest.param(one, id=f"{one['kind']}-{number}") for number, one in enumerate(every)]


def nulled(data: Any, whole: Any) -> Iterator[Any]:
    """Yield copies of an object, each with a null in another place below ``data``."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        if data is not whole or key not in {"apiVersion", "kind"}:
            data[key] = None
            yield copy.deepcopy(whole)
            data[key] = value
            if isinstance(value, dict | list):
                yield from nulled(value, whole)


def sch001(text: str) -> list[str]:
    file = rules.recognise("a.yaml", text).file
    assert file is not None
    return [str(one) for one in rules.check([file], rules.Scope((file,))) if one.rule == "SCH001"]


@pytest.mark.skipif(not PROGRAM.is_file(), reason=ABSENT)
@pytest.mark.parametrize("sample", samples())
def test_a_null_that_the_api_server_takes_is_no_error(sample: dict[str, Any]) -> None:
    if api_server().ask(yaml.safe_dump(sample))[0].verdict != "ok":
        pytest.skip("the sample is refused anyway")
    for one in nulled(sample, sample):
        text = yaml.safe_dump(one)
        if found := sch001(text):
            assert api_server().ask(text)[0].verdict == "refused", "\n".join([text, *found])
