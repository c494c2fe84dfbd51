"""``scaffold init --merge-driver``: the attributes are committed, the setting is of a clone. git is the judge."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo, git

DRIVER = "scaffold merge --markers --path %P %O %A %B -o %A"


def asked(repo: Repo, *arguments: str, cwd: str = ".") -> str:
    return subprocess.run(["git", *arguments], cwd=repo.root / cwd, check=False, capture_output=True, text=True).stdout


def attribute(repo: Repo, path: str) -> str:
    return asked(repo, "check-attr", "merge", "--", path).rpartition(": ")[2].strip()


def test_it_sets_up_a_clone_and_says_what_others_need(empty: Repo) -> None:
    done = empty.ok("init", "--merge-driver")
    assert "updated .gitattributes" in done.out
    assert "every other clone needs scaffold init --merge-driver once" in done.out
    for path in ("a/b.yaml", "c.yml", "services/shop/scaffold.lock"):
        assert attribute(empty, path) == "scaffold"
    assert asked(empty, "config", "--local", "merge.scaffold.driver").strip().endswith(f"; {DRIVER}")
    before = empty.snapshot(), asked(empty, "config", "--list", "--local")
    assert "nothing to do" in empty.ok("init", "--merge-driver").out
    assert before == (empty.snapshot(), asked(empty, "config", "--list", "--local"))


def test_without_the_option_nothing_of_it_is_done(empty: Repo) -> None:
    assert "nothing to do" in empty.ok("init").out
    assert attribute(empty, "a.yaml") == "unspecified"
    assert asked(empty, "config", "merge.scaffold.driver") == ""


@pytest.mark.parametrize("text", ["*.yaml merge=mine", "*.yaml -merge", "# mine\n*.yaml binary\n", "*.md merge=union"])
def test_the_lines_of_the_user_stay_and_decide(empty: Repo, text: str) -> None:
    empty.write(".gitattributes", text)
    before = {path: attribute(empty, path) for path in ("a.yaml", "b.md")}
    empty.ok("init", "--merge-driver")
    assert [one for one in text.splitlines() if one not in empty.read(".gitattributes").splitlines()] == []
    wanted = {path: "scaffold" if one == "unspecified" and path == "a.yaml" else one for path, one in before.items()}
    assert {path: attribute(empty, path) for path in before} == wanted
    assert attribute(empty, "x/scaffold.lock") == "scaffold"


@pytest.mark.parametrize(("had", "kept"), [("my merge %A", True), (DRIVER, False)])
def test_a_driver_of_the_user_is_kept(empty: Repo, had: str, kept: bool) -> None:
    git(empty.root, "config", "merge.scaffold.driver", had)
    done = empty.ok("init", "--merge-driver")
    assert ("is kept as it is set in this clone: my merge %A" in done.out) == kept
    assert (asked(empty, "config", "merge.scaffold.driver").strip() == had) == kept


def test_a_linked_worktree_shares_the_setting(empty: Repo, tmp_path: Path) -> None:
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "before")
    linked = Repo(tmp_path / "linked")
    git(empty.root, "worktree", "add", "--quiet", str(linked.root))
    linked.ok("init", "--merge-driver")
    assert asked(empty, "config", "--local", "merge.scaffold.driver").strip().endswith(DRIVER)


def test_without_git_nothing_is_written(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    done = repo.run("init", "--merge-driver")
    assert done.code == 2
    assert "--merge-driver: needs a git repository" in done.err
    assert os.listdir(tmp_path) == []  # noqa: PTH208
