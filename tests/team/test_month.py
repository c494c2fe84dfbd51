"""A simulated month of a team, many times. MONTH_SEEDS and MONTH_STEPS make it long; MONTH_FIRST is the first seed."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ..conftest import Repo
from .clone import Clone, LostError
from .inside import InsideRepo
from .month import Month, Prepared, prepare

FIRST = int(os.environ.get("MONTH_FIRST", "0"))
SEEDS = int(os.environ.get("MONTH_SEEDS", "50"))
STEPS = int(os.environ.get("MONTH_STEPS", "3"))
OWN_PROCESSES = 25  # of this many months, the first runs each command in a process of its own
# What 50 months have of everything, so that no month passes because nothing happens in it.
LEAST = {
    "edit_files": 60, "change_spec": 25, "new_unit": 8, "change_template": 40, "change_default": 20, "hold": 8,
    "updated under edits": 8, "renamed: scaffold mv": 3, "renamed: git mv": 4, "renamed: mv": 6,
    "removed: scaffold rm": 2, "removed: git rm": 1, "removed: rm": 2, "adopt_values": 6, "adopt_manifests": 8,
    "flux": 3, "dependabot": 3, "merge with the driver": 6, "merge without the driver": 3,
    "rebase with the driver": 8, "rebase without the driver": 10, "squash with the driver": 8,
    "squash without the driver": 4, "cherry_pick with the driver": 6, "cherry_pick without the driver": 6,
    "stops": 20, "locks in conflict": 15, "settled lock": 20, "locks joined by the driver": 1,
    "settled: ours": 1, "settled: theirs": 1, "edits": 100, "look-ups": 1500,
}  # fmt: skip


@pytest.fixture(scope="module")
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


def test_no_edit_is_lost_in_a_month(tmp_path: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    total: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        month = Month.begin(prepared, tmp_path / str(seed), random.Random(seed))  # noqa: S311
        with monkeypatch.context() as patch:
            if seed % OWN_PROCESSES == 0:
                patch.setattr(InsideRepo, "streams", Repo.streams)
            live(month, seed)
        total += month.tally
        shutil.rmtree(month.root)
    print(f"\n{SEEDS} months of {STEPS} days: {dict(sorted(total.items()))}")
    if SEEDS >= 50:
        assert {key: (total[key], least) for key, least in LEAST.items() if total[key] < least} == {}


# --- What the month finds ---------------------------------------------------------------------------------------------

FILE = "apps/unit01/app.yaml"
EDITS = (("replicas: 1 # overridden", "replicas: 7 # overridden"), ("  args:\n", "  # mine\n          args:\n"))
FAULTS = {  # what is in the file, what is there instead, and what is reported
    "a value is lost": ("replicas: 7", "replicas: 1", "lost: .*replicas"),
    "a comment is lost": ("          # mine\n", "", "lost: .*# mine"),
    "a comment is duplicated": (
        "          # mine\n",
        "          # mine\n          # mine\n",
        "lost: .*# mine 2 times",
    ),
    "a comment is elsewhere": ("# mine\n          args:", "args:\n            # mine", "elsewhere: .*# mine is at"),
    "a value is elsewhere": ("Limit: 3", "Limit: 7", "nobody has written: .*revisionHistoryLimit"),
    "a generated comment is gone": ("# Where it runs.\n            ", "", "nobody has written: .*Where it runs"),
    "a line that nobody wrote": (
        "Seconds: 30\n",
        "Seconds: 30\n      hostPID: true\n",
        "nobody has written: .*hostPID",
    ),
    "the old text of what is generated": ('value: "5"', 'value: "1"', "nobody has written: .*SIZE"),
}


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> tuple[Month, Clone]:
    """Return a month in which two people have changed a unit, and the clone of the one who has merged that."""
    month = Month.begin(prepared, tmp_path_factory.mktemp("merged") / "month", random.Random(0))  # noqa: S311
    ann, bob = month.of("Ann"), month.of("Bob")
    for who in (ann, bob):
        month.begin_branch(who)
    text = ann.read(FILE) or ""
    for old, new in EDITS:
        text = text.replace(old, new, 1)
    assert ann.edit(FILE, text)
    month.commit(ann, "Edit the app")
    bob.repo.edit("apps/unit01/scaffold.yaml", "name: unit01\n", "name: unit01\nsize: 5\n")
    month.regenerate(bob)
    month.commit(bob, "Set its size")
    month.push(bob)
    month.merge(month.of("Ann"))
    return month, ann


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_merge_is_found(fault: tuple[str, str, str], merged: tuple[Month, Clone]) -> None:
    month, ann = merged
    right, wrong, reported = fault
    text = ann.repo.read(FILE)
    month.look(ann)
    ann.repo.edit(FILE, right, wrong)
    try:
        with pytest.raises(LostError, match=reported):
            month.look(ann)
    finally:
        ann.repo.write(FILE, text)


def test_a_run_that_loses_an_edit_ends_the_month(merged: tuple[Month, Clone], monkeypatch: pytest.MonkeyPatch) -> None:
    month, ann = merged
    sound = InsideRepo.streams

    def faulty(
        repo: InsideRepo, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> tuple[int, bytes, bytes]:
        done = sound(repo, arguments, cwd, env)
        repo.edit(FILE, "replicas: 7", "replicas: 1")
        return done

    monkeypatch.setattr(InsideRepo, "streams", faulty)
    monkeypatch.setattr(month, "dice", random.Random(1))  # noqa: S311
    with pytest.raises(LostError, match=r"lost: .*replicas"):
        month.regenerate(ann)
