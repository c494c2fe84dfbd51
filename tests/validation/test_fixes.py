"""--fix: what it changes, that it changes nothing else, and what it leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import rules
from generator.errors import Problem
from generator.fix import Fix, quoting
from generator.rules import Scope
from generator.validation.fixes import fixed_text

from ..conftest import Repo, git
from .test_validate import BAD, WARNED

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    {}
spec:
  selector:
    matchLabels: {{app: web}}
  template:
    metadata:
      labels: {{app: web}}
    spec:
      containers:
        - name: web
          image: example/web:master-1
"""
WORKFLOW = """\
on:
  push:
    branches: [main]
    paths: [{paths}]
permissions: {{}}
concurrency: x
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 4
    strategy: {{matrix: {{k8s: [{version}, 1.35]}}}}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # {comment}
        with: {{persist-credentials: false}}
      - run: 'make K8S=${{{{ matrix.k8s }}}}'
"""
VALUES = """\
alertmanager:
  config:
    route:
      receiver: team
      routes:
        - receiver: {route}
          matchers: [alertname = Watchdog]
    receivers:
      - name: "null"
      - name: team
        slack_configs:
          - channel: {channel}
            send_resolved: true
            api_url_file: /etc/slack
"""


def workflow(paths: str = ".github/workflows/**", version: str = "'1.30'", comment: str = "v7.0.1") -> str:
    return WORKFLOW.format(paths=paths, version=version, comment=comment)


def values(route: str = '"null"', channel: str = '"#a"') -> str:
    return VALUES.format(route=route, channel=channel)


# Rule, path, text, what is replaced, and what replaces it.
CASES = [
    ("SCH001", "a.yaml", BAD.format("a"), "a: 1", 'a: "1"'),
    ("SCH001", "a.yaml", BAD.format("a").replace("a: 1", "a: true"), "a: true", 'a: "true"'),
    ("SCH001", "a.yaml", BAD.format("a").replace("a: 1", "a: 1.10"), "a: 1.10", 'a: "1.10"'),
    ("SCH001", "a.yaml", BAD.format("a").replace("a: 1", "a: yes"), "a: yes", 'a: "yes"'),
    ("SCH001", "a.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": 1}}',
     "1}}", '"1"}}'),
    ("FX001", "a.yaml", DEPLOYMENT.format("fluxcd.io/automated: true\n    fluxcd.io/tag.web: glob:master-*"),
     "automated: true", 'automated: "true"'),
    ("FX014", "a.yaml", DEPLOYMENT.format("fluxcd.io/Locked-User: x"), "Locked-User", "locked_user"),
    ("FX014", "a.yaml", DEPLOYMENT.format('"fluxdc.io/locked": "true"'), "fluxdc.io", "fluxcd.io"),
    ("KEEL005", "a.yaml", DEPLOYMENT.format("keel.sh/policy: minor\n    keel.sh/approvals: 2"), "approvals: 2",
     'approvals: "2"'),
    ("AM001", "values.yaml", values(route="null"), "receiver: null", 'receiver: "null"'),
    ("AM027", "values.yaml", values(channel="0123"), "channel: 0123", 'channel: "0123"'),
    ("WF005", ".github/workflows/w.yaml", workflow(paths='".github/workflows/**", "a.md "'), '"a.md "', '"a.md"'),
    ("WF007", ".github/workflows/w.yaml", workflow(version="1.30"), "[1.30", '["1.30"'),
    ("WF008", ".github/workflows/w.yaml", workflow(comment="v4.0.0, later more"), "v4.0.0", "v7.0.1"),
    ("WF008", ".github/workflows/w.yaml", workflow(comment="4"), "# 4", "# 7.0.1"),
]  # fmt: skip


def found(path: str, text: str, rule: str = "") -> list[Problem]:
    known = rules.recognise(path, text).file
    assert known is not None, path
    scope = Scope((known,), exists=lambda one: not one.endswith(" "))
    return [one for one in rules.check([known], scope) if rule in {"", one.rule}]


