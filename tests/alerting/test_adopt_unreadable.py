"""An adopted file that cannot be read: no answer settles it, and nothing in it is discarded unasked."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Repo
from .test_alertmanager import new_repo

FILE = "m/v.yaml"
COMMAND = ["alerting", "m", "--values-file", FILE, "--receiver", "pagerduty", "--severity", "critical=pagerduty"]
VALUES = """\
# k1
alertmanager:
  config:
    route:
      receiver: slack # k2
      routes:
        - receiver: dba # k3
          matchers: [team="db"]
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
      - name: dba
        webhook_configs: [{url: "http://d/"}]
prometheusOperator: {enabled: true}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: kps}
spec:
  chart: {spec: {chart: kube-prometheus-stack, version: 60.0.0}}
  values:
""" + "".join(f"    {line}\n" for line in VALUES.splitlines())
FORMATS = {"values": VALUES, "an object": RELEASE}


def marked(text: str) -> str:
    match = re.search(r"(?m)^( *)receiver: slack # k2\n", text)
    assert match is not None
    mine = match.group()
    return text.replace(mine, f"<<<<<<< HEAD\n{mine}=======\n{match.group(1)}receiver: dba\n>>>>>>> other\n")


BROKEN: dict[str, Callable[[str], bytes]] = {
    "a tab": lambda text: text.replace("      receiver: slack", "\treceiver: slack").encode(),
    "a duplicated key": lambda text: text.replace("receiver: slack # k2", "receiver: slack\n!receiver: x").encode(),
    "not UTF-8": lambda text: text.encode() + b"# caf\xe9\n",
    "UTF-16": lambda text: text.encode("utf-16"),
    "a NUL byte": lambda text: text.encode() + b"# a\0b\n",
}


def broken(name: str, text: str) -> bytes:
    data = BROKEN[name](text)
    return re.sub(rb"(?m)^( *)(receiver: slack)\n!", rb"\1\2\n\1", data)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def adopted(repo: Repo, text: str) -> None:
    repo.write(FILE, text)
    done = repo.run(*COMMAND, "--yes-reroute")
    assert done.code == 0, done.err


def change_spec(repo: Repo) -> None:
    spec = repo.read("m/scaffold.yaml")
    repo.write("m/scaffold.yaml", spec.replace("receivers:", "external_url: https://am.example.org\nreceivers:"))


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("form", FORMATS)
def test_no_answer_settles_what_cannot_be_read(repo: Repo, form: str, name: str) -> None:
    adopted(repo, FORMATS[form])
    text = repo.read(FILE)
    change_spec(repo)
    (repo.root / FILE).write_bytes(broken(name, text))
    before = repo.snapshot()
    for option in ((), ("--ours",), (f"--ours={FILE}",), ("--theirs",), ("--markers",), (f"--reset={FILE}",)):
        assert repo.run("regenerate", *option).code == 2, option
        assert repo.snapshot() == before, option
    repo.write(FILE, text)
    assert repo.run("regenerate").code == 0
    assert "https://am.example.org" in repo.read(FILE)
    assert "receiver: dba # k3" in repo.read(FILE)


@pytest.mark.parametrize("form", FORMATS)
def test_a_conflict_of_git_is_resolved_by_hand(repo: Repo, form: str) -> None:
    adopted(repo, FORMATS[form])
    text = repo.read(FILE)
    repo.write(FILE, marked(text))
    before = repo.snapshot()
    done = repo.run("regenerate")
    assert done.code == 1
    assert "a conflict of git is marked here" in done.out
    assert "--reset" not in done.out
    assert "edit the file by hand" in done.out
    for option in ("--ours", "--theirs", f"--reset={FILE}"):
        assert repo.run("regenerate", option).code in {1, 2}
        assert repo.snapshot() == before
    assert [one["settle"] for row in repo.rows() for one in row["conflicts"]] == [""]


def test_a_reset_of_a_marked_file_says_who_loses_alerts(repo: Repo) -> None:
    adopted(repo, VALUES)
    repo.write(FILE, marked(repo.read(FILE)))
    done = repo.run("regenerate", f"--reset={FILE}")
    assert done.code == 2
    assert "slack would no longer get" in done.err
    assert "dba would no longer get" in done.err
    assert repo.run("regenerate", f"--reset={FILE}", "--yes-reroute").code == 0


def test_a_conflict_of_git_in_a_generated_file_can_be_discarded(repo: Repo) -> None:
    assert repo.run(*COMMAND).code == 0
    text = repo.read(FILE)
    line = "    receivers:\n"
    repo.write(FILE, text.replace(line, f"<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> other\n", 1))
    done = repo.run("regenerate")
    found = re.findall(r"discard it: +(scaffold .*)", done.out)
    assert len(found) == 1
    assert repo.run(*shlex.split(found[0])[1:]).code == 0
    assert repo.read(FILE) == text


def test_an_answer_that_loses_alerts_is_offered_with_what_accepts_it(repo: Repo) -> None:
    adopted(repo, VALUES)
    spec = repo.read("m/scaffold.yaml")
    new = spec.replace("name: pagerduty", "name: oncall").replace("critical: pagerduty", "critical: oncall")
    repo.write("m/scaffold.yaml", new)
    text = repo.read(FILE)
    asked = repo.run("regenerate")
    assert asked.code == 1
    assert "slack would no longer get" in asked.out
    found = re.findall(r"(?:keep yours|take it): +(scaffold .*)", asked.out)
    assert [one.endswith(" --yes-reroute") for one in found] == [False, True]
    lock = repo.read("m/scaffold.lock")
    for command in found:
        done = repo.run(*shlex.split(command)[1:])
        assert done.code == 0, done.err
        repo.write(FILE, text)
        repo.write("m/scaffold.lock", lock)


@pytest.mark.parametrize("text", [f"{VALUES}---\nmore: 1\n", "hello\n", "other: {config: 1}\n"])
def test_no_answer_settles_what_has_no_place_for_the_change(repo: Repo, text: str) -> None:
    adopted(repo, VALUES)
    whole = repo.read(FILE)
    repo.write(FILE, text)
    change_spec(repo)
    lock = repo.read("m/scaffold.lock")
    for answer in ([], ["--ours"], ["--theirs"]):
        assert repo.run("regenerate", *answer).code in {1, 2}, answer
        assert (repo.read(FILE), repo.read("m/scaffold.lock")) == (text, lock), answer
    repo.write(FILE, whole)
    repo.ok("regenerate")
    assert "externalUrl: https://am.example.org" in repo.read(FILE)
