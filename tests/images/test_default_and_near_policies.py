"""Default policies and the policies that refusals name: the backend accepts them, and stay in the branch."""

from __future__ import annotations

import random
import re

import pytest

from generator.images.backends import backend_of
from generator.images.backends.flux_v2.flux2_policies import image_policy
from generator.images.policies import TagPolicy, parse_policy
from generator.images.references import is_tag

from .test_flux2_oracle import asked

BACKENDS = ["flux-v2", "argocd", "keel", "flux-v1"]
TAGS = [
    *("1.2.3", "v1.2", "1.2", "1", "v1", "01.2.3", "0.0.0", "0.0", "2024.01.05", "2024.01", "1.2.3.4", "v1.2.3-01"),
    *("1.31.2-alpine", "1.31-alpine", "1.31-alpine3.20", "1.31.2-alpine3.20", "1.31.2-perl", "3.9.1-slim-bookworm"),
    *("1.2-rc.1", "1.2.3-rc.1", "1.2.3-rc1", "1.2.3-beta", "1.2.3-4", "17.0.2_8-jdk", "v1.2.3-debian-11-r4", "1.2-a"),
    *("48239175", "4823917", "20240102", "1a2b3c4", "1a2b3c4d5e6f", "main", "stable", "latest-1", "stable-alpine"),
    *("a-b-c", "main-42", "main-1a2b3c4", "main-1234567", "main-20240102", "main-20240102-153000"),
    *("main-1a2b3c4-1718000000", "release_1.2-1a2b3c4", "release_1.2-1a2b3c4-1718000000", "release-1.2"),
    *("release-1.2.3", "release-1.2-42", "2024-01-02", "pr-42", "sha-1234", "sha-1a2b3c4", "jre-17.0.2-alpine", "_"),
    *("a..b--", "x.sig", "A.1", "1-1", "v-1", "99999999999999999999.1.2", "1.2.3-99999999999999999999"),
    *("1.2.99999999999999999999-x", "main-", "1.", "1.2.", "-."),
]  # fmt: skip


def random_tags(seed: int, count: int) -> list[str]:
    rand = random.Random(seed)  # noqa: S311 - not for secrets
    pieces = ["1", "2", "31", "0", "v", ".", ".", "-", "-", "_", "main", "rc", "alpine", "1a2b3c4", "1718000000", "x"]
    made = ("".join(rand.choice(pieces) for _ in range(rand.randrange(1, 9))) for _ in range(count))
    return [one for one in made if is_tag(one)]


def policy_of(text: str) -> TagPolicy:
    found = parse_policy(text)
    assert isinstance(found, TagPolicy)
    return found


