"""The way from a build to a deployment in the README happens as it says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..conftest import Repo, git
from ..support.setters import move_tags

README = Path(__file__).resolve().parents[2] / "README.md"
TAGS = "main-1a2b3c4-1717000000\nmain-5d6e7f8-1718000000\nfix-login-9a8b7c6-1719000000\nmain\n"


def steps(section: str) -> Iterator[tuple[str, str]]:
    """Yield the commands in a section and what it shows of their output."""
    text = README.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    for block in re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            yield command, shown


def test_from_a_build_to_a_deployment(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.root.mkdir()
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.write("tags.txt", TAGS)
    code, done = 0, []
    for command, shown in steps("From a build to a deployment"):
        name, *arguments = [one.strip("'") for one in command.split()]
        if name == "scaffold":
            ended = repo.run(*arguments)
            code, printed = ended.code, ended.text
        elif name == "git":
            git(repo.root, "add", "--all")
            git(repo.root, "commit", "--quiet", "-m", "orders")
            move_tags(repo.root, {("flux-system", "orders-app"): ("ghcr.io/example/orders", "main-5d6e7f8-1718000000")})
            git(repo.root, "commit", "--quiet", "--all", "-m", "Update images")
            printed = subprocess.run(
                ["git", *arguments], cwd=repo.root, check=True, capture_output=True, text=True
            ).stdout
        else:
            printed = f"{code}\n"
        pattern = "(?:.*\n)*".join(re.escape(one) for one in shown.split("…\n"))
        assert re.fullmatch(pattern, printed), f"$ {command}\n{printed}"
        done.append(name)
    assert done == ["scaffold", "scaffold", "scaffold", "git", "scaffold", "echo"]