def leaves(text: str) -> list[tuple[Any, ...]]:
    """Return the paths and values of a text as PyYAML reads it, keys too."""

    def below(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if isinstance(node, dict):
            for number, (key, value) in enumerate(node.items()):
                yield (*path, number, "key", key)
                yield from below(value, (*path, number))
        elif isinstance(node, list):
            for number, value in enumerate(node):
                yield from below(value, (*path, number))
        else:
            yield (*path, type(node), node)

    documents = list(yaml.load_all(text, yaml.CSafeLoader))
    return [leaf for number, one in enumerate(documents) for leaf in below(one, (number,))]


@pytest.mark.parametrize(("rule", "path", "text", "old", "new"), CASES)
def test_a_fix_changes_one_place(rule: str, path: str, text: str, old: str, new: str) -> None:
    assert text.count(old) == 1
    problems = [one for one in found(path, text, rule) if one.fix]
    result = fixed_text(text, problems)
    assert result.text == text.replace(old, new)
    assert [one.rule for one in result.done] == [rule]
    before, after = ([one for one in found(path, x) if one.severity != "info"] for x in (text, result.text))
    assert {*after} < {*before}


def disguised(dice: random.Random, text: str, path: str) -> str:
    """Return a YAML text with other surroundings: comments, documents, line ends, a byte order mark."""
    lines = text.split("\n")
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(lines))
        lines.insert(at, dice.choice(["# a: 1", "", "# ✓ é \U0001f600", "   # x: null # y", "#" + "\t" * 3 + "'"]))
    out = "\n".join(lines)
    if not path.startswith(".github"):
        out = dice.choice(["", "---\n", "# one\n---\n# two\n", "%YAML 1.1\n---\n"]) + out
        out += (
            dice.choice(["", "\n---\n", "\n...\n", "\n---\nx: [1, null, '0123']\n# end\n"]) if path == "a.yaml" else ""
        )
    out = out.rstrip("\n") + dice.choice(["", "\n", "\n\n", "  \n", " # the end"])
    out = out.replace("\n", "\r\n") if dice.random() < 0.3 else out
    return "\ufeff" + out if dice.random() < 0.3 else out


@pytest.mark.parametrize("number", range(len(CASES)))
def test_only_the_value_changes_whatever_surrounds_it(number: int) -> None:
    rule, path, plain, old, new = CASES[number]
    if path.endswith(".json"):
        return
    dice = random.Random(number)  # noqa: S311 - the same cases every time
    seen = 0
    for _ in range(12):
        text = disguised(dice, plain, path)
        if text.count(old) != 1 or rules.recognise(path, text).file is None:
            continue
        problems = [one for one in found(path, text, rule) if one.fix]
        result = fixed_text(text, problems)
        assert result.text == text.replace(old, new), text
        before, after = leaves(text), leaves(result.text)
        assert len(before) == len(after)
        differing = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        assert len(differing) == (0 if rule == "WF008" else 1)
        assert not [one for one in found(path, result.text, rule) if one.fix]
        seen += 1
    assert seen >= 4


def fixing(start: int, old: str, new: str, line: int = 1) -> Problem:
    return Problem("a", line, 1, "x", "", "SCH001", fix=Fix(start, old, new))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\n", fixing(3, "2", '"2"')),  # another text is there
        ("a: 1\n", fixing(300, "1", '"1"')),
        ("a: &x 1\nb: *x\n", fixing(6, "1", '"1"')),  # b would change too
        ("a: &x {c: 1}\nb: *x\n", fixing(10, "1", '"1"')),
        ("a: 1\nb: 2\n", fixing(3, "1", "1\nc: 3")),  # another key
        ("a: 1\nb: 2\n", fixing(3, "1", '"1')),  # no YAML
        ("a: 1\nb: 2\n", fixing(0, "a", "b")),  # a key twice
        ("a: 1\nb: 2\n", fixing(3, "1", "[1]")),
        ("a: [1\n", fixing(4, "1", '"1"')),  # no YAML before
        ("a: 1\n", Problem("a", 1, 1, "x")),
    ],
)
def test_an_edit_that_changes_more_is_not_made(text: str, problem: Problem) -> None:
    result = fixed_text(text, [problem])
    assert (result.text, result.done, result.left) == (text, (), (problem,))


def test_of_fixes_that_do_not_work_together_some_are_made() -> None:
    first, second, other = fixing(3, "1", '"1"'), fixing(3, "1", "'1'"), fixing(8, "2", '"2"')
    result = fixed_text("a: 1\nb: 2\n", [first, second, other])
    assert result.text == 'a: "1"\nb: "2"\n'
    assert [result.done, result.left] == [(first, other), (second,)]
    again = fixed_text("a: 1\nb: 2\n", [first, fixing(3, "1", '"1"')])  # two rules that say the same
    assert again.text == 'a: "1"\nb: 2\n'
    assert len(again.done) == 2


