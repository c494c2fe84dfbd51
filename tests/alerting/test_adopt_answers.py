"""Answers to conflicts of an adopted file: what Alertmanager loads before, it loads after, and nobody loses an alert.

Alertmanager's own code judges the files; the printed commands are run as they are printed.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from generator.alertmanager.helm import chart_data

from ..conftest import Repo
from ..support.alertmanager import ask
from .test_alertmanager import new_repo

CHART = chart_data()["charts"]["kube-prometheus-stack"]["config"]
FILE = "m/values.yaml"
STACK = ("--chart", "kube-prometheus-stack")
COMMAND = ["alerting", "m", "--values-file", FILE, *STACK, "--receiver", "pagerduty", "--receiver", "slack"]
SEVERE = [*COMMAND, "--severity", "critical=pagerduty,slack"]

# Receivers that cannot change in place, because other places share them.
LIST_IS_AN_ALIAS = """\
x: &recs
  - name: slack
    slack_configs: [{channel: "#a", api_url: "http://x/"}]
alertmanager:
  config:
    route:
      receiver: slack
      routes:
        - matchers: [team="db"]
          receiver: slack
    receivers: *recs
"""
LIST_HAS_AN_ANCHOR = """\
alertmanager:
  config:
    route:
      receiver: slack
      routes:
        - matchers: [team="db"]
          receiver: slack
    receivers: &recs
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
x: *recs
"""
ROUTE_HAS_AN_ANCHOR = """\
alertmanager:
  config:
    route: &root
      receiver: slack
      routes:
        - matchers: [team="db"]
          receiver: slack
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
other: {r: *root}
"""
CONFLICTING = {
    "the list is an alias": LIST_IS_AN_ALIAS,
    "the list has an anchor": LIST_HAS_AN_ANCHOR,
    "the route has an anchor": ROUTE_HAS_AN_ANCHOR,
}
PLAIN = """\
alertmanager:
  config:
    route:
      receiver: slack
      routes:
        - receiver: slack
          matchers: [team="db"]
    receivers:
      - name: slack
        slack_configs: [{api_url: "http://s/", channel: "#x"}]
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def routed(text: str) -> list[list[str]]:
    """Return who gets alerts by a values file. Fails if Alertmanager refuses it."""
    labels = [{}, {"severity": "critical"}, {"team": "db"}, {"team": "db", "severity": "critical"}]
    (answer,) = ask([{"text": text, "labels": labels, "chart": CHART}])
    assert "error" not in answer, answer
    routes: list[list[str]] = answer["routes"]
    return routes


def commands(output: str) -> list[list[str]]:
    return [shlex.split(one)[1:] for one in re.findall(r"(?:keep yours|take it|discard it): +(scaffold .*)", output)]


@pytest.mark.parametrize("name", CONFLICTING)
def test_what_a_conflict_offers_loads(repo: Repo, name: str) -> None:
    text = CONFLICTING[name]
    routed(text)
    repo.write(FILE, text)
    asked = repo.run(*SEVERE)
    assert asked.code == 1, asked.err
    offered = commands(asked.out + asked.err)
    assert offered or "edit the file by hand" in asked.out + asked.err
    for one in offered:
        repo.write(FILE, text)
        (repo.root / "m/scaffold.yaml").unlink(missing_ok=True)
        (repo.root / "m/scaffold.lock").unlink(missing_ok=True)
        done = repo.run(*one)
        assert done.code == 0, done.err
        assert "refuses the file" not in done.err
        for was, now in zip(routed(text), routed(repo.read(FILE)), strict=True):
            assert set(was) <= set(now)
        assert set(re.findall(r"^\w+", text, re.M)) <= set(re.findall(r"^\w+", repo.read(FILE), re.M))


