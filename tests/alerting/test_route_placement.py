"""Where adoption puts the routes of severities in a file, and what it refuses: a tree before, and after.

A tree has a line for each route, ``matchers -> receiver``, with ``..`` before a child and ``+`` for ``continue: true``.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
import yaml

from generator.yaml import dump

from ..conftest import Repo
from .test_alertmanager import new_repo

WITH = "with scaffold alerting --values-file FILE, "

SENDING = ("slack", "pagerduty", "infra", "db")
SERVICES = {  # a receiver of the file keeps its integrations: those of the options are the same
    "slack": {"slack_configs": [{"channel": "#a", "api_url": "http://slack/"}]},
    "pagerduty": {"pagerduty_configs": [{"routing_key": "x"}]},
}
FILE = "monitoring/values.yaml"
WATCHDOG = 'alertname = "Watchdog" -> null'


def route_of(line: str) -> dict[str, Any]:
    conditions, _, to = line.partition("->")
    names = to.split()
    out: dict[str, Any] = {"receiver": names[0]} if names[0] != "+" else {}
    if conditions.strip():
        out["matchers"] = [one.strip() for one in conditions.split(" and ")]
    return {**out, "continue": True} if "+" in names else out


def hook_of(name: str) -> dict[str, Any]:
    return {"webhook_configs": [{"url": f"http://{name}/"}]}


def text_of(root: str, tree: str) -> str:
    """Return a values file with a tree."""
    top: dict[str, Any] = {"receiver": root, "routes": []}
    for line in filter(None, map(str.strip, tree.splitlines())):
        holder = top["routes"][-1].setdefault("routes", []) if line.startswith("..") else top["routes"]
        holder.append(route_of(line.removeprefix("..")))
    receivers = [{"name": "null"}, *({"name": one, **SERVICES.get(one, hook_of(one))} for one in SENDING)]
    return dump({"alertmanager": {"config": {"route": top, "receivers": receivers}}})


def tree_of(text: str) -> str:
    """Return the tree of a values file."""
    lines = []

    def add(route: dict[str, Any], depth: int) -> None:
        for one in route.get("routes") or ():
            words = [" and ".join(one.get("matchers") or ()), "->", one.get("receiver", "")]
            lines.append(".." * depth + " ".join([*words, *(["+"] if one.get("continue") else [])]).strip())
            add(one, depth + 1)

    add(yaml.safe_load(text)["alertmanager"]["config"]["route"], 0)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return new_repo(tmp_path_factory.mktemp("placement") / "repo")


def adopt(repo: Repo, before: str, *arguments: str) -> Any:
    for path in ("scaffold.yaml", "scaffold.lock"):
        (repo.root / "monitoring" / path).unlink(missing_ok=True)
    repo.write(FILE, before)
    return repo.run("alerting", "--values-file", FILE, "--chart", "kube-prometheus-stack", *arguments)


ADDED = ["--receiver", "pagerduty", "--receiver", "slack", "--severity"]
# The root's receiver, the tree, the severities, and the tree after: only the lines behind Watchdog's route.
PLACED = [
    # the routes of the file that the issue is about: pagerduty gets critical alerts already
    (
        "slack",
        'severity="critical" -> pagerduty +\nteam="infra" -> infra',
        ["critical=pagerduty"],
        'severity="critical" -> pagerduty +\nteam="infra" -> infra',
    ),
    (
        "null",
        'team="infra" -> infra',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty +\nteam="infra" -> infra',
    ),
    (
        "null",
        'severity="warning" -> infra',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty\nseverity="warning" -> infra',
    ),
    ("null", "", ["critical=pagerduty"], 'severity = "critical" -> pagerduty'),  # nobody was notified: as generated
    ("pagerduty", "", ["critical=pagerduty"], ""),
    ("pagerduty", 'team="db" -> db', ["critical=pagerduty"], 'severity = "critical" -> pagerduty +\nteam="db" -> db'),
    (
        "slack",
        'team="db" -> db',
        ["critical=pagerduty,slack"],
        'severity = "critical" -> pagerduty +\nseverity = "critical" -> slack +\nteam="db" -> db',
    ),
    ("slack", "", ["critical=pagerduty,slack"], 'severity = "critical" -> pagerduty +\nseverity = "critical" -> slack'),
    # it goes behind a route that sends some of its alerts to the same receiver, so that they are sent once
    (
        "null",
        'team="db" and severity="critical" -> pagerduty\nteam="web" -> infra',
        ["critical=pagerduty"],
        'team="db" and severity="critical" -> pagerduty\nseverity = "critical" -> pagerduty +\nteam="web" -> infra',
    ),
    # the receiver of a catch-all keeps everything
    ("null", "-> infra", ["critical=pagerduty"], 'severity = "critical" -> pagerduty +\n-> infra'),
    ("null", "-> infra +", ["critical=pagerduty"], '-> infra +\nseverity = "critical" -> pagerduty'),
    (
        "null",
        'severity=~"critical|page" -> pagerduty',
        ["critical=pagerduty"],
        'severity=~"critical|page" -> pagerduty',
    ),
    (
        "null",
        'severity="critical" -> pagerduty',
        ["critical|page=pagerduty"],
        'severity="critical" -> pagerduty\nseverity =~ "critical|page" -> pagerduty',
    ),
    (
        "null",
        'severity="critical" -> infra',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty +\nseverity="critical" -> infra',
    ),
    (
        "null",
        'team="db" -> db\n..severity="critical" -> pagerduty',
        ["critical=pagerduty"],
        'team="db" -> db\n..severity="critical" -> pagerduty\nseverity = "critical" -> pagerduty',
    ),
    (
        "null",
        'team="db" -> db +\n..severity="critical" -> pagerduty',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty\nteam="db" -> db +\n..severity="critical" -> pagerduty',
    ),
    (
        "null",
        'severity!="critical" -> slack',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty\nseverity!="critical" -> slack',
    ),
    (
        "null",
        'severity=~".+" -> slack',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty +\nseverity=~".+" -> slack',
    ),
    ("null", 'severity!~"info|none" -> slack', ["critical=slack"], 'severity!~"info|none" -> slack'),
    ("null", 'severity="critical" -> slack', ["none=null"], 'severity="critical" -> slack'),
    (
        "null",
        'severity="critical" -> null',
        ["critical=pagerduty"],
        'severity = "critical" -> pagerduty\nseverity="critical" -> null',
    ),
    (
        "null",
        'team="db" -> db',
        ["critical=pagerduty", "critical=slack"],
        'severity = "critical" -> pagerduty +\nseverity = "critical" -> slack +\nteam="db" -> db',
    ),
    (
        "null",
        'team="db" -> db',
        ["critical=pagerduty", "critical|page=slack"],
        'severity = "critical" -> pagerduty +\nseverity =~ "critical|page" -> slack +\nteam="db" -> db',
    ),
    (
        "null",
        'severity="critical" -> pagerduty +\nteam="db" -> db',
        ["critical=pagerduty,slack"],
        'severity = "critical" -> slack +\nseverity="critical" -> pagerduty +\nteam="db" -> db',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("root", "tree", "severities", "after"), PLACED)
def test_where_a_route_goes(shared: Repo, root: str, tree: str, severities: list[str], after: str) -> None:
    before = text_of(root, f"{WATCHDOG}\n{tree}")
    options = [word for one in severities for word in ("--severity", one)]
    done = adopt(shared, before, "--receiver", "pagerduty", "--receiver", "slack", *options)
    assert done.code == 0, done.text
    assert "no longer reach" not in done.err
    assert tree_of(shared.read(FILE)) == f"{WATCHDOG}\n{after}".rstrip("\n")
    found = shared.read(FILE)
    again = shared.run("alerting", "--values-file", FILE, "--receiver", "pagerduty", "--receiver", "slack", *options)
    assert (again.out.strip(), again.err) == ("nothing to do", "")
    for path in ("scaffold.yaml", "scaffold.lock"):  # as after a run that was killed, or in another clone
        (shared.root / "monitoring" / path).unlink()
    shared.ok("alerting", "--values-file", FILE, "--receiver", "pagerduty", "--receiver", "slack", *options)
    assert shared.read(FILE) == found


REFUSED = [
    (
        "slack",
        'team="infra" -> infra',
        ["critical=pagerduty"],
        ['slack would no longer get alerts with severity="critical": only pagerduty would'],
        f"{WITH}--severity critical=pagerduty,slack keeps it, or --yes-reroute accepts it",
    ),
    (
        "infra",
        "",
        ["critical=pagerduty"],
        ['infra would no longer get alerts with severity="critical": only pagerduty would'],
        f"{WITH}--receiver webhook:infra --severity critical=pagerduty,infra keeps it, or --yes-reroute accepts it",
    ),
    (
        "slack",
        "",
        ["critical|page=pagerduty"],
        ['slack would no longer get alerts with severity="page" or "critical": only pagerduty would'],
        f"{WITH}--severity 'critical|page=pagerduty,slack' keeps it, or --yes-reroute accepts it",
    ),
    (
        "slack",
        'team="db" -> db',
        ["none=null"],
        [
            'slack would no longer get alerts with severity="none": nobody would',
            'db would no longer get alerts with severity="none" and team="db": nobody would',
        ],
        "--yes-reroute accepts it",
    ),
]


@pytest.mark.parametrize(("root", "tree", "severities", "messages", "hint"), REFUSED)
def test_a_loss_is_refused(
    shared: Repo, root: str, tree: str, severities: list[str], messages: list[str], hint: str
) -> None:
    before = text_of(root, f"{WATCHDOG}\n{tree}")
    options = [word for one in severities for word in ("--severity", one)]
    done = adopt(shared, before, "--receiver", "pagerduty", "--receiver", "slack", *options)
    assert done.code == 2
    assert not shared.has("monitoring/scaffold.yaml")
    assert shared.read(FILE) == before
    told = re.findall(rf"^{FILE}:\d+:\d+: (.*)$", done.err, re.MULTILINE)
    assert told == messages
    assert hint in done.err
    accepted = adopt(shared, before, "--receiver", "pagerduty", "--receiver", "slack", *options, "--yes-reroute")
    assert accepted.code == 0, accepted.err
    assert accepted.err.count("no longer reach") == len(messages)
    shared.ok("regenerate")  # the consent is for the command that changed the file
    shared.ok("diff")


@pytest.mark.parametrize(("root", "tree", "severities", "hint"), [(one[0], one[1], one[2], one[4]) for one in REFUSED])
def test_the_offer_loses_nothing(shared: Repo, root: str, tree: str, severities: list[str], hint: str) -> None:
    offer = re.match(rf"{WITH}(?P<options>--.*) keeps it", hint)
    if offer is None:
        return
    words = [one.strip("'") for one in offer["options"].split()]
    before = text_of(root, f"{WATCHDOG}\n{tree}")
    done = adopt(shared, before, "--receiver", "pagerduty", "--receiver", "slack", *words)
    assert done.code == 0, done.err
    assert "no longer reach" not in done.err


def test_who_gets_more_is_told(shared: Repo) -> None:
    before = text_of("null", f'{WATCHDOG}\nteam="db" -> db')
    done = adopt(shared, before, "--receiver", "pagerduty", "--severity", "critical=pagerduty")
    assert done.err.splitlines() == [
        'note: alerts with severity="critical" now reach pagerduty',
    ]


def test_every_severity_of_a_route_is_told(shared: Repo) -> None:
    """Values that no matcher tells apart are compared once, but all of them are named."""
    before = text_of("slack", f'{WATCHDOG}\nteam="db" -> db')
    options = ["--receiver", "pagerduty", "--severity", "warning|info|page=pagerduty"]
    message = 'slack would no longer get alerts with severity="info" or "page" or "warning": only pagerduty would'
    assert message in adopt(shared, before, *options).err
    done = adopt(shared, before, *options, "--yes-reroute")
    assert 'alerts with severity="info" or "page" or "warning" no longer reach slack, only pagerduty' in done.err


def test_a_unit_that_is_there_is_asked_too(shared: Repo) -> None:
    """A spec that changes later reroutes in the user's routes: refused by all commands, and asked only once."""
    adopt(shared, text_of("slack", f'{WATCHDOG}\nteam="db" -> db'), "--receiver", "pagerduty", "--receiver", "slack")
    before = shared.read(FILE)
    spec = shared.read("monitoring/scaffold.yaml")
    message = 'slack would no longer get alerts with severity="critical": only pagerduty would'
    done = shared.run("alerting", "--values-file", FILE, "--severity", "critical=pagerduty")
    assert (done.code, message in done.err) == (2, True), done.text
    assert shared.read("monitoring/scaffold.yaml") == spec
    shared.write("monitoring/scaffold.yaml", f"{spec}severity: {{critical: pagerduty}}\n")
    for command in (["regenerate"], ["diff"], ["regenerate", "--dry-run"]):
        done = shared.run(*command)
        assert (done.code, message in done.err) == (2, True), done.text
        assert shared.read(FILE) == before
    done = shared.run("regenerate", "--yes-reroute")
    assert 'alerts with severity="critical" no longer reach slack, only pagerduty' in done.err
    assert tree_of(shared.read(FILE)) == f'{WATCHDOG}\nseverity = "critical" -> pagerduty +\nteam="db" -> db'
    shared.ok("regenerate")
    shared.ok("diff")


