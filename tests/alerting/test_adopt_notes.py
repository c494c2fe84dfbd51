"""What adoption tells of alerts that are routed elsewhere: every combination is named, or it says that not all are."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from ..conftest import Repo
from ..support.alertmanager import ask
from .test_alertmanager import new_repo

FILE = "m/alertmanager.yml"
RECEIVERS = """\
receivers:
- {name: slack, webhook_configs: [{url: 'http://s/'}]}
- {name: A, webhook_configs: [{url: 'http://a/'}]}
- {name: B, webhook_configs: [{url: 'http://b/'}]}
"""
BOTH = ["--receiver", "webhook:slack", "--receiver", "pagerduty", "--severity", "critical=pagerduty,slack"]
ONE = ["--receiver", "pagerduty", "--severity", "critical=pagerduty"]


def config(*routes: str) -> str:
    lines = "".join(f"  - {one}\n" for one in routes)
    return f"route:\n  receiver: slack\n  routes:\n{lines}{RECEIVERS}"


TABLE = {
    "two routes share a value": config(
        """{receiver: A, matchers: ['team="t0"', 'env=~"a|b"']}""",
        """{receiver: A, matchers: ['team="t1"', 'env=~"c|b"']}""",
    ),
    "five routes share a value": config(
        *(f"""{{receiver: A, matchers: ['team="t{one}"', 'env=~"e{one}|x"']}}""" for one in range(5))
    ),
    "a route with continue": config(
        """{receiver: B, matchers: ['env=~"b|c"'], continue: true}""",
        """{receiver: A, matchers: ['team="t0"', 'env=~"a|b"']}""",
    ),
    "one route": config("""{receiver: A, matchers: ['env=~"a|b"']}"""),
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def told(note: str) -> tuple[list[dict[str, set[str]]], set[str]]:
    """Return the label sets that a note names, and the receivers."""
    labels, _, names = re.sub(r" now (also )?reach | no longer reach ", "\0", note).partition("\0")
    values = {
        name: set(re.findall(r'"([^"]*)"', several))
        for name, several in re.findall(r'(\w+)=((?:"[^"]*"(?: or )?)+)', labels)
    }
    return [values], set(re.split(r", (?:only )?", names))


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("accepted", [False, True])
def test_every_combination_is_named(repo: Repo, name: str, accepted: bool) -> None:
    before = TABLE[name]
    repo.write(FILE, before)
    extra = [*ONE, "--yes-reroute"] if accepted else BOTH
    done = repo.run("alerting", "m", "--values-file", FILE, *extra)
    assert done.code == 0, done.err
    notes = [one.removeprefix("note: ") for one in done.err.splitlines() if one.startswith("note: alerts with ")]
    assert not [one for one in notes if " others" in one or "more kinds" in one or "such as" in one]
    teams, envs = (sorted(set(re.findall(one, before))) for one in (r"t\d", r"\be\d\b|\b[abcx]\b"))
    world = [
        {key: value for key, value in {"severity": severity, "team": team, "env": env}.items() if value}
        for severity, team, env in itertools.product(["", "critical"], ["", *teams], ["", *envs])
    ]
    was, now = ask([{"text": one, "labels": world} for one in (before, repo.read(FILE))])
    missed = []
    for labels, had, has in zip(world, was["routes"], now["routes"], strict=True):
        for receiver in {*had} ^ {*has}:
            named = any(
                all(labels.get(key) in several for key, several in values.items()) and receiver in names
                for note in notes
                for (values,), names in [told(note)]
            )
            missed += [] if named else [(labels, had, has)]
    assert not missed, notes


@pytest.mark.parametrize(
    ("matcher", "shown"),
    [('env=~"a.*|b.*"', "labels such as env="), ('env!~"a|b"', ""), ('env=~".+"', "labels such as env=")],
)
def test_samples_are_said_to_be_samples(repo: Repo, matcher: str, shown: str) -> None:
    repo.write(FILE, config(f"{{receiver: A, matchers: ['{matcher}']}}"))
    done = repo.run("alerting", "m", "--values-file", FILE, *BOTH)
    assert done.code == 0, done.err
    assert shown in done.err


@pytest.mark.parametrize("pattern", [r"\\p{Greek}+", r"\\x{3b1}\\x{3b2}", r"\\p{Han}", "(?s).{300}", "a{500}", "a^b"])
def test_what_an_expression_matches_is_known_or_nothing_is_written(repo: Repo, pattern: str) -> None:
    text = config(f"""{{receiver: A, matchers: ['team!~"{pattern}"']}}""")
    repo.write(FILE, text)
    done = repo.run("alerting", "m", "--values-file", FILE, *ONE)
    assert done.code == 2
    assert "slack would no longer get alerts" in done.err or f"regular expression {pattern[:1]!r}"[:-1] in done.err
    assert "--yes-reroute accepts it" in done.err
    assert repo.read(FILE) == text
    done = repo.run("alerting", "m", "--values-file", FILE, *ONE, "--yes-reroute")
    assert done.code == 0
    assert "team" in done.err


@pytest.mark.parametrize("pattern", [".*", "(?s).*", "[\\\\s\\\\S]*", "(.*)"])
def test_an_expression_that_matches_everything_needs_no_counterexample(repo: Repo, pattern: str) -> None:
    repo.write(FILE, config(f"""{{receiver: A, matchers: ['team=~"{pattern}"'], continue: true}}"""))
    done = repo.run("alerting", "m", "--values-file", FILE, *BOTH)
    assert "regular expression" not in done.err


@pytest.mark.parametrize("side", ["--theirs", "--ours"])
def test_notes_are_those_of_the_text_that_is_written(repo: Repo, side: str) -> None:
    """A receiver is renamed in the file and in the spec: nothing conflicts, and nothing is lost."""
    repo.write(FILE, config("""{receiver: A, matchers: ['team="db"']}"""))
    adopt = ("--receiver", "webhook:pd", "--receiver", "webhook:chat", "--severity", "critical=pd,chat")
    repo.ok("alerting", "m", "--values-file", FILE, "--chart", "none", "--yes-reroute", *adopt)
    repo.write(FILE, repo.read(FILE).replace(": chat\n", ": mychat\n"))
    repo.write(
        "m/scaffold.yaml", repo.read("m/scaffold.yaml").replace("name: chat", "name: talk").replace("- chat", "- talk")
    )
    done = repo.ok("regenerate", side)
    assert "receiver: mychat" in repo.read(FILE)
    assert "receiver: A" in repo.read(FILE)
    assert "now also reach talk" in done.err
    assert not re.search("was replaced by your choice|your comment is kept", done.err)
