"""Files that are generated no more and stay: edited ones that the user keeps, and those that are never generated."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ..conftest import SPEC, Repo, git

DEPLOY = "services/payments/deploy"
BUDGET, KUSTOMIZATION = f"{DEPLOY}/poddisruptionbudget.yaml", f"{DEPLOY}/kustomization.yaml"
HEAD = "template: service\nname: payments\nimage: ghcr.io/example/payments\ntag: v1.2.3\n"


def started(tmp_path: Path, spec: str) -> Repo:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "none")
    repo.write(SPEC, spec)
    repo.ok("regenerate")
    return repo


# An edit of the kustomization beside it, and its text afterwards.
EDITS = {
    "none": ("", ""),
    "another resource": ("  - poddisruptionbudget.yaml\n", "  - poddisruptionbudget.yaml # ours\n  - extra.yaml\n"),
    "a comment": ("resources:\n", "# our list\nresources:\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_orphan_that_is_kept_stays_listed(tmp_path: Path, edit: str) -> None:
    repo = started(tmp_path, f"{HEAD}replicas: 2\n")
    repo.edit(BUDGET, "maxUnavailable: 1", "maxUnavailable: 2")
    if edit != "none":
        repo.edit(KUSTOMIZATION, *EDITS[edit])
    before = repo.read(KUSTOMIZATION)
    repo.write(SPEC, f"{HEAD}replicas: 1\n")
    done = repo.run("regenerate")
    assert done.code == 1
    (command,) = (one for one in re.findall("keep yours: +scaffold (.*)", done.out) if BUDGET in one)
    done = repo.ok(*shlex.split(command))
    assert "still lists poddisruptionbudget.yaml, which is yours from now on, as is its entry" in done.err
    assert repo.read(KUSTOMIZATION) == before
    assert repo.has(BUDGET)
    again = repo.ok("regenerate")
    assert again.err == ""
    assert "0 files changed" in again.out
    repo.ok("diff")
    repo.write(SPEC, f"{HEAD}replicas: 1\nnamespace: {{name: other}}\n")  # a later change keeps it too
    repo.ok("regenerate")
    assert repo.read(KUSTOMIZATION) == before


def test_an_orphan_that_is_given_up_is_not_listed(tmp_path: Path) -> None:
    repo = started(tmp_path, f"{HEAD}replicas: 2\n")
    repo.edit(BUDGET, "maxUnavailable: 1", "maxUnavailable: 2")
    repo.write(SPEC, f"{HEAD}replicas: 1\n")
    assert "still lists" not in repo.ok("regenerate", "--theirs").text
    assert "poddisruptionbudget" not in repo.read(KUSTOMIZATION)
    assert not repo.has(BUDGET)


def test_an_entry_that_the_user_removed_does_not_come_back(tmp_path: Path) -> None:
    repo = started(tmp_path, f"{HEAD}replicas: 2\n")
    repo.edit(BUDGET, "maxUnavailable: 1", "maxUnavailable: 2")
    repo.edit(KUSTOMIZATION, "  - poddisruptionbudget.yaml\n", "")
    repo.write(SPEC, f"{HEAD}replicas: 1\n")
    repo.ok("regenerate", "--ours")
    assert "poddisruptionbudget" not in repo.read(KUSTOMIZATION)


def test_a_present_file_that_is_never_generated_is_told_once(tmp_path: Path) -> None:
    repo = started(tmp_path, HEAD)
    repo.write(SPEC, f"{HEAD}files: {{deploy/service.yaml: never}}\n")
    told = f"note: {KUSTOMIZATION}: no longer lists service.yaml, which files: never keeps out"
    assert told in repo.ok("regenerate").err
    assert "service.yaml" not in repo.read(KUSTOMIZATION)
    assert repo.has(f"{DEPLOY}/service.yaml")
    assert repo.ok("regenerate").err == ""


def test_a_kustomization_that_is_the_user_s_is_told_what_comes_and_goes(tmp_path: Path) -> None:
    once = "files: {deploy/kustomization.yaml: once}\n"
    repo = started(tmp_path, HEAD + once)
    before = repo.read(KUSTOMIZATION)
    repo.write(SPEC, f"{HEAD}replicas: 2\n{once}")
    told = f"note: {KUSTOMIZATION}: is yours (once): list poddisruptionbudget.yaml, which is new"
    assert told in repo.ok("regenerate").err
    assert repo.read(KUSTOMIZATION) == before
    assert repo.ok("regenerate").err == ""
    repo.write(KUSTOMIZATION, before.replace("  - service.yaml", "  - poddisruptionbudget.yaml\n  - service.yaml"))
    repo.write(SPEC, HEAD + once)
    assert "remove poddisruptionbudget.yaml, which is deleted" in repo.ok("regenerate").err
