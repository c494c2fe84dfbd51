"""Texts that expressions match, to start from."""

from __future__ import annotations

import pytest

from generator import regex
from generator.images.samples import matching_text, matching_texts


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("main-[a-f0-9]{7}", "main-0000000"),
        ("a|b", "a"),
        ("(?i)foo", "foo"),
        ("(?:x|y)z?", "x"),
    ],
)
def test_the_first_text(pattern: str, text: str) -> None:
    assert matching_text(pattern) == text


@pytest.mark.parametrize(
    ("pattern", "fillers", "found"),
    [
        ("a|b|cd?", (), {"a", "b", "c"}),
        ("db-.*", ("-prod",), {"db-", "db--prod"}),
        (".*-prod", ("db-",), {"-prod", "db--prod"}),
        ("[a-z]+-x", ("ab", "1"), {"a-x", "ab-x"}),
        ("(a|b)(c|d)", (), {"ac", "ad", "bc", "bd"}),
    ],
)
def test_texts_of_all_alternatives_and_with_fillers(pattern: str, fillers: tuple[str, ...], found: set[str]) -> None:
    texts = matching_texts(pattern, fillers)
    assert set(texts) == found
    assert all(regex.search(f"^(?:{pattern})$", one) for one in texts)


def test_the_number_of_texts_is_bounded() -> None:
    assert len(matching_texts("(a|b|c)" * 40, ("x",) * 20)) <= 60
    assert len(matching_texts("|".join(f"w{number}" for number in range(500)))) <= 60
