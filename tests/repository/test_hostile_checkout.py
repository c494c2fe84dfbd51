"""A checkout full of modules, configuration and folders that would run if a step looked there, and steps that do not.

Everything is real: Python, venv, pip, bash. Only the package is a small one of the test's own, so that no network is
needed: its command tells where it would import from.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support import actions

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "venv",
    "pip",
    "json",
    "ensurepip",
    "sitecustomize",
    "usercustomize",
    "runpy",
    "subprocess",
    "setuptools",
    "re",
)
COMMAND = """\
import json, os, re, sys, subprocess
def main():
    inside = [one for one in sys.path if not one or one.startswith(os.getcwd())]
    print("ran", *sys.argv[1:], file=sys.stderr)
    print("imports", json.__file__, re.__file__, *inside, file=sys.stderr)
"""


def wheel(folder: Path) -> str:
    """Make a wheel with the command ``scaffold``, and return the requirement that pins it."""
    name = "scaffold_config-9.0-py3-none-any.whl"
    about = {
        "METADATA": "Metadata-Version: 2.1\nName: scaffold-config\nVersion: 9.0\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "[console_scripts]\nscaffold = told:main\n",
    }
    files = {"told.py": COMMAND} | {f"scaffold_config-9.0.dist-info/{key}": text for key, text in about.items()}
    record = "scaffold_config-9.0.dist-info/RECORD"
    lines = []
    with zipfile.ZipFile(folder / name, "w") as made:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            lines.append(f"{path},sha256={digest},{len(text)}")
            made.writestr(path, text)
        made.writestr(record, "\n".join([*lines, f"{record},,"]) + "\n")
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"scaffold-config @ file://{folder / name}#sha256={digest}"


def make_hostile(root: Path, requirement: str, marker: Path) -> None:
    """Fill a checkout with what would leave the marker if it ran."""
    harm = f"open({str(marker)!r}, 'a').write(__file__ + '\\n')\n"
    for module in MODULES:
        (root / f"{module}.py").write_text(harm)
    backend = f"{harm}def build_wheel(*a, **k): raise SystemExit(9)\n"
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "x"\n'
    for name in (requirement, "scaffold-config", "scaffold-config==9.0"):
        folder = root / os.path.normpath(name)
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(project)
        (folder / "backend.py").write_text(backend)
        (folder / "setup.py").write_text(harm)
    (root / "pyvenv.cfg").write_text(f"home = {root}\n")
    for name in ("pip.conf", "setup.cfg", ".pydistutils.cfg"):
        (root / name).write_text("[global]\nindex-url = file:///nowhere\n[install]\nprefix = /nowhere\n")
    (root / "activate.sh").write_text(f"touch {marker}\n")


@pytest.fixture
def checkout(tmp_path: Path) -> tuple[Repo, str, Path]:
    """A hostile checkout, the requirement to install, and the marker that nothing may leave."""
    repo = Repo(tmp_path / "checkout")
    repo.root.mkdir()
    requirement, marker = wheel(tmp_path), tmp_path / "ran-hostile-code"
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    make_hostile(repo.root, requirement, marker)
    return repo, requirement, marker


ENV = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_the_checkout_would_harm_who_runs_in_it(checkout: tuple[Repo, str, Path]) -> None:
    """What the other tests prove is only worth something if the files would run."""
    repo, requirement, marker = checkout
    subprocess.run([sys.executable, "-m", "venv", "x"], cwd=repo.root, capture_output=True, check=False)
    assert "venv.py" in marker.read_text()
    command = [sys.executable, "-I", "-m", "pip", "install", "--no-deps", "--target", "x", requirement]
    done = subprocess.run(
        command, cwd=repo.root, env={**os.environ, **ENV}, capture_output=True, text=True, check=False
    )
    told = done.stdout + done.stderr
    assert "Processing ./scaffold-config @ file:" in told, "the folder that is called like the requirement is built"


@pytest.mark.parametrize("python_path", ["", ".", "CHECKOUT"])
def test_the_action_runs_nothing_of_the_checkout(
    checkout: tuple[Repo, str, Path], tmp_path: Path, python_path: str
) -> None:
    repo, requirement, marker = checkout
    env = {**ENV, "PYTHONPATH": str(repo.root) if python_path == "CHECKOUT" else python_path}
    job = actions.run_action(
        actions.load(ROOT / "action.yml"),
        repo.root,
        tmp_path / "runner",
        {"install": requirement, "command": "validate\ndiff", "paths": "a\n--root=b\n"},
        path=[],
        env={**env, "GITHUB_ACTION_PATH": "/nowhere"},
        put_out={"python": {"python-path": sys.executable}},
    )
    assert job.result == "success", [one.log for one in job.steps]
    log = job.step("Run scaffold").log
    assert "ran validate --format=github --fail-on=warning -- a --root=b\n" in log
    assert "ran diff --format=github --verify -- a --root=b\n" in log
    assert str(repo.root) not in log
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize(("name", "job"), [("scaffold-diff", "diff"), ("scaffold-e2e", "changes")])
def test_the_workflows_run_nothing_of_the_checkout(
    checkout: tuple[Repo, str, Path], tmp_path: Path, name: str, job: str
) -> None:
    repo, requirement, marker = checkout
    made = Repo(tmp_path / "made")
    made.root.mkdir()
    made.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    workflow = actions.load(made.root / f".github/workflows/{name}.yaml")
    (install,) = (one for one in workflow["jobs"][job]["steps"] if one.get("name") == "Install scaffold")
    assert install["env"] == {"SCAFFOLD": "scaffold-config==0.1.0"}
    install["env"] = {"SCAFFOLD": requirement}
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-I", "-m", "venv", tools], cwd=tmp_path, check=True)
    context = {"github": {"event": {"before": "", "pull_request": None, "merge_group": None}, "run_attempt": 1}}
    done = actions.run_job(
        workflow, job, repo.root, tmp_path / "runner", path=[tools / "bin"], context=context, env=ENV
    )
    assert not marker.exists(), f"the steps ran {marker.read_text()}"
    assert done.step("Install scaffold").outcome == "success", done.step("Install scaffold").log
    log = "".join(one.log for one in done.steps)
    assert "ran validate" in log if job == "diff" else "ran list --format github-matrix" in log


@pytest.mark.parametrize("what", ["action", "scaffold-diff", "scaffold-e2e"])
def test_a_folder_that_is_called_like_the_requirement_is_not_installed(
    checkout: tuple[Repo, str, Path], tmp_path: Path, what: str
) -> None:
    """Without any module beside it, so that isolation alone does not help."""
    repo, requirement, marker = checkout
    for module in MODULES:
        (repo.root / f"{module}.py").unlink()
    if what == "action":
        job = actions.run_action(
            actions.load(ROOT / "action.yml"),
            repo.root,
            tmp_path / "runner",
            {"install": requirement, "command": "diff"},
            path=[],
            env={**ENV, "GITHUB_ACTION_PATH": "/nowhere"},
            put_out={"python": {"python-path": sys.executable}},
        )
    else:
        made = Repo(tmp_path / "made")
        made.root.mkdir()
        made.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
        workflow = actions.load(made.root / f".github/workflows/{what}.yaml")
        (name,) = (key for key, one in workflow["jobs"].items() if "Install scaffold" in str(one))
        (install,) = (one for one in workflow["jobs"][name]["steps"] if one.get("name") == "Install scaffold")
        install["env"] = {"SCAFFOLD": requirement}
        tools = tmp_path / "tools"
        subprocess.run([sys.executable, "-I", "-m", "venv", tools], cwd=tmp_path, check=True)
        workflow["jobs"][name]["steps"] = [install]
        job = actions.run_job(workflow, name, repo.root, tmp_path / "runner", path=[tools / "bin"], env=ENV)
    step = job.step("Install scaffold")
    assert not marker.exists(), marker.read_text()
    assert step.outcome == "success", step.log


def test_every_python_of_a_workflow_is_isolated() -> None:
    """No step of the action and of what is generated starts Python or pip in another way."""
    files = [ROOT / "action.yml", *(ROOT / "templates").rglob("*.yaml"), *(ROOT / "templates").rglob("Makefile")]
    assert len(files) > 5
    for path in files:
        for line in path.read_text("utf-8").splitlines():
            words = line.replace('"', " ").split()
            if line.lstrip().startswith("#") or "-m" not in words or words[0] == "install":
                continue
            if any(one in {"pip", "venv"} for one in words):
                assert "-I" in words[: words.index("-m")], f"{path.name}: {line}"
