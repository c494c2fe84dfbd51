"""A lock in which two branches conflict: the commands of the hint, run as printed in real repositories of git.

Both branches change the spec and regenerate, one of them also edits the file. The conflict in the spec is resolved to
what both want. The file is that of either side, or has both.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import NamedTuple

import pytest

from ..conftest import Repo, git


class Unit(NamedTuple):
    """A unit with a conflict: its spec with the texts of two branches and of both, its file, and what it must have."""

    spec: str
    texts: tuple[str, str, str, str]
    file: str
    edit: tuple[str, str]
    wanted: tuple[str, ...]
    options: tuple[str, ...] = ()


SERVICE = """\
template: service
name: shop
image: ghcr.io/example/shop
tag: "1.0"
replicas: {}
env: {}
"""
ALERTING = """\
template: alerting
name: m
values_file: v.yaml
receivers:
  - {{name: pagerduty, pagerduty_configs: [{{}}]}}
{}"""
HOOK, GENIE = "  - {name: hook, webhook_configs: [{}]}\n", "  - {name: genie, opsgenie_configs: [{}]}\n"
PAGE, WARNING = "  page: [hook, pagerduty]\n", "  warning: [genie, pagerduty]\n"
VALUES = """\
alertmanager:
  config:
    route:
      receiver: slack # the default
      routes:
        - receiver: dba
          matchers: [team="db"]
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
      - name: dba
        webhook_configs: [{url: "http://d/"}]
prometheusOperator: {enabled: true}
"""
UNITS = {
    "service": Unit(
        "services/shop/scaffold.yaml",
        (
            SERVICE.format(1, "{}"),
            SERVICE.format(3, '{A: "1"}'),
            SERVICE.format(4, '{B: "2"}'),
            SERVICE.format(3, '{A: "1", B: "2"}'),
        ),
        "services/shop/deploy/deployment.yaml",
        ("kind: Deployment", "kind: Deployment # a comment"),
        ("replicas: 3", "name: A", "name: B"),
    ),
    "alerting": Unit(
        "m/scaffold.yaml",
        (
            ALERTING.format(""),
            ALERTING.format(f"{HOOK}severity:\n{PAGE}"),
            ALERTING.format(f"{GENIE}severity:\n{WARNING}"),
            ALERTING.format(f"{HOOK}{GENIE}severity:\n{PAGE}{WARNING}"),
        ),
        "m/v.yaml",
        ("receiver: dba", "receiver: dba # a comment"),
        ("name: hook", "name: genie", 'severity = "page"', 'severity = "warning"', "the default"),
        ("--yes-reroute",),
    ),
}


def out_of_git(repo: Repo, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=repo.root, check=True, capture_output=True, text=True).stdout


def merging(repo: Repo, unit: Unit) -> None:
    """Make the branches, and stop in the merge, with the spec resolved."""

    def commit(text: str) -> None:
        repo.write(unit.spec, text)
        repo.ok("regenerate", *unit.options)
        git(repo.root, "add", "--all")
        git(repo.root, "commit", "--quiet", "--message", "a change")

    if unit.file == "m/v.yaml":
        repo.write(unit.file, VALUES)
    before, mine, others, both = unit.texts
    commit(before)
    git(repo.root, "switch", "--quiet", "--create", "topic")
    commit(others)
    git(repo.root, "switch", "--quiet", "main")
    repo.edit(unit.file, *unit.edit)
    commit(mine)
    assert subprocess.run(["git", "merge", "topic"], cwd=repo.root, capture_output=True, check=False).returncode == 1
    repo.write(unit.spec, both)


def printed(repo: Repo, *command: str) -> list[str]:
    """Return the commands of git in the hint of a command of scaffold."""
    done = repo.run(*command)
    assert "the lock of the same side" in done.text
    return re.findall(r"git check[^()]*? -- \S+?(?=\)| or )", done.text)


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_the_lock_of_the_side_of_the_files(empty: Repo, name: str, side: str) -> None:
    unit = UNITS[name]
    merging(empty, unit)
    git(empty.root, "checkout", f"--{side}", "--", unit.file)
    (command,) = (one for one in printed(empty, "regenerate") if f"--{side} " in one)
    subprocess.run(shlex.split(command), cwd=empty.root, check=True, capture_output=True)
    empty.ok("regenerate", *unit.options)
    text = empty.read(unit.file)
    assert [one for one in unit.wanted if one not in text] == []
    empty.ok("diff")


@pytest.mark.parametrize(
    ("name", "files"),
    [*((name, files) for name in UNITS for files in ("ours", "theirs")), ("service", "both")],
)
def test_the_lock_before_both_sides_loses_nothing_of_any_files(empty: Repo, name: str, files: str) -> None:
    unit = UNITS[name]
    merging(empty, unit)
    if files == "both":
        for number, place in enumerate(("base", "ours", "theirs"), 1):
            text = out_of_git(empty, "show", f":{number}:{unit.file}")
            empty.write(place, text.replace("replicas: 4", "replicas: 3"))  # as the spec is resolved
        empty.ok("merge", "base", "ours", "theirs", "--path", unit.file, "-o", unit.file)
    else:
        git(empty.root, "checkout", f"--{files}", "--", unit.file)
    (command,) = (one for one in printed(empty, "regenerate") if "--stage=1" in one)
    subprocess.run(shlex.split(command), cwd=empty.root, check=True, capture_output=True)
    done = empty.run("regenerate", *unit.options)
    if done.code == 1:  # both sides changed a value: a conflict that shows it
        assert "spec.replicas: yours 4, generated 3" in done.text
        assert files == "theirs"
        empty.ok("regenerate", "--theirs")
    text = empty.read(unit.file)
    assert [one for one in unit.wanted if one not in text] == []
    empty.ok("diff")


def test_validate_has_the_same_commands(empty: Repo) -> None:
    merging(empty, UNITS["service"])
    found = printed(empty, "regenerate")
    assert len(found) == 3
    assert {*printed(empty, "validate")} == {*found}


def test_the_commands_have_the_path_quoted(empty: Repo) -> None:
    empty.write("a b/scaffold.yaml", SERVICE.format(1, "{}"))
    empty.write("a b/scaffold.lock", "<<<<<<< HEAD\n=======\n>>>>>>> topic\n")
    assert "git checkout --ours -- 'a b/scaffold.lock'" in empty.run("regenerate").text
