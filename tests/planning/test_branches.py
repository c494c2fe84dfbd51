"""Two branches joined by git, many times. BRANCHES_SEEDS makes it long: 1000 for the run that counts."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from ..support import forks
from .branches import WAYS, Branches

FIRST = int(os.environ.get("BRANCHES_FIRST", "0"))
SEEDS = int(os.environ.get("BRANCHES_SEEDS", "15"))


def test_locks_settle_themselves(tmp_path: Path, prepared: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)
    driver = f"{forks.command()}/scaffold merge --markers --path %P %O %A %B -o %A"
    total: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        root = tmp_path / str(seed)
        shutil.copytree(prepared["empty"], root, symlinks=True)
        history = Branches(root, random.Random(seed), driver=driver if seed % 6 == 5 else "")  # noqa: S311
        try:
            history.live()
        except Exception as error:
            error.add_note("\n".join([f"in history {seed}, in {root}", *history.story]))
            raise
        total += history.tally
        shutil.rmtree(root)
    print(f"\n{SEEDS} histories: {dict(total)}")
    assert {*WAYS, "lock in conflict", "edits"} <= set(total)
