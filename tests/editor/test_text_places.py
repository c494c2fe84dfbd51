"""Places as editors count them, judged by Python's own encoders."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.editor.text_places import Encoding, PlacedText

TEXTS = st.text(st.sampled_from("ab \t\r\n\x0b\x0c\x1c\x85\u2028é€𝄞👩‍🚀\ufeff"), max_size=60)
SIZES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def lines(text: str) -> list[str]:
    """Split a text as the protocol does, not as ``str.splitlines``."""
    return re.split("\r\n|\r|\n", text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@given(text=TEXTS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_place_is_the_line_and_the_units_before_it(encoding: Encoding, text: str, data: st.DataObject) -> None:
    every = lines(text)
    number = data.draw(st.integers(0, len(every) - 1))
    column = data.draw(st.integers(0, len(every[number])))
    units = len(every[number][:column].encode(CODECS[encoding])) // SIZES[encoding]
    placed = PlacedText(text, encoding)
    offset = placed.offset(number, units)
    assert placed.place(offset) == (number, units)
    assert text[:offset].endswith(every[number][:column])
    assert lines(text[:offset])[-1] == every[number][:column]


@pytest.mark.parametrize(
    ("text", "line", "character", "offset"),
    [
        ("a: 𝄞x", 0, 4, 3),  # inside a pair of surrogates: its start
        ("ab\ncd", 0, 99, 2),  # beyond the end: the end of the line
        ("ab\r\ncd", 0, 99, 2),
        ("ab\ncd", 99, 0, 5),  # beyond the last line
        ("ab\ncd", 1, 2**31 - 1, 5),
        ("", 0, 0, 0),
        ("\u2028a\x85b", 0, 3, 3),  # no ends of lines for editors
    ],
)
def test_places_that_are_not_in_the_text(text: str, line: int, character: int, offset: int) -> None:
    assert PlacedText(text).offset(line, character) == offset


def test_half_of_a_pair_of_surrogates_is_counted() -> None:
    assert PlacedText("\ud834x").place(2) == (0, 2)
