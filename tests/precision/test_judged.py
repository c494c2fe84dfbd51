"""Each finding in whole repositories of other people was read: what is new is to be judged before it is accepted.

``python -m tests.precision.judge`` lists what ``judged.tsv`` does not have, or has no longer.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ..support import corpus
from . import judge
from .real_findings import counted, found_in, judged, unpack

ARCHIVES = sorted(trees.glob("*.tar.gz")) if (trees := corpus.trees()) else []


@pytest.mark.skipif(not ARCHIVES, reason="the repositories are not here: set SCAFFOLD_TREES")
@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda one: one.name.removesuffix(".tar.gz"))
def test_every_finding_was_read(archive: Path, tmp_path: Path) -> None:
    tree = archive.name.removesuffix(".tar.gz")
    found = counted(tree, found_in(unpack(archive, tmp_path)))
    known: Counter[object] = Counter()
    for one in judged():
        if one.place.tree == tree:
            known[one.place] += one.count
    assert found == known


def test_few_findings_are_untrue() -> None:
    said = list(judged())
    for severity, most in (("error", 0.01), ("warning", 0.05)):
        every = sum(one.count for one in said if one.place.severity == severity)
        untrue = sum(one.count for one in said if one.place.severity == severity and one.verdict == "false")
        assert untrue < most * every, (severity, untrue, every)


def test_each_judgement_says_why() -> None:
    assert all(one.why.strip() for one in judged() if one.verdict != "true")
    assert judge.table()
