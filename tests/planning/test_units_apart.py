"""What is wrong with one unit stops no other one, and a bug that one meets is told of at the end, by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo

OWN = ".scaffold/templates/own"
# An own template whose expression fails in a way that no template is expected to.
FILES = {
    f"{OWN}/cookiecutter.json": '{"name": "x"}',
    f"{OWN}/version": "1\n",
    f"{OWN}/schema.json": '{"type": "object"}',
    f"{OWN}/{{{{cookiecutter.name}}}}/x.txt": "x\n",
    "own/scaffold.yaml": "template: own\nname: own\n",
}


LOCKED = f'''{{"format": 1, "inputs": "{40 * "0"}", "spec": "{40 * "0"}", "tool": "0.1.0",
  "template": {{"name": "own", "version": 1e999}}, "files": []}}
'''


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("own/scaffold.yaml", "template: own\n? {a: b}\n: c\n"),
        ("own/scaffold.yaml", 'template: own\nname: "\\ud800"\n'),
        ("own/scaffold.yaml", "template: own\n" + "k" * 3000 + ": 1\n"),
        ("own/scaffold.yaml", "template: service\nname: x\nimage: a/b\nport: 1e999\n"),
        ("own/scaffold.yaml", "template: service\nname: x\nimage: a/b\nresources: {limits: {cpu: .inf}}\n"),
        ("own/scaffold.yaml", "template: own\nname: own\nfiles: 5\n"),
        ("own/scaffold.yaml", "template: own\nname: own\nfiles: [deploy]\n"),
        ("own/scaffold.yaml", "template: own\nname: own\nfiles: {a: 5}\n"),
        (
            "own/scaffold.yaml",
            "template: own\nname: own\nfiles: {" + "".join(f"a{n}: once, " for n in range(101)) + "}\n",
        ),
        ("own/scaffold.lock", "{" * 5000),
        ("own/scaffold.lock", '{"format": ' + "9" * 5000 + "}"),
        ("own/scaffold.lock", '{"format": 1e999}'),
        ("own/scaffold.lock", LOCKED),
        (f"{OWN}/version", "1" * 5000),
        (f"{OWN}/cookiecutter.json", "[]"),
        (f"{OWN}/cookiecutter.json", '{"_once": 3}'),
        (f"{OWN}/cookiecutter.json", '{"_extensions": [{}]}'),
        (f"{OWN}/cookiecutter.json", '{"a": ' + "[" * 30000 + "]" * 30000 + "}"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_broken_unit_stops_no_other(repo: Repo, path: str, text: str) -> None:
    for name, good in FILES.items():
        repo.write(name, good)
    repo.write(path, text)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    for command in ("diff", "status", "regenerate"):
        done = repo.run(command)
        assert done.code == 2, (command, done.text)
        assert "own/scaffold." in done.err or f"{OWN}/" in done.err
        assert "has a bug" not in done.err
    assert "has a bug" not in repo.run("list", "--format", "github-matrix").err
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert not repo.has("own/x.txt")


@pytest.mark.parametrize(
    "value",
    ["[" * 90 + "]" * 90, "1e999", ".nan", "9" * 29, "2026-01-01", "!!set {a, b}"],
    ids=lambda value: value[:20],
)
def test_an_odd_value_that_a_schema_takes_is_a_value(repo: Repo, value: str) -> None:
    for name, good in FILES.items():
        repo.write(name, good)
    repo.write("own/scaffold.yaml", f"template: own\nname: {value}\n")
    repo.ok("regenerate")
    assert repo.read("own/x.txt") == "x\n"
    repo.ok("diff")


def test_a_bug_names_its_unit_and_the_others_go_on(repo: Repo) -> None:
    """A bug is made by a broken installation: a module of one template that cannot be loaded."""
    repo.ok("alerting")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.edit("alerting/scaffold.yaml", "name: alerting\n", "name: alerting\nwatchdog: 'null'\n")
    repo.write("sitecustomize.py", "import sys\nsys.modules['generator.shipped.alerting.spec_check'] = None\n")
    done = repo.run("regenerate", PYTHONPATH=str(repo.root))
    assert done.code == 3, done.text
    assert "alerting/scaffold.yaml:1:1: is skipped because of a bug in scaffold: ModuleNotFoundError" in done.err
    assert "has a bug: ModuleNotFoundError" in done.err
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)


def test_a_bug_of_a_rule_names_its_file_and_the_other_rules_go_on(tmp_path: Path) -> None:
    """A bug is made by a broken installation: the library that checks a manifest's schema cannot be loaded."""
    repo = Repo(tmp_path)
    repo.write("old.yaml", "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {}\n")
    repo.write("new.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: x}]}\n")
    repo.write("sitecustomize.py", "import sys\nsys.modules['jsonschema_rs'] = None\n")
    done = repo.run("validate", "old.yaml", "new.yaml", PYTHONPATH=str(repo.root))
    assert done.code == 3, done.text
    assert "new.yaml:1:1: SCH001 failed on a bug in scaffold: ModuleNotFoundError (SCF001)" in done.out
    assert "(K8S002)" in done.out
    assert "has a bug: ModuleNotFoundError" in done.err
