"""A new shipped template is files that are added: a copy of the package gets one, and no module is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import git

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("generator", "templates", "schemas")

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["template", "name"],
    "properties": {
        "template": {"description": "The template of this unit: toy.", "const": "toy"},
        "name": {"description": "The name.", "type": "string", "pattern": "^[a-z-]+$"},
        "words": {"description": "How many words, a whole number.", "type": "integer", "default": 2},
        "most": {"description": "No more words than these.", "type": "integer", "default": 9},
        "labels": {"description": "Labels.", "type": "object", "default": {}},
        "build": {"description": "What its test builds.", "type": "string"},
        "files": {"description": "Policies.", "type": "object"},
    },
}
BEHAVIOUR = '''\
"""A toy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..behaviour import Behaviour, Existing, Fit, SpecFault
from ..template_features import EndToEnd
from ..creation import Command, Consequences, NewUnit, Option
from ..errors import invalid


def _faults(values: Mapping[str, Any]) -> list[SpecFault]:
    if values["words"] <= values["most"]:
        return []
    return [SpecFault(["words"], f"{values['words']} words are more than {values['most']}", "use fewer words")]


def _created(unit: NewUnit) -> Consequences:
    if other := unit.maker(f"name: {unit.values['name']}"):
        raise invalid("NAME", f"{other} makes this toy already", "choose another name")
    if ("words",) in unit.given:
        return Consequences()
    return Consequences({("words",): 3}, ("a new toy has three words",))


def _fit(file: Existing, values: Mapping[str, Any], said: Mapping[str, Any]) -> Fit | None:
    return Fit(file.text, file.text + f"words: {values['words']}\\n", ("a toy was there",))


