"""A simulated week, many times. WEEK_SEEDS and WEEK_STEPS make it long: 200 and 60 for the run that counts."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from .week import Week

FIRST = int(os.environ.get("WEEK_FIRST", "0"))
SEEDS = int(os.environ.get("WEEK_SEEDS", "4"))
STEPS = int(os.environ.get("WEEK_STEPS", "20"))


def test_no_edit_is_lost_in_a_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)  # thousands of them would wait for everybody's disk
    total: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        root = tmp_path / str(seed)
        week = Week(root, random.Random(seed))  # noqa: S311
        try:
            for _ in range(STEPS):
                week.step()
            week.end()
        except Exception as error:
            error.add_note(f"in week {seed}, in {root}")
            raise
        total += week.tally
        shutil.rmtree(root)
    print(f"\n{SEEDS} weeks of {STEPS} steps: {dict(total)}")
    expected = {"person", "flux", "dependabot", "platform", "default", "edits", "look-ups"}
    assert expected <= set(total)
    assert any(one.startswith("settled") for one in total)
