"""The merge on files that users would recognise: a folder of ``cases/merge`` each.

``base.*``, ``ours.*``, ``theirs.*`` and either ``expected.*`` or ``conflicts.txt`` with a line ``line: field`` for each
conflict. ``settle.txt`` has lines like ``ours spec.replicas`` or ``theirs *``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.merge import Settle, merge
from generator.yaml import comments

FOLDER = Path(__file__).parent.parent / "cases" / "merge"
NAMES = sorted(path.name for path in FOLDER.iterdir())


@dataclass(frozen=True)
class Case:
    """What a folder holds."""

    path: str
    base: str | None
    ours: str
    theirs: str
    expected: str | None
    conflicts: list[str]
    settle: Settle | None


def read(name: str) -> Case:
    texts = {path.stem: path.read_bytes().decode("utf-8") for path in (FOLDER / name).iterdir()}
    (ours,) = (FOLDER / name).glob("ours.*")
    chosen: dict[str, set[str]] = {"ours": set(), "theirs": set()}
    for line in texts.get("settle", "").splitlines():
        side, field = line.split(maxsplit=1)
        chosen[side].add("" if field == "*" else field)
    settle = Settle(frozenset(chosen["ours"]), frozenset(chosen["theirs"])) if "settle" in texts else None
    assert ("expected" in texts) != ("conflicts" in texts)
    return Case(
        f"file{ours.suffix}",
        texts.get("base"),
        texts["ours"],
        texts["theirs"],
        texts.get("expected"),
        texts.get("conflicts", "").splitlines(),
        settle,
    )


@pytest.mark.parametrize("name", NAMES)
def test_merge(name: str) -> None:
    case = read(name)
    merged = merge(case.base, case.ours, case.theirs, case.path, case.settle)
    assert [f"{one.line}: {one.field}" for one in merged.conflicts] == case.conflicts
    assert merged.text == (case.ours if case.expected is None else case.expected)


@pytest.mark.parametrize("name", [name for name in NAMES if read(name).expected is not None])
def test_a_clean_merge_is_stable_and_keeps_comments(name: str) -> None:
    case = read(name)
    assert case.expected is not None
    if case.settle is None:
        again = merge(case.base, case.expected, case.theirs, case.path)
        assert (again.text, again.conflicts) == (case.expected, ())
    if case.path.endswith(".yaml") and case.expected != case.ours:
        mine, before, generated, there = (
            Counter(comment for _, comment in comments(text or ""))
            for text in (case.ours, case.base, case.theirs, case.expected)
        )
        for comment, count in mine.items():
            # What the template itself took away is the template's to take away.
            assert there[comment] >= count - max(0, before[comment] - generated[comment]), comment


def test_each_change_has_a_twin_in_which_the_template_changes_nothing() -> None:
    for name in NAMES:
        case = read(name)
        if name.endswith("-noop"):
            assert case.theirs == case.base
            assert case.expected == case.ours
        elif case.base is not None and case.settle is None:
            assert f"{name}-noop" in NAMES
