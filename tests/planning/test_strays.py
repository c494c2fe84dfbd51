"""Workflows whose unit is gone: the first line names the owner."""

from __future__ import annotations

import json
import shutil

import pytest

from ..conftest import Repo, git

WORKFLOW = ".github/workflows/services-ledger.yaml"
TEXT = "# Made from services/ledger/scaffold.yaml\n# More.\non: push\n"


@pytest.fixture
def stray(repo: Repo) -> Repo:
    """A repository in which the workflow of a unit was left behind."""
    repo.write(WORKFLOW, TEXT)
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "start")
    return repo


def test_it_is_reported_and_left_alone(stray: Repo) -> None:
    before = stray.snapshot()
    for command in ("diff", "regenerate"):
        done = stray.run(command)
        assert done.code == 1
        assert f"{WORKFLOW}:1: " in done.out
        assert "its spec services/ledger/scaffold.yaml is gone" in done.out
        assert stray.run(command, "--changed-since", "HEAD").code == 1, "what deletes the unit may be the change"
        assert stray.run(command, "services").code == 0
    assert stray.snapshot() == before
    (row,) = stray.rows()
    assert (row["unit"], row["path"], row["state"]) == ("services/ledger", WORKFLOW, "conflict")
    assert f"::error file={WORKFLOW},line=1," in stray.run("diff", "--format", "github").out
    assert "services/ledger (gone): 1 conflict" in stray.ok("status").out
    parts = [stray.run("diff", "--shard", f"{number}/2").code for number in (1, 2)]
    assert sorted(parts) == [0, 1]


def test_theirs_deletes_it(stray: Repo) -> None:
    done = stray.ok("regenerate", f"--theirs={WORKFLOW}")
    assert f"deleted {WORKFLOW}" in done.out
    assert not stray.has(WORKFLOW)
    stray.ok("diff")


def test_ours_makes_it_ours(stray: Repo) -> None:
    stray.ok("regenerate", f"--ours={WORKFLOW}")
    assert stray.read(WORKFLOW) == "# More.\non: push\n"
    stray.ok("diff")


def test_of_the_ci_unit(repo: Repo) -> None:
    (repo.root / ".github/scaffold.yaml").unlink()
    (repo.root / ".github/scaffold.lock").unlink()
    assert [row["path"] for row in repo.rows()] == [".github/workflows/scaffold-flux-sync.yaml"]
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("diff")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/services-payments.yaml", "# Made from services/payments/scaffold.yaml\n"),  # it is there
        (".github/workflows/mine.yaml", "# Made from services/ledger/scaffold.yaml\n"),  # not its workflow's name
        (WORKFLOW, "# Runs services/ledger\n# Made from services/ledger/scaffold.yaml\n"),  # not the first line
        (WORKFLOW, ""),
        (".github/workflows/..-x.yaml", "# Made from ../x/scaffold.yaml\n"),
        (".github/workflows/-etc.yaml", "# Made from /etc/scaffold.yaml\n"),
        (".github/workflows/services-ledger.yaml/x", "# Made from services/ledger/scaffold.yaml\n"),
        (".github/workflows/x/services-ledger.yaml", "# Made from services/ledger/scaffold.yaml\n"),
    ],
)
def test_what_is_none(repo: Repo, path: str, text: str) -> None:
    repo.write(path, text)
    repo.ok("diff")


def test_a_link_is_not_followed(repo: Repo) -> None:
    repo.write("elsewhere", TEXT)
    (repo.root / WORKFLOW).symlink_to(repo.root / "elsewhere")
    repo.ok("diff")


def test_a_workflow_that_was_deleted_belongs_to_its_unit(stray: Repo) -> None:
    """Its first line is gone, and its name tells."""
    stray.ok("new-service", "ledger", "--image", "a/b:1.2.3")
    git(stray.root, "add", "--all")
    git(stray.root, "commit", "--quiet", "--message", "ledger")
    (stray.root / WORKFLOW).unlink()
    rows = json.loads(stray.ok("list", "--changed-since", "HEAD", "--format", "json").out)
    assert [row["unit"] for row in rows] == ["services/ledger"]
    shutil.rmtree(stray.root / "services/ledger")
    rows = json.loads(stray.ok("list", "--changed-since", "HEAD", "--format", "json").out)
    assert [row["unit"] for row in rows] == [".github"], "a workflow of nobody else belongs to the folder's unit"
