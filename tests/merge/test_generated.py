"""The laws of the merge over generated documents, which the two sides may write in different styles.

Every triple has a seed. MERGE_LAWS_TIMES makes more of them.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from generator.merge import Merged, Settle, merge

from ..support import documents, segments
from ..support.documents import Edit, Maker, Node, Style

TIMES = float(os.environ.get("MERGE_LAWS_TIMES", "1"))
ALL = frozenset({""})
BASE = Style()
STYLES = {
    "the same": Style(),
    "CRLF": Style(crlf=True),
    "byte order mark": Style(bom=True),
    "no final newline": Style(newline=False),
    "lists not indented": Style(offset=0),
    "single quotes": Style(quote="'"),
    "indented by four": Style(indent=4, offset=4),
    "everything else": Style(indent=3, offset=1, quote="'", crlf=True, bom=True, newline=False),
}


@dataclass(frozen=True)
class Case:
    """A document with edits of both sides."""

    seed: str
    top: list[Node]
    mine: list[Edit]
    yours: list[Edit]

    def texts(self, style: Style) -> tuple[str, str, str]:
        """Return base, ours and theirs; ours in a style of its own."""
        write, edited = documents.write, documents.edited
        return (
            write(self.top, BASE),
            write(edited(self.top, self.mine), style),
            write(edited(self.top, self.yours), BASE),
        )

    def merged(self, style: Style) -> set[str]:
        """Return what may come out: within a new block the indentation may be that of either side."""
        top = documents.edited(self.top, [*self.mine, *self.yours])
        return {documents.write(top, style), documents.write(top, replace(style, step=BASE.indent))}


def is_one_of(text: str, wanted: set[str]) -> bool:
    """Tell whether a text is one of those that may come out; a value of theirs may be quoted as either side does."""
    return free_quotes(text) in set(map(free_quotes, wanted))


def free_quotes(text: str) -> str:
    return re.sub(r"(?m)^.*gen.*$", lambda line: re.sub("['\"]", "", line.group()), text)


def cases(name: str, count: int) -> Iterator[Case]:
    for number in range(max(1, round(count * TIMES))):
        seed = f"{name} {number}"
        maker = Maker(random.Random(seed))  # noqa: S311
        top = maker.document()
        mine, yours = documents.pick(top, maker, maker.dice.randint(1, 4))
        if mine and yours:
            yield Case(seed, top, mine, yours)


def complain(failures: list[str], count: int) -> None:
    assert count > 20
    assert not failures, "\n".join([*failures[:3], f"{len(failures)} of {count}"])


def described(seed: str, texts: tuple[str, str, str], merged: Merged, wanted: str) -> str:
    base, ours, theirs = texts
    reasons = [(one.line, one.field, one.reason) for one in merged.conflicts]
    parts = [segments.difference("ours:", base, ours), segments.difference("theirs:", base, theirs)]
    return "\n".join([f"--- {seed}: {reasons}", *parts, segments.difference("should be, is:", wanted, merged.text)])


@pytest.mark.parametrize("style", STYLES)
def test_edits_of_different_things_merge_to_the_expected_bytes_in_the_style_of_ours(style: str) -> None:
    failures, count, says = [], 0, 0
    for case in cases(style, 50):
        texts, wanted = case.texts(STYLES[style]), case.merged(STYLES[style])
        merged = merge(*texts, "a.yaml")
        count += 1
        says += any(one.new.head or one.new.behind for one in case.yours if one.what != "delete")
        if merged.conflicts or not is_one_of(merged.text, wanted):
            failures.append(described(case.seed, texts, merged, min(wanted)))
            continue
        again = merge(texts[0], merged.text, texts[2], "a.yaml")
        if again.conflicts or again.text != merged.text:
            failures.append(described(f"{case.seed}, once more", texts, again, merged.text))
    complain(failures, count)
    assert says >= count / 2, "theirs carries comments in at least half of the triples"


@pytest.mark.parametrize("style", ["the same", "everything else"])
def test_one_scalar_that_both_changed_is_a_conflict_that_settles_to_either(style: str) -> None:
    failures, count = [], 0
    worn = STYLES[style]
    for case in cases(f"clash {style}", 40):
        taken = {one.place.node.number for one in (*case.mine, *case.yours)}
        gone = {one.place.node.number for one in (*case.mine, *case.yours) if one.what == "delete"}
        free = [
            one
            for one in documents.places(case.top)
            if one.node.sort == "scalar" and one.node.key not in {"name", ""} and one.node.number not in taken
            if not gone & {around.number for around in one.around}
        ]
        if not free:
            continue
        place = random.Random(case.seed).choice(free)  # noqa: S311
        both = [Edit("value", place, Node(0, place.node.key, word)) for word in ("mine-here", "gen-here")]
        clash = Case(case.seed, case.top, [*case.mine, both[0]], [*case.yours, both[1]])
        texts = clash.texts(worn)
        merged = merge(*texts, "a.yaml")
        count += 1
        if len(merged.conflicts) != 1 or merged.text != texts[1] or place.node.key not in merged.conflicts[0].field:
            failures.append(described(case.seed, texts, merged, texts[1]))
            continue
        for side, edit in zip(("ours", "theirs"), both, strict=True):
            wanted = Case(case.seed, case.top, [*case.mine, edit], case.yours).merged(worn)
            for field in ("", merged.conflicts[0].field):
                chosen = frozenset({field})
                settled = merge(*texts, "a.yaml", Settle(chosen) if side == "ours" else Settle(theirs=chosen))
                if settled.conflicts or not is_one_of(settled.text, wanted):
                    failures.append(described(f"{case.seed}, {side} {field}", texts, settled, min(wanted)))
    complain(failures, count)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_what_one_side_deletes_and_the_other_edits_is_a_conflict(side: str) -> None:
    failures, count = [], 0
    for case in cases(f"deleted by {side}", 60):
        free = [one for one in documents.places(case.top) if one.siblings > 2 and one.node.sort == "map"]
        inner = [one for one in free if isinstance(one.node.value, list) and not one.node.blank]
        for place in inner[:1]:
            assert isinstance(place.node.value, list)
            scalars = [one for one in place.node.value if one.sort == "scalar" and one.key != "name"]
            if not scalars:
                continue
            below = documents.Place(scalars[0], (*place.around, place.node), len(place.node.value))
            gone = Edit("delete", place, place.node)
            edit = Edit("value", below, Node(0, "", "edited-here"))
            mine, yours = ([gone], [edit]) if side == "ours" else ([edit], [gone])
            texts = Case(case.seed, case.top, mine, yours).texts(BASE)
            merged = merge(*texts, "a.yaml")
            count += 1
            if not merged.conflicts or merged.text != texts[1]:
                failures.append(described(case.seed, texts, merged, texts[1]))
    complain(failures, count)


def test_a_block_that_theirs_deletes_and_in_which_ours_has_a_comment_is_a_conflict() -> None:
    failures, count = [], 0
    for case in cases("commented", 60):
        maps = [one for one in documents.places(case.top) if one.siblings > 2 and one.node.sort == "map"]
        for place in [one for one in maps if not one.node.blank][:1]:
            assert isinstance(place.node.value, list)
            scalar = next((one for one in place.node.value if one.sort == "scalar" and one.key != "name"), None)
            if scalar is None:
                continue
            below = documents.Place(scalar, (*place.around, place.node), len(place.node.value))
            said = Edit("behind", below, Node(0, "", "", behind="# mine: keep this"))
            texts = Case(case.seed, case.top, [said], [Edit("delete", place, place.node)]).texts(BASE)
            merged = merge(*texts, "a.yaml")
            count += 1
            if not merged.conflicts or merged.text != texts[1]:
                failures.append(described(case.seed, texts, merged, texts[1]))
    complain(failures, count)


def test_comment_against_comment_ours_stays_without_a_conflict() -> None:
    failures, count = [], 0
    for case in cases("comments", 60):
        scalars = [one for one in documents.places(case.top) if one.node.sort == "scalar" and one.node.key != "name"]
        place = random.Random(case.seed).choice(scalars)  # noqa: S311
        both = [Edit("behind", place, Node(0, "", "", behind=f"# {who}: says")) for who in ("mine", "gen")]
        clash = Case(case.seed, case.top, [both[0]], [both[1]])
        texts = clash.texts(BASE)
        merged = merge(*texts, "a.yaml")
        count += 1
        if merged.conflicts or merged.text != texts[1]:
            failures.append(described(case.seed, texts, merged, texts[1]))
    complain(failures, count)


def test_the_same_edits_on_both_sides_are_made_once() -> None:
    failures, count = [], 0
    for case in cases("same", 60):
        texts = Case(case.seed, case.top, [*case.mine, *case.yours], case.yours).texts(BASE)
        merged = merge(*texts, "a.yaml")
        count += 1
        if merged.conflicts or merged.text != texts[1]:
            failures.append(described(case.seed, texts, merged, texts[1]))
    complain(failures, count)
