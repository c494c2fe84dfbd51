"""Compose files, the spec that follows from each, and what is told.

A case is a folder of ``tests/cases/compose`` with ``compose.yaml``, ``spec.yaml``, ``notes.txt`` and optional
``arguments.txt``; ``UPDATE_CASES=1`` writes the expected texts anew.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from ..conftest import Repo
from .schema_of_compose import compose_faults

CASES = Path(__file__).parents[1] / "cases" / "compose"
NAMES = sorted(one.name for one in CASES.iterdir())
REFUSED_BY_COMPOSE = {"other-types", "refused-by-template"}  # what Compose refuses is told, too


@pytest.mark.parametrize("name", NAMES)
def test_a_compose_file_becomes_a_unit(empty: Repo, name: str) -> None:
    folder = CASES / name
    text = (folder / "compose.yaml").read_text(encoding="utf-8")
    empty.write("app/compose.yaml", text)
    arguments = folder / "arguments.txt"
    words = shlex.split(arguments.read_text(encoding="utf-8")) if arguments.exists() else []
    done = empty.ok("new-service", "--from", "app/compose.yaml", *words, "--dir", "services/made")
    notes = "".join(
        f"{line.removeprefix('note: app/')}\n" for line in done.err.splitlines() if line.startswith("note: app/")
    )
    spec = empty.read("services/made/scaffold.yaml").partition("\n")[2]
    for file, found in (("spec.yaml", spec), ("notes.txt", notes)):
        if os.environ.get("UPDATE_CASES"):
            (folder / file).write_text(found, encoding="utf-8")
        assert found == (folder / file).read_text(encoding="utf-8")
    assert "clean" in empty.ok("diff").out
    assert "0 files changed" in empty.ok("regenerate").out
    checked = empty.ok("validate").out
    assert "0 errors, 0 warnings" in checked, checked


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_valid(name: str) -> None:
    faults = compose_faults((CASES / name / "compose.yaml").read_text(encoding="utf-8"))
    assert bool(faults) is (name in REFUSED_BY_COMPOSE), faults
