"""What a spec names and an existing file defines: receivers and time intervals, which stay as they are there.

Also where such a file has its configuration, if no key tells its chart. Alertmanager's own code loads what was written,
and PyYAML reads it.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from generator.alertmanager.helm import chart_data

from ..conftest import Repo
from ..support.alertmanager import ask
from .test_alertmanager import new_repo

CHART = chart_data()["charts"]["kube-prometheus-stack"]["config"]
FILE = "m/values.yaml"
COMMAND = ("alerting", "m", "--values-file", FILE, "--chart", "kube-prometheus-stack")
CONFIG = """\
  config:
    route:
      receiver: slack
      routes:
        - receiver: slack
          matchers: [team="db"]
    receivers:
      - name: "null"
      - name: slack
        slack_configs: [{api_url: "http://s/", channel: "#x"}]
"""
PLAIN = f"alertmanager:\n{CONFIG}"
INTERVALS = "    time_intervals:\n      - name: nights\n        time_intervals: [{weekdays: [saturday]}]\n"
ALIAS_IN_AN_ITEM = """\
alertmanager:
  config:
    route:
      receiver: &rcv slack
    receivers:
      - name: "null"
      - name: *rcv  # the team's
        slack_configs:
          - channel: "#alerts"
            api_url: https://hooks.slack.com/services/x
"""
MERGE_KEY_IN_AN_ITEM = """\
x-common: &common
  slack_configs:
    - channel: "#alerts"
      api_url: https://hooks.slack.com/services/x
x-route: &route
  group_wait: 10s
  continue: true
alertmanager:
  config:
    route:
      receiver: &first slack
      routes:
        - <<: *route
          receiver: *first
          matchers: [team="db"]
    receivers:
      - &own
        name: slack
        <<: *common
      - name: other
        <<: *common
y: *own
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def loaded(text: str) -> None:
    (answer,) = ask([{"text": text, "labels": [{}], "chart": CHART}])
    assert "error" not in answer, answer


