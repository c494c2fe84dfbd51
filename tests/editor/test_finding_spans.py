"""The part of a text that a finding is about."""

from __future__ import annotations

import pytest

from generator.editor.finding_spans import spans_of
from generator.editor.text_places import PlacedText
from generator.errors import Problem
from generator.rules import File, recognise

HEAD = "apiVersion: v1\nkind: ConfigMap\n"


def span(text: str, line: int, column: int, path: str = "a.yaml") -> str:
    """Return what a finding at a place is about."""
    found = recognise(path, text)
    file: File | None = found.file
    [(_, part)] = spans_of(PlacedText(text), file, [Problem(path, line, column, "m")])
    return text[part.start : part.end]


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        (f"{HEAD}metadata:\n  name: a b c # why\n", 4, 9, "a b c"),  # the whole value, with its blanks
        (f'{HEAD}metadata:\n  name: "a # b"\n', 4, 9, '"a # b"'),
        (f"{HEAD}metadata:\n  name: x\n", 4, 3, "name"),  # a map starts at its first key
        (f"{HEAD}data:\n  a: |\n    one\n    two\n", 4, 6, "|"),  # not the block, of many lines
        (f"{HEAD}data:\n  a: |\n    one two\n", 5, 9, "two"),  # inside a scalar: the word
        (f"{HEAD}data: {{a: [x, yy]}}\n", 3, 15, "yy"),
        (f"{HEAD}data:\n  a: 'é𝄞'\n", 4, 6, "'é𝄞'"),
        (f"\ufeff{HEAD}", 1, 1, "apiVersion"),  # a mark of the byte order is in no column
        (f"{HEAD}# a\u2028data:\n  b: xyz\n", 5, 6, "xyz"),  # YAML counts a line that editors do not
        (f"{HEAD}data:\r\n  b: xyz\r\n", 4, 6, "xyz"),
        (f"{HEAD}data: &a\n  b: xyz\n", 3, 7, "&a"),
        (f"{HEAD}data: x\n  ", 9, 9, "  "),  # no such line: the last one
        ("a: [\n", 1, 4, "["),  # no YAML
        ("", 1, 1, ""),
    ],
)
def test_the_part_of_a_text(text: str, line: int, column: int, part: str) -> None:
    assert span(text, line, column) == part


def test_a_line_of_a_makefile() -> None:
    text = "test:\n\tkind create cluster --name \x85 x\n\tkind delete cluster\n"
    assert span(text, 3, 2, "Makefile") == "kind"
