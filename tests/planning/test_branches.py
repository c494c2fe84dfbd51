"""Two branches joined by git, many times. BRANCHES_SEEDS makes it long: 1000 for the run that counts."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from .branches import WAYS, Branches

ROOT = Path(__file__).resolve().parents[2]
FIRST = int(os.environ.get("BRANCHES_FIRST", "0"))
DRIVER = f"PYTHONPATH={ROOT} {sys.executable} -m generator merge --markers --path %P %O %A %B -o %A"
SEEDS = int(os.environ.get("BRANCHES_SEEDS", "15"))


def test_locks_settle_themselves(tmp_path: Path, prepared: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)
    total: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        root = tmp_path / str(seed)
        shutil.copytree(prepared["empty"], root, symlinks=True)
        history = Branches(root, random.Random(seed), driver=DRIVER if seed % 6 == 5 else "")  # noqa: S311
        try:
            history.live()
        except Exception as error:
            error.add_note("\n".join([f"in history {seed}, in {root}", *history.story]))
            raise
        total += history.tally
        shutil.rmtree(root)
    print(f"\n{SEEDS} histories: {dict(total)}")
    assert {*WAYS, "lock in conflict", "edits"} <= set(total)
