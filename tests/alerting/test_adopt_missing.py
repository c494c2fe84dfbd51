"""An adopted file that is missing: what was the user's in it is in no lock, so a part is not written as the whole."""

from __future__ import annotations

import json
import shlex

import pytest

from ..conftest import Repo

FILE, OTHER = "m/values.yaml", "m/new.yaml"
TEXT = """\
# Ours.
alertmanager:
  config:
    route:
      receiver: slack
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
prometheusOperator: {enabled: true}
"""


@pytest.fixture
def adopted(empty: Repo) -> Repo:
    empty.write(FILE, TEXT)
    empty.ok("alerting", "m", "--values-file", FILE, "--receiver", "pagerduty")
    return empty


def removed(repo: Repo, new: str = "") -> str:
    """Remove the file, or give it a new name; return its text."""
    text = repo.read(FILE)
    (repo.root / FILE).unlink()
    if new:
        repo.write(new, text)
    return text


def printed(repo: Repo, *arguments: str) -> list[str]:
    """Return the command that a conflict offers."""
    done = repo.run(*arguments)
    assert done.code == 1, done.text
    (line,) = (one for one in done.out.split("\n") if "scaffold regenerate" in one)
    assert "take it:" in line
    return shlex.split(line.partition("scaffold ")[2])


@pytest.mark.parametrize("change", ["", "external_url: https://a.example.org\n"])
@pytest.mark.parametrize("command", [["regenerate"], ["regenerate", "--ours"], ["regenerate", "--markers"], ["diff"]])
def test_a_missing_file_is_a_conflict(adopted: Repo, change: str, command: list[str]) -> None:
    text = removed(adopted)
    adopted.write("m/scaffold.yaml", adopted.read("m/scaffold.yaml") + f"\n{change}")
    before = adopted.snapshot()
    done = adopted.run(*command)
    assert (done.code, adopted.snapshot()) == (1, before), done.text
    assert f"{FILE}:1:1: does not exist" in done.out
    adopted.write(FILE, text)
    adopted.ok("regenerate")
    assert ("externalUrl" in adopted.read(FILE)) == bool(change)
    assert "# Ours." in adopted.read(FILE)


@pytest.mark.parametrize("command", [["regenerate"], ["diff"], ["regenerate", "--ours"]])
def test_the_printed_command_writes_what_is_generated(adopted: Repo, command: list[str]) -> None:
    removed(adopted)
    adopted.ok(*printed(adopted, *command))
    assert "pagerduty" in adopted.read(FILE)
    assert "# Ours." not in adopted.read(FILE)
    adopted.ok("diff")


@pytest.mark.parametrize("option", ["--theirs", f"--theirs={FILE}", f"--reset={FILE}", "--reset=m"])
def test_options_that_accept_it(adopted: Repo, option: str) -> None:
    removed(adopted)
    adopted.ok("regenerate", option)
    assert "pagerduty" in adopted.read(FILE)


def test_the_command_in_json(adopted: Repo) -> None:
    removed(adopted)
    (row,) = (one for one in json.loads(adopted.run("diff", "--format", "json").out) if one["path"] == FILE)
    assert (row["state"], row["diff"]) == ("conflict", "")
    adopted.ok(*shlex.split(row["conflicts"][0]["settle"])[1:])
    assert adopted.has(FILE)


def test_a_renamed_file_that_the_spec_names(adopted: Repo) -> None:
    text = removed(adopted, OTHER)
    assert adopted.run("regenerate").code == 1
    adopted.edit("m/scaffold.yaml", "values_file: values.yaml", "values_file: new.yaml")
    adopted.ok("regenerate")
    assert adopted.read(OTHER) == text
    assert not adopted.has(FILE)


def test_a_spec_that_names_neither_the_old_nor_the_new_name(adopted: Repo) -> None:
    removed(adopted, OTHER)
    adopted.edit("m/scaffold.yaml", "values_file: values.yaml", "values_file: nwe.yaml")
    done = adopted.run("regenerate")
    assert (done.code, adopted.has("m/nwe.yaml")) == (1, False)
    assert "m/nwe.yaml:1:1: does not exist" in done.out
    adopted.ok(*printed(adopted, "regenerate"))
    assert adopted.has("m/nwe.yaml")
    adopted.ok("diff")


def test_a_new_name_moves_the_file(adopted: Repo) -> None:
    text = adopted.read(FILE)
    adopted.edit("m/scaffold.yaml", "values_file: values.yaml", "values_file: new.yaml")
    adopted.ok("regenerate")
    assert adopted.read(OTHER) == text


def test_a_file_that_no_spec_names_is_generated_again(empty: Repo) -> None:
    empty.ok("alerting", "--slack-channel", "#a")
    text = empty.read("alerting/values.yaml")
    (empty.root / "alerting/values.yaml").unlink()
    empty.ok("regenerate")
    assert empty.read("alerting/values.yaml") == text


def test_a_new_file_of_any_name_is_generated(empty: Repo) -> None:
    empty.ok("alerting", "m", "--values-file", OTHER, "--receiver", "pagerduty")
    assert empty.has(OTHER)