@pytest.mark.parametrize("name", [*CONFLICTING][:2])
@pytest.mark.parametrize("which", ["", ":alertmanager.config.receivers"])
def test_an_answer_with_which_alertmanager_refuses_the_file_is_refused(repo: Repo, name: str, which: str) -> None:
    repo.write(FILE, CONFLICTING[name])
    done = repo.run(*SEVERE, f"--ours={FILE}{which}")
    assert done.code == 2
    assert "Alertmanager would refuse the changed file, and loads the present one: no receiver is named" in done.err
    assert repo.read(FILE) == CONFLICTING[name]
    assert not (repo.root / "m/scaffold.yaml").exists()


def test_a_file_that_was_refused_before_may_stay_so(repo: Repo) -> None:
    text = LIST_IS_AN_ALIAS.replace("receiver: slack\n    receivers", "receiver: gone\n    receivers")
    repo.write(FILE, text)
    done = repo.run(*SEVERE, "--ours")
    assert done.code == 0
    assert "Alertmanager still refuses the file" in done.err


@pytest.mark.parametrize("field", [":alertmanager.config.route.receiver", ":alertmanager.config.route", ""])
def test_a_reset_loses_no_alert_without_consent(repo: Repo, field: str) -> None:
    repo.write(FILE, PLAIN)
    assert repo.run(*COMMAND[:-2]).code == 0
    before = repo.read(FILE)
    done = repo.run("regenerate", f"--reset={FILE}{field}")
    assert done.code == 2
    assert "slack would no longer get alerts" in done.err
    assert "--yes-reroute accepts it" in done.err
    assert repo.read(FILE) == before
    done = repo.run("regenerate", f"--reset={FILE}{field}", "--yes-reroute")
    assert done.code == 0
    assert "no longer reach slack" in done.err
    assert routed(repo.read(FILE))[0] == ["pagerduty"]


def test_a_reset_that_loses_nothing_needs_no_consent(repo: Repo) -> None:
    repo.write(FILE, PLAIN)
    assert repo.run(*COMMAND[:-2]).code == 0
    before = routed(repo.read(FILE))
    repo.edit(FILE, "alertmanager-pagerduty/routing-key", "elsewhere/key")
    field = "alertmanager.config.receivers[name=pagerduty].pagerduty_configs"
    done = repo.run("regenerate", f"--reset={FILE}:{field}")
    assert done.code == 0, done.err
    assert routed(repo.read(FILE)) == before
    assert "elsewhere/key" not in repo.read(FILE)


def test_a_generated_file_is_reset_as_ever(repo: Repo) -> None:
    assert repo.run("alerting", "m", "--values-file", FILE, "--receiver", "pagerduty").code == 0
    before = repo.read(FILE)
    repo.edit(FILE, "repeat_interval: 12h", "repeat_interval: 3h")
    done = repo.run("regenerate", f"--reset={FILE}")
    assert done.code == 0, done.err
    assert repo.read(FILE) == before


def test_another_conflict_lets_no_receiver_conflict(repo: Repo) -> None:
    intervals = "    time_intervals:\n      - name: nights\n        time_intervals: [{weekdays: [saturday]}]\n"
    text = PLAIN.replace('      - name: slack\n        slack_configs: [{api_url: "http://s/", channel: "#x"}]\n', "")
    receiver = (
        '      - name: slack\n        slack_configs:\n          - api_url: "http://s/"\n            channel: "#x"\n'
    )
    repo.write(FILE, text + receiver + intervals)
    assert repo.run(*COMMAND[:-2], "--severity", "critical=pagerduty", "--yes-reroute").code == 0
    spec = repo.read("m/scaffold.yaml")
    repo.write("m/scaffold.yaml", spec + intervals.replace("\n    ", "\n")[4:].replace("saturday", "sunday"))
    done = repo.run(*SEVERE)
    assert done.code == 1
    assert "m/values.yaml:" in done.err
    assert "time_intervals[name=nights]" in done.err
    assert "receivers[name=slack]" not in done.err
    keep, take = commands(done.err)
    assert repo.run(*keep).code == 0
    assert 'api_url: "http://s/"' in repo.read(FILE)
    assert "saturday" in repo.read(FILE)
    assert repo.run("diff").code == 0
    assert take


