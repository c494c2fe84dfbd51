"""A receiver type is an entry of data: one that no Alertmanager has, added to a copy of the package by that alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TABLE = "schemas/alertmanager-fields.json"
SCHEMA = "schemas/alerting.schema.json"
TOY: dict[str, Any] = {
    "title": "Toy",
    "since": "0.33",
    "operator": "0.93",
    "send_resolved": False,
    "messages": {
        "texts": {"headline": {"made": "title"}, "story": {"made": "text markdown"}},
        "title": "headline",
        "body": "story",
        "read": ["story", "headline"],
    },
    "needs": [{"any": ["token", "token_file"], "global": []}],
    "templates": {"headline": {"since": "0.33"}},
    "fields": {
        "send_resolved": {"type": "bool", "since": "0.33", "default": False},
        "room": {"type": "string", "since": "0.33", "required": True, "about": "where messages go"},
        "token": {"type": "string", "since": "0.33", "secret": True, "file": "token_file"},
        "token_file": {"type": "filepath", "since": "0.33"},
        "headline": {"type": "string", "since": "0.33", "templated": True},
        "story": {"type": "string", "since": "0.33", "templated": True},
    },
}


class Copy:
    """A copy of the package, with the entry in it, and a folder that commands run in."""

    def __init__(self, folder: Path) -> None:
        self.package, self.root = folder / "package", folder / "root"
        for name in ("generator", "schemas", "templates"):
            shutil.copytree(PROJECT / name, self.package / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(PROJECT / "tests/alerting", self.package / "tests/alerting")
        (self.package / "tests/__init__.py").touch()
        self.root.mkdir()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(self.package), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=120)

    def ok(self, *arguments: str) -> str:
        done = self.run("-m", "generator", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("toy"))
    table = json.loads((made.package / TABLE).read_text("utf-8"))
    table["receivers"]["toy_configs"] = TOY
    (made.package / TABLE).write_text(json.dumps(table), "utf-8")
    done = made.run("-m", "tests.alerting.alerting_schema", str(made.package))
    assert done.returncode == 0, done.stderr
    subprocess.run(["git", "init", "--quiet", made.root], check=True)
    made.ok("init")
    made.ok("alerting", "--receiver", "toy", "--set", "toy.room=kitchen")
    return made


def test_only_data_was_added(copy: Copy) -> None:
    """What follows from the table is the editor's schema; no module differs."""
    changed = {
        one.relative_to(PROJECT).as_posix()
        for name in ("generator", "schemas", "templates")
        for one in (PROJECT / name).rglob("*")
        if one.is_file() and "__pycache__" not in one.parts
        if one.read_bytes() != (copy.package / one.relative_to(PROJECT)).read_bytes()
    }
    assert changed == {TABLE, SCHEMA}


def test_the_values_have_all_that_a_message_needs(copy: Copy) -> None:
    values = yaml.safe_load((copy.root / "alerting/values.yaml").read_text("utf-8"))["alertmanager"]
    _, toy = values["config"]["receivers"]
    (one,) = toy["toy_configs"]
    assert one["room"] == "kitchen"
    assert one["send_resolved"] is True
    assert one["token_file"] == "/etc/alertmanager/secrets/alertmanager-toy/token"  # noqa: S105 - a path
    assert values["alertmanagerSpec"]["secrets"] == ["alertmanager-toy"]
    assert "{{ .Status | toUpper }}" in one["headline"]
    assert '**{{ template "name" (or (.Labels.alertname | ' in one["story"]


def test_nothing_is_wrong_and_an_alert_arrives(copy: Copy) -> None:
    assert "0 errors, 0 warnings" in copy.ok("validate")
    assert "Toy" in copy.ok("route", "alerting", "alertname=Other", "--expect", "toy")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("room: kitchen", "rooom: kitchen", "AM031"),
        ("send_resolved: true", "# no send_resolved", "AM012"),
        ("{{ .Status | toUpper }}", "{{ .Status | upper }}", "AM006"),
    ],
)
def test_the_rules_know_it(copy: Copy, old: str, new: str, rule: str) -> None:
    path = copy.root / "alerting/values.yaml"
    before = path.read_text("utf-8")
    assert before.replace(old, new, 1) != before
    path.write_text(before.replace(old, new, 1), "utf-8")
    try:
        assert rule in copy.run("-m", "generator", "validate", "--fail-on", "info").stdout
    finally:
        path.write_text(before, "utf-8")


def test_an_older_version_does_not_have_it(copy: Copy) -> None:
    done = copy.run(
        "-m", "generator", "alerting", "old", "--receiver", "toy", "--set", "toy.room=x", "--alertmanager", "0.32"
    )
    assert done.returncode == 2
    assert "toy_configs needs Alertmanager 0.33, but this is for 0.32" in done.stderr


CONFIGURATION = """\
route: {receiver: toy}
receivers:
  - name: toy
    toy_configs:
      - room: kitchen
        token_file: /etc/token
        headline: '{{ template "toy.default.NAME" . }}'
"""


@pytest.mark.parametrize(("name", "is_known"), [("headline", True), ("heading", False)])
def test_its_templates_are_known(copy: Copy, name: str, is_known: bool) -> None:
    (copy.root / "alertmanager.yml").write_text(CONFIGURATION.replace("NAME", name), "utf-8")
    done = copy.run("-m", "generator", "validate", "alertmanager.yml")
    (copy.root / "alertmanager.yml").unlink()
    assert ("AM009" in done.stdout) is not is_known, done.stdout
