"""A spec that changes after its file was adopted: what was generated changes where it is, judged by Alertmanager."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from random import Random

import pytest
import yaml

from generator.choice import Choice
from generator.pipeline import Pipeline, read_config
from generator.planned import Unit
from generator.worktree import Worktree
from generator.writes import writes_of
from generator.yaml import dump

from ..alertmanager.test_reroutes import SENDING
from ..conftest import Repo
from ..support.alertmanager import ask
from .test_adopt_reroutes import CHART, PATH, values_file
from .test_alertmanager import new_repo

FILE = "mon/am.yaml"
BASE = """\
route:
  receiver: slack
  routes:
  - receiver: ops
    matchers: ['team="a"']
receivers:
- name: slack
  slack_configs: [{channel: '#x', api_url: 'https://x/'}]
- name: ops
  webhook_configs: [{url: 'http://ops/'}]
"""
WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
FILES = int(os.environ.get("SCAFFOLD_REROUTES") or 30)
ADOPT = ("alerting", "--values-file", FILE)


def reached(text: str, **labels: str) -> list[str]:
    (answer,) = ask([{"text": text, "labels": [labels]}])
    names: list[str] = answer["routes"][0]
    return names


@pytest.fixture
def base(empty: Repo) -> Repo:
    empty.write(FILE, BASE)
    return empty


def test_watchdogs_route_changes_where_it_is(base: Repo) -> None:
    base.ok(*ADOPT, "--receiver", "slack")
    assert reached(base.read(FILE), **WATCHDOG) == ["null"]
    base.ok(*ADOPT, "--receiver", "webhook:hb", "--watchdog", "hb")
    routes = yaml.safe_load(base.read(FILE))["route"]["routes"]
    assert [one["receiver"] for one in routes] == ["hb", "ops"]
    assert routes[0]["repeat_interval"] == "5m"
    base.ok(*ADOPT, "--watchdog", "null")
    routes = yaml.safe_load(base.read(FILE))["route"]["routes"]
    assert routes[0] == {"receiver": "null", "matchers": ['alertname = "Watchdog"']}
    assert len(routes) == 2


def test_watchdogs_route_that_the_user_removed_comes_first_if_the_spec_needs_it(base: Repo) -> None:
    base.ok(*ADOPT, "--receiver", "slack")
    text = base.read(FILE)
    route = '  - receiver: "null"\n    matchers:\n      - alertname = "Watchdog"\n'
    assert route in text
    base.write(FILE, text.replace(route, ""))
    base.ok(*ADOPT, "--receiver", "webhook:hb", "--watchdog", "hb")
    assert reached(base.read(FILE), **WATCHDOG) == ["hb"]


def test_a_route_that_was_placed_is_removed_when_it_is_gone_from_the_spec(base: Repo) -> None:
    base.ok(*ADOPT, "--receiver", "slack", "--receiver", "pagerduty", "--severity", "critical=pagerduty,slack")
    spec = base.read("mon/scaffold.yaml")
    assert "    - pagerduty\n    - slack\n" in spec
    base.write("mon/scaffold.yaml", spec.replace("    - pagerduty\n    - slack\n", "    - pagerduty\n"))
    base.ok("regenerate")
    assert reached(base.read(FILE), severity="critical") == ["pagerduty"]
    assert reached(base.read(FILE), severity="critical", team="a") == ["pagerduty", "ops"]
    base.ok("diff")


def test_a_route_that_the_user_edited_is_a_conflict_whose_commands_work(base: Repo) -> None:
    base.ok(*ADOPT, "--receiver", "slack", "--receiver", "pagerduty", "--severity", "critical=pagerduty,slack")
    spec, text = base.read("mon/scaffold.yaml"), base.read(FILE)
    last = '  - receiver: slack\n    matchers:\n      - severity = "critical"\n'
    assert last in text
    base.write(FILE, text.replace(last, f"{last}    group_wait: 7s\n"))
    base.write("mon/scaffold.yaml", spec.replace("    - pagerduty\n    - slack\n", "    - pagerduty\n"))
    done = base.run("regenerate")
    assert done.code == 1
    commands = [shlex.split(line.partition("scaffold ")[2]) for line in done.out.splitlines() if "scaffold " in line]
    assert len(commands) == 2
    for command in commands:
        tried = base.run(*command)
        assert "is not a generated file" not in tried.text
        assert tried.code == 0 or "no longer get" in tried.err
        base.write(FILE, text.replace(last, f"{last}    group_wait: 7s\n"))


def test_a_route_of_a_spec_follows_it_whatever_the_file_has(base: Repo) -> None:
    """Only the routes of severities have a computed ``continue``."""
    base.ok(*ADOPT, "--receiver", "slack")
    spec = base.read("mon/scaffold.yaml")
    own = "route:\n  routes:\n    - receiver: slack\n      matchers: ['x=\"y\"']\n      group_wait: 1s\n"
    base.write("mon/scaffold.yaml", f"{spec}{own}")
    base.ok("regenerate", "--yes-reroute")
    assert "group_wait: 1s" in base.read(FILE)
    base.write("mon/scaffold.yaml", spec)
    base.ok("regenerate", "--yes-reroute")
    assert "group_wait: 1s" not in base.read(FILE)


def test_the_secret_of_a_new_receiver_is_mounted_in_an_adopted_file(base: Repo) -> None:
    below = "".join(f"    {line}\n" for line in BASE.splitlines())
    base.write(FILE, f"alertmanager:\n  config:\n{below}")
    base.ok(*ADOPT, "--receiver", "slack")
    base.ok(*ADOPT, "--receiver", "webhook:hb", "--watchdog", "hb")
    assert yaml.safe_load(base.read(FILE))["alertmanager"]["alertmanagerSpec"] == {"secrets": ["alertmanager-hb"]}


def test_who_gets_more_is_told_of_a_file_whose_receivers_got_nothing(base: Repo) -> None:
    text = BASE.replace("  receiver: slack\n", "  receiver: 'null'\n", 1).replace(
        "- receiver: ops", "- receiver: 'null'"
    )
    base.write(FILE, f"{text}- name: 'null'\n")
    told = base.ok(*ADOPT, "--receiver", "pagerduty", "--severity", "critical=pagerduty").text
    assert 'alerts with severity="critical" now reach pagerduty' in told


def test_lines_that_end_with_carriage_returns_are_refused(base: Repo) -> None:
    (base.root / FILE).write_bytes(BASE.replace("\n", "\r").encode())
    done = base.run(*ADOPT, "--receiver", "slack")
    assert done.code == 2
    assert "ends its lines with carriage returns alone" in done.err


def test_watchdog_reaches_what_the_spec_says_or_the_change_is_refused(tmp_path: Path) -> None:
    draw = Random("watchdog")  # noqa: S311 - examples
    root = new_repo(tmp_path / "repo").root
    found: list[tuple[str, str, str]] = []
    slack = {"name": "slack", "slack_configs": [{}]}
    for number in range(FILES):
        name, (first, then) = f"u{number}", draw.sample(["null", "hb", "hb2"], 2)
        folder = root / name
        folder.mkdir()
        (folder / PATH).write_text(values_file(draw), "utf-8")
        for to in (first, then):
            webhooks = [{"name": one, "webhook_configs": [{"url": f"http://{one}/"}]} for one in ("hb", "hb2")]
            chart = {"chart": "kube-prometheus-stack"}
            data = {"template": "alerting", "name": "x", "watchdog": to, "receivers": [slack, *webhooks], **chart}
            (folder / "scaffold.yaml").write_text(dump(data), "utf-8")
            worktree = Worktree(root)
            (unit,) = Pipeline(worktree, read_config(worktree), Choice(reroute=to == first)).units([name])
            if _is_open(unit):
                break
            with worktree.alone(lambda _told: None):
                worktree.apply(writes_of([unit]))
        else:
            found.append((first, then, (folder / PATH).read_text("utf-8")))
    answers = ask([{"text": text, "labels": [WATCHDOG], "chart": CHART} for *_, text in found])
    for (first, then, text), answer in zip(found, answers, strict=True):
        reaches = set(answer["routes"][0])
        assert not (reaches - {then, "infra", "slack", "pagerduty", "mail"}) & {"hb", "hb2"}, (first, then, text)
        assert then == "null" or then in reaches, (first, then, text)
        assert then != "null" or not reaches & SENDING, (first, then, text)
    assert len(found) > FILES / 2


def _is_open(unit: Unit) -> bool:
    return bool(unit.problems) or unit.plan is None or any(one.conflicts for one in unit.plan.changes)
