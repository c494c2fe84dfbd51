"""Errors that the rules for kind and workflows find in other people's files: every one is listed with its reason."""

from __future__ import annotations

import re

import pytest
import yaml

from generator import rules
from generator.errors import Problem

from ..support import corpus

NOTHING = "branches has one pattern, and that takes back: no push of a branch starts it"
LOST = "no pipefail, and tee succeeds: the exit code is lost"
CHARTS, KPT = "prometheus-community+helm-charts/.github/workflows", "kptdev+kpt/.github/workflows"
# Path, line, rule: why it is true.
TRUE = {
    ("argoproj-labs+argocd-image-updater/.github/workflows/ci-tests.yaml", 259, "KD003"): "bash runs what curl got",
    ("fluxcd+flagger/.github/workflows/release.yml", 116, "KD003"): LOST,
    (f"{CHARTS}/ci.yaml", 332, "KD003"): LOST,
    (f"{CHARTS}/ci.yaml", 340, "KD003"): LOST,
    (f"{CHARTS}/ci.yaml", 348, "KD003"): LOST,
    (f"{KPT}/e2eEnvironment.yml", 26, "WF003"): NOTHING,
    (f"{KPT}/live-e2e.yml", 26, "WF003"): NOTHING,
    (f"{KPT}/release-snapshot.yml", 26, "WF003"): NOTHING,
    ("kubernetes-sigs+kubebuilder/.github/workflows/test-helm-book.yml", 12, "WF005"): "its pattern ends with a blank",
}
FAMILIES = {"workflow", "action", "kind", "makefile"}


@pytest.fixture(scope="module")
def errors() -> list[Problem]:
    root = corpus.folder()
    if root is None:
        pytest.skip("there is no corpus of YAML files beside the repository")
    texts = {name: corpus.text_of(root, name) for name in corpus.names(root)}
    read = [rules.recognise(name, text).file for name, text in texts.items() if text is not None]
    files = tuple(one for one in read if one is not None and one.family in FAMILIES)
    assert len(files) > 150
    scope = rules.Scope(files, exists=lambda path: (root / path).exists(), read=texts.get)
    found = rules.check(files, scope)
    return [one for one in found if one.rule == "WF009" or (one.severity == "error" and one.rule[:2] in {"KD", "WF"})]


def test_every_error_has_a_reason(errors: list[Problem]) -> None:
    found = {(one.path, one.line, one.rule): one.message for one in errors if one.rule != "WF009"}
    assert found.keys() == TRUE.keys(), "\n".join(f"{place}: {found[place]}" for place in found.keys() - TRUE.keys())


def test_a_kept_token_is_one(errors: list[Problem]) -> None:
    """WF009 by another reading: a checkout without persist-credentials, in a job that never speaks of git push."""
    root = corpus.folder()
    assert root is not None
    kept = [one for one in errors if one.rule == "WF009"]
    assert kept
    for one in kept:
        text = (root / one.path).read_text("utf-8")
        assert "actions/checkout@" in text.splitlines()[one.line - 1], one
        jobs = yaml.safe_load(text)["jobs"].values()
        bare = [job for job in jobs if any(_keeps(step) for step in job.get("steps", []))]
        assert any(not re.search(r"git push|git fetch", str(job)) for job in bare), one


def _keeps(step: dict[str, object]) -> bool:
    given = step.get("with") or {}
    return str(step.get("uses", "")).startswith("actions/checkout@") and "persist-credentials" not in given  # type: ignore[operator]
