"""SCF002, globs that match nothing: told, without failing a run over a leftover."""

from __future__ import annotations

import json
import re

import pytest

from ..conftest import SPEC, Repo

CONFIG = ".scaffold/config.yaml"
# What is added to the config, and the globs that are found.
CONFIGS = {
    "a misspelt file": ("files: {deploy/servise.yaml: never}\n", ["deploy/servise.yaml"]),
    "a file that is never generated": ("files: {deploy/service.yaml: never}\n", []),
    "a workflow": ("files: {/.github/workflows/services-payments.yaml: once}\n", []),
    "a folder": ("files: {'e2e/*': once}\n", []),
    "a unit that is not there": ("hold: {service: [services/gone]}\n", ["services/gone"]),
    "a unit of another template": ("hold: {e2e: ['services/*']}\n", ["services/*"]),
    "a unit": ("hold: {service: ['services/p*']}\n", []),
    "a path of a rule": ("rules: {FX004: {'deploy/*': 'off', 'services/*': 'off'}}\n", ["deploy/*"]),
    "a severity of a rule": ("rules: {FX004: 'off'}\n", []),
    "shared paths": ("ci: {shared: [charts, services, 'serv*']}\n", ["charts"]),
}


def found(repo: Repo, *arguments: str) -> list[str]:
    done = repo.run("validate", "--format", "json", *arguments)
    assert done.code == 0, done.text
    return [one["message"].split('"')[1] for one in json.loads(done.out) if one["rule"] == "SCF002"]


@pytest.mark.parametrize("case", CONFIGS)
def test_globs_of_the_config(repo: Repo, case: str) -> None:
    more, wanted = CONFIGS[case]
    repo.write(CONFIG, repo.read(CONFIG) + more)
    assert found(repo) == wanted


def test_globs_of_a_spec(repo: Repo) -> None:
    text = repo.read(SPEC)
    repo.write(SPEC, f"{text}files: {{deploy/canary.yaml: once, deploy/servise.yaml: never, '*': merge}}\n")
    assert found(repo) == ["deploy/servise.yaml"]
    assert found(repo, SPEC) == ["deploy/servise.yaml"]
    done = repo.run("validate")
    line = text.count("\n") + 1
    assert re.search(rf'{SPEC}:{line}:[0-9]+: info: files has "deploy/servise.yaml"', done.out)
    assert 'did you mean "deploy/service.yaml"? Else remove it' in done.out


def test_a_part_of_the_repository_tells_nothing_of_the_config(repo: Repo) -> None:
    repo.write(CONFIG, repo.read(CONFIG) + "hold: {service: [services/gone]}\n")
    assert found(repo, "services") == []


@pytest.mark.parametrize(("key", "value"), [("defaults", "{replicas: 2}"), ("hold", "[services/a]")])
def test_a_template_that_is_not_there_is_refused(repo: Repo, key: str, value: str) -> None:
    repo.write(CONFIG, f"{repo.read(CONFIG)}{key}: {{servise: {value}}}\n")
    done = repo.run("diff")
    assert done.code == 2
    assert f'{key} names "servise", which is not a template' in done.err
    assert "did you mean 'service'?" in done.err