def test_a_unit_that_is_there_gets_the_offer(shared: Repo) -> None:
    adopt(shared, text_of("slack", f'{WATCHDOG}\nteam="db" -> db'), "--receiver", "pagerduty", "--receiver", "slack")
    shared.ok("alerting", "--values-file", FILE, "--severity", "critical=pagerduty,slack")
    routes = ['severity = "critical" -> pagerduty +', 'severity = "critical" -> slack +', 'team="db" -> db']
    assert tree_of(shared.read(FILE)) == "\n".join([WATCHDOG, *routes])


def test_a_receiver_of_the_file_stays_when_the_spec_gets_one_of_its_name(shared: Repo) -> None:
    """The offer of a refusal names a receiver that only the file has, with settings of its own."""
    adopt(shared, text_of("infra", f'{WATCHDOG}\nteam="db" -> db'), "--receiver", "webhook:db")
    done = shared.run("alerting", "--values-file", FILE, "--receiver", "pagerduty", "--severity", "warning=pagerduty")
    offer = re.search(r"    with scaffold alerting --values-file FILE, (--.*) keeps it", done.err)
    assert (done.code, offer is not None) == (2, True), done.text
    own = next(one for one in shared.read(FILE).split("    - name: ") if one.startswith("infra"))
    shared.ok("alerting", "--values-file", FILE, "--receiver", "pagerduty", *shlex.split(offer[1] if offer else ""))
    assert own in shared.read(FILE)
    routes = ['severity = "warning" -> pagerduty +', 'severity = "warning" -> infra +', 'team="db" -> db']
    assert tree_of(shared.read(FILE)) == "\n".join([WATCHDOG, *routes])
    assert "0 files changed" in shared.ok("regenerate").out


