"""Cost grows with the size of the input, and not with its square: hostile files, doubled (tests/fuzz/doubling.py)."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from generator import merge, printable

from . import doubling, doubling_commands
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
    parts = piece.split("{n}")
    return "".join(str(at).join(parts) for at in range(count))


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
_CANARY = """\
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: c{n}, namespace: ns}
spec: {targetRef: {kind: Deployment, name: d{n}}, service: {port: 80}, analysis: {interval: 1m, threshold: 5}}
"""
_AUTOMATION = """\
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: a{n}, namespace: ns}
spec: {update: {path: ./a{n}}}
"""
_SERVICE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: s{n}}\nspec: {selector: {x: s{n}}, ports: [{port: 80}]}\n"
)
_AUTOMATED = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations:
{}spec:
  selector: {{matchLabels: {{app: a}}}}
  template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: c, image: 'a:1'}}]}}}}
"""
_ROUTED = "alertmanager:\n  config:\n    route:\n      receiver: a\n{}    receivers:\n      - name: a\n{}"
_SENDS = (
    "receivers:\n  - name: r\n    slack_configs: [{channel: '#a', api_url: 'https://hooks.slack.com/services/a'}]\n"
)
# Two sorts of things, of which each was compared with each.
TWO: dict[str, tuple[str, ...]] = {
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
# What held a command for minutes, by what it is: path and text, and those of files beside.
FOUND: dict[str, tuple[str, ...]] = TWO | {
    "unknown keys of a spec": (
        "a.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n" + numbered("  key{n}: a\n", 45_000),
    ),
    "aliases of one anchor": (
        "a.yaml",
        _OBJECT.format("b") + "x: &x b\n" + numbered("k{n}: *x\n", 50_000),
    ),
    "keys with tags": ("a.yaml", _OBJECT.format("b") + numbered("k{n}: !!str a\n", 40_000)),
    "annotations for containers": (
        "a.yaml",
        _AUTOMATED.format(numbered("    fluxcd.io/tag.c{n}: 'glob:a*'\n", 18_000)),
    ),
    "containers without a pattern": (
        "a.yaml",
        _AUTOMATED.format("    fluxcd.io/automated: 'true'\n").replace(
            "{name: c, image: 'a:1'}", ", ".join(f"{{name: c{n}, image: 'a:1'}}" for n in range(16_000))
        ),
    ),
    "containers with a digest": (
        "a.yaml",
        _AUTOMATED.format("    fluxcd.io/automated: 'true'\n").replace(
            "{name: c, image: 'a:1'}", ", ".join(f"{{name: c{n}, image: 'a@sha256:{'0' * 64}'}}" for n in range(8_000))
        ),
    ),
    "services for no pod": ("a.yaml", numbered(_SERVICE, 6_000) + _AUTOMATED.format("    a: b\n").join(["---\n", ""])),
    "canaries without a target": ("a.yaml", numbered(_CANARY, 4_000)),
    "markers and automations": (
        "a.yaml",
        numbered(_AUTOMATION, 2_000)
        + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
        + numbered('  k{n}: b # {"$imagepolicy": "ns:a{n}"}\n', 8_000),
    ),
    "markers of conflicts": ("a.yaml", "<<<<<<< a\n" * 400_000),
    "logs of clusters that are gone": (
        "Makefile",
        _MAKE + "clean:\n" + "\tkind delete cluster\n\tkind export logs\n" * 2_000,
    ),
    "configurations of clusters": (
        "Makefile",
        _MAKE + "a:\n" + "\tkind create cluster --config a.yaml\n" * 500,
        "a.yaml",
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n" + "- role: worker\n" * 5_000,
    ),
    "includes and variables": (
        "Makefile",
        _MAKE + numbered("a{n} = b\n", 9_000) + numbered("-include $(a{n})\n", 9_000),
    ),
    "calls of make where nothing is": (
        ".github/workflows/a.yaml",
        _WORKFLOW.format(
            many("echo here; ", 700_000) + "\n      - run: |\n" + numbered("          make -C x{n} test\n", 30_000)
        ),
    ),
    "routes to receivers that are not there": (
        "values.yaml",
        _ROUTED.format(
            "      routes:\n" + numbered("        - receiver: team{n}\n", 5_000),
            numbered("      - name: team-{n}-x\n", 5_000),
        ),
    ),
    "time intervals that are not there": (
        "values.yaml",
        _ROUTED.format(
            "      routes:\n" + numbered("        - {receiver: a, mute_time_intervals: [t{n}]}\n", 8_000),
            "    time_intervals:\n" + numbered("      - {name: i{n}, time_intervals: [{years: ['2030']}]}\n", 8_000),
        ),
    ),
    "matchers of one route": (
        "values.yaml",
        _ROUTED.format(
            "      routes:\n        - receiver: a\n          match:\n" + numbered("            k{n}: v\n", 24_000), ""
        ),
    ),
    "files and globs of templates": (
        "values.yaml",
        "alertmanager:\n  templateFiles:\n"
        + numbered("    f{n}.tmpl: a\n", 6_000)
        + _ROUTED.format("", "").partition("\n")[2]
        + "    templates:\n"
        + numbered("      - a{n}*.tmpl\n", 6_000),
    ),
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
        _MAKE + "a:\n\tkind create cluster; " + many("until kubectl ", 640_000) + "\n",
    ),
    "many variables": ("Makefile", _MAKE + numbered("a{n} = kindest/node:v1\n", 30_000)),
    "a variable in itself": ("Makefile", _MAKE + "X := aaaaaaaa\n" + "X := $(X)$(X)\n" * 60),
    "a rule for many targets": ("Makefile", _MAKE + numbered("t{n} ", 9_000) + ": " + many("needs ", 80_000) + "\n"),
    "spaces behind export": ("Makefile", _MAKE + "export" + many("\t") + ":\n"),
    "spaces behind include": ("Makefile", _MAKE + "define x" + many(" ") + "y\n"),
    "a reference to kinds of kind": ("Makefile", "$(" + many("kind") + "\n"),
    "kubectl in a step": (".github/workflows/a.yaml", _WORKFLOW.format(many("kubectl "))),
    "a name of open expressions": (
        ".github/workflows/a.yaml",
        _WORKFLOW.format("true").replace("logs", '"' + many("${{ ") + '"'),
    ),
    "an image in folders": (".github/workflows/a.yaml", _WORKFLOW.format(many("a:0/") + " kindest/node:v1.30.0")),
    "a number of underscores": ("a.yaml", _OBJECT.format("2" + many("_") + "x")),
    "suppressions": ("a.yaml", _OBJECT.format("b") + "# scaffold: ignore[FX001] a\n" * 30_000),
    "suppressions of the file": ("a.yaml", "# scaffold: ignore-file[FX001] a\n" * 30_000 + _OBJECT.format("b")),
    "signs of comments": ("a.yaml", _OBJECT.format("b # scaffold: " + many("#"))),
    "open expressions in a secret": (
        "a.yaml",
        "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'x" + many("${ ") + "'}]}]\n",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_took_minutes_takes_seconds(name: str) -> None:
    took = doubling.cost(Attack(name, lambda _size: FOUND[name], validate), len(FOUND[name][1]), SECONDS)
    assert took < SECONDS


ITEMS = 48_000
MERGES = {
    "items that both sides changed to the same, in another order": (
        "a:\n" + numbered("- {n}\n", ITEMS),
        "a:\n" + "".join(f"- {at}x\n" for at in range(ITEMS, 0, -1)),
        "a:\n" + numbered("- {n}x\n", ITEMS),
    ),
    "items without a name that both sides changed": tuple(
        "a:\n" + numbered("- b: {n}\n  c: x{n}\n" + more, ITEMS // 16) for more in ("", "  mine: 1\n", "  new: 1\n")
    ),
    "maps in one line that each side changed some of": tuple(
        "a: [" + numbered("{b: {n}, c: x{n}}, {b: y{n}" + more, ITEMS // 16) + "{b: z}]\n"
        for more in ("}, ", ", mine: 1}, ", ", new: 1}, ")
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_a_merge_that_took_minutes_takes_seconds(name: str) -> None:
    texts = MERGES[name]
    took = doubling.cost(Attack(name, lambda _size: texts, doubling.merge_yaml), len(texts[0]), SECONDS * 2)
    assert took < SECONDS * 2


MIB = 2**20
_ENV = "on: push\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{run: a}]}\nenv:\n  k:\n"
# Files near 4 MiB, the largest that are read, or near the bound of values, each of another shape.
LARGE = {
    "one line": ("a.yaml", _OBJECT.format("x" * (4 * MIB - 100))),
    "a list": ("a.yaml", _OBJECT.format("b") + "k:\n" + "- 1\n" * 300_000),
    "a flow list": (
        "alertmanager.yml",
        "route: {receiver: a}\nreceivers: [{name: a}]\nk: [" + "1, " * 300_000 + "1]\n",
    ),
    "too many values": ("a.yaml", _OBJECT.format("b") + "k:\n" + "- 1\n" * MIB),
    "maps that a schema refuses": (".github/workflows/a.yaml", _ENV + numbered("    - {a: {n}}\n", 79_000)),
    "keys twice": ("a.yaml", _OBJECT.format("b") + "k: 1\n" * 155_000),
    "comments": ("a.yaml", _OBJECT.format("b") + numbered("# comment {n}\n", 240_000)),
    "blank lines": ("a.yaml", _OBJECT.format("b") + "\n" * (4 * MIB - 100)),
    "unknown keys": (
        "a.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n" + numbered("  k{n}: a\n", 155_000),
    ),
    "variables": ("Makefile", _MAKE + numbered("a{n} = kindest/node:v1\n", 130_000)),
    "recipes": ("Makefile", _MAKE + numbered("t{n}: t\n\tkind delete cluster\n", 120_000)),
}


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_files_take_less_than_500_megabytes(name: str, tmp_path: Path) -> None:
    path, text = LARGE[name]
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    code, seconds, mebibytes = doubling_commands.measured(tmp_path, "validate", path)
    assert code in {0, 1, 2}
    assert mebibytes < 500
    assert seconds < 20


LARGE_MERGES = {
    "blank lines": "\n" * (4 * MIB - 100),
    "comments": numbered("# comment {n}\n", 240_000),
    "comments behind": "k:\n" + numbered("  k{n}: v # c{n}\n", 85_000),
    "maps": "k:\n" + numbered("- {a: {n}}\n", 50_000),
    "a list": "k:\n" + "- 1\n" * 130_000,
    "too many values": "k: [" + "1, " * MIB + "1]\n",
    "one line": "k: " + "x" * (4 * MIB - 100) + "\n",
}


@pytest.mark.parametrize("name", LARGE_MERGES)
def test_the_largest_merges_take_less_than_500_megabytes(name: str, tmp_path: Path) -> None:
    text = LARGE_MERGES[name]
    for file, whole in (("b.yaml", text), ("o.yaml", f"{text}yours: 1\n"), ("t.yaml", f"theirs: 1\n{text}")):
        (tmp_path / file).write_text(whole)
    code, seconds, mebibytes = doubling_commands.measured(tmp_path, "merge", "--markers", "b.yaml", "o.yaml", "t.yaml")
    assert code in {0, 1}
    assert mebibytes < 500
    assert seconds < 20


def test_texts_with_too_many_lines_are_left_alone_or_taken_whole() -> None:
    base = "a\n" * 300_000
    merged = merge.merge(base, base + "b\n", "c\n" + base, "x.txt")
    assert merged.text == base + "b\n"
    assert [one.field for one in merged.conflicts] == [""]
    assert "too many lines" in merged.conflicts[0].reason
    marked = merge.markers(base, base + "b\n", "c\n" + base, ("base", "ours", "theirs"))
    assert marked == f"<<<<<<< ours\n{base}b\n||||||| base\n{base}=======\nc\n{base}>>>>>>> theirs\n"


def test_a_merge_of_lines_that_took_minutes_takes_seconds() -> None:
    base = numbered("line {n}\n", 16_000)
    ours, theirs = base.replace("3\n", "3x\n"), base.replace("7\n", "7x\n")
    took = doubling.cost(Attack("lines", lambda _size: (base, ours, theirs), doubling.merge_lines), len(base), SECONDS)
    assert took < SECONDS


def test_lines_that_may_be_commands_are_found_in_time() -> None:
    text = many("\n\t") + "::error::x"
    took = doubling.cost(Attack("runner", lambda _size: (text,), printable.for_runner), len(text), SECONDS)
    assert took < SECONDS


def test_commands_cost_what_their_input_costs() -> None:
    """A part of the attacks on the whole command line, of 20 to 80 KB."""
    every = random.Random(5).sample(list(doubling_commands.of_commands()), 8)  # noqa: S311
    verdicts = {one.name: doubling.verdict(one, (20_000, 40_000, 80_000)) for one in every}
    assert {name: found for name, found in verdicts.items() if found[0]} == {}


def test_a_config_of_globs_is_refused_in_time() -> None:
    config = "rules:\n  SCH001:\n" + numbered("    'a{n}*/**': info\n", 100_000)
    took = doubling_commands.run("validate", doubling_commands.CONFIG, config, doubling_commands.SERVICE, "a: b\n")
    assert took < SECONDS


def _some(count: int) -> list[Attack]:
    chance = random.Random(7)  # noqa: S311
    tables = chance.sample(doubling.tables(), count)
    structures = chance.sample(doubling.structures(), count // 2)
    return [*tables, *structures, *itertools.islice(doubling.at_random(11), count)]


@pytest.mark.parametrize("part", range(4))
def test_cost_grows_as_the_input_does(part: int) -> None:
    """A part of what ``python -m tests.fuzz.doubling`` tries, of 10 to 80 KB."""
    wrong = []
    for attack in _some(40)[part::4]:
        fault, costs = doubling.verdict(attack, (10_000, 20_000, 40_000, 80_000))
        if fault:
            wrong.append(f"{attack.name}: {fault} {costs}")
    assert not wrong, "\n".join(wrong)
