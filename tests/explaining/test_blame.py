"""Who last changed a line: as git blame says for the file as it is on disk."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from generator.blame import last_change

from ..conftest import DEPLOYMENT, Repo, edit_deployment, git

NOBODY = "0" * 40


def commit(root: Path, subject: str, author: str = "Ann Example", day: int = 1) -> None:
    git(root, "add", "--all")
    date = f"2026-11-{day:02}T23:30:00+0900"
    git(root, "commit", "--quiet", "--message", subject, f"--author={author} <a@e>", f"--date={date}")


def blamed(root: Path, path: str) -> list[str]:
    """Return the commit of each line of a file on disk, as git says."""
    done = subprocess.run(
        ["git", "blame", "--porcelain", "--root", "--", path], cwd=root, capture_output=True, text=True
    )
    if done.returncode:
        return []
    found = [one.split(" ") for one in done.stdout.split("\n") if not one.startswith("\t")]
    return [one[0] for one in found if len(one[0]) == 40 and len(one) in {3, 4} and one[1].isdigit()]


def said(root: Path, path: str) -> list[str]:
    text = (root / path).read_bytes().decode()
    found = [last_change(root, path, text, number) for number in range(1, text.count("\n") + 1)]
    assert all(found)
    return [one.commit or NOBODY for one in found if one]


def test_a_line_of_a_commit_and_one_of_nobody(repo: Repo) -> None:
    commit(repo.root, "First", day=1)
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    commit(repo.root, "Scale web", "Eve Other", day=2)
    repo.edit(DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60")
    told = repo.ok("explain", f"{DEPLOYMENT}:spec.replicas").out
    assert "edited: generated 1; last changed by Eve Other in " in told
    assert '(2026-11-02, "Scale web")' in told, "the day of the author"
    field = "spec.template.spec.containers[name=app].livenessProbe.periodSeconds"
    assert "edited: generated 20; not committed yet" in repo.ok("explain", f"{DEPLOYMENT}:{field}").out
    assert said(repo.root, DEPLOYMENT) == blamed(repo.root, DEPLOYMENT)


def test_after_a_rename_and_a_merge(repo: Repo) -> None:
    commit(repo.root, "First")
    git(repo.root, "switch", "--quiet", "--create", "side")
    edit_deployment(repo)
    commit(repo.root, "Side")
    git(repo.root, "switch", "--quiet", "main")
    repo.edit(DEPLOYMENT, "kind: Deployment\n", "# mine\nkind: Deployment\n")
    commit(repo.root, "Main")
    git(repo.root, "merge", "--quiet", "--no-edit", "side")
    assert len({*blamed(repo.root, DEPLOYMENT)}) == 3
    assert said(repo.root, DEPLOYMENT) == blamed(repo.root, DEPLOYMENT)
    git(repo.root, "mv", "services/payments", "services/money")
    commit(repo.root, "Move")
    moved = DEPLOYMENT.replace("payments", "money")
    assert said(repo.root, moved) == blamed(repo.root, moved)
    assert len({*said(repo.root, moved)}) == 3


@pytest.mark.parametrize("seed", range(6))
def test_any_history_and_work_tree(tmp_path: Path, seed: int) -> None:
    """Commits and uncommitted changes of unique lines: git's answer for the file on disk is the same."""
    chance = random.Random(seed)  # noqa: S311
    git(tmp_path, "init", "--quiet", ".")
    lines = [f"line {number}" for number in range(20)]
    for number in range(5):
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randint(0, 1)] = [f"new {number} {chance.random()}"] * chance.randint(0, 1)
        (tmp_path / "a b.txt").write_text("".join(f"{one}\n" for one in lines))
        if number < 4:
            commit(tmp_path, f"{number}", day=number + 1)
    assert said(tmp_path, "a b.txt") == blamed(tmp_path, "a b.txt")


def test_without_git_a_commit_or_the_file_in_it(empty: Repo, tmp_path: Path) -> None:
    empty.write("a.txt", "a\n")
    found = last_change(empty.root, "a.txt", "a\n", 1)
    assert found is not None
    assert found.commit == ""
    commit(empty.root, "First")
    empty.write("b.txt", "a\n")
    found = last_change(empty.root, "b.txt", "a\n", 1)
    assert found is not None
    assert found.commit == ""
    (tmp_path / "plain").mkdir()
    assert last_change(tmp_path / "plain", "a.txt", "a\n", 1) is None


def test_a_shallow_clone_says_that_its_history_is_not_complete(repo: Repo, tmp_path: Path) -> None:
    commit(repo.root, "First")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    commit(repo.root, "Second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", "clone")
    told = Repo(tmp_path / "clone").ok("explain", f"{DEPLOYMENT}:1").out
    assert "or before: the history is not complete here" in told


def test_no_program_of_the_repository_runs(repo: Repo) -> None:
    """Filters and text conversions that attributes and a config name."""
    commit(repo.root, "First")
    made = repo.root / "made"
    repo.write(".gitattributes", "*.yaml diff=x filter=x\n")
    for key in ("diff.x.textconv", "filter.x.clean", "filter.x.smudge", "diff.x.command"):
        git(repo.root, "config", key, f"touch {made}; cat")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    assert "not committed yet" in repo.ok("explain", f"{DEPLOYMENT}:spec.replicas").out
    assert "First" in repo.ok("explain", f"{DEPLOYMENT}:kind").out
    assert not os.path.lexists(made)
