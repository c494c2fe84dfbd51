"""Tag policies: what a spec may have, what a tag is taken for, and that specs and rules agree."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from generator import assets, regex, rules
from generator.images.backend import AutomatedContainer, AutomatedWorkload
from generator.images.backends import backend_names, backend_of
from generator.images.backends.flux_v1.flux1_patterns import matches_policy, read_pattern
from generator.images.expressions import is_anchored
from generator.images.policies import PolicyFault, TagPolicy, first_tag, parse_policy, usual_policy
from generator.images.references import Reference, parse_reference
from generator.rules.flux.flux_examples import flux1_example
from generator.shipped.service.containers import tag_faults
from generator.yaml import scalar

from ..support.real import missing
from .oracle import ABSENT, PROGRAM, Question, ask

DOCS = Path(__file__).resolve().parents[2] / "docs"
TAG = re.compile(json.loads(assets.schema_text("service"))["properties"]["tag"]["pattern"])


@pytest.mark.parametrize(("text", "message"), [
    ("glob:v*", ""), ("semver: ~1.2", ""), ("regexp:^v", ""),
    ("v*", "does not start with"), ("Glob:v*", "does not start with"), ("regex:^v", "does not start with"),
    ("glob", "does not start with"), ("", "does not start with"), ("glob:a\x07*", "contains a control character"),
])  # fmt: skip
def test_what_a_spec_may_have_as_policy(text: str, message: str) -> None:
    found = parse_policy(text)
    if message:
        assert isinstance(found, PolicyFault)
        assert found.message.startswith(message)
    else:
        assert str(found) == text


@pytest.mark.parametrize(("text", "policy"), [
    ("glob:v*", TagPolicy("glob", "v*")), ("v*", TagPolicy("glob", "v*")), ("Glob:v*", TagPolicy("glob", "Glob:v*")),
    ("regex:^v", TagPolicy("regexp", "^v")), ("semver: ~1", TagPolicy("semver", " ~1")), ("", TagPolicy("glob", "")),
])  # fmt: skip
def test_how_flux_reads_an_annotation(text: str, policy: TagPolicy) -> None:
    assert read_pattern(text) == policy


@pytest.mark.parametrize(("policy", "tag", "taken"), [
    ("glob:master-*", "master-1", True), ("glob:master-*", "main-1", False), ("glob:a*a", "a", False),
    ("glob:*", "latest", False), ("glob:latest", "latest", True), ("glob:latest", "LATEST", False),
    ("regexp:^v", "v1", True), ("regexp:latest", "latest", False), ("regexp:(", "v1", False),
    ("semver:~1.2", "1.2.9", True), ("semver:~1.2", "v1.2.9", True), ("semver:~1.2", "1.2.9-rc.1", False),
    ("semver:~1.2-0", "1.2.9-rc.1", True), ("semver:>=1", "48239175", True), ("semver:>=1", "main", False),
])  # fmt: skip
def test_which_tags_flux_takes(policy: str, tag: str, taken: bool) -> None:
    assert matches_policy(read_pattern(policy), tag) is taken


@pytest.mark.parametrize(("tag", "policy"), [
    (None, "glob:master-*"), ("1.2.3", "semver:~1.2"), ("v1.2", "semver:~1.2"), ("2024.01.5", "semver:~2024.01"),
    ("1", "glob:1"), ("1.2.3-rc.1", "glob:1.2.3-rc.1"), ("main-abc", "glob:main-*"), ("main", "glob:main"),
    ("20240101", "glob:20240101"), ("a-b-c", "glob:a-b-*"), ("_-0", "glob:_-*"),
    ("main-1a2b3c4-20240102T1500Z", "glob:main-*"), ("feature-add-1a2b3c4", "glob:feature-add-*"),
    ("1.31.2-alpine", "glob:1.31.2-alpine"), ("1.31-alpine", "glob:1.31-alpine"), ("1.2.3-4", "glob:1.2.3-4"),
    ("stable-alpine", "glob:stable-alpine"), ("jre-17.0.2", "glob:jre-17.0.2"), ("pr-42", "glob:pr-42"),
])  # fmt: skip
def test_the_usual_policy_of_a_tag_takes_it(tag: str | None, policy: str) -> None:
    assert usual_policy(tag) == policy
    assert tag is None or matches_policy(read_pattern(policy), tag)


@pytest.mark.parametrize(("policy", "tag"), [
    ("glob:master-*", "master-0"), ("glob:*-*", "0-0"), ("glob:latest", ""), ("glob:-*", ""), ("glob:a b", ""),
    ("semver:~1.2", "1.2.0"), ("semver:>=1.2.3-rc.1", "1.2.3"), ("semver:<2.0", ""), ("semver:x", ""),
    ("regexp:^v", ""),
])  # fmt: skip
def test_the_first_tag_of_a_policy_is_one_that_it_takes(policy: str, tag: str) -> None:
    assert first_tag(read_pattern(policy), matches_policy) == tag


@pytest.mark.parametrize(("pattern", "start", "end"), [
    ("^v1$", True, True), ("v1", False, False), ("^v1", True, False), ("v1$", False, True), ("", False, False),
    ("(^v1$)", True, True), ("(?:^v1$)", True, True), ("^v1(?:$)", True, True), ("(?i)^v1$", True, True),
    ("(?P<tag>^v1)$", True, True), (r"\Av1\z", True, True), (r"^v1$|^\Q|x\E$", True, True), ("^v1$|x", False, False),
    ("^(v1|v2)$", True, True), ("(^v1|v2)$", False, True), ("^v1$|^v2", True, False), ("^v1(a$|b)", True, False),
    ("^*v1$", False, True), ("^?v1$", False, True), ("^{0,1}v1$", False, True), ("^+v1$", True, True),
    ("^v1$?", True, False), ("^v1($|x)", True, False), ("(^v1$)*", False, False), ("(^v1$)+", True, True),
    (r"\^v1\$", False, False), (r"[^v]1[$]", False, False), (r"^v1\\$", True, True), (r"\Q^v1$", False, False),
    ("(" * 400 + "^v1$" + ")" * 400, True, True),
    ("^3.*", True, True), ("^3.*$", True, True), ("^3.+", True, True), (".*-v1$", True, True),
    ("^(3.*|4)", True, False),
    (r"^3\.*", True, False), ("^3[.]*", True, False), ("^3.?", True, False), ("3.*", False, True), ("^3.", True, False),
])  # fmt: skip
def test_where_an_expression_is_anchored(pattern: str, start: bool, end: bool) -> None:
    assert is_anchored(pattern) == (start, end)


def test_what_is_called_anchored_matches_no_longer_tag() -> None:
    rand = random.Random(17)  # noqa: S311 - not for secrets
    pieces = ["^", "$", "v1", "(", ")", "|", "?", "*", "(?:", "(?i)", r"\A", r"\z", r"\Q", r"\E", "{0,1}", "x"]
    found = 0
    for _ in range(20_000):
        pattern = "".join(rand.choice(pieces) for _ in range(rand.randrange(1, 8)))
        if regex.fault(pattern) or not regex.search(pattern, "v1"):
            continue
        start, end = is_anchored(pattern)
        for before, after in ((start, False), (False, end)):
            longer = f"{'~' if before else ''}v1{'~' if after else ''}"
            for match in regex.compiled(pattern).finditer(longer):
                assert not before or match.start() == 0, pattern
                assert not after or match.end() == len(longer), pattern
        found += start + end
    assert found > 100


@pytest.mark.parametrize(("text", "parts", "registry", "short"), [
    ("nginx", Reference("nginx"), "", "nginx"),
    ("docker.io/library/nginx:1.27", Reference("docker.io/library/nginx", "1.27"), "docker.io", "nginx"),
    ("localhost:5000/a", Reference("localhost:5000/a"), "localhost:5000", "localhost:5000/a"),
    ("localhost/a:v1", Reference("localhost/a", "v1"), "localhost", "localhost/a"),
    ("ghcr.io/a/b:v1@sha256:0a", Reference("ghcr.io/a/b", "v1", "sha256:0a"), "ghcr.io", "ghcr.io/a/b"),
    ("a/b@sha256:0a", Reference("a/b", "", "sha256:0a"), "", "a/b"),
    ("", Reference(""), "", ""),
    ("Foo/bar:v1", Reference("Foo/bar", "v1"), "Foo", "Foo/bar"), ("foo/bar", Reference("foo/bar"), "", "foo/bar"),
    ("library/x", Reference("library/x"), "", "x"),
    ("index.docker.io/x", Reference("index.docker.io/x"), "index.docker.io", "x"),
    ("library/library/x", Reference("library/library/x"), "", "library/library/x"),
    ("docker.io/library/x/y", Reference("docker.io/library/x/y"), "docker.io", "library/x/y"),
    ("docker.io/library", Reference("docker.io/library"), "docker.io", "library"),
    ("ghcr.io/library/x", Reference("ghcr.io/library/x"), "ghcr.io", "ghcr.io/library/x"),
])  # fmt: skip
def test_the_parts_of_a_reference(text: str, parts: Reference, registry: str, short: str) -> None:
    found = parse_reference(text)
    assert (found, found.registry, found.short_name) == (parts, registry, short)
    assert str(found) == text


def test_backends_say_what_they_are() -> None:
    ids = [one.id for one in rules.all_rules()]
    for name in backend_names():
        backend = backend_of(name)
        assert backend.summary
        assert all(any(one.startswith(prefix) for one in ids) for prefix in backend.rules)
        assert backend.moves_tags or not backend.rules
    with pytest.raises(KeyError, match=f"unknown backend 'flux-v9', known are {', '.join(backend_names())}"):
        backend_of("flux-v9")


def test_the_documentation_names_the_backends_that_there_are() -> None:
    docs = {one.name: one.read_text("utf-8") for one in DOCS.rglob("*.md")}
    *some, last = backend_names()
    assert docs["commands.md"].count(f"--automation {'|'.join(backend_names())}]") == 2
    assert f"what updates image tags: {', '.join(f'`{one}`' for one in some)} or `{last}`" in docs["specs.md"]


# What specs and rules say

PIECES = {
    "glob": [*"*?-.av1[ ]{", "master-", "v", "*", "**", "latest", "1.2", ":", "é"],
    "semver": [
        *"~^<>=!|,*xv-+ ",
        "1",
        "1.2",
        "1.2.3",
        ">=",
        "||",
        " - ",
        ", ",
        "0",
        "~0.0.0",
        "-rc.1",
        "2.0",
        ",,",
        "v",
    ],
    "regexp": [
        *"^$.*+?|()[]{}\\-v1a",
        "^v",
        "[0-9]+",
        "$",
        r"\.",
        r"\Z",
        r"\C",
        "(?!",
        "(?P<n>",
        "(?<n>",
        "master-",
        "^",
    ],
}
GOOD = {
    "glob": ["master-*", "v*", "1.2.*", "main", "*-rc.*"],
    "semver": ["~1.2", ">=1.0, <2.0", "^1", "1.2 - 1.4", ">=1.0.0-0 || ~0.9", "1.x"],
    "regexp": [r"^v[0-9]+$", "^master-[a-f0-9]+$", r"^1\.2\.[0-9]+$", "^(main|master)$", "^v"],
}
TAGS = [
    *("v1", "1.2.3", "1.2.0", "v1.2.3", "master-1", "master-0a1b2c3", "1.2.3-rc.1", "main"),
    *("48239175", "12345", "a", ""),
]


def random_policies(seed: int, count: int) -> list[tuple[str, str]]:
    """Return policies with tags to start from, ``""`` for none."""
    rand = random.Random(seed)  # noqa: S311 - not for secrets
    found = []
    for _ in range(count):
        method = rand.choice([*PIECES, *PIECES, "Glob", "regex"])
        pieces = PIECES.get(method, PIECES["glob"])
        pattern = "".join(rand.choice(pieces) for _ in range(rand.choice((1, 1, 2, 3, 4, 6))))
        if method in GOOD and rand.random() < 0.6:
            right = rand.choice(GOOD[method])
            at = rand.randrange(len(right) + 1)
            pattern = right if rand.random() < 0.5 else right[:at] + rand.choice(pieces) + right[at:]
        found.append((f"{method}:{pattern}", rand.choice(TAGS)))
    return found


def compared(text: str, tag: str) -> tuple[bool, list[str], list[str]]:
    """Return whether a spec with a policy and a tag is accepted, and the messages of its check and of the rules."""
    values = {"automation": "flux-v1", "tags": text, "tag": tag or None}
    said = [one.message for one in tag_faults(values, [])]
    accepted = not said and (not tag or TAG.search(tag) is not None)
    policy = parse_policy(text)
    start = tag or ("" if isinstance(policy, PolicyFault) else first_tag(policy, matches_policy))
    if isinstance(policy, PolicyFault) or not (start or said[0].startswith("tags")):
        return accepted, said, []  # nothing could be made
    image = Reference("example/web", start or "v1")
    workload = AutomatedWorkload("web", "web", (AutomatedContainer("web", image, policy),))
    made = backend_of("flux-v1").additions(workload).annotations
    manifest = flux1_example("\n".join(f"{scalar(key)}: {scalar(value)}" for key, value in made), str(image))
    file = rules.recognise("web.yaml", manifest).file
    assert file is not None
    found = rules.check([file], rules.Scope((file,)))
    return accepted, said, [one.message for one in found if one.rule.startswith("FX") and one.severity != "info"]


def test_what_a_spec_may_have_no_rule_reports_and_the_other_way_round() -> None:
    accepted = refused = 0
    for text, tag in [("regexp:^v1\\Z", "v1"), ("semver:>=1.0,,<2.0", "1.2.3"), *random_policies(11, 1_500)]:
        is_accepted, said, reported = compared(text, tag)
        if is_accepted:
            accepted += 1
            assert not reported, f"{text!r} {tag!r}"
        elif reported:
            refused += 1
            words = said[0].removeprefix(f"tags '{text}' ")
            assert any(words in one for one in reported), f"{text!r} {tag!r}: {said} {reported}"
        else:
            assert "tag is missing" in said[0] or isinstance(parse_policy(text), PolicyFault), (text, tag, said)
    assert accepted > 100
    assert refused > 500


@pytest.mark.parametrize(("automation", "policy", "examples", "wanted"), [
    ("flux-v1", r"regexp:^1\.2", {}, [r"tags 'regexp:^1\.2' is not anchored to the end"]),
    ("none", "semver:~1.2", {"accept": ["1.2.9"], "reject": ["1.3.0"]}, []),
    ("none", "semver:~1.2", {"accept": ["2.0.0"], "reject": ["1.2.4"]}, ["the tag 2.0.0 does", "the tag 1.2.4 match"]),
    ("none", "glob:1.2.*", {"reject": ["1.2.4"]}, ["the tag 1.2.4 matches"]), ("none", "regexp:^1", {}, []),
    ("none", "numerical:^1(?P<n>[0-9])$", {"accept": ["2"]}, ["the tag 2 does not match"]),
    ("none", "semver:bogus>>", {}, ["tags 'semver:bogus>>' is not a valid version range"]),
    ("none", "glob:main-*", {}, []),
])  # fmt: skip
def test_what_a_spec_is_told(automation: str, policy: str, examples: dict[str, list[str]], wanted: list[str]) -> None:
    found = tag_faults({"automation": automation, "tags": policy, "tag": "1.2.3", "examples": examples}, [])
    assert len(found) == len(wanted)
    assert all(one.message.startswith(words) for one, words in zip(found, wanted, strict=True))


# What Go says

SYNTAX = [
    *"abAZ09_-.*+?|()[]{}^$\\,:=!<>",
    "(?i)", "(?P<a>", "(?P<é>", "(?:", "(?=", "(?!",
    r"\Q", r"\E", r"\z", r"\Z", "{1001}",
    "{2,}", "{,2}", "{2,1}", "[[:alpha:]]", "[:x:]",
    r"\p{Greek}", r"\pL", r"\p{Nope}", r"\x{10FFFF}", r"\x41", r"\123", r"\1",
    "(?s-i:", "(?U)", "(?-)", r"[a-\d]", "[^]a]", "[]", r"\_", "é", "(?P=a)", r"\b", r"\A", r"\h", r"\d", r"\S",
]  # fmt: skip


def test_an_expression_means_what_it_means_to_go() -> None:
    if not PROGRAM.exists():
        missing(ABSENT)
    rand = random.Random(3)  # noqa: S311 - not for secrets
    patterns = ["".join(rand.choice(SYNTAX) for _ in range(rand.choice((1, 2, 3, 4, 6)))) for _ in range(5_000)]
    tags = ("a", "", "a1-B", "master-1", "Z_9.")
    valid = 0
    for pattern, answer in zip(patterns, ask([Question("regexp", one, tags) for one in patterns]), strict=True):
        policy = TagPolicy("regexp", pattern)
        refused = [one for one in backend_of("flux-v1").faults(policy, "") if one.code == "not-re2"]
        if answer.valid:
            assert not refused, pattern
            assert tuple(matches_policy(policy, one) for one in tags) == answer.takes, pattern
            valid += 1
        elif pattern.strip() == pattern:
            assert refused, pattern
    assert valid > 1_000


def test_a_glob_means_what_it_means_to_go() -> None:
    if not PROGRAM.exists():
        missing(ABSENT)
    rand = random.Random(5)  # noqa: S311 - not for secrets
    tags = tuple({"".join(rand.choice("ab-1.") for _ in range(rand.randrange(1, 7))) for _ in range(200)})
    patterns = ["".join(rand.choice("ab-1.***") for _ in range(rand.randrange(1, 7))) for _ in range(2_000)]
    for pattern, answer in zip(patterns, ask([Question("glob", one, tags) for one in patterns]), strict=True):
        assert tuple(matches_policy(TagPolicy("glob", pattern), one) for one in tags) == answer.takes, pattern
