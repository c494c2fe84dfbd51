"""What options of ``git merge`` mean for specs, files and locks, as docs/user/git.md says; git is the judge."""

from __future__ import annotations

import subprocess

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo, git
from ..support import forks


def merged(repo: Repo, *options: str) -> int:
    """Merge the branch side; return git's exit code."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *identity, "merge", "--quiet", *options, "side", "-m", "merge"]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, check=False)
    return done.returncode


def committed(repo: Repo) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--allow-empty", "--message", "x")


def both(repo: Repo) -> None:
    """Both branches set the replicas in the spec."""
    committed(repo)
    git(repo.root, "branch", "side")
    for branch, count in (("main", 5), ("side", 3)):
        git(repo.root, "checkout", "--quiet", branch)
        repo.write(SPEC, repo.read(SPEC) + f"replicas: {count}\n")
        repo.ok("regenerate", "-q")
        committed(repo)
    git(repo.root, "checkout", "--quiet", "main")


@pytest.mark.parametrize(("option", "count"), [("-Xours", 5), ("-Xtheirs", 3)])
def test_a_side_of_each_conflict(repo: Repo, option: str, count: int) -> None:
    both(repo)
    assert merged(repo, option) == 0
    assert f"  replicas: {count}\n" in repo.read(DEPLOYMENT)
    assert repo.run("diff").code == 0


@pytest.mark.parametrize("option", ["-Xours", "-Xtheirs"])
def test_the_driver_is_not_asked_for_a_side(repo: Repo, option: str) -> None:
    driver = f"{forks.command()}/scaffold merge --markers --path %P %O %A %B -o %A"
    git(repo.root, "config", "merge.scaffold.driver", driver)
    repo.write(".gitattributes", "*.yaml merge=scaffold\nscaffold.lock merge=scaffold\n")
    both(repo)
    assert merged(repo, option) == 1
    assert "<<<<<<< " in repo.read(SPEC)
    assert "<<<<<<< " in repo.read(DEPLOYMENT)


def moved(repo: Repo) -> None:
    """One branch moves the unit, the other edits a file."""
    committed(repo)
    git(repo.root, "checkout", "--quiet", "-b", "side")
    repo.ok("mv", "services/payments", "apps/payments", "-q")
    committed(repo)
    git(repo.root, "checkout", "--quiet", "main")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 7")
    committed(repo)


def test_without_renames_nothing_is_lost(repo: Repo) -> None:
    moved(repo)
    assert merged(repo, "-s", "recursive", "-Xno-renames") == 1
    new = DEPLOYMENT.replace("services", "apps")
    assert ("replicas: 7" in repo.read(DEPLOYMENT), "replicas: 1" in repo.read(new)) == (True, True)
    (repo.root / DEPLOYMENT).replace(repo.root / new)
    committed(repo)
    assert repo.run("diff").code == 0
    assert "replicas: 7" in repo.ok("edits").out


def test_with_renames_the_edit_moves(repo: Repo) -> None:
    moved(repo)
    assert merged(repo) == 0
    assert "replicas: 7" in repo.read(DEPLOYMENT.replace("services", "apps"))
    assert not repo.has(DEPLOYMENT)
    assert repo.run("diff").code == 0