@pytest.mark.parametrize("broken", ["<<<<<<< a\nx: 1\n=======\nx: 2\n>>>>>>> b\n", "x: [\n"])
def test_a_file_that_cannot_be_read_is_reset(repo: Repo, broken: str) -> None:
    assert repo.run("alerting", "m", "--values-file", FILE, "--receiver", "pagerduty").code == 0
    before = repo.read(FILE)
    repo.write(FILE, before + broken)
    done = repo.run("regenerate", f"--reset={FILE}")
    assert done.code == 0, done.err
    assert repo.read(FILE) == before


def test_markers_are_not_settled_with_a_loss(repo: Repo) -> None:
    repo.write(FILE, PLAIN)
    assert repo.run(*COMMAND[:-2]).code == 0
    adopted = repo.read(FILE)
    line = "      receiver: slack\n"
    assert adopted.count(line) == 1
    sides = f"<<<<<<< yours\n{line}=======\n      receiver: pagerduty\n>>>>>>> generated now\n"
    repo.write(FILE, adopted.replace(line, sides))
    done = repo.run("regenerate", f"--theirs={FILE}")
    assert done.code == 2, done.text
    assert "slack would no longer get alerts" in done.err
    assert "receiver: slack\n=" in repo.read(FILE)


BESIDE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: kps, namespace: monitoring}
spec:
  interval: 1h
  chart: {spec: {chart: kube-prometheus-stack, version: 60.0.0, sourceRef: {kind: HelmRepository, name: x}}}
  values:
    grafana:
      adminPassword: secret
    alertmanager:
      config:
        route: {receiver: &rcv slack}
        receivers: &w
        - name: "null"
        - name: *rcv
          webhook_configs: [{url: "http://a/"}]
    other: *w # mine
"""


def test_no_offer_discards_what_is_beside_the_configuration(repo: Repo) -> None:
    repo.write(FILE, BESIDE)
    done = repo.run(*COMMAND[:-2], "--severity", "critical=pagerduty", "--yes-reroute")
    assert done.code == 1, done.text
    assert "--reset" not in done.err
    for command in commands(done.err):
        repo.run(*command)
        assert "adminPassword: secret" in repo.read(FILE)
        assert "other: *w # mine" in repo.read(FILE)
        repo.write(FILE, BESIDE)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_an_answer_to_one_of_two_conflicts_leaves_the_other(repo: Repo, side: str) -> None:
    """Without the other's answer it is not known whether Alertmanager would refuse the file: nothing is refused."""
    repo.write(FILE, PLAIN)
    repo.ok(*COMMAND[:-2], "--severity", "critical=pagerduty", "--yes-reroute")
    own = '        - receiver: pagerduty\n          matchers: [team="own"]\n          continue: true\n'
    repo.edit(FILE, "        - receiver: slack\n", f"{own}        - receiver: slack\n")
    repo.edit(FILE, "- name: pagerduty\n", "- name: pagerduty # mine\n")
    spec = repo.read("m/scaffold.yaml").replace("pagerduty", "pd").replace("pd_configs", "pagerduty_configs")
    repo.write("m/scaffold.yaml", spec)
    before = repo.read(FILE)
    asked = repo.run("regenerate")
    assert asked.code == 1
    (first,) = (
        one for one in commands(asked.out) if one[-1].startswith(f"--{side}=") and one[-1].endswith("route.receiver")
    )
    done = repo.run(*first)
    assert (done.code, repo.read(FILE)) == (1, before), done.text
    assert "receivers[name=pagerduty]" in done.out
    if side == "ours":
        (rest,) = commands(done.out)
        repo.ok(*rest)
        assert "- name: pagerduty # mine" in repo.read(FILE)
        assert routed(repo.read(FILE))[0] == ["slack"]
        repo.ok("diff")
