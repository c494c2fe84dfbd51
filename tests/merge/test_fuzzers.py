"""A short run of each fuzzer of the merge; ``python -m tests.merge.fuzz`` is the long one.

MERGE_LAWS_TIMES makes so many times as many triples; from 2 on, also as many from a seed by chance, which is printed.
"""

from __future__ import annotations

import os
import random

import pytest

from .fuzz import run
from .fuzz.case import Outcome
from .fuzz.reading import documents

TIMES = float(os.environ.get("MERGE_LAWS_TIMES", "1"))
COUNT = 300  # triples of a class
# How many conflicts, of all triples, may be false; of lines, where git is clean.
FALSE = {"keyless": 0.10, "roots": 0.05, "nameless": 0.05, "lines": 0.04, "styles": 0.03}
OTHER_FALSE = 0.02
WHOLE = 0.005  # how many may be about the whole file
# Classes in which the whole file, or lines without a field, are what differs.
FILES = {"roots", "lines", "whitespace"}


def seeds() -> list[str]:
    """Return the seeds of this run."""
    return ["ci"] if TIMES < 2 else ["ci", str(random.SystemRandom().randrange(10**9))]


@pytest.mark.parametrize("name", run.CLASSES)
def test_a_class_of_triples_merges_as_it_should(name: str) -> None:
    for seed in seeds():
        print(f"python -m tests.merge.fuzz {name} --seed {seed} --count {int(COUNT * TIMES)} --show 3")
        tally = run.tally(name, seed, 0, int(COUNT * TIMES))
        print(f"{run.HEAD}\n{tally.row()}")
        for line in tally.shown(3):
            print(line)
        assert tally.broken == 0
        assert tally.share("false conflict") <= FALSE.get(name, OTHER_FALSE)
        assert name in FILES or tally.whole <= WHOLE * tally.count


@pytest.mark.parametrize("name", ["keyless", "exclusive", "nameless", "styles"])
def test_the_judge_of_a_class_sees_an_edit_that_did_not_come(name: str) -> None:
    seen = 0
    for number in range(100):
        case = run.CLASSES[name].make("ci", number)
        for text in (case.base or "", case.ours, case.theirs):
            # The order of documents is the user's, and not judged.
            means_else = all(
                sorted(map(str, documents(text))) != sorted(map(str, documents(one))) for one in case.exact
            )
            if case.exact and case.conflict == "wrong" and means_else:
                assert case.judge(text), case.name
                seen += 1
    assert seen > 40


def test_what_is_broken_is_counted() -> None:
    tally = run.Tally("none")
    for verdict in run.VERDICTS:
        tally.add(Outcome(run.CLASSES["keyless"].make("ci", 0), verdict))
    assert tally.broken == len(run.BROKEN)
    assert tally.share("false conflict") == 1 / len(run.VERDICTS)