def parts_of(tag: str) -> tuple[str, list[int]]:
    """Return what a move may not change: the text around the last number of a version, and the minor version."""
    return re.sub(r"\d+", "0", tag.removeprefix("v")), [int(one) for one in re.findall(r"\d+", tag)[:2]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_default_policy_of_any_tag_is_accepted(backend: str) -> None:
    one = backend_of(backend)
    tags = [tag for tag in (*TAGS, *random_tags(41, 1_500)) if is_tag(tag)]
    pins = 0
    for tag in tags:
        policy = policy_of(one.usual(tag))
        assert list(one.faults(policy, tag)) == [], (tag, policy)
        assert one.takes(policy, tag), (tag, policy)
        pins += policy.is_pin
        if tag.isdigit():
            assert policy.is_pin, (tag, policy)
    assert 100 < pins < len(tags) - 15


OTHERS = [
    *("1.31.3-perl", "1.31.9", "1.31.9-alpine", "1.32.0-alpine", "1.99", "v1.99", "1.99.0", "1.31.9-alpine3.21"),
    *("99", "v99", "1.31-alpine3.99", "1.99-alpine", "99999999", "20991231", "4999999", "1.2.9-rc.9", "1.2.9-beta"),
    *("1.3.0-rc.9", "zzz", "release-1.99", "release-1.99.0", "release-2.0.0", "jre-21.0.0-alpine", "jre-17.0.9-perl"),
    *("2024.99", "pr-99", "v1.2.9-debian-12-r0", "alpine4.0.0", "1.2.3-perl", "1.2.3-99", "17.0.3_9-jre"),
    *("stable-perl", "9.9.9", "1.2.9"),
]  # fmt: skip
VERSIONS = [tag for tag in TAGS if re.match(r"(?:v|jre-|release-)?\d+\.\d+", tag) and is_tag(tag)]


def test_flux2_stays_in_the_variant_and_minor_version_by_default() -> None:
    """The judge is the controller: of all these tags it chooses one that differs in the last number at most."""
    questions = []
    for tag in VERSIONS:
        fields = image_policy(policy_of(backend_of("flux-v2").usual(tag)))
        if fields is not None and not tag.startswith("release-1.2-"):
            questions.append((tag, (fields, sorted({tag, *OTHERS, *TAGS}))))
    moved = set()
    for (tag, _), answer in zip(questions, asked([one for _, one in questions]), strict=True):
        for winner in answer["winners"]:
            assert parts_of(tag)[1] == parts_of(winner)[1], (tag, winner)
            assert parts_of(tag)[0] == parts_of(winner)[0], (tag, winner)
            moved |= {tag} if winner != tag else set()
    assert {"1.2.3", "1.31.2-alpine"} <= moved


@pytest.mark.parametrize("backend", ["argocd", "flux-v1"])
def test_the_newest_build_has_the_same_variant_and_minor_version_by_default(backend: str) -> None:
    one = backend_of(backend)
    for tag in VERSIONS:
        policy = policy_of(one.usual(tag))
        for other in OTHERS:
            if one.takes(policy, other):
                assert parts_of(tag)[1] == parts_of(other)[1], (tag, policy, other)
                assert "-" not in other or other.startswith("release-1.2"), (tag, policy, other)


@pytest.mark.parametrize(("tag", "policy"), [
    ("1.31.2-alpine", r"numerical:^1\.31\.(?P<number>[0-9]{1,15})-alpine$"),
    ("1.31-alpine3.20", "glob:1.31-alpine3.20"),
    ("1.2.3-rc.1", r"numerical:^1\.2\.3-rc\.(?P<number>[0-9]{1,15})$"), ("1.2.3-beta", "glob:1.2.3-beta"),
    ("1.2", "glob:1.2"), ("v1", "glob:v1"), ("20240102", "glob:20240102"), ("stable", "glob:stable"),
    ("main-42", "numerical:^main-(?P<number>[0-9]{1,15})$"), ("main-1234567", "glob:main-1234567"),
    ("main-1a2b3c4", "glob:main-1a2b3c4"), ("1a2b3c4", "glob:1a2b3c4"), ("release-1.2", "glob:release-1.2"),
    ("release-1.2.3", r"numerical:^release-1\.2\.(?P<number>[0-9]{1,15})$"), ("2024-01-02", "glob:2024-01-02"),
])  # fmt: skip
def test_the_default_policy_of_flux2(tag: str, policy: str) -> None:
    assert backend_of("flux-v2").usual(tag) == policy


WRITE = re.compile(r"write (.+?) instead of (.+?)(?:, .*?(?:such as (\S+).*)?)?\Z")
STAY = re.compile(r"write (glob:\S+) to stay at this tag: .*\Z")
POLICIES = [
    *("glob:release_1.2-*", "glob:release-1.2-*", "glob:1.31.*-alpine", "glob:2024.*", "glob:1.*", "glob:v*"),
    *("glob:1.2.3-*", "glob:main-*", "glob:main*", "glob:*-alpine", "glob:4823917-*", "glob:48239175*", "glob:1-*"),
    *("glob:a*b*", "glob:dev.*", "semver:>=1.2 <3", "semver:<3", "semver:<=1.9", "semver:>=1.0, <2.0"),
    *("semver:!=1.2.3", "semver:1.2.3", "semver:^0.0.3", "semver:~1.2.0-0", "semver:1.2 - 1.4 || ^3"),
    *("numerical:(?P<n>[0-9]{1,9})", "numerical:^v(?P<n>[0-9]{1,9})$"),
    *("numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$", "numerical:^a(b|c)(?P<n>[0-9]{3})(x|y)$"),
    *("alphabetical:^(?P<t>.*)$", "alphabetical:(?P<t>x)", "alphabetical:^(?P<t>[a-z]+)-.+$"),
    *("alphabetical:^a|(?P<t>b)$", r"regexp:^release-1\.2-[0-9]+$", "regexp:^dev$", "regexp:^(dev|main)-.*$"),
    *(r"regexp:^v?1\.2\.[0-9]+$", "regexp:^main-", "regexp:x", "regexp:-alpine$", "numerical:^(?P<n>[0-9]{1,9})-x$"),
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_policy_that_a_refusal_names_is_accepted(backend: str) -> None:
    one = backend_of(backend)
    written = stayed = 0
    for text in POLICIES:
        policy = policy_of(text)
        for tag in ["", *(x for x in TAGS if is_tag(x))]:
            for fault in one.faults(policy, tag):
                if fault.code != "inexpressible":
                    continue
                told = (backend, text, tag, fault.hint)
                if named := WRITE.match(fault.hint):
                    start = named[3] if named[3] and not one.takes(policy_of(named[1]), tag) else tag
                    assert list(one.faults(policy_of(named[1]), start)) == [], told
                    written += 1
                elif tag:
                    stay = STAY.match(fault.hint)
                    assert stay, told
                    assert stay[1] == f"glob:{tag}"
                    assert list(one.faults(policy_of(stay[1]), tag)) == [], told
                    stayed += 1
                else:
                    assert fault.hint.startswith("write glob: and a tag, to stay at it"), told
    assert written > 10
    assert stayed > 10


@pytest.mark.parametrize(("backend", "policy", "tag", "hint"), [
    ("keel", "glob:release_1.2-*", "release_1.2-1a2b3c4", r"write numerical:^release_1\.2-[a-f0-9]{7,40}-"),
    ("keel", "glob:1.31.*-alpine", "1.31.2-alpine", "write glob:1.31.2-alpine to stay"),
    ("keel", "glob:2024.*", "2024.1.2", "write semver:^2024 instead"),
    ("keel", "semver:>=1.2 <3", "2.3.1", "write semver:^2.3 instead"),
    ("keel", "semver:<3", "1.2.3", "write semver:^1.2 instead"), ("keel", "semver:<3", "", "write glob: and a tag"),
    ("keel", "numerical:(?P<n>[0-9]{1,9})", "12", "write numerical:^(?P<n>[0-9]{10})$ instead"),
    ("flux-v2", "glob:release-1.2-*", "", r"write numerical:^release-1\.2-[a-f0-9]{7,40}-"),
    ("flux-v2", "glob:1.31.*-alpine", "1.31.2-alpine", r"write numerical:^1\.31\.(?P<number>[0-9]{1,15})-alpine$ inst"),
    ("flux-v2", "glob:main-*", "main-42", "write numerical:^main-(?P<number>[0-9]{1,15})$ instead"),
    ("flux-v2", "glob:1.31-*", "1.31-alpine", "write glob:1.31-alpine to stay"),
    ("argocd", "numerical:(?P<n>[0-9]{1,9})", "12", "write regexp:^([0-9]{1,9})$ instead"),
    ("flux-v1", "numerical:(?P<n>[0-9]{1,9})", "12", "write regexp:^([0-9]{1,9})$ instead"),
    ("flux-v1", "alphabetical:^(?P<t>.*)$", "main", "write glob:main to stay"),
])  # fmt: skip
def test_which_policy_a_refusal_names(backend: str, policy: str, tag: str, hint: str) -> None:
    fault = next(iter(backend_of(backend).faults(policy_of(policy), tag)))
    assert fault.hint.startswith(hint)
