"""The laws of the merge over other people's files: thousands of changes by two sides, and the bytes that must come out.

Needs a corpus beside the repository, or SCAFFOLD_CORPUS; MERGE_LAWS_TIMES makes more triples of each file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from generator.merge import Merged, Settle, merge

from ..support import corpus, editlog, segments, yamltext
from ..support.segments import Clash, Triple

TIMES = float(os.environ.get("MERGE_LAWS_TIMES", "1"))
LARGEST = 16_000
SIDES = ("ours", "theirs", "merged")
ALL = frozenset({""})

pytestmark = pytest.mark.skipif(
    corpus.folder() is None, reason="there is no corpus of YAML files beside the repository"
)


@cache
def texts() -> list[tuple[str, str]]:
    root = corpus.folder()
    assert root
    found = []
    for name in corpus.names(root):
        text = corpus.text_of(root, name)
        if text is not None and len(text) <= LARGEST:
            found.append((name, text.removeprefix(yamltext.BOM).replace("\r\n", "\n")))
    return found


def rounds(times: float) -> Iterator[tuple[str, str, str]]:
    """Yield name and text of files, each as often as asked, with a seed; below once, every so many-th file."""
    times *= TIMES
    step = 1 if times >= 1 else round(1 / times)
    for number, (name, text) in enumerate(texts()):
        if number % step == 0:
            for one in range(max(1, round(times))):
                yield name, text, f"{name} {one}"


def triples(times: float) -> Iterator[tuple[str, Triple]]:
    for name, text, seed in rounds(times):
        found = segments.triple(text, seed)
        if found:
            yield name, found


def clashes(times: float) -> Iterator[tuple[str, Clash]]:
    for name, text, seed in rounds(times):
        found = segments.clash(text, seed)
        if found:
            yield name, found


def described(name: str, case: Triple | Clash, merged: Merged, wanted: str) -> str:
    parts = [f"--- {name}: {[(one.line, one.field, one.reason) for one in merged.conflicts]}"]
    parts += [
        segments.difference("ours:", case.base, case.ours),
        segments.difference("theirs:", case.base, case.theirs),
    ]
    return "\n".join([*parts, segments.difference("what should be, what is:", wanted, merged.text)])


def complain(failures: list[str], count: int) -> None:
    """Fail with the first failures in full, and how many there are."""
    assert count > 40
    assert not failures, "\n".join([*failures[:3], f"{len(failures)} of {count}"])


def test_changes_of_different_things_merge_to_the_expected_bytes() -> None:
    failures, count, says = [], 0, 0
    for name, case in triples(1):
        merged = merge(case.base, case.ours, case.theirs, name)
        count, says = count + 1, says + case.says
        if merged.conflicts or merged.text != case.merged:
            failures.append(described(name, case, merged, case.merged))
    complain(failures, count)
    assert says >= count / 2, "theirs carries comments in at least half of the triples"


DRESSES: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: f"\ufeff{text}",
    "no final newline": lambda text: text.removesuffix("\n"),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_ours_keeps_its_line_ends_byte_order_mark_and_end(dress: str) -> None:
    failures, count = [], 0
    for name, case in triples(0.125):
        if "\r" in case.base or case.ours.count("\n") < 2 or case.ours.endswith("\n\n") or case.merged.endswith("\n\n"):
            continue
        worn = DRESSES[dress]
        count += 1
        merged = merge(case.base, worn(case.ours), case.theirs, name)
        if merged.conflicts or merged.text != worn(case.merged):
            failures.append(described(name, case, merged, worn(case.merged)))
    complain(failures, count)


def test_what_is_merged_merges_once_more_to_itself_and_then_gives_way() -> None:
    failures, count = [], 0
    for name, case in triples(0.25):
        count += 1
        for base, ours, theirs in (
            (case.base, case.merged, case.theirs),  # a run killed between a file and its lock
            (case.theirs, case.merged, case.theirs),  # the next run
            (case.base, case.theirs, case.theirs),
            (case.base, case.ours, case.base),
        ):
            merged = merge(base, ours, theirs, name)
            if merged.conflicts or merged.text != ours:
                failures.append(described(name, case, merged, ours))
    complain(failures, count)


def test_a_field_that_both_changed_is_a_conflict_and_ours_stays_as_it_is() -> None:
    failures, count = [], 0
    for name, case in clashes(0.5):
        merged = merge(case.base, case.ours, case.theirs, name)
        count += 1
        named = any(case.name in one.field for one in merged.conflicts) or not case.exact
        if not merged.conflicts or merged.text != case.ours or not named:
            failures.append(described(name, case, merged, case.ours))
    complain(failures, count)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_settling_that_field_takes_the_chosen_side_of_it_and_all_else_of_both(side: str) -> None:
    failures, count = [], 0
    for name, case in clashes(0.25):
        if not case.exact:
            continue
        count += 1
        settle = Settle(ours=ALL) if side == "ours" else Settle(theirs=ALL)
        merged = merge(case.base, case.ours, case.theirs, name, settle)
        if merged.conflicts or merged.text != case.settled[side]:
            failures.append(described(name, case, merged, case.settled[side]))
    complain(failures, count)


def test_the_same_change_on_both_sides_is_made_once() -> None:
    failures, count = [], 0
    for name, case in triples(0.25):
        count += 1
        merged = merge(case.base, case.merged, case.theirs, name)
        if merged.conflicts or merged.text != case.merged:
            failures.append(described(name, case, merged, case.merged))
    complain(failures, count)


def test_a_key_that_both_add_in_different_places_is_a_conflict() -> None:
    failures, count = [], 0
    for name, text, seed in rounds(0.25):
        texts = segments.added_twice(text, seed)
        if texts:
            count += 1
            merged = merge(*texts, name)
            named = all("added" in one.field for one in merged.conflicts)
            if len(merged.conflicts) != 1 or merged.text != texts[1] or not named:
                failures.append(f"{name} {seed}: {merged.conflicts}")
    complain(failures, count)


def test_whatever_two_sides_change_nothing_of_it_is_lost_or_there_is_a_conflict() -> None:
    """Also where both change the same things, one deletes what the other edits, and comments meet comments."""
    failures, count, clean = [], 0, 0
    for name, text, seed in rounds(0.5):
        texts = segments.any_two(text, seed) if len(yamltext.read(text)) == 1 else None
        if texts is None:
            continue
        base, ours, theirs = texts
        merged = merge(base, ours, theirs, name)
        count += 1
        if merged.conflicts:
            if merged.text != ours:
                failures.append(f"{name} {seed}: a conflict was written")
            continue
        clean += 1
        log = editlog.Log()
        log.note("a.yaml", base, ours)
        values = log.values["a.yaml"]
        for path in [one for one, value in values.items() if isinstance(value, dict)]:
            del values[path]  # an item without a name, of which parts may have changed: its words are counted
            log.touched["a.yaml"].add((*path[:-1], ""))
        lost = log.lost("a.yaml", merged.text)
        lost += [one for one in re.findall(r"mine\d+", ours) if merged.text.count(one) != ours.count(one)]
        lost += [one for one in re.findall(r"gen\d+\b(?! says why)", theirs) if one not in merged.text]
        lost += [one for one in log.unexplained("a.yaml", theirs, merged.text) if "the comment" in one]
        if lost:
            parts = (
                segments.difference(title, base, one)
                for title, one in zip(SIDES, (ours, theirs, merged.text), strict=True)
            )
            failures.append("\n".join([f"{name} {seed}: {lost}", *parts]))
    complain(failures, count)
    assert clean > count / 4
