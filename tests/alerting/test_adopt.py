"""Values files that people wrote before: what ``scaffold alerting`` changes in them, and that it changes nothing twice.

A case is a folder: ``values.yaml``, the ``arguments.txt`` of the command, and what comes of it, ``expected.yaml``, or
is told, ``messages.txt``. ``UPDATE_CASES=1 pytest tests/alerting/test_adopt.py`` writes them anew; read the diff.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.alertmanager.helm import made
from generator.alertmanager.routing_tree import tree

from ..conftest import Repo, corpus
from ..support import gomaps
from .test_alertmanager import CHART, as_helm, new_repo
from .test_receivers import checked

CASES = Path(__file__).parents[1] / "cases/adopt"
FILE = "monitoring/values.yaml"
STACK = "prometheus-community+helm-charts/charts/kube-prometheus-stack/values.yaml"
ALERTS = {"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "shop"}


def alerting(repo: Repo, text: str, *arguments: str) -> str:
    """Run the command onto a values file, and return what it told."""
    repo.write(FILE, text)
    done = repo.run("alerting", "--values-file", FILE, *arguments)
    return done.text if done.code == 0 else f"exit {done.code}\n{done.text}"


def config(text: str) -> dict[str, Any]:
    """Return Alertmanager's configuration as Helm makes it of values and the chart's defaults, raw strings rendered."""
    values = gomaps.read(text)
    while "alertmanager" not in values:
        values = next(one for one in values.values() if isinstance(one, dict) and "alertmanager" in one)
    own = values["alertmanager"]
    if own.get("tplConfig") and own.get("stringConfig"):
        text: dict[str, Any] = yaml.safe_load(re.sub(r"\{\{`(.*?)`\}\}", r"\1", own["stringConfig"], flags=re.DOTALL))
        return text
    merged: dict[str, Any] = as_helm(CHART, own.get("config") or {})
    return merged


def reached(configuration: dict[str, Any], **labels: str) -> list[dict[str, Any]]:
    by_name = {str(one["name"]): one for one in configuration["receivers"]}
    return [by_name[path[-1].receiver] for path in tree(made(configuration["route"])).reached(labels)]


def check_what_always_holds(before: str, after: str) -> None:
    """ "null" is there as text, and Watchdog reaches nobody, or a webhook; nothing of the user's is gone."""
    configuration = config(after)
    assert {"name": "null"} in configuration["receivers"]
    names = [one["name"] for one in configuration["receivers"]]
    assert len(names) == len(set(names))
    for receiver in reached(configuration, alertname="Watchdog", severity="none"):
        assert set(receiver) in ({"name"}, {"name", "webhook_configs"})
    assert all(set(one) > {"name"} for one in reached(configuration, **ALERTS)), "an alert reaches nobody"
    for line in (line for line in before.splitlines() if "#" in line):
        assert line.partition("#")[2] in after, "a comment is gone"


@dataclass(frozen=True)
class Adopted:
    """What became of a values file: what was told, the file, and the file after everything was done again."""

    told: str
    after: str
    again: str


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Adopted]:
    """Every case in a repository of them all; then once more without the locks, as after a run that was killed."""
    repo = new_repo(tmp_path_factory.mktemp("adopt") / "repo")
    told = {}
    for folder in sorted(CASES.iterdir()):
        extra, path = folder / "arguments.txt", f"{folder.name}/values.yaml"
        repo.write(path, (folder / "values.yaml").read_bytes().decode())
        arguments = extra.read_text("utf-8").splitlines() if extra.exists() else []
        done = repo.run("alerting", "--values-file", path, *arguments)
        told[folder.name] = done.text if done.code == 0 else f"exit {done.code}\n{done.text}"
    after = {name: repo.read(f"{name}/values.yaml") for name in told}
    repo.ok("diff")
    for lock in repo.root.glob("*/scaffold.lock"):
        lock.unlink()
    repo.ok("regenerate", "--quiet")
    repo.ok("diff")
    return {name: Adopted(told[name], after[name], repo.read(f"{name}/values.yaml")) for name in told}


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda one: one.name)
def test_a_values_file_that_is_there(adopted: dict[str, Adopted], folder: Path, tmp_path: Path) -> None:
    before = (folder / "values.yaml").read_bytes().decode()
    one = adopted[folder.name]
    expected, messages = folder / "expected.yaml", folder / "messages.txt"
    notes = "".join(f"{line}\n" for line in one.told.splitlines() if not line.startswith(("created ", "updated ")))
    if os.environ.get("UPDATE_CASES"):
        for path, text in ((expected, one.after if one.after != before else ""), (messages, notes)):
            path.unlink(missing_ok=True)
            if text:
                path.write_bytes(text.encode())
    assert notes == (messages.read_text("utf-8") if messages.exists() else "")
    assert one.after == (expected.read_bytes().decode() if expected.exists() else before)
    assert one.again == one.after
    if not one.told.startswith("exit"):
        check_what_always_holds(before, one.after)
        # Debian's Alertmanager does not know url_file yet, and nobody has rendered what Helm would.
        if not any(part in one.after for part in (" url_file:", "tplConfig: true")):
            checked(tmp_path, config(one.after))


