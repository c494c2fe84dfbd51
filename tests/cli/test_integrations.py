"""The composite action and the hooks for pre-commit, run as GitHub and pre-commit would run them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, encode

from ..conftest import DEPLOYMENT, SPEC, Repo, git, hide_an_edit
from ..support import actions, forks

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sysconfig.get_path("scripts"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A committed repository with two services."""
    repo = Repo(tmp_path_factory.mktemp("made"))
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--automation", "flux-v1")
    for name in ("payments", "ledger"):
        repo.ok("new-service", name, "--image", f"ghcr.io/example/{name}:master-1")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "start")
    return repo


@pytest.fixture
def sample(made: Repo, tmp_path: Path) -> Repo:
    return Repo(shutil.copytree(made.root, tmp_path / "repo"))


# --- the action -------------------------------------------------------------------------------------------------------

ACTION = actions.load(ROOT / "action.yml")
PYTHON = """\
#!/bin/sh
# Makes a virtual environment with the scaffold under test, whose pip only notes what it installs.
for folder; do :; done
mkdir -p "$folder/bin"
cat > "$folder/bin/python" <<'END'
#!/bin/sh
case "$3" in pip) echo "$@" > {notes} ;; *) exec {python} "$@" ;; esac
END
chmod +x "$folder/bin/python"
ln -sf {scaffold} "$folder/bin/scaffold"
"""


def act(repo: Repo, tmp_path: Path, **inputs: str) -> actions.Job:
    python = tmp_path / "python"
    scaffold = Path(forks.command()) / "scaffold"
    python.write_text(PYTHON.format(notes=tmp_path / "installed", scaffold=scaffold, python=sys.executable))
    python.chmod(0o755)
    given = {key.replace("_", "-"): value for key, value in inputs.items()}
    env = {"GITHUB_ACTION_PATH": "/the/action"}
    put_out = {"python": {"python-path": str(python)}}
    return actions.run_action(ACTION, repo.root, tmp_path / "runner", given, path=[], env=env, put_out=put_out)


