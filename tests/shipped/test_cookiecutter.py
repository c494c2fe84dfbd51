"""Our templates are cookiecutter templates: the plain command makes of the defaults what we make."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from generator import assets, schema

from ..conftest import Repo

COOKIECUTTER = Path(sysconfig.get_path("scripts")) / "cookiecutter"
CHART = (
    *("--set", "chart.repository=https://stefanprodan.github.io/podinfo", "--set", "chart.name=podinfo"),
    *("--set", "chart.version=6.9.x"),
)
# Template: the command of ours that gives it the same values, and the folder that it makes.
MADE = {
    "alerting": (["alerting"], "alerting"),
    "application": (["new", "application", "example", *CHART], "applications/example"),
    "automation": (["init", "--automation", "flux-v2"], "automation"),
    "ci": (["init"], ".github"),
    "e2e": (["new-e2e", "example"], "e2e/example"),
    "cronjob": (
        ["new", "cronjob", "example", "--set", "image=ghcr.io/example/app", "--set", "schedule=0 3 * * *"],
        "cronjobs/example",
    ),
    "statefulset": (
        ["new", "statefulset", "example", "--set", "image=ghcr.io/example/app"],
        "statefulsets/example",
    ),
    "worker": (["new", "worker", "example", "--set", "image=ghcr.io/example/app"], "workers/example"),
    "helm-release": (["new", "helm-release", "example", *CHART], "releases/example"),
    "service": (["new-service", "example", "--image", "ghcr.io/example/app"], "services/example"),
}


def files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Return bytes and executable bit of every file that is not blank: a blank one is not made by us."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in folder.rglob("*")
        if path.is_file() and path.read_bytes().strip()
    }


def without_empty_lists(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as cookiecutter.json can hold them: there a list is a choice, and needs something to choose."""
    return {key: value for key, value in values.items() if value != []}


def test_every_template_is_here() -> None:
    assert sorted(MADE) == list(assets.template_names())


@pytest.mark.parametrize("template", MADE)
def test_the_plain_command_makes_the_same_files(empty: Repo, tmp_path: Path, template: str) -> None:
    command, folder = MADE[template]
    empty.ok(*command)
    env = {key: value for key, value in os.environ.items() if not key.startswith("COOKIECUTTER_")}
    options = ["--no-input", "--output-dir", str(tmp_path / "out")]
    done = subprocess.run(
        [str(COOKIECUTTER), str(assets.folder("templates") / template), *options],
        cwd=tmp_path,
        env={**env, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (tmp_path / "out").iterdir()
    assert made.name == Path(folder).name
    ours = files(empty.root / folder)
    del ours["scaffold.yaml"], ours["scaffold.lock"]
    assert ours
    assert files(made) == ours


@pytest.mark.parametrize("template", MADE)
def test_defaults_are_those_of_the_schema(template: str) -> None:
    settings = json.loads((assets.folder("templates") / template / "cookiecutter.json").read_text("utf-8"))
    text = assets.schema_text(template)
    required = set(schema.schema_data(text)["required"]) - {"template"}
    values = {key: value for key, value in settings.items() if not key.startswith("_")}
    assert required <= set(values)
    optional = {key: value for key, value in values.items() if key not in required}
    # As text, because 1 is not true there.
    wanted = without_empty_lists(dict(schema.defaults(text)))
    assert json.dumps(optional, sort_keys=True) == json.dumps(wanted, sort_keys=True)