def test_a_generated_file_changes_as_its_spec_says(shared: Repo) -> None:
    shared.ok("alerting", "plain", "--receiver", "slack", "--receiver", "pagerduty")
    done = shared.run("alerting", "plain", "--dir", "alerting/plain", "--severity", "critical=pagerduty")
    assert (done.code, done.err) == (0, 'note: alerts with severity="critical" no longer reach slack, only pagerduty\n')


def test_conflicts_are_told_before_reroutes(shared: Repo) -> None:
    before = text_of("slack", WATCHDOG)
    done = adopt(shared, before, "--slack-channel", "#new", "--severity", "critical=slack")
    assert done.code in {0, 1}, done.text


def test_an_unquoted_null_is_quoted_only_where_nobody_loses_an_alert(shared: Repo) -> None:
    text = text_of("slack", f'{WATCHDOG}\nalertname="Noise" -> x').replace("receiver: x", "receiver: null")
    done = adopt(shared, text)
    assert done.code == 0
    assert "receiver: null\n" in shared.read(FILE)
    text = text_of("null", f'{WATCHDOG}\nalertname="Noise" -> x\nteam="db" -> db').replace("receiver: x", "receiver: ~")
    adopt(shared, text)
    assert "receiver: ~" not in shared.read(FILE)


def test_the_configuration_that_is_printed_loads_alike(shared: Repo) -> None:
    """``route`` and the notes agree."""
    adopt(shared, text_of("slack", f'{WATCHDOG}\nteam="db" -> db'), *ADDED, "critical=pagerduty,slack")
    found = json.loads(shared.ok("route", "monitoring", "severity=critical", "team=db", "--format", "json").out)
    assert [one["receiver"] for one in found["receivers"]] == ["pagerduty", "slack", "db"]