def test_the_action_is_one(tmp_path: Path) -> None:
    shutil.copy(ROOT / "action.yml", tmp_path)
    for command in (
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"],
        [BIN / "zizmor", "--offline", "--persona", "pedantic", "--no-progress", "action.yml"],
    ):
        done = subprocess.run([str(one) for one in command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_has_the_pins_of_what_we_generate() -> None:
    assert set(assets.pins()["actions"])
    used = [line.strip() for line in (ROOT / "action.yml").read_text("utf-8").splitlines() if "uses:" in line]
    assert used == [f"uses: {encode.uses('actions/setup-python')}"]


def test_the_action_passes_without_drift(sample: Repo, tmp_path: Path) -> None:
    before = sample.snapshot()
    job = act(sample, tmp_path)
    assert job.result == "success", job.steps
    assert job.outputs == {"exit-code": "0"}
    assert (tmp_path / "installed").read_text().split()[-1] == "/the/action"
    assert sample.snapshot() == before


def test_the_action_fails_on_drift_and_annotates_it(sample: Repo, tmp_path: Path) -> None:
    sample.edit(SPEC, "image:", "port: 9090\nimage:")
    job = act(sample, tmp_path)
    assert job.result == "failure"
    assert job.outputs == {"exit-code": "1"}
    assert f"::error file={DEPLOYMENT}," in job.step("Run scaffold").log


def test_the_action_fails_on_what_is_invalid(sample: Repo, tmp_path: Path) -> None:
    sample.edit(SPEC, "image:", "prot: 9090\nimage:")
    job = act(sample, tmp_path)
    assert job.result == "failure"
    assert job.outputs == {"exit-code": "2"}


def test_the_inputs_of_the_action(sample: Repo, tmp_path: Path) -> None:
    sample.edit(SPEC, "image:", "port: 9090\nimage:")
    assert act(sample, tmp_path, paths="services/ledger\n\n").outputs == {"exit-code": "0"}
    assert act(sample, tmp_path, paths="services/ledger\nservices/payments").outputs == {"exit-code": "1"}
    assert act(sample, tmp_path, working_directory="services/ledger", paths=".").outputs == {"exit-code": "0"}
    git(sample.root, "commit", "--quiet", "--all", "--message", "drift")
    assert act(sample, tmp_path, changed_since="HEAD").outputs == {"exit-code": "0"}
    assert act(sample, tmp_path, changed_since="HEAD~1").outputs == {"exit-code": "1"}
    assert act(sample, tmp_path, changed_since="nowhere").outputs == {"exit-code": "2"}
    sample.ok("regenerate")
    sample.edit(DEPLOYMENT, "replicas: 1", "replicas: 4")
    assert act(sample, tmp_path).outputs == {"exit-code": "0"}
    assert act(sample, tmp_path, strict="true").outputs == {"exit-code": "1"}
    sample.write(DEPLOYMENT, sample.read(DEPLOYMENT).replace("replicas: 4", "replicas: 1"))
    hide_an_edit(sample)
    assert act(sample, tmp_path).outputs == {"exit-code": "2"}
    assert act(sample, tmp_path, verify="false").outputs == {"exit-code": "0"}
    act(sample, tmp_path, install="scaffold-config==0.1.0")
    assert (tmp_path / "installed").read_text().split()[-1] == "scaffold-config==0.1.0"


@pytest.mark.parametrize(
    "inputs",
    [
        {"command": "regenerate"},
        {"command": "diff; touch x"},
        {"command": "$(touch x)"},
        {"command": ""},
        {"command": "diff * merge"},
        {"command": "validate\ndiff\nregenerate\n"},
        {"command": " \n\t\r\n"},
        {"command": "--help"},
        {"command": "validate", "fail_on": "--help"},
        {"strict": "yes"},
        {"strict": "--help"},
        {"verify": "yes"},
        {"verify": ""},
        {"paths": "--root=x\n-v"},
        {"changed_since": "-v"},
        {"changed_since": "--upload-pack=touch x"},
        {"paths": "$(touch x)"},
        {"paths": "--ours"},
        {"changed_since": "--output=x"},
        {"changed_since": "`touch x`"},
    ],
)
def test_hostile_inputs_of_the_action(sample: Repo, tmp_path: Path, inputs: dict[str, str]) -> None:
    before = sample.snapshot()
    job = act(sample, tmp_path, **inputs)
    assert job.result == "failure"
    assert job.outputs["exit-code"] in {"2", ""}
    assert sample.snapshot() == before


@pytest.mark.parametrize("command", ["validate\ndiff\n", "validate\r\ndiff", "\tvalidate\n\n  diff ", "validate diff"])
def test_what_is_on_lines_of_their_own_runs_too(sample: Repo, tmp_path: Path, command: str) -> None:
    sample.edit(SPEC, "image:", "port: 9090\nimage:")
    job = act(sample, tmp_path, command=command)
    assert job.outputs == {"exit-code": "1"}
    assert f"::error file={DEPLOYMENT}," in job.step("Run scaffold").log


def test_the_action_runs_both(sample: Repo, tmp_path: Path) -> None:
    assert act(sample, tmp_path, command="validate diff").outputs == {"exit-code": "0"}
    sample.edit(SPEC, "image:", "prot: 9090\nimage:")
    assert act(sample, tmp_path, command="validate diff").outputs == {"exit-code": "2"}
    sample.write("a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {prots: []}\n")
    job = act(sample, tmp_path, command="validate", paths="a.yaml", fail_on="error")
    assert job.outputs == {"exit-code": "1"}


# --- pre-commit -------------------------------------------------------------------------------------------------------

HOOKS: dict[str, dict[str, Any]] = {
    one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}


def hook(name: str, repo: Repo, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: the words of its entry, then its args, then the files if it takes them."""
    one = HOOKS[name]
    command = [*shlex.split(one["entry"]), *one.get("args", []), *(files if one.get("pass_filenames", True) else ())]
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT": "1"}
    return subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=False)


def test_the_hooks_are_installed_with_the_package() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert {"scaffold-diff", "scaffold-validate", "scaffold-regenerate"} == set(HOOKS)
    for one in HOOKS.values():
        assert one["language"] == "python"
        assert shlex.split(one["entry"])[0] in scripts
        assert one["require_serial"] is True


def test_the_hook_that_diffs(sample: Repo) -> None:
    sample.edit(DEPLOYMENT, "replicas: 1", "replicas: 4")
    assert hook("scaffold-diff", sample, DEPLOYMENT).returncode == 0
    (sample.root / "services/payments/deploy/service.yaml").unlink()
    done = hook("scaffold-diff", sample)
    assert done.returncode == 1
    assert "missing   services/payments/deploy/service.yaml" in done.stdout


def test_the_hook_that_regenerates(sample: Repo) -> None:
    sample.edit(SPEC, "image:", "port: 9090\nimage:")
    assert hook("scaffold-regenerate", sample, SPEC).returncode == 0
    assert "containerPort: 9090" in sample.read(DEPLOYMENT)
    assert hook("scaffold-diff", sample).returncode == 0


def test_the_hook_that_validates(sample: Repo) -> None:
    known = [one for one in sample.snapshot() if one.endswith(".yaml")]
    done = hook("scaffold-validate", sample, *known)
    assert done.returncode == 0, done.stdout + done.stderr
    sample.edit(DEPLOYMENT, "replicas: 1", "replicas: many")
    done = hook("scaffold-validate", sample, DEPLOYMENT, "services/ledger/deploy/deployment.yaml")
    assert done.returncode == 1
    line = sample.read(DEPLOYMENT).split("\n").index("  replicas: many") + 1
    assert f"{DEPLOYMENT}:{line}:" in done.stdout
    assert "2 files checked: 1 error" in done.stdout


@pytest.mark.parametrize("name", ["--root=evil/a.yaml", "--fail-on=error/a.yaml", "-q/a.yaml", "--help.yaml"])
def test_a_name_that_looks_like_an_option_is_a_file_for_the_hook(sample: Repo, name: str) -> None:
    """git lists such names relative to the top, and pre-commit passes them as they are."""
    sample.write(name, "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {prots: []}\n")
    done = hook("scaffold-validate", sample, name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{name}:4:" in done.stdout
    assert "1 file checked" in done.stdout
