"""What each backend says of tag policies: which it refuses, with the nearest one, and which tag it deploys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generator.images.backend import AutomatedContainer, AutomatedWorkload
from generator.images.backends import backend_of
from generator.images.backends.argocd.argocd_order import ImageUpdate
from generator.images.backends.argocd.argocd_policies import argocd_update
from generator.images.backends.keel.keel_policies import keel_policy
from generator.images.candidates import Candidate
from generator.images.policies import TagPolicy, first_tag, parse_policy
from generator.images.references import parse_reference

MAIN = "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$"
UNIX = "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{10})$"


def policy_of(text: str) -> TagPolicy:
    found = parse_policy(text)
    assert isinstance(found, TagPolicy)
    return found


@pytest.mark.parametrize(("backend", "policy", "tag", "wanted"), [
    ("flux-v2", MAIN, "main-1a2b3c4-1718000000", ""), ("flux-v2", "glob:1.17.1", "1.17.1", ""),
    ("flux-v2", "semver:~1.2", "1.2.3", ""), ("flux-v2", "semver:~1.2", "1.2", "no patch number"),
    ("flux-v2", "glob:main-*", "", f"write {MAIN} instead of glob:main-*, and let CI push tags BRANCH-SHA-TIME"),
    ("flux-v2", "glob:1.2.*", "", "write semver:~1.2 instead"),
    ("flux-v2", "numerical:^v(?P<n>[0-9]+)$", "", "more than 15 digits"),
    ("flux-v2", "numerical:^v(?P<n>.*)$", "", "other text than digits"),
    ("flux-v2", "numerical:^v(?P<n>[0-9]{1,9})", "", "not anchored to the end"),
    ("flux-v2", "numerical:^main-((?P<n>[0-9]{1,15})|edge)$", "", "not in every match"),
    ("flux-v2", "numerical:^main-(?P<n>[0-9]{1,15})?.*$", "", "not in every match"),
    ("flux-v2", "numerical:^main-(?:x(?P<n>[0-9]{1,15})){0,2}$", "", "not in every match"),
    ("flux-v2", "numerical:^(?P<n>[0-9]{1,15})$|^edge$", "", "not in every match"),
    ("flux-v2", "numerical:^(?P<n>[0-9]{0,15})$", "", "other text than digits"),
    ("flux-v2", "numerical:^(?P<n>1|)$", "", "other text than digits"),
    ("flux-v2", "numerical:^(?:main|dev)-(?:x(?P<n>[0-9]{1,15}))+(?:-|[|?]a)?$", "main-x12", ""),
    ("flux-v2", "numerical:^v(?P<n>1|2)$", "v1", ""), ("flux-v2", "numerical:^v(?P<n>1|[0-9]{16})$", "", "15 digits"),
    ("argocd", "numerical:^v(?P<n>[0-9]{8})?$", "", "not in every match"),
    ("keel", "numerical:^v(?P<n>[0-9]{8})?$", "", "not in every match"),
    ("flux-v2", "numerical:^v[0-9]$", "", "no named group"), ("flux-v2", "alphabetical:(?!x)", "", "not a valid RE2"),
    ("argocd", "glob:main-*", "main-1", ""), ("argocd", "regexp:^v[0-9]$", "v1", ""),
    ("argocd", MAIN, "", "write regexp:^main-[a-f0-9]{7,40}-([0-9]{1,15})$ instead"),
    ("argocd", "numerical:^v(?P<n>[0-9]{8})$", "v20240101", ""), ("argocd", "alphabetical:^v(?P<n>.+)$", "va", ""),
    ("argocd", "numerical:^v(?P<n>[0-9]{1,8})$", "", "10 is below 9"),
    ("argocd", "semver:>=1.1", "48239175", "highest version forever"),
    ("keel", UNIX, "main-1a2b3c4-1718000000", ""), ("keel", MAIN, "", f"write {UNIX} instead"),
    ("keel", "semver:~1.2", "1.2.3", ""), ("keel", "semver:>=1.0, <2.0", "", "write semver:^1.0 instead"),
    ("keel", "glob:main-*", "main-1a2b3c4", f"write {UNIX} instead"), ("keel", "glob:main-*", "main-20240101", ""),
    ("flux-v1", "glob:main-*", "main-1", ""), ("flux-v1", MAIN, "", "write regexp:^main-[a-f0-9]{7,40}-([0-9]{1,15})$"),
])  # fmt: skip
def test_which_policies_a_backend_supports(backend: str, policy: str, tag: str, wanted: str) -> None:
    found = [f"{one.message}: {one.hint}" for one in backend_of(backend).faults(policy_of(policy), tag)]
    assert not found if not wanted else wanted in found[0]


@pytest.mark.parametrize("backend", ["flux-v1", "flux-v2", "argocd", "keel"])
@pytest.mark.parametrize("tag", [None, "1.2.3", "v1.2.3", "main-1a2b3c4-1718000000"])
def test_the_usual_policy_is_supported_and_takes_its_tag(backend: str, tag: str | None) -> None:
    one = backend_of(backend)
    policy = policy_of(one.usual(tag))
    start = tag or first_tag(policy, one.takes)
    assert start
    assert list(one.faults(policy, start)) == []
    assert one.takes(policy, start)


@pytest.mark.parametrize(("backend", "policy", "tags", "current", "winner"), [
    ("flux-v1", "glob:main-*", {"main-a": 3, "main-b": 5, "latest": 9, "dev-1": 9}, "main-a", "main-b"),
    ("flux-v1", "glob:main-*", {"main-b": 5, "main-a": 5}, "main-b", "main-a"),
    ("flux-v1", "glob:main-*", {"main-a": 3, "main-b": None}, "main-a", "main-a"),
    ("flux-v1", "glob:main-*", {"main-a": 3, "main-b": None}, "main-b", None),
    ("flux-v1", "glob:main-*", {"main-a": 3}, "gone", None),
    ("flux-v1", "semver:1", {"1.2": 0, "1.2.0": 0}, "1", "1.2.0"),
    ("flux-v2", MAIN, {"main-aaaaaaa-9": 9, "main-0000000-10": 1}, "main-aaaaaaa-9", "main-0000000-10"),
    ("flux-v2", MAIN, {"main-aaaaaaa-1": 0, "main-aaaaaaa-01": 0}, "", None), ("flux-v2", MAIN, {}, "", None),
    ("argocd", "glob:main-*", {"main-a": 5, "main-b": 5, "main-c": None}, "main-a", "main-b"),
    ("argocd", "semver:~1.2", {"1.2.9": 0, "1.2.10": 0, "1.3.0": 0}, "1.2.9", "1.2.10"),
    ("keel", "semver:~1.2", {"1.2.9": 0, "1.2.10": 0, "1.3.0": 0}, "1.2.9", "1.2.10"),
    ("keel", "semver:~1.2", {"1.2.9": 0, "1.2.8": 0}, "1.2.9", "1.2.9"),
    ("keel", "glob:main-*", {"main-20240102": 0, "main-20240101": 9}, "main-20240101", "main-20240102"),
    ("keel", UNIX, {"main-fffffff-1700000000": 0, "main-0000000-1800000000": 0}, "", "main-0000000-1800000000"),
])  # fmt: skip
def test_which_tag_is_deployed(
    backend: str, policy: str, tags: dict[str, int | None], current: str, winner: str | None
) -> None:
    made = [Candidate(tag, None if at is None else datetime.fromtimestamp(at, UTC)) for tag, at in tags.items()]
    found = backend_of(backend).select(policy_of(policy), made, current)
    assert (found.winner.tag if found.winner else None) == winner
    assert {one.tag for one in found.ranked}.isdisjoint(found.rejected)


@pytest.mark.parametrize(("policy", "wanted"), [
    ("semver:~1.2", ImageUpdate("semver", "~1.2")),
    ("glob:v1.*", ImageUpdate("newest-build", allow_tags=r"regexp:^v1\..*$")),
    ("alphabetical:^v(?P<n>.+)$", ImageUpdate("alphabetical", allow_tags="regexp:^v(.+)$")), ("glob:1.17", None),
])  # fmt: skip
def test_the_fields_for_argocd(policy: str, wanted: ImageUpdate | None) -> None:
    assert argocd_update(policy_of(policy)) == wanted


@pytest.mark.parametrize(("policy", "tag", "wanted"), [
    ("semver:~1.2", "1.2.3", "patch"), ("semver:^1.2", "1.2.3", "minor"), ("semver:>=1.2", "1.2.3", "major"),
    ("semver:>=1.2.0-0", "1.2.3", "all"), ("semver:^0.3", "0.3.1", "patch"), ("glob:1.17", "1.17", ""),
    (UNIX, "", "regexp:^main-[a-f0-9]{7,40}-(?P<compare>[0-9]{10})$"), ("glob:main-*", "main-abc", ""),
])  # fmt: skip
def test_the_annotation_for_keel(policy: str, tag: str, wanted: str) -> None:
    assert keel_policy(policy_of(policy), tag) == wanted


def test_keel_has_one_policy_for_a_workload() -> None:
    def made(*policies: str) -> AutomatedWorkload:
        image = parse_reference("example/a:1.2.3")
        named = [AutomatedContainer(f"c{n}", image, policy_of(one)) for n, one in enumerate(policies)]
        return AutomatedWorkload("web", "web", tuple(named))

    faults = backend_of("keel").workload_faults
    assert list(faults(made("semver:~1.2", "glob:1.2.3", "semver:~1.2.0"))) == []
    assert [name for name, _ in faults(made("semver:~1.2", "semver:^1.2"))] == ["c1"]
