"""Globs of a repository: what they match, and that many and long ones cost little."""

from __future__ import annotations

import fnmatch
import json
import random
import re
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import globs

from ..conftest import Repo
from ..support.real import tool

_LETTERS = st.text("ab*?[]!-^/.\\\n", max_size=12)


@given(_LETTERS, _LETTERS)
def test_a_glob_matches_what_pythons_does(path: str, glob: str) -> None:
    assert globs.matches(path, glob) == fnmatch.fnmatchcase(path, glob)


@pytest.mark.parametrize(
    "glob", ["*a" * 127 + "b", "?*" * 127, "*[ab]" * 51, "*" * 255, "*" + "a" * 253 + "b", "*?" * 127]
)
def test_a_long_glob_is_matched_in_time(glob: str) -> None:
    start = time.process_time()
    for number in range(200):
        globs.matches("a" * 4000 + str(number), glob)
    assert time.process_time() - start < 2


def test_what_is_too_long_or_too_many(repo: Repo) -> None:
    assert not globs.matches("a" * 300, "*" * 256)
    fits = globs.any_of((f"*{n}" for n in range(101)), 100)
    assert fits("nothing like it"), "whatever has more globs may match"
    fits = globs.any_of(["a", "b*"], 100)
    assert [fits(one) for one in ("a", "bc", "c")] == [True, True, False]


LONG = "*a" * 60
MANY = [f"x{n}{LONG}" for n in range(2_500)]


@pytest.mark.parametrize(
    "text",
    [
        "files:\n" + "".join(f'  "{one}": once\n' for one in MANY),
        "hold:\n  service:\n" + "".join(f'    - "{one}"\n' for one in MANY),
        "rules:\n  FX001:\n" + "".join(f'    "{one}": info\n' for one in MANY),
        "rules:\n"
        + "".join(f"  FX{n:03}:\n" + "".join(f'    "{one}": info\n' for one in MANY[:300]) for n in range(1, 10)),
    ],
    ids=["files", "hold", "rules", "rules together"],
)
def test_a_config_of_too_many_globs_is_refused(repo: Repo, text: str) -> None:
    repo.write(".scaffold/config.yaml", text)
    done = repo.run("diff")
    assert done.code == 2
    assert "globs, more than 2000" in done.err


def test_a_config_of_many_globs_is_taken(repo: Repo) -> None:
    """The noop: as many as are taken, for 60 units, in time."""
    rows = "".join(f'    - "*{n}/{LONG}"\n' for n in range(2_000))
    repo.write(".scaffold/config.yaml", f"hold:\n  service:\n{rows}")
    spec = repo.read("services/payments/scaffold.yaml")
    for number in range(60):
        repo.write(f"services/s{number}/scaffold.yaml", spec.replace("payments", f"s{number}"))
    start = time.monotonic()
    assert repo.run("status").code in {0, 1}
    assert time.monotonic() - start < 60


def test_go_refuses_the_globs_that_alertmanager_does(tmp_path: Path) -> None:
    dice = random.Random(3)  # noqa: S311
    every = ["".join(dice.choices("ab[[]]^-\\*?/", k=dice.randrange(1, 9))) for _ in range(1000)]
    for number, glob in enumerate(every):
        config = {"route": {"receiver": "a"}, "receivers": [{"name": "a"}], "templates": [f"none/{glob}"]}
        (tmp_path / f"{number}.yml").write_text(json.dumps(config), encoding="utf-8")
    names = [f"{number}.yml" for number in range(len(every))]
    done = subprocess.run(
        [tool("amtool"), "check-config", *names], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    told = re.split(r"Checking '(\d+)\.yml'", done.stdout + done.stderr)
    refused = {
        int(name) for name, text in zip(told[1::2], told[2::2], strict=True) if "syntax error in pattern" in text
    }
    assert {number for number, glob in enumerate(every) if globs.is_refused_by_go(f"none/{glob}")} == refused
    assert 100 < len(refused) < 900
