"""Files that rule_files of Prometheus' configuration names: read as rule files, and judged by promtool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo
from ..support.real import tool

CONFIG = "global: {}\nscrape_configs: []\nrule_files: [%s]\n"
GOOD = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up == 0\n"
BAD = GOOD.replace("up == 0", "up ==")
OBJECT = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec: {groups: []}\n"
LOKI = GOOD.replace("up == 0", '\'rate({a="b"} |= "x" [5m])\'')
# The entry, the files, and what is found: rule and place.
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "a rule file": ("rules/a.yml", {"rules/a.yml": GOOD}, []),
    "by another name": ("rules/a.rules", {"rules/a.rules": BAD}, ["rules/a.rules:5:15 PR001"]),
    "a good one by another name": ("rules/a.rules", {"rules/a.rules": GOOD}, []),
    "of Loki": ("rules/a.yml", {"rules/a.yml": LOKI}, ["rules/a.yml:5:15 PR001"]),
    "with an unknown key": ("rules/a.yml", {"rules/a.yml": GOOD.replace("groups", "group")}, ["rules/a.yml:1:1 PR005"]),
    "with one key more": ("rules/a.yml", {"rules/a.yml": GOOD + "x: 1\n"}, ["rules/a.yml:6:1 PR005"]),
    "a list": ("rules/a.yml", {"rules/a.yml": "- a\n"}, ["rules/a.yml:1:1 PR005"]),
    "groups as a map": ("rules/a.yml", {"rules/a.yml": "groups: {a: b}\n"}, ["rules/a.yml:1:9 PR005"]),
    "empty": ("rules/a.yml", {"rules/a.yml": ""}, []),
    "without groups": ("rules/a.yml", {"rules/a.yml": "groups: []\n"}, []),
    "not YAML": ("rules/a.rules", {"rules/a.rules": "groups: [\n"}, ["rules/a.rules:2:1 YAML001"]),
    "a glob": ("rules/*.rules", {"rules/a.rules": GOOD, "rules/b.rules": BAD}, ["rules/b.rules:5:15 PR001"]),
    "a glob with a set": ("'rules/[^a].rules'", {"rules/a.rules": BAD, "rules/b.rules": GOOD}, []),
    "a glob of nothing": ("rules/*.yml", {"rules/a.rules": BAD}, []),
    "a glob does not go down": ("rules/*.rules", {"rules/a.yml": GOOD, "rules/b/c.rules": BAD}, []),
    "a folder": ("rules", {"rules/b/a.yml": GOOD}, ["prometheus.yml:3:14 PR010"]),
    "a folder by a glob": ("rules/*", {"rules/a.yml": GOOD, "rules/b/c.yml": GOOD}, ["prometheus.yml:3:14 PR010"]),
    "an object": ("rules/a.yml", {"rules/a.yml": OBJECT}, ["prometheus.yml:3:14 PR010"]),
    "an object by a glob": ("rules/*.yml", {"rules/a.yml": OBJECT}, ["prometheus.yml:3:14 PR010"]),
    "the configuration": ("'*.yml'", {}, ["prometheus.yml:3:14 PR010"]),
    "a glob above": ("rules/*/a.yml", {"rules/b/a.yml": GOOD}, ["prometheus.yml:3:14 PR010"]),
    "an open set": ("'rules/[.yml'", {"rules/a.yml": GOOD}, ["prometheus.yml:3:14 PR010"]),
    "missing": ("rules/b.yml", {"rules/a.yml": GOOD}, ["prometheus.yml:3:14 PR010"]),
    "missing beside it": ("b.yml", {}, ["prometheus.yml:3:14 PR010"]),
}
# promtool refuses these, which may be right where Prometheus runs.
ELSEWHERE: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "in a container": ("/etc/prometheus/a.yml", {"rules/a.yml": GOOD}, []),
    "in another folder": ("rules/a.yml", {"b/a.yml": GOOD}, []),
    "mounted beside it": ("a.yml", {"rules/a.yml": GOOD}, []),
    "above the root": ("../a.yml", {}, []),
    "filled in later": ("'${RULES}/a.yml'", {}, []),
}


def found(folder: Path, case: tuple[str, dict[str, str], list[str]]) -> list[str]:
    entry, files, _ = case
    repo = Repo(folder)
    repo.write("prometheus.yml", CONFIG % entry)
    for path, text in files.items():
        repo.write(path, text)
    done = repo.run("validate", ".", "--fail-on", "info")
    told = re.findall(r"^(\S+:\d+:\d+): .*\(((?:PR0(?:0[1-5]|09|10)|YAML001))\)$", done.out, re.MULTILINE)
    return [f"{place} {rule}" for place, rule in told]


@pytest.mark.parametrize("name", [*CASES, *ELSEWHERE])
def test_what_is_named_is_a_rule_file(tmp_path: Path, name: str) -> None:
    case = {**CASES, **ELSEWHERE}[name]
    assert found(tmp_path, case) == case[2]


@pytest.mark.parametrize("name", CASES)
def test_promtool_says_the_same(tmp_path: Path, name: str) -> None:
    told = found(tmp_path, CASES[name])
    done = subprocess.run(
        [tool("promtool"), "check", "config", "prometheus.yml"], cwd=tmp_path, check=False, capture_output=True
    )
    assert (done.returncode != 0) == bool(told), done.stdout + done.stderr
