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


# What kustomizations that stay list.

OVERLAYS = f"{DEPLOY}/overlays"
PROD, OBJECTS = f"{OVERLAYS}/prod/kustomization.yaml", f"{OVERLAYS}/prod/automation.yaml"
STAYS = f"note: {OBJECTS}: stays, and is yours from now on: {{}} lists it"
BOTH, DEV, NEITHER = (f"environments: {{{one}}}\n" for one in ("dev: {}, prod: {}", "dev: {}", ""))


def automated(tmp_path: Path) -> Repo:
    return started(tmp_path, f"{HEAD}automation: flux-v2\n{BOTH}")


def without_prod(repo: Repo, environments: str = DEV) -> None:
    repo.write(SPEC, f"{HEAD}automation: flux-v2\n{environments}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  - automation.yaml\n", "  - automation.yaml # mine\n"),
        ("resources:\n", "namePrefix: x-\nresources:\n"),
        ("  - automation.yaml\n", "  - ./automation.yaml\n"),
    ],
)
def test_what_a_kept_kustomization_lists_stays(tmp_path: Path, old: str, new: str) -> None:
    repo = automated(tmp_path)
    repo.edit(PROD, old, new)
    without_prod(repo)
    before = repo.read(PROD), repo.read(OBJECTS)
    done = repo.run("regenerate")
    assert done.code == 1
    (command,) = re.findall("keep yours: +scaffold (.*)", done.out)
    done = repo.ok(*shlex.split(command))
    assert STAYS.format(PROD) in done.err
    assert "cannot be built" not in done.err
    for _ in range(2):
        assert (repo.read(PROD), repo.read(OBJECTS)) == before
        again = repo.ok("regenerate")
        assert "0 files changed" in again.out
        assert again.err == ""


@pytest.mark.parametrize("edit", [True, False])
def test_what_no_kept_kustomization_lists_goes(tmp_path: Path, edit: bool) -> None:
    repo = automated(tmp_path)
    if edit:
        repo.edit(PROD, "  - automation.yaml\n", "  - automation.yaml # mine\n")
    without_prod(repo)
    assert repo.ok("regenerate", "--theirs").err == ""
    assert not repo.has(PROD)
    assert not repo.has(OBJECTS)


def test_an_entry_that_the_user_took_out_keeps_nothing(tmp_path: Path) -> None:
    repo = automated(tmp_path)
    repo.edit(PROD, "  - automation.yaml\n", "")
    without_prod(repo)
    assert repo.ok("regenerate", f"--ours={PROD}").err == ""
    assert repo.has(PROD)
    assert not repo.has(OBJECTS)


def test_what_the_user_s_own_kustomization_lists_stays_with_what_that_lists(tmp_path: Path) -> None:
    repo = automated(tmp_path)
    mine = f"{OVERLAYS}/blue/kustomization.yaml"
    repo.write(mine, "resources: [../prod]\n")
    without_prod(repo)
    done = repo.ok("regenerate")
    assert f"note: {PROD}: stays, and is yours from now on: {mine} lists it" in done.err
    assert STAYS.format(PROD) in done.err
    assert repo.has(OBJECTS)
    assert repo.ok("regenerate").err == ""


def test_a_generated_kustomization_with_an_entry_of_the_user_s(tmp_path: Path) -> None:
    repo = automated(tmp_path)
    dev = f"{OVERLAYS}/dev/kustomization.yaml"
    repo.edit(dev, "  - automation.yaml\n", "  - automation.yaml\n  - ../prod/automation.yaml\n")
    without_prod(repo)
    assert STAYS.format(dev) in repo.ok("regenerate").err
    assert not repo.has(PROD)
    assert repo.has(OBJECTS)


def test_an_edited_file_that_the_user_gives_up_is_told(tmp_path: Path) -> None:
    repo = automated(tmp_path)
    repo.edit(PROD, "  - automation.yaml\n", "  - automation.yaml # mine\n")
    repo.edit(OBJECTS, "interval: ", "interval: 7")
    without_prod(repo)
    done = repo.ok("regenerate", f"--ours={PROD}", f"--theirs={OBJECTS}")
    assert f"note: {OBJECTS}: {PROD} lists it, and cannot be built without it: remove it there" in done.err
    assert not repo.has(OBJECTS)


def test_a_kept_file_whose_kustomization_goes_is_told(tmp_path: Path) -> None:
    repo = automated(tmp_path)
    repo.edit(OBJECTS, "interval: ", "interval: 7")
    without_prod(repo)
    done = repo.ok("regenerate", f"--ours={OBJECTS}")
    assert f"note: {OBJECTS}: is no longer applied: {PROD} is deleted" in done.err


@pytest.mark.parametrize("steps", [(NEITHER,), (DEV, NEITHER)], ids=["in one run", "in the second run"])
def test_a_base_that_moves_away_is_told(tmp_path: Path, steps: tuple[str, ...]) -> None:
    repo = automated(tmp_path)
    repo.edit(PROD, "  - automation.yaml\n", "  - automation.yaml # mine\n")
    for environments in steps:
        without_prod(repo, environments)
        done = repo.ok("regenerate", *([f"--ours={PROD}"] if environments == steps[0] else []))
    told = f"note: {KUSTOMIZATION}: {PROD} cannot be built as it is: it lists ../../base: move its folder out of"
    assert told in done.err
    assert repo.has(OBJECTS)
    assert repo.ok("regenerate").err == ""


def test_a_file_that_moves_away_is_told(tmp_path: Path) -> None:
    repo = started(tmp_path, f"{HEAD}e2e: false\n")
    mine = f"{DEPLOY}/mine/kustomization.yaml"
    repo.write(mine, "resources: [../service.yaml, ../serviceaccount.yaml]\n")
    repo.write(SPEC, f"{HEAD}e2e: false\npaths: {{deploy/service.yaml: deploy/svc.yaml}}\n")
    told = f"note: {DEPLOY}/svc.yaml: {mine} cannot be built as it is: it lists ../service.yaml"
    done = repo.ok("regenerate")
    assert f"{told}: list ../svc.yaml instead\n" in done.err
    assert "serviceaccount" not in done.err
