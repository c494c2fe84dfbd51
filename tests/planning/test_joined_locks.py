"""What a file on disk was made from, for each way to resolve a conflict; a line stands for a field of a YAML file."""

from __future__ import annotations

import pytest

from generator.joined_locks import FileVersions, LockSides, common_text, join_locks, made_from
from generator.lock import Lock, Locked

# The locks of the ancestor and of both sides, the files of both sides, the file on disk, and what that was made from.
ROWS = {
    "nothing changed": ("a:1", "a:1", "a:1", "a:1", "a:1", "a:1", "a:1"),
    "each side changed another field": ("a:1 b:1", "a:2 b:1", "a:1 b:2", "a:2 b:1", "a:1 b:2", "a:2 b:2", "a:2 b:2"),
    "all of ours": ("a:1 b:1", "a:2 b:1", "a:1 b:2", "a:2 b:1", "a:1 b:2", "a:2 b:1", "a:2 b:1"),
    "all of theirs": ("a:1 b:1", "a:2 b:1", "a:1 b:2", "a:2 b:1", "a:1 b:2", "a:1 b:2", "a:1 b:2"),
    "both changed it: ours": ("a:1", "a:2", "a:3", "a:2", "a:3", "a:2", "a:2"),
    "both changed it: theirs": ("a:1", "a:2", "a:3", "a:2", "a:3", "a:3", "a:3"),
    "an edit of ours": ("a:1 b:1", "a:1 b:1", "a:1 b:2", "a:9 b:1", "a:1 b:2", "a:9 b:2", "a:1 b:2"),
    "an edit of theirs": ("a:1 b:1", "a:1 b:2", "a:1 b:1", "a:1 b:2", "a:9 b:1", "a:9 b:2", "a:1 b:2"),
    "an edit that is what theirs generates": ("a:1", "a:1", "a:2", "a:2", "a:2", "a:2", "a:1"),
    "an edit to what ours generates": ("a:1 b:1", "a:1 b:2", "a:2 b:1", "a:1 b:2", "a:1 b:1", "a:1 b:2", "a:2 b:2"),
    "an edit over a change of theirs": ("a:1", "a:1", "a:2", "a:9", "a:2", "a:9", "a:2"),
    "added by ours, and taken": ("a:1", "a:1 b:1", "a:1", "a:1 b:1", "a:1", "a:1 b:1", "a:1 b:1"),
    "added by ours, and dropped with an edit of theirs": ("a:1", "a:1 b:1", "a:1", "a:1 b:1", "a:9", "a:9", "a:1"),
    "added by ours, and deleted by hand": ("a:1", "a:1 b:1", "a:1", "a:1", "a:1", "a:1", "a:1 b:1"),
    "deleted by ours": ("a:1 b:1", "a:1", "a:1 b:1", "a:1", "a:1 b:1", "a:1", "a:1"),
    "deleted by hand": ("a:1 b:1", "a:2 b:1", "a:1 b:1", "a:2 b:1", "a:1", "a:2", "a:2 b:1"),
    "no ancestor: ours": (None, "a:1 b:1", "a:2 c:1", "a:1 b:1", "a:2 c:1", "a:1 b:1", "a:1 b:1"),
    "the other side let go": ("a:1", "a:1", None, "a:9", "a:9", "a:9", None),
    "the other side deleted it": ("a:1", "a:1", None, "a:9", None, "a:9", "a:1"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_file_was_made_from(row: tuple[str | None, ...]) -> None:
    base, ours, theirs, mine, yours, disk, wanted = map(_lines, row)
    found = made_from("a.yaml", (base, ours, theirs), FileVersions(disk, mine, yours, known=True))
    assert found == wanted
    swapped = made_from("a.yaml", (base, theirs, ours), FileVersions(disk, yours, mine, known=True))
    assert swapped == wanted


def _lines(text: str | None) -> str | None:
    return None if text is None else "".join(f"{one.replace(':', ': ')}\n" for one in text.split())


COMMON = {
    "both changed it": ("a: 1\nb: 1\n", "a: 2\nb: 2\n", "a: 3\nb: 1\n", "a: 1\nb: 2\n"),
    "equal": ("a: 1\n", "a: 2\n", "a: 2\n", "a: 2\n"),
    "one added, one deleted": ("a: 1\nb: 1\n", "a: 1\nb: 1\nc: 1\n", "a: 1\n", "a: 1\nc: 1\n"),
    "changed and deleted": ("a: 1\nb: 1\n", "a: 1\n", "a: 1\nb: 2\n", "a: 1\nb: 1\n"),
    "both added it": ("a: 1\n", "a: 1\nb: 1\n", "a: 1\nb: 2\n", "a: 1\n"),
    "no ancestor, equal": (None, "a: 1\n", "a: 1\n", "a: 1\n"),
    "no ancestor, different": (None, "a: 1\n", "a: 2\n", None),
}


@pytest.mark.parametrize("row", COMMON.values(), ids=COMMON.keys())
def test_a_value_that_both_generated_differently_is_the_ancestors(row: tuple[str | None, ...]) -> None:
    base, ours, theirs, wanted = row
    assert common_text("a.yaml", (base, ours, theirs)) == wanted
    assert common_text("a.yaml", (base, theirs, ours)) == wanted


def lock(version: int, **files: str) -> Lock:
    found = {f"{path}.yaml": Locked(text, f"origin-{text[0]}", 0o644, "0" * 40) for path, text in files.items()}
    return Lock("1" * 40, "2" * 40, "service", version, found)


def test_files_of_one_side_are_kept_and_deleted_ones_go() -> None:
    base = lock(3, same="a: 1\n", gone="b: 1\n", changed="c: 1\n")
    ours = lock(3, same="a: 1\n", gone="b: 1\n", changed="c: 2\n", mine="d: 1\n")
    theirs = lock(4, same="a: 1\n")
    for sides in (LockSides(base, ours, theirs), LockSides(base, theirs, ours)):
        joined = join_locks(sides, common_text)
        assert {path: one.text for path, one in joined.files.items()} == {
            "same.yaml": "a: 1\n", "changed.yaml": "c: 2\n", "mine.yaml": "d: 1\n",
        }  # fmt: skip
        assert joined.version == 4  # an older scaffold refuses it
        assert joined.is_merged
        assert not joined.is_whole


def test_a_file_that_one_side_moved_keeps_the_changes_of_the_other() -> None:
    base, ours = lock(3, old="a: 1\nb: 1\n"), lock(3, new="a: 2\nb: 1\n")
    theirs = lock(3, old="a: 1\nb: 2\n")
    for sides in (LockSides(base, ours, theirs), LockSides(base, theirs, ours)):
        joined = join_locks(sides, common_text)
        assert {path: one.text for path, one in joined.files.items()} == {"new.yaml": "a: 2\nb: 2\n"}
