"""A bounded, repeatable run of the fuzzer; ``python -m tests.fuzz.run`` is the long one (docs/dev/fuzzing.md)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from . import forks
from .targets import SORTS, Ground

RUNS = 40  # of each sort


@pytest.mark.parametrize("sort", SORTS)
def test_no_input_ends_with_a_bug(tmp_path: Path, sort: str) -> None:
    forks.load()
    ground = Ground(tmp_path / "ground")
    for number in range(RUNS):
        source = random.Random(f"ci/{sort}/{number}")  # noqa: S311 - a seed, and no secret
        case = ground.case(source, (sort,))
        fault, ended = ground.run(case)
        assert not fault, f"{fault}\n{case.text}\n{ended.out[-2000:]}\n{ended.err[-4000:]}"


def test_the_fuzzer_sees_what_it_looks_for(tmp_path: Path) -> None:
    """Each fault that it looks for, made on purpose."""
    ended = forks.Ended(3, "", "", "", 0)
    assert ended.fault == "exit 3"
    assert forks.Ended(0, "ran for 5 s", "", "", 0).fault
    assert forks.Ended(0, "", "\x1b[31m", "", 0).fault
    assert forks.Ended(0, "", "", "", 600 * 2**20).fault
    assert not forks.Ended(2, "", "a\tb\n", "x: y", 100 * 2**20).fault
    assert forks.run(tmp_path, "diff").code == 2
