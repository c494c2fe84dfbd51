"""Two changes that are each valid are a valid object together, or a conflict: all pairs of a table of edits.

SCAFFOLD_VALID_PAIRS takes each so-many-th pair, 1 all of them; ``python -m tests.merge.valid_pairs`` shows what it finds.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import pytest

from generator.merge import Merged, Settle, merge

from ..objects import text as written
from ..objects.atomic import laid_over, tables
from ..support.apiserver import faults
from . import valid_pairs
from .valid_pairs import Pair

EVERY = int(os.environ.get("SCAFFOLD_VALID_PAIRS", "97"))


@dataclass(frozen=True)
class Row:
    """Two edits of an object of the table, what conflicts, and one of theirs that fits in place of theirs."""

    table: str
    ours: str
    theirs: str
    fields: tuple[str, ...]
    fits: str

    def __str__(self) -> str:
        return f"{self.table}: {self.ours}, {self.theirs}".replace(" ", "-")


APP = "spec.template.spec.containers[name=app]"
ROWS = [
    Row("HorizontalPodAutoscaler", "min up", "max down", ("spec.minReplicas",), "max up"),
    Row("Deployment, its pods", "requests up", "limits down", (f"{APP}.resources.requests.cpu",), "memory limit down"),
    Row("Deployment, its pods", "no host users", "host network", ("spec.template.spec.hostUsers",), "dns default"),
    Row("Deployment, its pods", "host port", "host network", (f"{APP}.ports[name=http].hostPort",), "no host users"),
    Row("Deployment, its pods", "privileged", "no escalation", (f"{APP}.securityContext.privileged",), "drop all"),
    Row("Deployment, its pods", "windows", "run as user", ("spec.template.spec.os",), "windows options"),
    Row("Deployment, its pods", "another container", "init container", ("spec.template.spec.containers[name=agent]",), "sidecar"),
    Row("Deployment, its pods", "mount claim", "no claim", (f"{APP}.volumeMounts[mountPath=/claim]",), "no config"),
    Row("Job", "failure policy", "terminating", ("spec.podFailurePolicy",), "failed alone"),
    Row("Job", "failure of side", "no side", ("spec.podFailurePolicy",), "image"),
    Row("Service", "headless", "node port type", ("spec.clusterIP",), "not ready"),
    Row("Service", "local traffic", "headless", ("spec.type",), "selector"),
    Row("NetworkPolicy, a range", "port up", "end down", ("spec.ingress[0].ports[port=8080,protocol=TCP].port",), "selector"),
    Row("LimitRange", "request up", "default down", ("spec.limits[0].defaultRequest.cpu",), "pod"),
    Row("ResourceQuota", "best effort", "services", ("spec.scopes",), "pods"),
]  # fmt: skip


def merged(row: Row, theirs: str, settle: Settle | None = None) -> Merged:
    sides = valid_pairs.sides(Pair(row.table, row.ours, theirs, undone=False))
    return merge(*map(written.text, sides), "file.yaml", settle)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_does_not_fit_together_is_one_conflict(row: Row) -> None:
    found = merged(row, row.theirs).conflicts
    assert tuple(one.field for one in found) == row.fields
    assert all(one.reason for one in found)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_fits_together_is_no_conflict(row: Row) -> None:
    assert not merged(row, row.fits).conflicts


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_fields_of_a_conflict_are_settled_together(row: Row) -> None:
    of = valid_pairs.named()[row.table]
    ours = merged(row, row.theirs, Settle(ours=frozenset(row.fields)))
    theirs = merged(row, row.theirs, Settle(theirs=frozenset(row.fields)))
    assert not ours.conflicts + theirs.conflicts
    assert ours.text == written.text(of.made(row.ours))
    assert theirs.text == written.text(of.made(row.theirs))


def test_what_else_both_changed_is_kept_with_either_side() -> None:
    of = valid_pairs.named()["HorizontalPodAutoscaler"]
    ours, theirs = (written.text(of.made(*names)) for names in (("min up", "target"), ("max down", "slow down")))
    for settle, names in (
        (Settle(ours=frozenset({"spec.minReplicas"})), ("min up", "target", "slow down")),
        (Settle(theirs=frozenset({"spec.minReplicas"})), ("max down", "target", "slow down")),
    ):
        assert merge(written.text(of.base), ours, theirs, "a.yaml", settle).text == written.text(of.made(*names))


def test_a_side_for_each_field_is_what_the_user_says() -> None:
    row = ROWS[0]
    mixed = Settle(ours=frozenset({"spec.minReplicas"}), theirs=frozenset({"spec.maxReplicas"}))
    found = merged(row, row.theirs, mixed)
    assert not found.conflicts
    of = valid_pairs.named()[row.table]
    assert found.text == written.text(of.made(row.ours, row.theirs))


OTHERS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "a custom resource of the same kind",
        {"apiVersion": "example.org/v1", "kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 2, "maxReplicas": 5, "scaleTargetRef": {"name": "a"}}},
        {"spec": {"minReplicas": 4}},
        {"spec": {"maxReplicas": 3}},
    ),
    (
        "a patch, which has a part of an object",
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"minReadySeconds": 1, "template": {"spec": {"containers": [{"name": "a"}]}}}},
        {"spec": {"template": {"spec": {"containers": [{"name": "a", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}}}},
        {"spec": {"template": {"spec": {"hostNetwork": True, "hostUsers": False}}}},
    ),
    (
        "a list of what has no name here",
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": "{{ containers }}", "hostUsers": True}},
        {"spec": {"hostUsers": False}},
        {"spec": {"hostNetwork": True}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "base", "mine", "there"), OTHERS, ids=[one[0].replace(" ", "-") for one in OTHERS])
def test_what_is_no_whole_object_of_the_api_is_not_judged(
    _name: str, base: dict[str, Any], mine: dict[str, Any], there: dict[str, Any]
) -> None:
    texts = [written.text(one) for one in (base, laid_over(base, mine), laid_over(base, there))]
    found = merge(*texts, "a.yaml")
    assert not found.conflicts
    assert found.text == written.text(laid_over(laid_over(base, mine), there))


def test_what_both_sides_had_broken_already_is_no_conflict() -> None:
    of = valid_pairs.named()["HorizontalPodAutoscaler"]
    base = laid_over(of.base, {"spec": {"minReplicas": 9}})
    texts = [written.text(laid_over(base, {"spec": one})) for one in ({}, {"minReplicas": 8}, {"maxReplicas": 4})]
    assert not merge(*texts, "a.yaml").conflicts


@pytest.mark.usefixtures("server")
def test_the_edits_of_the_table_are_valid() -> None:
    found = list(tables())
    assert len(found) > 15
    assert sum(len(one.edits) for one in found) > 400
    assert {one.name: told for one in found if (told := faults(json.dumps(one.base)))} == {}
    made = {f"{one.name}: {name}": one.made(name) for one in found for name in one.edits}
    assert {name: told for name, one in made.items() if (told := faults(json.dumps(one)))} == {}


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("undone", [False, True], ids=["both-edit", "one-goes-back"])
def test_two_valid_edits_are_valid_together_or_a_conflict(undone: bool) -> None:
    found = list(valid_pairs.run(EVERY, EVERY // 2, undone=undone))
    assert [f"{one.pair}: {one.told[0]}" for one in found if one.sort == "refused"] == []
    assert len([one for one in found if one.sort == "clean"]) > len(found) * 0.9
    assert any(one.sort == "conflict" for one in found)


def autoscaler(name: str, low: int, high: int) -> str:
    target = f"  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}\n"
    head = f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\nspec:\n"
    return f"{head}  minReplicas: {low}\n  maxReplicas: {high}\n{target}"


def items(*objects: str) -> str:
    each = (f"- {one.replace(chr(10), chr(10) + '  ').rstrip(' ')}" for one in objects)
    return "apiVersion: v1\nkind: List\nitems:\n" + "".join(each)


LOW = "document[HorizontalPodAutoscaler/{}].spec.minReplicas"


def test_in_several_documents_each_is_settled_on_its_own() -> None:
    base, ours, theirs = (
        "---\n".join(autoscaler(name, *numbers) for name in ("a", "b")) for numbers in ((2, 5), (4, 5), (2, 3))
    )
    fields = [one.field for one in merge(base, ours, theirs, "f.yaml").conflicts]
    assert fields == [LOW.format("a"), LOW.format("b")]
    settle = Settle(frozenset({fields[0]}), frozenset({fields[1]}))
    assert merge(base, ours, theirs, "f.yaml", settle) == Merged(f"{autoscaler('a', 4, 5)}---\n{autoscaler('b', 2, 3)}")


def test_a_conflict_of_fields_that_fit_together_decides_no_other_document() -> None:
    def both(one: tuple[int, int], other: tuple[int, int]) -> str:
        return f"{autoscaler('a', *one)}---\n{autoscaler('b', *other)}"

    base, ours, theirs = both((2, 5), (2, 5)), both((1, 5), (4, 5)), both((3, 3), (2, 3))
    left = merge(base, ours, theirs, "f.yaml", Settle(theirs=frozenset({LOW.format("b")}))).conflicts
    assert [one.field for one in left] == [LOW.format("a")]


def test_objects_of_a_list_have_to_fit_too() -> None:
    base, ours, theirs = (
        items(autoscaler("a", 2, 5), autoscaler("b", *numbers)) for numbers in ((2, 5), (4, 5), (2, 3))
    )
    (found,) = merge(base, ours, theirs, "f.yaml").conflicts
    assert found.field == "items[kind=HorizontalPodAutoscaler,metadata.name=b].spec.minReplicas"
    for side, wanted in (("ours", ours), ("theirs", theirs)):
        assert merge(base, ours, theirs, "f.yaml", Settle(**{side: frozenset({found.field})})).text == wanted
    fits = items(autoscaler("a", 2, 5), autoscaler("b", 2, 6))
    assert not merge(base, ours, fits, "f.yaml").conflicts
