"""Thirteen mistakes seeded into a right workflow, one a folder, and who catches which.

``caught-by.txt`` names every catcher: ``actionlint``, ``zizmor``, ``schema`` (the one that check-jsonschema ships) and
``scaffold ID``. Nobody else may say anything, so that the table in docs/user/validate-workflows.md stays true.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

from .test_cases import check

CASES = Path(__file__).parents[1] / "cases" / "seeded"
BIN = Path(sysconfig.get_path("scripts"))
WORKFLOW = ".github/workflows/seeded.yaml"
SEEDED = sorted(one for one in CASES.glob("workflow-*"))
ZIZMOR = (BIN / "zizmor", "--offline", "--no-config", "--persona=pedantic", "--format=json")
TABLE = Path(__file__).parents[2] / "docs" / "user" / "validate-workflows.md"


def run(*command: str | Path) -> str:
    return subprocess.run(command, cwd=CASES, capture_output=True, text=True).stdout


def names(paths: list[str]) -> set[str]:
    return {one.replace("\\", "/").removeprefix("./").split("/")[0] for one in paths}


@pytest.fixture(scope="module")
def caught() -> dict[str, set[str]]:
    """What the other tools find, by their name: the names of the cases."""
    files = [f"{one.name}/{WORKFLOW}" for one in SEEDED]
    actionlint = json.loads(run(BIN / "actionlint", "-format", "{{json .}}", *files))
    zizmor = json.loads(run(*ZIZMOR, *files))
    schema = json.loads(
        run(BIN / "check-jsonschema", "--builtin-schema=vendor.github-workflows", "--output-format=json", *files)
    )
    return {
        "actionlint": names([one["filepath"] for one in actionlint]),
        "zizmor": names(
            [part["symbolic"]["key"]["Local"]["given_path"] for one in zizmor for part in one["locations"]]
        ),
        "schema": names([one["filename"] for one in schema["errors"]]),
    }


def test_zizmor_would_say_if_it_found_something() -> None:
    found = json.loads(run(*ZIZMOR, CASES.parent / "rules/WF008/bad-unpinned/.github/workflows/a.yaml"))
    assert "unpinned-uses" in {one["ident"] for one in found}


def test_there_are_thirteen_and_a_right_one() -> None:
    assert len(SEEDED) == 14
    assert [one.name for one in SEEDED if not (one / "caught-by.txt").read_text("utf-8")] == ["workflow-right"]


@pytest.mark.parametrize("case", SEEDED, ids=lambda one: one.name)
def test_a_seeded_mistake_is_caught_by_whom_we_say(case: Path, caught: dict[str, set[str]]) -> None:
    expected = set((case / "caught-by.txt").read_text("utf-8").splitlines())
    found = {tool for tool, cases in caught.items() if case.name in cases}
    found |= {f"scaffold {one.rule}" for one in check(case)}
    assert found == expected


@pytest.mark.parametrize("case", SEEDED, ids=lambda one: one.name)
def test_the_table_in_the_docs_says_so_too(case: Path) -> None:
    catchers = (case / "caught-by.txt").read_text("utf-8").splitlines()
    if not catchers:
        return
    row = next((line for line in TABLE.read_text("utf-8").splitlines() if f"`{case.name}`" in line), "")
    assert row, f"{TABLE.name} has no row for {case.name}"
    for one in catchers:
        assert one.removeprefix("scaffold ") in row, row