@pytest.mark.parametrize("text", [ALIAS_IN_AN_ITEM, MERGE_KEY_IN_AN_ITEM])
def test_aliases_in_other_items_are_no_conflict(repo: Repo, text: str) -> None:
    repo.write(FILE, text)
    repo.ok(*COMMAND, "--receiver", "pagerduty", "--receiver", "slack", "--severity", "critical=pagerduty,slack")
    after = repo.read(FILE)
    loaded(after)
    lines = iter(after.splitlines())
    assert all(line in lines for line in text.splitlines()), "a line of the file changed"
    was, now = (yaml.safe_load(one) for one in (text, after))
    assert {key: one for key, one in now.items() if key != "alertmanager"} == {
        key: one for key, one in was.items() if key != "alertmanager"
    }
    before = was["alertmanager"]["config"]["receivers"]
    receivers = now["alertmanager"]["config"]["receivers"]
    assert [one for one in receivers if one in before] == before
    assert {one["name"] for one in receivers if one not in before} <= {"null", "pagerduty"}
    assert repo.ok("diff").code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "x: &list\n" + re.sub("^    ", "", CONFIG.partition("receivers:\n")[2], flags=re.M)
            + PLAIN.partition("receivers:")[0] + "receivers: *list\n",
            "yours is the alias *list of line 1, and would change there too",
        ),
        (
            PLAIN.replace("receivers:", "receivers: &list") + "x: 1\ny: *list\n",
            "it is used elsewhere through the anchor list, in line 13: write out there what it stands for",
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_shared_is_a_conflict_that_says_where(repo: Repo, text: str, told: str) -> None:
    repo.write(FILE, text)
    done = repo.run(*COMMAND, "--receiver", "pagerduty")
    assert (done.code, told in done.err) == (1, True), done.err
    assert repo.read(FILE) == text


def test_an_anchor_of_an_empty_list_is_kept(repo: Repo) -> None:
    repo.write(FILE, "alertmanager:\n  alertmanagerSpec:\n    secrets: &none []\n" + CONFIG)
    repo.ok(*COMMAND, "--receiver", "pagerduty")
    assert "secrets: &none\n      - alertmanager-pagerduty\n" in repo.read(FILE)


def test_another_integration_is_not_added_to_a_receiver_of_the_file(repo: Repo) -> None:
    repo.write(FILE, PLAIN)
    done = repo.run(*COMMAND, "--receiver", "webhook:slack", "--severity", "critical=slack")
    assert done.code == 2
    assert f"{FILE}:10:9: the receiver slack has slack_configs here, but no webhook_configs" in done.err
    assert repo.read(FILE) == PLAIN
    assert not repo.has("m/scaffold.yaml")
    same, other = (shlex.split(one) for one in re.findall(r"--receiver \S+", done.err.replace(",", " ")))
    for option, count in ((same, 1), (other, 2)):
        repo.write(FILE, PLAIN)
        (repo.root / "m/scaffold.yaml").unlink(missing_ok=True)
        (repo.root / "m/scaffold.lock").unlink(missing_ok=True)
        repo.ok(*COMMAND, *option)
        text = repo.read(FILE)
        loaded(text)
        assert 'slack_configs: [{api_url: "http://s/", channel: "#x"}]\n' in text
        assert text.count("_configs:") == count


@pytest.mark.parametrize(
    ("receivers", "told"),
    [
        ("[{name: slack, slack_configs: [{}], webhook_configs: [{url: 'http://x/'}]}]", "but no webhook_configs"),
        ("[{name: slack, slack_configs: [{}, {channel: '#y'}]}]", "has only 1 slack_configs here, but 2 in the spec"),
    ],
)
def test_a_spec_with_more_of_a_receiver_than_the_file(repo: Repo, receivers: str, told: str) -> None:
    repo.write(FILE, PLAIN)
    repo.write("m/scaffold.yaml", f"template: alerting\nname: m\nreceivers: {receivers}\n")
    done = repo.run("regenerate")
    assert (done.code, told in done.err) == (2, True), done.text
    assert repo.read(FILE) == PLAIN


def test_a_receiver_that_the_spec_gets_later_is_not_added_to(repo: Repo) -> None:
    repo.write(FILE, PLAIN)
    repo.ok(*COMMAND, "--receiver", "pagerduty")
    before = repo.read(FILE)
    done = repo.run("alerting", "m", "--values-file", FILE, "--receiver", "webhook:slack")
    assert (done.code, "but no webhook_configs" in done.err) == (2, True), done.text
    assert repo.read(FILE) == before


def test_a_time_interval_of_the_file_is_named_by_a_spec(repo: Repo) -> None:
    repo.write(FILE, PLAIN + INTERVALS)
    repo.ok(*COMMAND, "--receiver", "pagerduty")
    spec = repo.read("m/scaffold.yaml")
    repo.write(
        "m/scaffold.yaml",
        spec + "severity: {critical: {receiver: pagerduty, mute_time_intervals: [nights]}}\n"
        "route: {routes: [{receiver: pagerduty, matchers: [a = b], active_time_intervals: [nights]}]}\n",
    )
    repo.ok("regenerate", "--yes-reroute")
    after = repo.read(FILE)
    loaded(after)
    assert after.count("name: nights") == 1
    assert after.count("- nights") == 2
    assert INTERVALS in after
    assert "no files" not in repo.ok("diff").text

    repo.write(FILE, after.replace(INTERVALS, ""))
    lost = repo.read(FILE)
    for command in ("regenerate", "diff", "status"):
        done = repo.run(command)
        assert done.code == 2, done.text
        assert f"{FILE}:" in done.text
        assert "no time interval is named 'nights', which severity.critical.mute_time_intervals[0] names" in done.text
    assert repo.read(FILE) == lost
    repo.write("m/scaffold.yaml", repo.read("m/scaffold.yaml") + INTERVALS.replace("\n    ", "\n")[4:])
    repo.ok("regenerate")
    loaded(repo.read(FILE))


@pytest.mark.parametrize("there", [None, PLAIN, PLAIN + INTERVALS.replace("nights", "evenings")])
def test_a_time_interval_that_nothing_defines(repo: Repo, there: str | None) -> None:
    if there is not None:
        repo.write(FILE, there)
    spec = "template: alerting\nname: m\nseverity: {critical: {receiver: slack, mute_time_intervals: [nights]}}\n"
    repo.write("m/scaffold.yaml", spec)
    done = repo.run("regenerate", "--yes-reroute")
    assert done.code == 2
    assert done.err.startswith("m/scaffold.yaml: " if there is None else f"{FILE}:2:")
    assert "no time interval is named 'nights'" in done.err
    assert ("use one of evenings" in done.err) is ("evenings" in (there or ""))


@pytest.mark.parametrize("extra", ["replicaCount: 2", "persistence: {size: 2Gi}", "image: {tag: v0.27.0}"])
@pytest.mark.parametrize("umbrella", [False, True])
def test_a_configuration_whose_chart_is_not_certain(repo: Repo, extra: str, umbrella: bool) -> None:
    text = f"alertmanager:\n  {extra}\n{CONFIG}"
    text = "monitoring:\n" + re.sub("^", "  ", text, flags=re.M).rstrip(" ") if umbrella else text
    repo.write(FILE, text)
    command = ("alerting", "m", "--values-file", FILE, "--receiver", "pagerduty")
    done = repo.run(*command)
    where = "monitoring.alertmanager.config" if umbrella else "alertmanager.config"
    assert done.code == 2
    assert f"has {where}, but its keys do not tell which chart reads it" in done.err
    charts = re.findall(r"(?:kube|prom|vict|alert)[a-z0-9-]+(?=,|\n| if)", done.err.partition("chart: in the spec")[2])
    assert {"prometheus", "kube-prometheus-stack"} <= set(charts)
    for chart in charts:
        repo.write(FILE, text)
        repo.ok(*command, "--chart", chart)
        found = yaml.safe_load(repo.read(FILE))
        section = found["monitoring"]["alertmanager"] if umbrella else found["alertmanager"]
        assert [one["name"] for one in section["config"]["receivers"]] == ["null", "slack", "pagerduty"]
        assert set(found) == ({"monitoring"} if umbrella else {"alertmanager"})
        for name in ("scaffold.yaml", "scaffold.lock"):
            (repo.root / "m" / name).unlink()


def test_a_configuration_that_a_chart_does_not_read_is_not_written_twice(repo: Repo) -> None:
    text = "monitoring:\n" + re.sub("^", "  ", PLAIN, flags=re.M).rstrip(" ")
    repo.write(FILE, text)
    done = repo.run("alerting", "m", "--values-file", FILE, "--receiver", "pagerduty", "--chart", "alertmanager")
    assert (done.code, "has monitoring.alertmanager.config" in done.err) == (2, True), done.text
    assert repo.read(FILE) == text


def test_a_severity_that_gets_an_interval_of_the_file_is_told_as_what_it_is(repo: Repo) -> None:
    repo.write(FILE, PLAIN + INTERVALS)
    repo.ok(*COMMAND, "--receiver", "pagerduty", "--severity", "critical=pagerduty", "--yes-reroute")
    spec = repo.read("m/scaffold.yaml")
    muted = "critical: {receiver: pagerduty, mute_time_intervals: [nights]}"
    repo.write("m/scaffold.yaml", spec.replace("critical: pagerduty", muted))
    done = repo.run("regenerate")
    assert done.code == 2
    assert 'pagerduty would be muted at more times for alerts with severity="critical"\n' in done.err
    assert "remove the time intervals from their routes in the spec, or --yes-reroute accepts it" in done.err
    done = repo.run("regenerate", "--yes-reroute")
    assert done.code == 0
    assert 'pagerduty is muted at more times for alerts with severity="critical"' in done.err
    repo.ok("diff")
