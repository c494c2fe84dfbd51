"""The workflows that the documents show, judged by the tools that check workflows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support.real import tool

DOCS = sorted((Path(__file__).resolve().parents[2] / "docs" / "user").glob("*.md"))
_WORKFLOW = re.compile(r"^```yaml\n# (\.github/workflows/[^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORKFLOWS = {name: text for page in DOCS for name, text in _WORKFLOW.findall(page.read_text("utf-8"))}


@pytest.fixture
def shown(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    git(tmp_path, "init", "--quiet", ".")
    for name, text in WORKFLOWS.items():
        repo.write(name, text)
    return repo


def test_the_tools_have_nothing_to_say(shown: Repo) -> None:
    files = sorted(WORKFLOWS)
    assert ".github/workflows/scaffold-parts.yaml" in files
    for command in (
        [tool("actionlint"), "-shellcheck", tool("shellcheck"), *files],
        [tool("zizmor"), "--offline", "--persona", "pedantic", "--no-progress", "."],
        [tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *files],
    ):
        done = subprocess.run(
            [str(one) for one in command], cwd=shown.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_scaffold_has_nothing_to_say(shown: Repo) -> None:
    shown.ok("validate", ".github", "--fail-on", "info")
