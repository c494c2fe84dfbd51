"""Forks do what new processes do."""

from __future__ import annotations

import pytest

from ..conftest import Repo
from ..support import forks


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("diff", "."),
        ("status --format json", "services"),
        ("validate", "."),
        ("validate nowhere", "."),
        ("new-service x --image a/b:1.2.3 --dry-run", "."),
        ("new-service ../x --image a/b:1.2.3", "."),
        ("regenerate --ours=a:b", "services/payments"),
        ("rules --format json", "."),
        ("nothing", "."),
        ("--version", "."),
        ("--help", "."),
    ],
)
def test_a_fork_prints_and_ends_like_a_new_process(repo: Repo, command: str, folder: str) -> None:
    answers = both(repo, command, folder)
    assert answers[0] == answers[1]
    assert answers[0][1] or answers[0][2]


def both(repo: Repo, command: str, folder: str = ".", **more: str) -> list[tuple[int, bytes, bytes]]:
    """Run a command in a fork and in a new process: what Python reads when it starts is not for forks."""
    env = {**forks.plain_environment(), **more}
    places = (env, {**env, "PYTHON_TOLD_SO": "1"})
    return [forks.run_scaffold(command.split(), repo.root / folder, one) for one in places]


@pytest.mark.parametrize("more", [{"GITHUB_ACTIONS": "true"}, {"GIT_DIR": "nowhere"}], ids=str)
def test_a_fork_has_the_environment_of_its_run(repo: Repo, more: dict[str, str]) -> None:
    (repo.root / "services/payments/scaffold.yaml").write_text("template: nothing\n")
    answers = both(repo, "diff", **more)
    assert answers[0] == answers[1]
    assert answers[0] != both(repo, "diff")[0]


def test_a_fork_leaves_nothing_for_the_next(repo: Repo) -> None:
    before = repo.ok("diff")
    assert repo.run("diff", "--root", "nowhere").code == 2
    repo.edit("services/payments/scaffold.yaml", "image:", "port: 9090\nimage:")
    assert repo.run("diff").code == 1
    repo.edit("services/payments/scaffold.yaml", "port: 9090\n", "")
    assert repo.run("diff") == before
