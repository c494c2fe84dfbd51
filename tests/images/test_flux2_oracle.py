"""Which tag Flux v2 deploys: the judge is ``tests/oracles/flux2``, the code of image-reflector-controller."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from generator import regex
from generator.images.backends import backend_of
from generator.images.backends.flux_v2.flux2_policies import image_policy
from generator.images.backends.flux_v2.flux2_ranking import ImagePolicy, rank_tags
from generator.images.candidates import Candidate
from generator.images.policies import TagPolicy

from ..support.real import missing

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "flux2"
COUNT = 10_000
Order = Literal["semver", "numerical", "alphabetical"]
ORDERS: tuple[Order, ...] = get_args(Order)
TRIES = 24  # of a policy whose result may be left to chance
RANGES = [
    "~1.2",
    "^1",
    ">=1.0.0-0",
    "*",
    "1.2 - 1.4",
    ">=1, <2",
    "~2024.01",
    "x!",
    "",
    "1.x || 2.x",
    "=1.2.3",
    "!=1.2.3",
]
PATTERNS = [
    r"^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$", r"(?P<time>.*)", r"^v?(?P<time>[0-9.]+)", r"main-(?P<time>\w*)",
    r"^(?:main|dev)-(?P<time>.+)$", r"(?P<time>[0-9]*)$", r"^(?P<a>[a-z]+)-(?P<time>[0-9a-z]+)", "(", r"(?P<time>x)?",
]  # fmt: skip
TEMPLATES = ["$time", "${time}", "$1", "$2", "", "$time-x", "$$", "$none", "v$time"]
TAGS = [
    *("latest", "LATEST", "1.2.3", "v1.2.3", "1.02.3", "1.2", "1", "1.2.3-rc.1", "1.2.4-0", "1.2.10", "1.4.0", "2.0.0"),
    *("1.2.3-beta", "01.2.3", "1.2.3.4", "1.0-rc.1", "48239175", "1234567", "2024.01.05", "v2", "a.b.c", "x.sig"),
    *("main-1a2b3c4-1718000000", "main-1a2b3c4-01718000000", "main-0000000-1", "main-0000000-001", "main-ffffff0-1"),
    *("main-nan", "main-NaN", "main-inf", "main-1e9", "main-1e400", "main-0x1p3", "main-1_000", "main-1__0", "main-"),
    *("dev-1", "dev-2", "dev-10", "main-10", "main-9", "main-9007199254740993", "main-9007199254740992", "_", "99"),
    *("18446744073709551616.0.0", "1.2.3-01", "1.2.3-99999999999999999999", "release-2024-01-01", "main-.5", "main-5."),
]  # fmt: skip


def random_questions(seed: int) -> list[tuple[ImagePolicy, list[str]]]:
    rand = random.Random(seed)  # noqa: S311 - not for secrets
    found = []
    for _ in range(COUNT):
        pattern = rand.choice(["", *PATTERNS])
        order = rand.choice(ORDERS)
        extract = rand.choice(TEMPLATES) if pattern else ""
        policy = ImagePolicy(
            order, rand.choice(RANGES) if order == "semver" else "", pattern, extract, rand.random() < 0.2
        )
        tags = rand.sample(TAGS, rand.choice((0, 1, 2, 3, 5, 9)))
        tags += [
            f"{rand.choice(('main', 'v1', '1.2'))}{rand.choice('-.')}{rand.randrange(30)}"
            for _ in range(rand.randrange(3))
        ]
        found.append((policy, sorted(set(tags))))
    return found


def asked(questions: list[tuple[ImagePolicy, list[str]]], tries: int = TRIES) -> list[dict[str, Any]]:
    """Return the controller's answers, by one run of the oracle."""
    if not PROGRAM.is_file():
        missing("the oracle of Flux v2 is not built: make oracles (needs Go 1.26 or newer)")
    lines = []
    for policy, tags in questions:
        fields = asdict(policy)
        fields["desc"] = fields.pop("descending")
        lines.append(json.dumps({**fields, "tags": [x for x in tags if not x.endswith(".sig")], "tries": tries}) + "\n")
    done = subprocess.run([PROGRAM], input="".join(lines), capture_output=True, text=True, timeout=300, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers


def test_the_tag_that_is_deployed_is_that_of_the_controller() -> None:
    questions = random_questions(29)
    answers = asked(questions)
    chosen = chance = 0
    for (policy, tags), answer in zip(questions, answers, strict=True):
        ours = rank_tags(policy, [Candidate(one) for one in tags])
        told = (policy, tags, answer, ours)
        if len(answer["winners"]) > 1:
            chance += 1
            assert ours.by_chance, told
        elif ours.winner:
            chosen += 1
            assert answer["winners"] == [ours.winner.tag], told
        elif answer["winners"]:
            assert ours.by_chance, told
        else:
            assert answer["failure"], told
    assert chosen > 2_000
    by_chance = sum(bool(rank_tags(policy, [Candidate(one) for one in tags]).by_chance) for policy, tags in questions)
    assert by_chance > 20
    assert chance > by_chance // 2  # in its few answers to a question the controller may draw one tag by chance


@pytest.mark.parametrize(("order", "pattern", "tags", "winner", "rejected"), [
    ("semver", "", ["1.2.3", "1.2.10", "main", "1.2", "1.2.11-rc.1"], "1.2.10",
     {"main": "is not a version", "1.2": "is not a version: no patch number",
      "1.2.11-rc.1": "is a prerelease, which ~1.2 does not include"}),
    ("numerical", r"^main-(?P<n>[0-9]+)$", ["main-9", "main-10", "dev-99"], "main-10",
     {"dev-99": "does not match the pattern"}),
    ("alphabetical", r"^main-(?P<n>[0-9]+)$", ["main-9", "main-10"], "main-9", {}),
])  # fmt: skip
def test_why_a_tag_is_rejected(
    order: Order, pattern: str, tags: list[str], winner: str, rejected: dict[str, str]
) -> None:
    policy = ImagePolicy(order, "~1.2" if order == "semver" else "", pattern, "$n" if pattern else "")
    found = rank_tags(policy, [Candidate(one) for one in tags])
    assert found.winner == Candidate(winner)
    assert found.rejected == rejected


NUMBER = "(?P<n>[0-9]{1,15})"
GROUPS = [NUMBER, NUMBER, "(?P<n>1|23)", "(?P<n>[0-9]|)", "(?P<n>[0-9]{0,3})", "(?P<n>x|1)", r"(?P<n>\d{2})"]
AROUND = [
    "main-",
    "x",
    "|",
    "|",
    "(",
    ")",
    "(?:",
    "(?i)",
    "?",
    "*",
    "+",
    "{0,1}",
    "{2}",
    "edge",
    r"\Q|\E",
    "[(|]",
    ".*",
]


def test_no_tag_stops_the_updates_of_a_numerical_policy_that_is_accepted() -> None:
    rand = random.Random(34)  # noqa: S311 - not for secrets
    faults = backend_of("flux-v2").faults
    tags = [
        "main-12",
        "main-",
        "main-edge",
        "edge",
        "12",
        "x",
        "x1",
        "main-x23",
        "xx",
        "23x",
        "edge1",
        "main-1212",
        "|",
    ]
    questions: list[tuple[ImagePolicy, list[str]]] = []
    refused: list[str] = []
    while len(questions) < 500:
        before, after = ("".join(rand.choice(AROUND) for _ in range(rand.choice((0, 1, 1, 2, 3)))) for _ in range(2))
        policy = TagPolicy("numerical", f"^{before}{rand.choice(GROUPS)}{after}$")
        if regex.fault(policy.pattern):
            continue
        found = list(faults(policy, ""))
        fields = image_policy(policy)
        if found or fields is None:
            refused += [policy.pattern for one in found if "not in every match" in one.message]
            continue
        questions += [(fields, [one]) for one in tags if regex.search(policy.pattern, one)]
    for (fields, (tag,)), answer in zip(questions, asked(questions, tries=1), strict=True):
        assert not answer["failure"], (fields.pattern, tag, answer)
    assert len(refused) > 100
