"""The judge that holds the merge against other people's files finds what has to be found."""

from __future__ import annotations

import pytest

from ..support import yamltext
from . import yamledits
from .yamledits import SORTS, Edit, Spot

TEXT = """\
# Head.
a: 1 # beside
list: # of two
  - name: x
    # about y
    y: 2
  - name: z
flow: {k: 1}
last: end
"""


def spot(*path: int) -> Spot:
    return next(one for one in yamledits.spots(yamltext.read(TEXT)) if one.path == path)


REPLACE = Edit(SORTS[0], spot(0), 5)
ADD = Edit(SORTS[2], spot(1, 0), 3, "new")
DELETE = Edit(SORTS[6], spot(1, 0))
INSERT = Edit(SORTS[7], spot(2), 3, "new")


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


GOOD = [
    (REPLACE, changed(("a: 1", "a: 5"))),
    (REPLACE, changed(("a: 1", "a: 0x5"))),
    (ADD, changed(("    y: 2\n", "    y: 2\n    new: 3\n"))),
    (DELETE, changed(("  - name: x\n    # about y\n    y: 2\n", ""))),
    (INSERT, changed(("{k: 1}", "{k: 1, new: 3}"))),
    (INSERT, changed(("{k: 1}", "{k: 1, 'new': 3}"))),
]
BAD = [
    (REPLACE, TEXT, "data"),
    (REPLACE, changed(("a: 1", "a: '5'")), "data"),
    (REPLACE, changed(("a: 1 # beside", "a: 5")), "a comment is lost"),
    (REPLACE, changed(("a: 1", "a: 5"), ("# Head.\n", "# Head.\n# Head.\n")), "a comment is duplicated"),
    (REPLACE, changed(("a: 1", "a: 5"), ("last: end", "last: 'end'")), "other lines"),
    (REPLACE, changed(("a: 1", "a: 5"), ("last: end\n", "last: end")), "end of the file"),
    (REPLACE, "---\n" + changed(("a: 1", "a: 5")), "document markers"),
    (REPLACE, changed(("a: 1", "a: 5")).replace("\n", "\r\n", 1), "other lines"),
    (REPLACE, "\ufeff" + changed(("a: 1", "a: 5")), "byte order mark"),
    (ADD, changed(("    y: 2\n", "    new: 3\n    y: 2\n")), "data"),
    (ADD, changed(("    y: 2\n", "    y: 2\n\n    new: 3\n")), "more lines than needed"),
    (ADD, changed(("    # about y\n    y: 2\n", "    y: 2\n    # about y\n    new: 3\n")), "other lines"),
    (DELETE, changed(("  - name: x\n    # about y\n    y: 2\n", ""), ("list: # of two", "list:")), "a comment is lost"),
    (DELETE, changed(("  - name: x\n    # about y\n    y: 2\n", ""), ("{k: 1}", "{ k: 1 }")), "other lines"),
    (INSERT, changed(("{k: 1}", "{k: 1, new: 3} # more")), "a comment is duplicated"),
    (INSERT, changed(("flow: {k: 1}", "flow:\n  k: 1\n  new: 3")), "other lines"),
]


@pytest.mark.parametrize(("edit", "text"), GOOD)
def test_what_is_right_is_perfect(edit: Edit, text: str) -> None:
    assert yamledits.judge(TEXT, edit, text).faults == ()
    crlf = yamledits.judge(TEXT.replace("\n", "\r\n"), edit, text.replace("\n", "\r\n"))
    assert crlf.faults == ()
    assert yamledits.judge(TEXT.replace("\n", "\r\n"), edit, text).faults == ("line ends",)


@pytest.mark.parametrize(("edit", "text", "fault"), BAD)
def test_what_is_wrong_is_found(edit: Edit, text: str, fault: str) -> None:
    verdict = yamledits.judge(TEXT, edit, text)
    assert fault in verdict.faults
    assert verdict.wrong == (fault == "data")


def test_a_key_below_a_comment_of_an_outer_block_is_found() -> None:
    text = "a:\n  b: 1\n# about c\nc: 2\n"
    found = next(one for one in yamledits.spots(yamltext.read(text)) if one.path == (0,))
    edit = Edit(SORTS[2], found, 3, "new")
    assert yamledits.judge(text, edit, "a:\n  b: 1\n  new: 3\n# about c\nc: 2\n").faults == ()
    misplaced = yamledits.judge(text, edit, "a:\n  b: 1\n# about c\n  new: 3\nc: 2\n")
    assert misplaced.faults == ("below a comment of an outer block",)


def test_every_sort_of_edit_is_chosen_and_its_own_dump_is_the_data() -> None:
    edits = yamledits.choose(TEXT, "seed")
    assert [one.sort for one in edits] == list(SORTS)
    documents = yamltext.read(TEXT)
    for edit in edits:
        dumped = yamltext.dump(yamledits.make(documents, edit))
        assert yamltext.meanings(dumped) == tuple(map(yamltext.meaning, yamledits.make(documents, edit)))
        assert yamledits.judge(TEXT, edit, dumped).faults


@pytest.mark.parametrize("value", yamledits.AWKWARD)
def test_a_made_value_reads_as_itself(value: object) -> None:
    ((_, _, pairs),) = yamltext.meanings(yamltext.dump([yamltext.made({"k": value})]))
    kind = {str: "str", bool: "bool", int: "int", type(None): "null"}[type(value)]
    assert pairs == ((("scalar", "str", "k"), ("scalar", kind, value)),)
