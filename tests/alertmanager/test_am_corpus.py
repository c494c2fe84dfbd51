"""The rules over other people's files: what Alertmanager's own tests call good raises no error, each bad one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import rules
from generator.errors import Problem

from ..support import corpus

CORPUS = corpus.folder() or Path("nowhere")
ALERTMANAGER = CORPUS / "prometheus+alertmanager"

# From prometheus/alertmanager, config/config_test.go: what its tests load, and what they expect to be refused.
GOOD = (
    "config/testdata/conf.good.yml",
    "config/testdata/conf.rocketchat-default-token.yml",
    "config/testdata/conf.slack-default-api-url-file.yml",
    "config/testdata/conf.smtp-no-username-or-password.yml",
    "config/testdata/conf.smtp-password-global-and-local.yml",
    "config/testdata/conf.telegram-default-bot-token.yml",
    "cli/testdata/conf.good.yml",
    "doc/examples/route_labels.yml",
)
BAD = (
    "config/testdata/conf.nil-match_re-route.yml",
    "config/testdata/conf.opsgenie-default-apikey-old-team.yml",
    "config/testdata/conf.rocketchat-both-token-and-tokenfile.yml",
    "config/testdata/conf.rocketchat-both-tokenid-and-tokenidfile.yml",
    "config/testdata/conf.rocketchat-no-token.yml",
    "config/testdata/conf.telegram-both-bot-token-and-file.yml",
    "config/testdata/conf.victorops-both-file-and-apikey.yml",
    "config/testdata/conf.victorops-no-apikey.yml",
)

needs_corpus = pytest.mark.skipif(not ALERTMANAGER.is_dir(), reason="the corpus of other people's files is not here")


def findings(path: Path) -> list[Problem]:
    read = rules.recognise(path.name, path.read_text("utf-8"), named=True)
    if read.file is None or read.file.family not in {"alertmanager", "values"}:
        return []
    return [one for one in rules.check([read.file], rules.Scope((read.file,))) if one.rule.startswith("AM")]


@needs_corpus
@pytest.mark.parametrize("name", GOOD)
def test_what_alertmanager_loads_raises_no_error(name: str) -> None:
    errors = [one for one in findings(ALERTMANAGER / name) if one.severity == "error"]
    assert not errors, errors


@needs_corpus
@pytest.mark.parametrize("name", BAD)
def test_what_alertmanager_refuses_raises_an_error(name: str) -> None:
    assert [one for one in findings(ALERTMANAGER / name) if one.severity == "error"]


@needs_corpus
def test_every_configuration_of_alertmanager_is_judged() -> None:
    there = {one.relative_to(ALERTMANAGER).as_posix() for one in ALERTMANAGER.rglob("conf.*.yml")}
    assert there <= {*GOOD, *BAD}


@needs_corpus
def test_values_files_that_work_raise_no_error() -> None:
    """Nobody's values file in the corpus is broken; a finding there is a false one."""
    paths = [one for one in CORPUS.rglob("*.y*ml") if not one.is_relative_to(ALERTMANAGER) and _may_be(one)]
    wrong = {str(path): [one for one in findings(path) if one.severity != "info"] for path in paths}
    assert not {path: found for path, found in wrong.items() if found}


def _may_be(path: Path) -> bool:
    text = path.read_text("utf-8", "replace")
    return "alertmanager" in text or "receivers:" in text