def test_only_plain_text_is_quoted() -> None:
    assert quoting(0, "null") == Fix(0, "null", '"null"')
    for source in ("", 'a"b', "a\\b", "a\nb", "\x1b"):
        assert quoting(0, source) is None


# The command


@pytest.fixture
def broken(tmp_path: Path) -> Repo:
    """A git repository that never heard of scaffold, with something to fix in a manifest and in a workflow."""
    made = Repo(tmp_path / "repo")
    made.write("k8s/bad.yaml", BAD.format("bad").replace("\n", "\r\n"))
    made.write(".github/workflows/w.yaml", workflow(version="1.30"))
    made.write("testdata/bad.yaml", BAD.format("data"))
    git(made.root, "init", "--quiet", ".")
    return made


def test_the_command_writes_what_it_says(broken: Repo) -> None:
    before = broken.snapshot()
    done = broken.ok("validate", "--fix", "--dry-run")
    assert "-  a: 1\r\n" in done.out.replace("\r\r", "\r")
    assert '+  a: "1"' in done.out
    assert done.out.splitlines()[-1] == "would fix k8s/bad.yaml: SCH001"
    assert broken.snapshot() == before
    done = broken.ok("validate", "--fix")
    assert done.out.splitlines()[:2] == ["fixed .github/workflows/w.yaml: WF007", "fixed k8s/bad.yaml: SCH001"]
    after = broken.snapshot()
    assert after == {
        **before,
        "k8s/bad.yaml": before["k8s/bad.yaml"].replace(b"a: 1", b'a: "1"'),
        ".github/workflows/w.yaml": workflow(version='"1.30"').encode(),
    }
    assert not broken.has(".scaffold")
    done = broken.run("validate", "--fix", "--profile", "strict", "--format", "json")
    assert done.err.startswith("fixed testdata/bad.yaml: SCH001\n")
    assert broken.ok("validate", "--fix").out.startswith("nothing to fix")


def test_what_is_known_suppressed_or_a_link_is_left(broken: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(BAD.format("outside"))
    (broken.root / "k8s/link.yaml").symlink_to(tmp_path / "outside.yaml")
    (broken.root / "folder").symlink_to(tmp_path)
    broken.write("k8s/said.yaml", BAD.format("said").replace("a: 1", "a: 1 # scaffold: ignore[SCH001] on purpose"))
    broken.ok("validate", "--update-baseline")
    before = broken.snapshot()
    assert broken.ok("validate", "--fix", "--profile", "strict").out.startswith("nothing to fix")
    for path in ("k8s/link.yaml", "folder/outside.yaml"):
        broken.run("validate", "--fix", path)
    assert broken.snapshot() == before
    assert (tmp_path / "outside.yaml").read_text() == BAD.format("outside")


def test_a_fix_with_another_finding_is_not_written(broken: Repo) -> None:
    text = values(route="null").replace('      - name: "null"\n', "")
    broken.write("values.yaml", text)
    done = broken.run("validate", "--fix")
    assert done.code == 1
    assert "fixed k8s/bad.yaml: SCH001" in done.out
    assert "values.yaml:6:21: not fixed: AM001: its fix would cause another finding" in done.out
    assert broken.read("values.yaml") == text


def test_locked_units_are_left(repo: Repo) -> None:
    repo.write("services/payments/deploy/more.yaml", BAD.format("more"))
    repo.write("k8s/bad.yaml", BAD.format("bad"))
    repo.write(".scaffold/config.yaml", "automation: flux-v1\nlocked: [spec.replicas]\n")
    done = repo.run("validate", "--fix")
    assert "services/payments/deploy/more.yaml:6:6: not fixed: SCH001: its file is in a unit" in done.out
    assert 'a: "1"' in repo.read("k8s/bad.yaml")
    assert repo.read("services/payments/deploy/more.yaml") == BAD.format("more")


def test_options_that_contradict_each_other(broken: Repo) -> None:
    refused = [["--dry-run"], ["--fix", "--update-baseline"], ["--dry-run", "--update-baseline"]]
    refused += [["--fix", "--dry-run", "--format", "json"], ["--update-baseline", "--format", "junit"]]
    for options in refused:
        assert broken.run("validate", *options).code == 2
    assert broken.run("validate", "--fix", "none.yaml").code == 2
    broken.write("k8s/web.yaml", WARNED)
    (broken.root / ".scaffold").write_text("a file\n")
    done = broken.run("validate", "--fix")
    assert done.code == 2
    assert "a: 1" in broken.read("k8s/bad.yaml")
