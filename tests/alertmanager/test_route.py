"""scaffold route: what it says of an alert and a tree, what it expects, and that its preview sends to nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from ..conftest import Repo

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


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "<(cat values.yaml)"])
def test_a_configuration_from_a_pipe(name: str, here: Repo) -> None:
    script = f'cat values.yaml | "{sys.executable}" -m generator route {name} severity=critical --expect pager'
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=here.root, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.startswith("pager  PagerDuty")
