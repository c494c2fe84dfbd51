"""Cost grows with the size of the input, and not with its square: hostile files, doubled (tests/doubling.py)."""

from __future__ import annotations

import itertools
import random

import pytest

from generator import printable

from . import doubling
from .doubling import Attack, validate

SECONDS = 6.0  # of processor time; what was quadratic took minutes
SIZE = 160_000
_WORKFLOW = """on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: kind create cluster
      - run: |
          {}
      - uses: actions/upload-artifact@v4
        with: {{name: logs}}
"""
_MAKE = "X = x\nexport KUBECONFIG = $(CURDIR)/kubeconfig\ntest:\n\tkind create cluster --name e2e\n\tkubectl get pods\n"
_OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  a: {}\n"


def many(piece: str, size: int = SIZE) -> str:
    return piece * (size // len(piece))


def numbered(piece: str, count: int) -> str:
    return "".join(piece.replace("{n}", str(at)) for at in range(count))


_PAIR = """\
---
apiVersion: v1
kind: Service
metadata: {name: s{n}, namespace: ns}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d{n}, namespace: ns}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}
"""
_SENDS = (
    "receivers:\n  - name: r\n    slack_configs: [{channel: '#a', api_url: 'https://hooks.slack.com/services/a'}]\n"
)
# Two sorts of things, of which each was compared with each.
TWO = {
    "includes and variables": ("Makefile", numbered("v{n} := a\n", 6_000) + numbered("include z{n}\n", 6_000) + _MAKE),
    "globs and template files": (
        "values.yaml",
        "alertmanager:\n  config:\n    route: {receiver: r}\n    receivers: [{name: r}]\n    templates:\n"
        + numbered("      - '/etc/alertmanager/config/*x{n}*'\n", 1_500)
        + "  templateFiles:\n"
        + numbered("    f{n}.tmpl: 'x'\n", 1_500),
    ),
    "receivers of routes and receivers": (
        "a.yaml",
        "route:\n  receiver: r\n  routes:\n"
        + numbered("    - {receiver: x{n}, matchers: ['a=\"{n}\"']}\n", 1_000)
        + _SENDS
        + numbered("  - name: r{n}\n", 4_000),
    ),
    "unknown keys of a map": ("a.yaml", _OBJECT.format("b") + numbered("k{n}: 1\n", 30_000)),
    "annotations with patterns": (
        "a.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  annotations:\n    fluxcd.io/automated: 'true'\n"
        + numbered("    fluxcd.io/tag.c{n}: glob:a\n", 5_000)
        + "spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
        + "      containers:\n"
        + numbered("        - {name: c{n}, image: a/b:1}\n", 5_000),
    ),
    "matchers of one label": (
        "a.yaml",
        "route:\n  receiver: r\n  routes:\n    - receiver: r\n      matchers:\n"
        + numbered("        - 'a=~\"b{n}.*\"'\n", 2_500)
        + _SENDS,
    ),
    "intervals of routes and intervals": (
        "a.yaml",
        "route:\n  receiver: r\n  routes:\n"
        + numbered("    - {receiver: r, matchers: ['a=b'], continue: true, mute_time_intervals: [t{n}]}\n", 1_600)
        + _SENDS
        + "time_intervals:\n"
        + numbered("  - {name: t{n}, time_intervals: [{months: ['1:12']}]}\n", 1_600),
    ),
}
# What held a command for minutes, by what it is.
FOUND = TWO | {
    "a job of checkouts": (
        ".github/workflows/a.yaml",
        "on: push\njobs:\n  j:\n    runs-on: x\n    steps:\n" + "      - uses: actions/checkout@v4\n" * 8_000,
    ),
    "services for the same pods": ("a.yaml", numbered(_PAIR, 800)),
    "merge keys in a chain": (
        "a.yaml",
        "x0: &x0 {a: b}\n" + "".join(f"x{n + 1}: &x{n + 1} {{<<: *x{n}, a{n}: b}}\n" for n in range(5_000)),
    ),
    "a recipe that waits and waits": (
        "Makefile",
        _MAKE + "a:\n\tkind create cluster; " + many("until kubectl ") + "\n",
    ),
    "many variables": ("Makefile", _MAKE + numbered("a{n} = kindest/node:v1\n", 18_000)),
    "a variable in itself": ("Makefile", _MAKE + "X := aaaaaaaa\n" + "X := $(X)$(X)\n" * 60),
    "a variable that grows": ("Makefile", _MAKE + "X += aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 19_000),
    "conditions in conditions": ("Makefile", _MAKE + "ifdef A\na = b\n" * 9_000),
    "a rule for many targets": ("Makefile", _MAKE + numbered("t{n} ", 9_000) + ": " + many("needs ", 80_000) + "\n"),
    "spaces behind export": ("Makefile", _MAKE + "export" + many("\t") + ":\n"),
    "spaces behind include": ("Makefile", _MAKE + "define x" + many(" ") + "y\n"),
    "a reference to kinds of kind": ("Makefile", "$(" + many("kind") + "\n"),
    "kubectl in a step": (".github/workflows/a.yaml", _WORKFLOW.format(many("kubectl "))),
    "git with options": (".github/workflows/a.yaml", _WORKFLOW.format(many("git -a b "))),
    "git diff in a step": (
        ".github/workflows/a.yaml",
        _WORKFLOW.format(many("git diff ") + "\n          git commit; git push"),
    ),
    "git commit in a step": (".github/workflows/a.yaml", _WORKFLOW.format(many("git commit [ci skip ") + "[skip ci]")),
    "a name of open expressions": (
        ".github/workflows/a.yaml",
        _WORKFLOW.format("true").replace("logs", '"' + many("${{ ") + '"'),
    ),
    "an image in folders": (".github/workflows/a.yaml", _WORKFLOW.format(many("a:0/") + " kindest/node:v1.30.0")),
    "blank lines in a script": (".github/workflows/a.yaml", _WORKFLOW.format("#" + many("\n") + "kindest/node:v1")),
    "a number of underscores": ("a.yaml", _OBJECT.format("2" + many("_") + "x")),
    "suppressions": ("a.yaml", _OBJECT.format("b") + "# scaffold: ignore[FX001] a\n" * 6_000),
    "suppressions of the file": ("a.yaml", "# scaffold: ignore-file[FX001] a\n" * 6_000 + _OBJECT.format("b")),
    "signs of comments": ("a.yaml", _OBJECT.format("b # scaffold: " + many("#"))),
    "open expressions in a secret": (
        "a.yaml",
        "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'x" + many("${ ") + "'}]}]\n",
    ),
    "spaces in matchers": (
        "a.yaml",
        "route:\n  receiver: a\n  routes:\n"
        + numbered("    - {matchers: ['a{n}=" + " " * 16_000 + "x y\"'], receiver: a}\n", 10)
        + "receivers: [{name: a}]\n",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_took_minutes_takes_seconds(name: str) -> None:
    path, text = FOUND[name]
    took = doubling.cost(Attack(name, lambda _size: (path, text), validate), len(text), SECONDS)
    assert took < SECONDS


COMMENTS, ITEMS = 10_000, 16_000
MERGES = {
    "comments that both sides changed": (
        "a: 1\n" + numbered("# c{n}\n", COMMENTS),
        "a: 1\n" + numbered("# c{n}6\n", COMMENTS),
        "a: 1\n" + numbered("# c{n}\n# c4{n}\n", COMMENTS // 2),
    ),
    "items that both sides changed to the same, in another order": (
        "a:\n" + numbered("- {n}\n", ITEMS),
        "a:\n" + "".join(f"- {at}x\n" for at in range(ITEMS, 0, -1)),
        "a:\n" + numbered("- {n}x\n", ITEMS),
    ),
    "equal items that both sides added": (
        "a:\n- 2\n",
        "a:\n- 2\n" + "- 1\n" * 30_000,
        "a:\n" + "- 1\n" * 30_000 + "- 2\n",
    ),
    "a flow list in one line": (
        f"a: [{numbered('{n}, ', ITEMS)}1]\n",
        f"a: [0, {numbered('{n}, ', ITEMS)}1]\n",
        f"a: [{numbered('{n}, 5, ', ITEMS // 2)}1]\n",
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_a_merge_that_took_minutes_takes_seconds(name: str) -> None:
    texts = MERGES[name]
    took = doubling.cost(Attack(name, lambda _size: texts, doubling.merge_yaml), len(texts[0]), SECONDS * 2)
    assert took < SECONDS * 2


def test_a_merge_of_lines_that_took_minutes_takes_seconds() -> None:
    base = numbered("line {n}\n", 16_000)
    ours, theirs = base.replace("3\n", "3x\n"), base.replace("7\n", "7x\n")
    took = doubling.cost(Attack("lines", lambda _size: (base, ours, theirs), doubling.merge_lines), len(base), SECONDS)
    assert took < SECONDS


def test_lines_that_may_be_commands_are_found_in_time() -> None:
    text = many("\n\t") + "::error::x"
    took = doubling.cost(Attack("runner", lambda _size: (text,), printable.for_runner), len(text), SECONDS)
    assert took < SECONDS


def _some(count: int) -> list[Attack]:
    chance = random.Random(7)  # noqa: S311
    tables = chance.sample(doubling.tables(), count)
    structures = chance.sample(doubling.structures(), count // 2)
    return [*tables, *structures, *itertools.islice(doubling.at_random(11), count)]


@pytest.mark.parametrize("part", range(4))
def test_cost_grows_as_the_input_does(part: int) -> None:
    """A part of what ``python -m tests.doubling`` tries, of 10 to 80 KB."""
    wrong = []
    for attack in _some(40)[part::4]:
        fault, costs = doubling.verdict(attack, (10_000, 20_000, 40_000, 80_000))
        if fault:
            wrong.append(f"{attack.name}: {fault} {costs}")
    assert not wrong, "\n".join(wrong)
