"""The variables of environments, as kustomize builds them: each source once, and each after those that it refers to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.errors import Invalid

from ..made_specs.building import BuiltUnit, built_text
from ..made_specs.judging import kustomized
from ..support.real import tool

FIRST = "template: service\nname: x\nimage: a/b\ntag: v1.2.3\ne2e: false\n"
_REFERENCE = re.compile(r"\$\$|\$\(([A-Z]+)\)")


def built(spec: str) -> BuiltUnit:
    return built_text(FIRST + spec)


def variables(unit: BuiltUnit) -> dict[str, list[dict[str, Any]]]:
    """Return the variables of the main container by the folder that is built."""
    tool("kubectl")
    return {
        made.where.rpartition("/")[2]: container.get("env", [])
        for made in kustomized(unit)
        for one in made.objects
        if one["kind"] == "Deployment"
        for container in one["spec"]["template"]["spec"]["containers"]
    }


def expanded(found: list[dict[str, Any]]) -> dict[str, str]:
    """Return variables as the kubelet expands them: in their order, with those before."""
    known: dict[str, str] = {}
    for one in found:
        text = str(one.get("value", one.get("valueFrom")))
        known[one["name"]] = _REFERENCE.sub(lambda m: known.get(m[1], m[0]) if m[1] else "$", text)
    return known


def test_a_variable_is_after_those_that_it_refers_to() -> None:
    unit = built("""env: {ADDRESS: "$(HOST):$(PORT)", HOST: "$(ZONE).x", PORT: "80", ZONE: a, TEXT: "$$(HOST)"}
environments: {dev: {env: {ALL: "http://$(ADDRESS)", PORT: "81"}}, prod: {env: {ZONE: b}}, same: {}}
""")
    made = {where: expanded(found) for where, found in variables(unit).items()}
    assert {where: one["ADDRESS"] for where, one in made.items()} == {
        "base": "a.x:80", "dev": "a.x:81", "prod": "b.x:80", "same": "a.x:80",
    }  # fmt: skip
    assert made["dev"]["ALL"] == "http://a.x:81"
    assert made["base"]["TEXT"] == "$(HOST)"


def test_variables_in_a_circle_are_all_there() -> None:
    made = variables(built('env: {A: "$(B)", B: "$(C)", C: "$(A)", D: "$(D)"}\n'))["deploy"]
    assert sorted(one["name"] for one in made) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ("{configMapKeyRef: {name: q, key: z}}", {"configMapKeyRef": {"name": "q", "key": "z"}}),
        ("{secretKeyRef: {key: z}}", {"secretKeyRef": {"name": "a", "key": "z", "optional": True}}),
        ("{secretKeyRef: {optional: null}}", {"secretKeyRef": {"name": "a", "key": "b"}}),
        ("{secretKeyRef: null, configMapKeyRef: {name: q, key: z}}", {"configMapKeyRef": {"name": "q", "key": "z"}}),
    ],
)
def test_a_variable_of_an_environment_has_one_source(here: str, expected: object) -> None:
    unit = built(f"""env: {{A: {{secretKeyRef: {{name: a, key: b, optional: true}}}}}}
environments: {{dev: {{env: {{A: {here}}}}}}}
""")
    assert variables(unit)["dev"] == [{"name": "A", "valueFrom": expected}]


def test_a_request_of_an_environment_is_compared_with_the_limit_of_the_container() -> None:
    limits = "container: {resources: {limits: {cpu: 100m}}}\n"
    with pytest.raises(Invalid) as raised:
        built(f"{limits}environments:\n  dev: {{resources: {{requests: {{cpu: 200m}}}}}}\n")
    assert [(one.message, one.line) for one in raised.value.problems] == [
        ("the cpu request 200m is above the limit 100m", 8)
    ]
    built(f"{limits}environments: {{dev: {{resources: {{requests: {{cpu: 200m}}, limits: {{cpu: 200m}}}}}}}}\n")
