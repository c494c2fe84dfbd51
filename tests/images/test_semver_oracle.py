"""Ranges of versions against Masterminds/semver itself, in the release of Flux v1 and in that of Flux v2."""

from __future__ import annotations

import random

import pytest

from generator.images.semver import Release, parse_range, parse_version

from ..support.real import missing
from .oracle import ABSENT, PROGRAM, Question, ask

RELEASES: tuple[Release, ...] = ("3.1.1", "3.5.0")
OPERATORS = ["", "", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "==", "<>", "!", "~^"]
NUMBERS = ["0", "0", "1", "1", "2", "3", "10", "x", "X", "*", "01", "xx", "1x", "18446744073709551616", "1|2"]
GOOD_ENDS = ["", "", "", "", "-0", "-rc.1", "-rc.2", "-rc.10", "-alpha", "-1.a", "+1", "+a.b", "-a+b"]
ENDS = [*GOOD_ENDS, "-01", "-", ".4", ".", "-a."]
JOINTS = [" ", ",", ", ", " , ", " || ", "||", " - ", ",,", "|", "- ", "", "  ", "\t", ";", " and ", "\n"]
CORES = ["0", "0.0.0", "0.0.3", "0.5.3", "0.1", "1", "1.0", "1.0.0", "1.2.3", "1.2.4", "1.3.0", "2.0.0", "10.1.1"]
ODD = ["1.2.3.4", "x", "", "01.2.3", "1.0.0-01", "18446744073709551616", "18446744073709551615.1", "1.0.0-a..b"]
TAGS = (
    *(f"{v}{core}{end}" for v in ("", "v") for core in CORES for end in ("", "-0", *GOOD_ENDS[5:8], "-alpha", "+1")),
    *ODD,
)


def ranges(seed: int, count: int) -> list[str]:
    """Return ranges, half of them made of parts that are right by themselves."""
    rand = random.Random(seed)  # noqa: S311 - not for secrets

    def part(numbers: list[str], ends: list[str]) -> str:
        text = ".".join(rand.choice(numbers) for _ in range(rand.choice((1, 2, 3, 3, 3, 4 if ends is ENDS else 3))))
        return (
            rand.choice(OPERATORS[: 14 if ends is not ENDS else None])
            + rand.choice(["", "", "v", " "])
            + text
            + rand.choice(ends)
        )

    found = []
    for _ in range(count):
        right = rand.random() < 0.6
        parts = (NUMBERS[:10], GOOD_ENDS) if right else (NUMBERS, ENDS)
        text = part(*parts)
        for _ in range(rand.choice((0, 0, 1, 1, 2, 3))):
            text += rand.choice(JOINTS[: 7 if right else None]) + part(*parts)
        if not right and rand.random() < 0.2:
            at = rand.randrange(len(text) + 1)
            text = text[:at] + rand.choice(" ,|-.v*é<") + text[at:]
        found.append(text)
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_a_range_means_what_it_means_to_the_library(release: Release) -> None:
    if not PROGRAM.exists():
        missing(ABSENT)
    texts = [
        "",
        " ",
        "*",
        "1.2.34.5",
        ">=1.0,,<2.0",
        ">=1.0, ,<2.0",
        "1.2 - 1.4",
        "1.2-1.4",
        "^*",
        "~0.0.0",
        *ranges(7, 2_500),
    ]
    questions = [Question(f"semver-{release}", text, TAGS) for text in texts]
    versions = [parse_version(tag, release) for tag in TAGS]
    valid = 0
    for question, answer in zip(questions, ask(questions), strict=True):
        found = parse_range(question.pattern, release)
        assert (found is not None) is answer.valid, question.pattern
        if found is not None:
            valid += 1
            takes = tuple(one is not None and found.takes(one) for one in versions)
            wrong = [tag for tag, ours, go in zip(TAGS, takes, answer.takes, strict=True) if ours is not go]
            assert not wrong, f"{question.pattern!r}: {wrong}"
    assert valid > 1_000


@pytest.mark.parametrize(
    ("text", "of_flux_v1", "of_flux_v2"),
    [
        (">=1.0, <2.0", True, True),
        (">=1.0,,<2.0", False, False),
        ("1.2.34.5", True, False),  # 3.1.1 reads 1.2.34 and 5, of which no version is both
        (">=1.0<2.0", True, False),
        ("", False, False),
        ("~1." + "2" * 600, False, False),
        (" || ".join(["1.0"] * 33), True, False),
    ],
)
def test_the_releases_differ_in_what_they_accept(text: str, of_flux_v1: bool, of_flux_v2: bool) -> None:
    assert [parse_range(text, one) is not None for one in RELEASES] == [of_flux_v1, of_flux_v2]
