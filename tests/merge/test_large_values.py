"""A values file of 6,000 lines gains a receiver and a route, and not one other line changes."""

from __future__ import annotations

import pytest

from generator.merge import merge

from . import largevalues

LARGE = largevalues.find()
WAYS = largevalues.ways(LARGE)


@pytest.mark.parametrize("way", WAYS)
def test_exactly_those_lines_are_added(way: str) -> None:
    one = WAYS[way]
    merged = merge(one.base, one.ours, one.theirs, "values.yaml")
    assert merged.conflicts == ()
    assert merged.text == one.expected


def test_a_part_that_is_as_it_was_changes_nothing() -> None:
    base = largevalues.part(gains=False)
    assert merge(base, LARGE.text, base, "values.yaml").text == LARGE.text
    assert merge(None, LARGE.text, base, "values.yaml").text == LARGE.text
    assert merge(largevalues.part(gains=True), LARGE.expected, base, "values.yaml").text == LARGE.text
