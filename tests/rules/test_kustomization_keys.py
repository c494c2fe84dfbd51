"""Keys of kustomizations in other case: readers and places, for which the rules' cases have no place."""

from __future__ import annotations

import pytest

from generator import rules
from generator.errors import Problem
from generator.rules.readers.objects import kustomization_of, kustomization_resources
from generator.yaml import get


def read(text: str) -> rules.File:
    file = rules.recognise("web/kustomization.yaml", text).file
    assert file is not None
    return file


def found(text: str) -> list[Problem]:
    file = read(text)
    return [one for one in rules.check([file], rules.Scope((file,))) if one.rule == "SCH001"]


@pytest.mark.parametrize(("text", "resources"), [
    ("resources: [a.yaml]\n", {"web/a.yaml"}),
    ("Resources: [a.yaml]\n", {"web/a.yaml"}),
    ("Bases: [../base]\nRESOURCES: [a.yaml]\n", {"base", "web/a.yaml"}),
    ("resources: [a.yaml]\nResources: [b.yaml]\n", {"web/b.yaml"}),
])  # fmt: skip
def test_resources_are_read_without_regard_to_case(text: str, resources: set[str]) -> None:
    assert kustomization_resources(read(text)) == resources
    path = "web/kustomization.yaml"
    beside = kustomization_of("web", rules.Scope((), exists=lambda one: one == path, read={path: text}.get))
    assert beside is not None
    assert kustomization_resources(beside) == resources


def test_a_fault_below_a_key_in_other_case_is_at_its_place() -> None:
    (one,) = found("Images:\n- NAME: a\n  newtag: 1.5\n")
    assert (one.line, one.column) == (3, 11)


def test_labels_and_values_of_charts_keep_their_case() -> None:
    text = "commonLabels: {Resources: a}\nhelmCharts: [{name: a, valuesInline: {Name: b, Resources: {}}}]\n"
    (document,) = read(text).documents
    assert get(document, "commonLabels", "Resources") is not None
    assert get(document, "helmCharts", 0, "valuesInline", "Name") is not None
    assert not found(text)


def test_an_image_without_a_name_changes_nothing() -> None:
    (one,) = found("images: [{newTag: b}]\n")
    assert one.severity == "warning"
