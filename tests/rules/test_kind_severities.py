"""How severe findings about kind are, what their hints say, and that a cause is reported once."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import Problem

from .test_cases import CASES, check

# Case: the severities of its findings of the rule that it is a case of, in the order of their lines.
SEVERITIES = {
    "KD001/bad-kept-cluster": ["error"],
    "KD001/bad-ambient-context": ["warning"],
    "KD001/bad-relative": ["warning"],
    "KD001/bad-environment-first": ["error"],
    "KD001/bad-for-both-clusters": ["warning"],
    "KD001/bad-only-if-unset": ["error"],
    "KD001/bad-positional-name": ["error"],
    "KD003/bad-quiet-grep": ["warning"],
    "KD003/bad-trap-under-sh": ["warning"],
    "KD003/bad-tee": ["error"],
    "KD004/bad-several-of-one-cause": ["warning", "warning"],
    "KD008/bad-one-of-two-clusters": ["warning"],
    "KD008/bad-same-host-port": ["warning", "error"],
    "KD009/bad-too-early": ["warning"],
}


def of_case(name: str) -> list[Problem]:
    found = [one for one in check(CASES / name) if one.rule == Path(name).parts[0]]
    return sorted(found, key=lambda one: (one.path, one.line))


@pytest.mark.parametrize("name", SEVERITIES)
def test_a_finding_is_as_severe_as_its_harm(name: str) -> None:
    assert [one.severity for one in of_case(name)] == SEVERITIES[name]


@pytest.mark.parametrize("case", sorted(CASES.glob("KD001/bad-*")), ids=lambda one: one.name)
def test_no_hint_sends_every_target_to_the_cluster_of_the_test(case: Path) -> None:
    found = of_case(f"KD001/{case.name}")
    assert found
    assert not [one.hint for one in found if "override" in one.hint]


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("KD001/bad-kept-cluster", ["add --kube-context kind-e2e to helm"]),
        ("KD001/bad-ambient-context", ["add --context kind-operator-test-e2e to kubectl"]),
        ("KD001/bad-for-both-clusters", ["TARGET: export KUBECONFIG := $(CURDIR)/kubeconfig"]),
        ("KD001/bad-relative", ["write $(CURDIR)/output/kubeconfig.yaml"]),
        ("KD001/bad-environment-first", ["write KUBECONFIG := $(CURDIR)/out/kubeconfig.yaml"]),
        ("KD004/bad-several-of-one-cause", ["add its digest", "name a version"]),
    ],
)
def test_a_hint_has_what_to_write(name: str, hints: list[str]) -> None:
    found = [one.hint for one in of_case(name)]
    assert len(found) == len(hints)
    assert all(want in hint for want, hint in zip(hints, found, strict=True)), found


def test_one_finding_names_the_other_lines_of_its_cause() -> None:
    images, moving = of_case("KD004/bad-several-of-one-cause")
    assert images.message.endswith("(also in line 9)")
    assert moving.message.endswith("(also in line 17)")
