"""What K8S005 to K8S007 say is refused, before the API server's own validation: all their cases, in both directions.

Cases called ``bad-accepted-…`` are mistakes that the API server accepts.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ..support import apiserver
from ..support.real import missing
from . import broken_objects
from .test_cases import CASES, check

IDS = ("K8S005", "K8S006", "K8S007")
# What is not read as it is written: a patch, fields that a kustomization changes, placeholders; and an old version.
CHANGED = {
    "good-an-ingress-of-an-old-version.yaml",
    "good-patch-alone.yaml",
    "good-patched",
    "good-component",
    "good-placeholders.yaml",
}


def manifests(prefix: str) -> list[Path]:
    every = [one for name in IDS for one in sorted((CASES / name).glob(f"{prefix}-*")) if one.name not in CHANGED]
    return [file for one in every for file in ([one] if one.is_file() else sorted(one.rglob("deployment.yaml")))]


def of_case(file: Path) -> str:
    return file.relative_to(CASES).as_posix()


@pytest.fixture(autouse=True)
def _oracle() -> None:
    if not apiserver.PROGRAM.is_file():
        missing(apiserver.ABSENT)


@pytest.mark.parametrize("file", manifests("bad"), ids=of_case)
def test_the_api_server_refuses_each_object_of_a_bad_case(file: Path) -> None:
    wanted = "ok" if file.name.startswith("bad-accepted-") else "refused"
    told = apiserver.api_server().ask(file.read_text("utf-8"))
    assert told
    assert {one.verdict for one in told} == {wanted}, told


@pytest.mark.parametrize("file", manifests("good"), ids=of_case)
def test_the_api_server_takes_each_object_of_a_good_case(file: Path) -> None:
    assert not apiserver.faults(file.read_text("utf-8"))


@pytest.mark.parametrize("file", manifests("bad"), ids=of_case)
def test_the_server_names_no_more_fields_than_the_rules_find(file: Path) -> None:
    if file.name.startswith("bad-accepted-"):
        return
    told = sum(len(one.errors) for one in apiserver.api_server().ask(file.read_text("utf-8")))
    found = [one for one in check(file) if one.rule.startswith("K8S")]
    assert len(found) >= told, (told, found)


def test_what_the_rules_find_in_broken_objects_is_refused() -> None:
    dice = random.Random(7)  # noqa: S311
    numbers, examples = broken_objects.run(broken_objects.made(40, dice), 1_200, dice)
    assert not [(name, one.said, one.text) for name, one in examples.items() if name.startswith("untrue")]
    assert numbers["refused, found by these rules"] > 50