def test_the_charts_own_values_change_in_the_lines_that_must(empty: Repo) -> None:
    """Nearly 6,000 lines: three change, and one receiver is added."""
    before = corpus(STACK)
    alerting(empty, before, "--slack-channel", "#team")
    after = empty.read(FILE)
    changed = [one for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one[:2] in {"- ", "+ "}]
    gone, new = ([one[2:] for one in changed if one[0] == sign] for sign in "-+")
    assert [one.strip() for one in gone] == ["group_by: ['namespace']", "receiver: 'null'", "secrets: []"]
    assert [one.strip() for one in new[:3]] == [
        "group_by: ['namespace', alertname]",
        "receiver: slack",
        "- name: slack",
    ]
    assert [one.strip() for one in new[-2:]] == ["secrets:", "- alertmanager-slack"]
    assert len(new) == 39
    check_what_always_holds(before, after)
    assert "nothing to do" in empty.ok("alerting", "--values-file", FILE, "--slack-channel", "#team").out
    assert empty.states("monitoring") == {FILE: "edited"}
    empty.ok("diff")


def test_what_the_spec_says_later_arrives(empty: Repo) -> None:
    """After a file was adopted, what is generated anew changes it, and what the user has there stays."""
    alerting(empty, (CASES / "own-receivers-and-another/values.yaml").read_text("utf-8"), "--receiver", "opsgenie")
    empty.ok("alerting", "--values-file", FILE, "--set", "opsgenie.priority=P1")
    after = empty.read(FILE)
    assert "priority: P1" in after
    assert "# paid for until May" in after
    assert "receiver: team   # everybody" in after


def test_the_values_file_names_the_folder(empty: Repo) -> None:
    empty.ok("alerting", "--values-file", "clusters/prod/stack.yaml")
    assert empty.has("clusters/prod/scaffold.yaml")
    assert "values_file: stack.yaml" in empty.read("clusters/prod/scaffold.yaml")
    done = empty.run("alerting", "--values-file", "clusters/prod/stack.yaml", "--dir", "other")
    assert done.code == 2
    assert "give the file's name only, or omit --dir" in done.err


def test_the_spec_learns_what_the_file_needs(empty: Repo) -> None:
    alerting(empty, (CASES / "umbrella/values.yaml").read_text("utf-8"))
    assert "umbrella: kube-prometheus-stack" in empty.read("monitoring/scaffold.yaml")
    rows = json.loads(empty.run("validate", "--format", "json").out)
    assert [one for one in rows if one["severity"] != "info"] == []


def test_a_spec_by_hand_is_told_what_the_file_needs(empty: Repo) -> None:
    empty.write(FILE, (CASES / "tpl-config/values.yaml").read_text("utf-8"))
    empty.write("monitoring/scaffold.yaml", "template: alerting\nname: x\n")
    done = empty.run("regenerate")
    assert done.code == 2
    assert f"{FILE}:2:3: alertmanager.tplConfig is true" in done.err
    assert "set tpl_config: true in the spec" in done.err


def test_a_field_that_the_file_never_had_is_not_called_deleted(empty: Repo) -> None:
    text = "alertmanager:\n  config:\n    route: {receiver: a}\n    receivers:\n      - name: a\n"
    alerting(empty, f"{text}        slack_configs: [{{channel: '#a'}}]\n")
    empty.write("monitoring/scaffold.yaml", empty.read("monitoring/scaffold.yaml") + "route: {group_wait: 5m}\n")
    told = empty.run("regenerate").out
    assert "group_wait: yours nothing, generated 5m (was 30s); your file does not have it\n" in told
    assert "deleted" not in told
