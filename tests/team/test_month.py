"""A simulated month of a team, many times. MONTH_SEEDS and MONTH_STEPS make it long; MONTH_FIRST is the first seed."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from .month import Month, Prepared, prepare

FIRST = int(os.environ.get("MONTH_FIRST", "0"))
SEEDS = int(os.environ.get("MONTH_SEEDS", "50"))
STEPS = int(os.environ.get("MONTH_STEPS", "4"))
PARTS = 5
# What ten months have of everything, so that a month cannot pass because nothing happens in it.
EXPECTED = (
    "change_spec", "edit_files", "change_template", "change_default", "edits", "look-ups", "stops", "locks in conflict",
    "settled lock", "merge", "rebase", "squash", "cherry_pick",
)  # fmt: skip


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("month"))


def live(month: Month, seed: int) -> None:
    """Live through a month; a failure has its story, and how to see it again."""
    try:
        for _ in range(STEPS):
            month.day()
        month.end()
    except Exception as error:
        error.add_note("\n".join(month.story))
        again = f"MONTH_FIRST={seed} MONTH_SEEDS=1 MONTH_STEPS={STEPS} pytest tests/team"
        error.add_note(f"in month {seed}, in {month.root}; again: {again}")
        raise


@pytest.mark.parametrize("part", range(PARTS))
def test_no_edit_is_lost_in_a_month(part: int, tmp_path: Path, prepared: Prepared) -> None:
    total: Counter[str] = Counter()
    for seed in range(FIRST + part, FIRST + SEEDS, PARTS):
        month = Month.begin(prepared, tmp_path / str(seed), random.Random(seed))  # noqa: S311
        live(month, seed)
        total += month.tally
        shutil.rmtree(month.root)
    print(f"\nmonths of {STEPS} steps: {dict(total)}")
    if total["months"] >= 10:
        assert {*EXPECTED} - {*total} == set()
