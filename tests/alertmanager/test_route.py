"""scaffold route: what it says of an alert and a tree, what it expects, and that its preview sends to nobody."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from generator.alertmanager import trial as sandbox
from generator.alertmanager.model import Context
from generator.alertmanager.source import sources
from generator.yaml import parse_one

from ..conftest import Repo
from ..support.real import tool

CASES = Path(__file__).parents[1] / "cases" / "route"
VALUES = (CASES / "values.yaml").read_text("utf-8")
GOLDEN = {
    "critical": ("alertname=Down", "severity=critical", "team=db", "namespace=shop"),
    "watchdog": ("alertname=Watchdog", "severity=none"),
    "warning": ("alertname=Slow", "severity=warning", "namespace=shop"),
    "tree": ("--tree",),
    "tree-of-an-alert": ("alertname=Down", "severity=critical", "team=web", "--tree"),
}


@pytest.fixture
def here(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    repo.write("values.yaml", VALUES)
    return repo


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_said(name: str, here: Repo) -> None:
    golden = CASES / f"{name}.txt"
    said = here.ok("route", "values.yaml", *GOLDEN[name]).out
    if os.environ.get("SCAFFOLD_WRITE_GOLDEN"):
        golden.write_text(said, "utf-8")
    assert said == golden.read_text("utf-8")


@pytest.mark.parametrize(
    ("labels", "expected", "code"),
    [
        (["alertname=Watchdog"], ["null"], 0),
        (["alertname=Watchdog"], ["slack"], 1),
        (["severity=critical"], ["pager"], 0),  # continue, and no other route matches
        (["severity=critical", "team=db"], ["pager", "slack"], 0),
        (["severity=critical", "team=db"], ["slack", "pager"], 0),
        (["severity=critical", "team=db"], ["slack"], 1),
        (["severity=warning"], ["slack"], 0),
        (["severity=warning"], ["null"], 1),
        (["severity=warning"], ["slack", "null"], 1),
        (["severity=warning"], ["slak"], 1),
    ],
)
def test_expectations(labels: list[str], expected: list[str], code: int, here: Repo) -> None:
    done = here.run("route", "values.yaml", *labels, *(f"--expect={one}" for one in expected))
    assert done.code == code, done.text
    assert ("but the alert reaches" in done.err) == (code == 1)


def test_json(here: Repo) -> None:
    labels = ("severity=critical", "team=db", "namespace=shop")
    found = json.loads(here.ok("route", "values.yaml", *labels, "--format", "json", "--tree").out)
    assert [one["receiver"] for one in found["receivers"]] == ["pager", "slack"]
    pager, slack = found["receivers"]
    assert pager["sends"] == ["PagerDuty"]
    assert pager["route"][-1] == {"line": 9, "matchers": ['severity="critical"']}
    assert pager["group"] == {"namespace": "shop"}
    assert (pager["group_wait"], pager["group_interval"], pager["repeat_interval"]) == ("10s", "5m", "12h")
    assert pager["mute_time_intervals"] == ["night"]
    assert slack["group_by"] == ["..."]
    assert slack["group"] == {"namespace": "shop", "severity": "critical", "team": "db"}
    assert found["inhibited_by"] == []
    children = found["tree"]["routes"]
    assert [one["receiver"] for one in children] == ["null", "pager", "slack", "slack", "pager"]
    assert "matches them all first" in children[4]["unreachable"]


def test_the_chart_inhibits_what_it_says(here: Repo) -> None:
    found = json.loads(here.ok("route", "values.yaml", "severity=warning", "namespace=a", "--format=json").out)
    wanted = ['severity="critical"', 'namespace="a"', 'alertname=""']
    assert found["inhibited_by"] == [{"line": None, "alerts": wanted, "unless": [], "if_last": False}]


def test_a_unit(empty: Repo) -> None:
    empty.ok("alerting")
    assert "null  sends nothing" in empty.ok("route", "alerting", "alertname=Watchdog", "--expect", "null").out
    assert empty.run("route", "alerting", "severity=critical", "--expect", "null").code == 1
    assert "alerting/values.yaml:" in empty.ok("route", "alerting", "--tree").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["values.yaml"], "no label given"),
        (["values.yaml", "severity"], "'severity' is not a label"),
        (["values.yaml", "=x", "a=~b", "a=1", "a=2"], "'=x' is not a label"),
        (["values.yaml", "a=1", "a=2"], "the label 'a' is duplicated"),
        (["values.yaml", "--tree", "--expect", "x"], "needs the labels of an alert"),
        (["values.yaml", "--preview", "--format", "json"], "prints text, not JSON"),
        (["nowhere.yaml", "a=1"], "does not exist"),
        (["other.yaml", "a=1"], "is not an Alertmanager configuration"),
        (["bad.yaml", "a=1"], "bad.yaml:4:18: 'x' is not a valid matcher"),
        (["bad.yaml", "a=1"], "no receiver is named 'nobody'"),
        (["broken.yaml", "a=1"], "is not valid YAML"),
        (["folder", "a=1"], "is a folder without scaffold.yaml"),
        (["off.yaml", "a=1"], "has alertmanager disabled"),
    ],
)
def test_errors_have_a_place_and_no_traceback(arguments: list[str], message: str, here: Repo) -> None:
    here.write("other.yaml", "a: b\n")
    here.write("bad.yaml", "route:\n  receiver: nobody\n  routes:\n    - matchers: [x]\nreceivers: [{name: a}]\n")
    here.write("broken.yaml", "route: {receiver: 'a\n")
    here.write("off.yaml", "alertmanager: {enabled: false, config: {route: {receiver: a}}}\n")
    here.write("folder/x", "")
    done = here.run("route", *arguments)
    assert done.code == 2, done.text
    assert message in done.err
    assert "\n    " in done.err


def test_what_alertmanager_refuses_elsewhere_is_told_and_the_question_answered(here: Repo) -> None:
    here.write("a.yml", "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{chanel: x}]}]\n")
    done = here.ok("route", "a.yml", "a=b")
    assert "unknown key 'chanel'" in done.err
    assert done.out.startswith("a  Slack")


@pytest.mark.parametrize(
    "label", ['team="d b"', 'team="say \\"hi\\""', "team=a=b", "team=", '"app.kubernetes.io/name"=x']
)
def test_labels_as_people_write_them(label: str, here: Repo) -> None:
    found = json.loads(here.ok("route", "values.yaml", label, "--format", "json").out)
    wanted = {
        'team="d b"': {"team": "d b"},
        'team="say \\"hi\\""': {"team": 'say "hi"'},
        "team=a=b": {"team": "a=b"},
        "team=": {"team": ""},
        '"app.kubernetes.io/name"=x': {"app.kubernetes.io/name": "x"},
    }
    assert found["labels"] == wanted[label]


def test_text_from_the_file_cannot_reach_the_terminal(here: Repo) -> None:
    here.write("a.yml", 'route: {receiver: "a\\e[31m"}\nreceivers: [{name: "a\\e[31m"}]\n')
    assert "\x1b" not in here.ok("route", "a.yml", "a=b", "--tree").out


def test_colours_on_a_terminal_alone(here: Repo) -> None:
    command = f"{os.sys.executable} -m generator route values.yaml severity=critical --tree"  # type: ignore[attr-defined]
    env = {key: one for key, one in os.environ.items() if key not in {"NO_COLOR", "GITHUB_ACTIONS"}}
    for extra, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
        said, code = pexpect.run(command, cwd=str(here.root), env={**env, **extra}, withexitstatus=True)
        assert code == 0, said
        assert (b"\x1b[" in said) == coloured
    assert "\x1b[" not in here.ok("route", "values.yaml", "severity=critical", "--tree").out


SECRETS = """
global:
  slack_api_url: https://hooks.secret.example.org/a
  http_config: {proxy_url: http://proxy.secret.example.org, basic_auth: {username: secret, password: secret}}
  smtp_smarthost: mx.secret.example.org:25
templates: [/etc/secret/*.tmpl]
route:
  receiver: all
  routes: [{receiver: all, matchers: [secret = "1"], mute_time_intervals: [secret]}]
time_intervals: [{name: secret}]
receivers:
  - name: all
    webhook_configs: [{url: http://secret.example.org}]
    pagerduty_configs: [{routing_key: secret}]
    slack_configs:
      - channel: "#a"
        title: hello
        api_url_file: /etc/secret
        app_token: secret
        app_url: https://secret.example.org
        http_config: {bearer_token: secret, proxy_from_environment: true}
        update_message: true
        timeout: 5s
        actions: [{type: button, text: go, url: "http://a.example.org"}]
"""


def test_the_preview_knows_no_address_but_its_own() -> None:
    (source,) = sources(parse_one(SECRETS, "a.yml"), SECRETS, values=False)
    context = Context(source, SECRETS, "a.yml")
    (trial,) = sandbox.trials(context, None, "http://127.0.0.1:9/", "/tmp/x/*.tmpl", (0, 34))  # noqa: S108
    assert "secret" not in trial.config
    made = json.loads(trial.config)
    assert set(made) == {"global", "templates", "route", "receivers"}
    (receiver,) = made["receivers"]
    assert set(receiver) == {"name", "slack_configs"}
    assert set(receiver["slack_configs"][0]) == {"api_url", "channel", "title", "actions"}
    assert re.findall(r'"(?:api_url)": "([^"]*)"', trial.config) == ["http://127.0.0.1:9/"]


def test_the_preview_shows_what_slack_shows(here: Repo) -> None:
    folder = os.path.dirname(tool("prometheus-alertmanager"))  # noqa: PTH120
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = here.ok("route", "values.yaml", "alertname=Slow", "severity=warning", "--preview", PATH=path)
    assert "slack: what Slack displays for two alerts   values.yaml:31" in done.out
    first, _, over = done.out.partition("and when they resolve")
    assert "┃ [firing] Slow" in first
    assert first.count("restarts every minute.") == 2
    assert "┃ [resolved] Slow" in over


def test_no_preview_without_alertmanager(here: Repo) -> None:
    done = here.ok("route", "values.yaml", "severity=warning", "--preview", PATH="/nowhere")
    assert "alertmanager is not on PATH" in done.err
    assert "slack  Slack" in done.out


@pytest.mark.parametrize("pattern", ["templates/*.tmpl", "more/secret.tmpl", "*/secret.tmpl", "templates/link.tmpl"])
def test_no_text_of_a_preview_shows_a_file_behind_a_link(
    here: Repo, tmp_path_factory: pytest.TempPathFactory, pattern: str
) -> None:
    """Alertmanager calls a template file by its name; ours are numbered."""
    folder = os.path.dirname(tool("prometheus-alertmanager"))  # noqa: PTH120
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.tmpl").write_text("hunter2")
    here.write("templates/own.tmpl", '{{ define "own" }}ours{{ end }}')
    (here.root / "templates/link.tmpl").symlink_to(outside / "secret.tmpl")
    (here.root / "more").symlink_to(outside)
    text = '{{ template "0.tmpl" . }}{{ template "1.tmpl" . }}'
    slack = {"channel": "#a", "api_url": "https://hooks.example.org/x", "send_resolved": False}
    receivers = [
        {"name": f"r{number}", "slack_configs": [{**slack, "text": one}]}
        for number, one in enumerate([text[:25], text[25:]])
    ]
    routes = [{"receiver": "r0", "continue": True}, {"receiver": "r1"}]
    config = {"templates": [pattern], "route": {"receiver": "r0", "routes": routes}, "receivers": receivers}
    here.write("am.yaml", json.dumps(config))
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = here.run("route", "am.yaml", "a=b", "--preview", PATH=path)
    assert done.code == 0, done.text
    assert "r1: what Slack displays" in done.out
    assert "hunter2" not in done.text


@pytest.mark.parametrize("command", [("a=b",), ("--tree",), ("a=b", "--expect", "a")], ids=lambda one: one[0])
def test_a_file_that_is_too_large_is_not_read(here: Repo, command: tuple[str, ...]) -> None:
    """Nor is memory taken for it, where it has a size."""
    here.write("huge.yaml", VALUES)
    os.truncate(here.root / "huge.yaml", 200 * 2**30)
    script = f'ulimit -v 4000000; "{sys.executable}" -m generator route huge.yaml "$@"'
    done = subprocess.run(
        ["bash", "-c", script, "scaffold", *command],
        cwd=here.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert "huge.yaml: is larger than 4 MiB" in done.stderr