COMMAND = Command(
    "Make a toy.",
    lambda name: f"toys/{name}",
    (
        Option("NAME", "Name of the toy.", ("name",), question="Name of the toy"),
        Option("--words", "How many words.", ("words",), int, default="3"),
        Option("--build", "What its test builds.", ("build",)),
    ),
    ("scaffold new-toy bear", "scaffold new-toy bear --words 5"),
)
BEHAVIOUR = Behaviour(
    filters=lambda: {"shout": lambda text: f"{text.upper()}!"},
    faults=_faults,
    created=_created,
    fit=_fit,
    test=EndToEnd("test", is_wanted=lambda values: values["words"] > 1, outward=("build",)),
    command="new-toy",
    declared=lambda: COMMAND,
)
'''
ADDED = {
    "templates/toy/version": "1\n",
    "templates/toy/cookiecutter.json": json.dumps(
        {"name": "bear", "words": 2, "labels": {}, "_extensions": ["generator.encode.Encoders"]}
    ),
    "templates/toy/{{cookiecutter.name}}/toy.yaml": (
        "name: {{ cookiecutter.name | yaml }}\nloud: {{ cookiecutter.name | shout | yaml }}\n"
        "words: {{ cookiecutter.words | int }}\n"
        "{%- for key, value in cookiecutter.labels | dictsort %}\n"
        "{{ key | yaml }}: {{ value | yaml_text }}\n{%- endfor %}\n"
    ),
    "templates/toy/{{cookiecutter.name}}/test/Makefile": "test:\n\t@echo {{ cookiecutter.name | shell | make }}\n",
    "schemas/toy.schema.json": json.dumps(SCHEMA),
    "generator/shipped/toy.py": BEHAVIOUR,
}


def digests(folder: Path) -> dict[str, str]:
    return {
        one.relative_to(folder).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file() and "__pycache__" not in one.parts
    }


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the files of the toy added: each is new, and every other one is as it was."""
    made = tmp_path_factory.mktemp("package")
    for name in COPIED:
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in ADDED.items():
        assert not (made / path).exists(), path
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(text)
    here = {f"{name}/{path}": digest for name in COPIED for path, digest in digests(ROOT / name).items()}
    there = digests(made)
    assert {path: digest for path, digest in there.items() if path not in ADDED} == here
    return made


class Toys:
    """A repository, and the scaffold that knows toys."""

    def __init__(self, package: Path, root: Path) -> None:
        self.package, self.root = package, root
        git(root, "init", "--quiet", "--initial-branch=main", ".")
        self.run("init")

    def run(self, *arguments: str, code: int = 0) -> str:
        env = {**os.environ, "PYTHONPATH": str(self.package), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "generator", *arguments],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)


@pytest.fixture
def toys(package: Path, tmp_path: Path) -> Toys:
    return Toys(package, tmp_path)


def test_its_life(toys: Toys) -> None:
    said = toys.run("new-toy", "bear")
    assert "note: a new toy has three words" in said
    spec = toys.read("toys/bear/scaffold.yaml")
    assert spec.endswith("template: toy\nname: bear\nwords: 3\n")
    assert "$schema=../../.scaffold/schemas/toy.schema.json" in spec
    assert toys.read("toys/bear/toy.yaml") == 'name: bear\nloud: "BEAR!"\nwords: 3\n'
    toys.run("diff")
    toys.write("toys/bear/toy.yaml", toys.read("toys/bear/toy.yaml").replace("name: bear", "name: bear  # mine"))
    toys.write("toys/bear/scaffold.yaml", spec.replace("words: 3", "words: 5"))
    assert "behind    toys/bear/toy.yaml" in toys.run("diff", code=1)
    toys.run("regenerate")
    assert toys.read("toys/bear/toy.yaml") == 'name: bear  # mine\nloud: "BEAR!"\nwords: 5\n'
    toys.run("validate", "toys/bear")
    assert "toy" in toys.run("list")


def test_its_command(toys: Toys) -> None:
    assert "new-toy" in toys.run("--help")
    helped = toys.run("new-toy", "--help")
    assert "How many words." in helped
    assert "scaffold new-toy bear --words 5" in helped
    assert "NAME: is missing" in toys.run("new-toy", code=2)
    assert "--words: 99 words are more than 9" in toys.run("new-toy", "bear", "--words", "99", code=2)
    assert "Invalid value for '--words'" in toys.run("new-toy", "bear", "--words", "many", code=2)
    toys.run("new-toy", "bear", "--words", "5")
    assert "toys/bear/scaffold.yaml makes this toy already" in toys.run("new-toy", "bear", "--dir", "x", code=2)
    assert "--update" in toys.run("new-toy", "bear", "--words", "6", code=2)
    toys.run("new-toy", "bear", "--words", "6", "--update")
    assert "words: 6\n" in toys.read("toys/bear/toy.yaml")


def test_its_checks_and_the_config(toys: Toys) -> None:
    toys.run("new-toy", "bear")
    spec = toys.read("toys/bear/scaffold.yaml")
    toys.write("toys/bear/scaffold.yaml", spec.replace("words: 3", "words: 99"))
    assert "toys/bear/scaffold.yaml:4:8: 99 words are more than 9" in toys.run("diff", code=2)
    toys.write("toys/bear/scaffold.yaml", spec)
    config = toys.read(".scaffold/config.yaml")
    toys.write(".scaffold/config.yaml", f"{config}labels: {{team: a}}\n")
    toys.run("diff", code=1)
    toys.run("regenerate")
    assert "team: a\n" in toys.read("toys/bear/toy.yaml")
    toys.write(".scaffold/config.yaml", f"{config}defaults: {{toy: {{words: few}}}}\n")
    assert "words must be a whole number" in toys.run("diff", code=2)


def test_its_end_to_end_test(toys: Toys) -> None:
    def dirs(*options: str) -> list[list[str]]:
        found = json.loads(toys.run("list", "--format", "github-matrix", *options))
        return [row["dirs"] for row in found["include"]]

    toys.run("new-toy", "bear", "--words", "2", "--build", "../../src")
    toys.run("new-toy", "mute", "--words", "1")
    assert dirs() == [["toys/bear/test"]]
    toys.write("src/main", "1\n")
    git(toys.root, "add", "--all")
    git(toys.root, "commit", "--quiet", "--message", "one")
    toys.write("src/main", "2\n")
    git(toys.root, "commit", "--quiet", "--all", "--message", "two")
    assert dirs("--changed-since", "HEAD~1") == [["toys/bear/test"]]
    assert dirs("--changed-since", "HEAD") == []


def test_what_adoption_means_for_it(toys: Toys) -> None:
    toys.write("toys/bear/toy.yaml", "name: old\n")
    assert "note: a toy was there" in toys.run("new-toy", "bear", "--words", "4")
    assert toys.read("toys/bear/toy.yaml") == "name: old\nwords: 4\n"


def test_a_change_of_its_module_renders_anew(toys: Toys, tmp_path_factory: pytest.TempPathFactory) -> None:
    toys.run("new-toy", "bear")
    toys.run("new-service", "web", "--image", "ghcr.io/example/web:v1.2.3")
    changed = tmp_path_factory.mktemp("changed")
    for name in COPIED:
        shutil.copytree(toys.package / name, changed / name)
    module = changed / "generator/shipped/toy.py"
    module.write_text(module.read_text().replace("text.upper()", "text.title()"))
    toys.package = changed
    assert 'loud: "Bear!"' in toys.run("diff", code=1)
    toys.run("diff", "services/web")


def edition(toys: Toys, factory: pytest.TempPathFactory, old: str, new: str) -> Toys:
    """The repository with a scaffold whose toy is another one."""
    made = factory.mktemp("edition")
    for name in COPIED:
        shutil.copytree(toys.package / name, made / name)
    module = made / "generator/shipped/toy.py"
    text = module.read_text()
    assert old in text
    module.write_text(text.replace(old, new))
    toys.package = made
    return toys


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("new-service", "the templates service and toy both have the command new-service"),
        ("diff", "the template toy has the command diff, which has another meaning"),
    ],
)
def test_a_command_of_that_name_is_not_hidden(
    toys: Toys, tmp_path_factory: pytest.TempPathFactory, command: str, message: str
) -> None:
    edition(toys, tmp_path_factory, 'command="new-toy"', f'command="{command}"')
    assert message in toys.run("--help", code=3)


def test_every_unit_of_init_has_its_notes(toys: Toys, tmp_path_factory: pytest.TempPathFactory) -> None:
    initial = 'initial=Initial("toys/first", lambda *_: {}, "", lambda _config: "toys need care"),'
    toys = edition(toys, tmp_path_factory, '    command="new-toy",', f'    command="new-toy",\n    {initial}')
    module = toys.package / "generator/shipped/toy.py"
    module.write_text(module.read_text().replace("import Behaviour, ", "import Behaviour, Initial, "))
    others = "note: scaffold is installed from a folder"
    told = toys.run("init")
    assert "note: toys need care" in told
    assert others in told
    shutil.rmtree(toys.root / "toys")
    toys.write("toys/first/scaffold.yaml", "template: e2e\nname: first\n")
    told = toys.run("init")
    assert "note: toys/first/scaffold.yaml is the spec of a e2e unit, so no toy unit is created" in told
    assert others in told, "the notes of the template before it are told too"
    assert "toys need care" not in told


def test_init_names_its_command(toys: Toys) -> None:
    shutil.rmtree(toys.root / ".scaffold")
    assert "next: scaffold new-e2e, scaffold new-service, scaffold new-toy, scaffold alerting" in toys.run("init")


def test_a_template_of_the_repository_extends_it(toys: Toys) -> None:
    folder = ".scaffold/templates/doll"
    toys.write(f"{folder}/version", "1\n")
    toys.write(f"{folder}/cookiecutter.json", '{"_extensions": ["generator.encode.Encoders"], "_extends": "toy"}')
    toys.write(f"{folder}/{{{{cookiecutter.name}}}}/doll.yaml", "loud: {{ cookiecutter.name | shout }}\n")
    toys.write("anna/scaffold.yaml", "template: doll\nname: anna\nwords: 4\n")
    toys.run("regenerate")
    assert toys.read("anna/doll.yaml") == "loud: ANNA!\n"
    toys.write("anna/scaffold.yaml", "template: doll\nname: anna\nwords: 40\n")
    assert "40 words are more than 9" in toys.run("regenerate", code=2)
