"""The chart of an adopted file changes, and with it the place of the configuration: nobody loses an alert unasked.

Alertmanager's own code says who gets alerts by the configuration that the new chart reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import Repo
from ..support.alertmanager import ask
from .test_alertmanager import new_repo

FILE = "m/v.yaml"
COMMAND = ["alerting", "m", "--values-file", FILE, "--receiver", "pagerduty", "--severity", "critical=pagerduty"]
CONFIG = """\
route:
  receiver: slack # k1
  routes:
    - receiver: dba # k2
      matchers: [team="db"]
receivers:
  - name: slack
    slack_configs: [{channel: "#a", api_url: "http://x/"}] # k3
  - name: dba
    webhook_configs: [{url: "http://d/"}]
"""
PLACES = {
    "prometheus-17": ("alertmanagerFiles", "alertmanager.yml"),
    "prometheus": ("alertmanager", "config"),
    "kube-prometheus-stack": ("alertmanager", "config"),
    "alertmanager": ("config",),
    "none": (),
}
BESIDE = {
    "prometheus-17": "server: {retention: 3d} # keep\n",
    "prometheus": "server: {retention: 3d} # keep\n",
    "kube-prometheus-stack": "prometheusOperator: {enabled: true} # keep\n",
    "alertmanager": "replicaCount: 2 # keep\n",
    "none": "",
}
CHANGES = [
    ("prometheus-17", "prometheus"),
    ("prometheus-17", "alertmanager"),
    ("prometheus-17", "none"),
    ("prometheus", "prometheus-17"),
    ("kube-prometheus-stack", "alertmanager"),
    ("alertmanager", "kube-prometheus-stack"),
    ("none", "kube-prometheus-stack"),
]
LABELS = [{"team": "db"}, {"severity": "warning"}, {"team": "db", "severity": "critical"}]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def placed(chart: str, config: str = CONFIG) -> str:
    text, depth = BESIDE[chart], 0
    for depth, key in enumerate(PLACES[chart], 1):
        text += f"{'  ' * (depth - 1)}{key}:\n"
    return text + "".join(f"{'  ' * depth}{line}\n" for line in config.splitlines())


def adopted(repo: Repo, chart: str) -> None:
    repo.write(FILE, placed(chart))
    done = repo.run(*COMMAND, "--chart", chart, "--yes-reroute")
    assert done.code == 0, done.err


def change_chart(repo: Repo, chart: str) -> None:
    spec = repo.read("m/scaffold.yaml")
    lines = [one for one in spec.splitlines() if not one.startswith("chart:")]
    repo.write("m/scaffold.yaml", "\n".join([*lines, f"chart: {chart}", ""]))


def routed(text: str, chart: str) -> list[set[str]]:
    """Return who gets alerts by the configuration that a chart reads in a file."""
    config: Any = yaml.safe_load(text)
    for key in PLACES[chart]:
        config = config[key]
    (answer,) = ask([{"text": yaml.safe_dump(config, sort_keys=False), "labels": LABELS}])
    assert "error" not in answer, answer
    return [set(one) for one in answer["routes"]]


@pytest.mark.parametrize(("was", "now"), CHANGES)
def test_another_place_of_the_configuration_loses_nobody(repo: Repo, was: str, now: str) -> None:
    adopted(repo, was)
    text = repo.read(FILE)
    before = routed(text, was)
    change_chart(repo, now)
    asked = repo.run("regenerate")
    assert asked.code in {1, 2}
    assert repo.read(FILE) == text
    for option in ("--theirs", f"--reset={FILE}", f"--theirs={FILE}:{'.'.join(PLACES[was]) or 'route'}"):
        done = repo.run("regenerate", option)
        if done.code == 0:
            after = routed(repo.read(FILE), now)
            assert all(one <= other for one, other in zip(before, after, strict=True)), option
            pytest.fail(f"{option} is not refused")
        assert repo.read(FILE) == text
        assert option == "--theirs" or done.code == 1 or "would no longer get" in done.err
    accepted = repo.run("regenerate", f"--reset={FILE}", "--yes-reroute")
    assert accepted.code == 0, accepted.err


def test_an_unedited_file_changes_its_chart(repo: Repo) -> None:
    assert repo.run(*COMMAND, "--chart", "prometheus-17").code == 0
    change_chart(repo, "prometheus")
    assert repo.run("regenerate").code == 0
    assert "alertmanagerFiles" not in repo.read(FILE)


def test_a_configuration_that_was_moved_by_hand_is_the_users(repo: Repo) -> None:
    adopted(repo, "prometheus-17")
    text = placed(
        "prometheus", yaml.safe_dump(yaml.safe_load(repo.read(FILE))["alertmanagerFiles"]["alertmanager.yml"])
    )
    repo.write(FILE, text)
    reset = repo.run("regenerate", f"--reset={FILE}")
    assert reset.code == 2
    assert "slack would no longer get" in reset.err
    change_chart(repo, "prometheus")
    taken = repo.run("regenerate", "--theirs")
    assert taken.code == 2
    assert "dba would no longer get" in taken.err or "slack would no longer get" in taken.err
    assert repo.run("regenerate", "--ours").code == 0
    assert routed(repo.read(FILE), "prometheus") == routed(text, "prometheus")


def test_a_release_of_the_old_chart_is_checked(repo: Repo) -> None:
    inside = "".join(f"    {line}\n" for line in placed("prometheus-17").splitlines())
    head = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: prom}\nspec:\n"
    head += "  chart: {spec: {chart: prometheus, version: 17.0.0}}\n  values:\n"
    repo.write(FILE, head + inside)
    done = repo.run(*COMMAND)
    assert done.code == 2
    assert "slack would no longer get" in done.err
    assert repo.read(FILE) == head + inside
