"""A tag on disk that a new tag policy does not take: a conflict with both ways out, for every backend."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo, git

KUSTOMIZATION = "services/payments/deploy/kustomization.yaml"
AUTOMATION = "services/payments/deploy/automation.yaml"
SIDECAR = "sidecars: [{{name: proxy, image: e/proxy, tag: {tag}, tags: '{tags}'}}]\n"
MAIN = r"regexp:^main-[a-f0-9]{7}-[0-9]{10}$"
ENTRY = "images:\n  - name: ghcr.io/example/payments\n    newTag: {0}\n"


def started(tmp_path: Path, automation: str, tag: str, tags: str, more: str = "") -> Repo:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", automation)
    respecified(repo, tag, tags, more)
    repo.ok("regenerate")
    return repo


def respecified(repo: Repo, tag: str, tags: str, more: str = "") -> None:
    policy = f"tags: '{tags}'\n" if tags else ""
    repo.write(SPEC, f"template: service\nname: payments\nimage: ghcr.io/example/payments\ntag: {tag}\n{policy}{more}")


def moved(repo: Repo, automation: str, old: str, new: str) -> str:
    """Move a tag as the tool of the backend does, or as a person; return the file that has it."""
    if automation == "argocd":
        repo.write(KUSTOMIZATION, repo.read(KUSTOMIZATION) + ENTRY.format(new))
        return KUSTOMIZATION
    repo.edit(DEPLOYMENT, f"payments:{old}", f"payments:{new}")
    return DEPLOYMENT


# Automation, tag and policy before, the moved tag, tag and policy now.
TOLD = {
    "flux-v1: from a branch to versions": ("flux-v1", "main-1", "glob:main-*", "main-2", "v1.4.2", "semver:~1.4"),
    "flux-v1: another range": ("flux-v1", "v1.5.0", "semver:~1.5", "v1.5.3", "v1.4.2", "semver:~1.4"),
    "flux-v1: the same tag, a narrower range": ("flux-v1", "v1.4.2", "semver:^1", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "flux-v1: another branch": ("flux-v1", "main-1", "glob:main-*", "main-2", "rel-1", "glob:rel-*"),
    "flux-v1: pinned": ("flux-v1", "v1.4.2", "semver:~1.4", "v1.4.7", "v1.4.2", "glob:v1.4.2"),
    "flux-v1: a default policy, from the tag": ("flux-v1", "v1.4.2", "", "v1.4.7", "v1.5.0", ""),
    "flux-v2: another range": ("flux-v2", "v1.5.0", "semver:~1.5", "v1.5.3", "v1.4.2", "semver:~1.4"),
    "flux-v2: the same tag, a narrower range": ("flux-v2", "v1.4.2", "semver:^1", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "flux-v2: pinned": ("flux-v2", "v1.4.2", "semver:~1.4", "v1.4.7", "v1.4.2", "glob:v1.4.2"),
    "argocd: another range": ("argocd", "v1.5.0", "semver:~1.5", "v1.5.3", "v1.4.2", "semver:~1.4"),
    "argocd: to a branch": ("argocd", "v1.5.0", "semver:~1.5", "v1.5.3", "main-1", "glob:main-*"),
    "argocd: pinned": ("argocd", "v1.4.2", "semver:~1.4", "v1.4.7", "v1.4.2", "glob:v1.4.2"),
    "keel: a narrower range": ("keel", "v1.4.2", "semver:^1", "v1.6.0", "v1.4.2", "semver:~1.4"),
}


WAYS = [(case, ("ours", "theirs", "every ours", "every theirs")[number % 4]) for number, case in enumerate(TOLD)]
WAYS += [(case, "ours" if "theirs" in side else "theirs") for case, side in WAYS if case.endswith(" range")]


@pytest.mark.parametrize(("case", "side"), WAYS)
def test_a_tag_outside_a_new_policy_is_a_conflict(tmp_path: Path, case: str, side: str) -> None:
    automation, old, policy, tag, new, new_policy = TOLD[case]
    repo = started(tmp_path, automation, old, policy)
    path = moved(repo, automation, old, tag)
    respecified(repo, new, new_policy)
    before = repo.read(path)
    done = repo.run("regenerate")
    assert done.code == 1
    assert repo.read(path) == before
    assert f"the tag {tag} " in done.out
    assert "to stay with it, " in done.out
    assert f"{tag}, generated " in done.out
    line = int(re.findall(rf"{re.escape(path)}:([0-9]+):", done.out)[0])
    assert tag in before.split("\n")[line - 1]
    word = {"ours": "keep yours", "theirs": "take it"}[side.removeprefix("every ")]
    (command,) = re.findall(rf"{word}: +scaffold (.*)", done.out)
    printed = ["regenerate", f"--{side[6:]}"] if side.startswith("every") else shlex.split(command)
    repo.ok(*printed)
    deployed = repo.read(path)
    assert (tag in deployed) is side.endswith("ours")
    assert f":{new}" in repo.read(DEPLOYMENT) or side.endswith("ours")
    again = repo.ok("regenerate")
    assert "0 files changed" in again.out
    assert again.err == ""
    findings = repo.run("validate").out
    assert ("(FX005)" in findings) is (side.endswith("ours") and automation == "flux-v1")
    respecified(repo, new, new_policy, "replicas: 2\n")  # what was settled stays settled
    assert "conflict" not in repo.ok("regenerate").text


SILENT = {
    "flux-v1: a tag that fits": ("flux-v1", "v1.4.2", "semver:^1", "v1.4.7", "v1.4.2", "semver:~1.4"),
    "flux-v2: a tag that fits": ("flux-v2", "v1.4.2", "semver:^1", "v1.4.7", "v1.4.2", "semver:~1.4"),
    "argocd: a tag that fits": ("argocd", "v1.4.2", "semver:^1", "v1.4.7", "v1.4.2", "semver:~1.4"),
    "keel: a tag that fits": ("keel", "v1.4.2", "semver:^1", "v1.4.7", "v1.4.2", "semver:~1.4"),
    "none": ("none", "v1.4.2", "semver:^1", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "flux-v1: the same policy": ("flux-v1", "v1.4.2", "semver:~1.4", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "flux-v2: the same policy": ("flux-v2", "v1.4.2", "semver:~1.4", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "argocd: the same policy": ("argocd", "v1.4.2", "semver:~1.4", "v1.6.0", "v1.4.2", "semver:~1.4"),
    "flux-v1: a digest": ("flux-v1", "v1.4.2", "semver:^1", f"v1.6.0@sha256:{'a' * 64}", "v1.4.2", "semver:~1.4"),
    "flux-v1: the generated tag": ("flux-v1", "v1.5.0", "semver:~1.5", "v1.4.2", "v1.4.2", "semver:~1.4"),
}


@pytest.mark.parametrize("case", SILENT)
def test_no_conflict(tmp_path: Path, case: str) -> None:
    automation, old, policy, tag, new, new_policy = SILENT[case]
    repo = started(tmp_path, automation, old, policy)
    path = moved(repo, automation, old, tag)
    respecified(repo, new, new_policy, "replicas: 2\n")
    repo.ok("regenerate")
    assert tag in repo.read(path)
    assert "replicas: 2" in repo.read(DEPLOYMENT)
    repo.ok("diff")


def test_each_container_is_told_and_settled_by_itself(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v2", "v1.4.2", "semver:^1", SIDECAR.format(tag="v2.0.0", tags="semver:^2"))
    repo.edit(DEPLOYMENT, "payments:v1.4.2", "payments:v1.6.0")
    repo.edit(DEPLOYMENT, "proxy:v2.0.0", "proxy:v2.3.0")
    respecified(repo, "v1.4.2", "semver:~1.4", SIDECAR.format(tag="v2.0.0", tags="semver:~2.0"))
    done = repo.run("regenerate")
    assert done.code == 1
    assert "2 conflicts; to settle all at once" in done.out
    for word, container in (("keep yours", "proxy"), ("take it", "app")):
        found = [one for one in re.findall(rf"{word}: +scaffold (.*)", done.out) if f"name={container}" in one]
        done = repo.run(*shlex.split(found[0]))
    assert done.code == 0
    text = repo.read(DEPLOYMENT)
    assert "payments:v1.4.2" in text
    assert "proxy:v2.3.0" in text
    repo.ok("diff")


def test_only_the_container_whose_tag_does_not_fit_is_told(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1", "v1.4.2", "semver:^1", SIDECAR.format(tag="v2.0.0", tags="semver:^2"))
    repo.edit(DEPLOYMENT, "payments:v1.4.2", "payments:v1.4.9")
    repo.edit(DEPLOYMENT, "proxy:v2.0.0", "proxy:v2.3.0")
    respecified(repo, "v1.4.2", "semver:~1.4", SIDECAR.format(tag="v2.0.0", tags="semver:~2.0"))
    done = repo.run("regenerate", "--theirs")
    assert done.code == 0
    assert "payments:v1.4.9" in repo.read(DEPLOYMENT)
    assert "proxy:v2.0.0" in repo.read(DEPLOYMENT)


def test_a_policy_of_the_user_decides(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1", "v1.4.2", "semver:^1")
    repo.edit(DEPLOYMENT, "payments:v1.4.2", "payments:v1.6.0")
    repo.edit(DEPLOYMENT, "fluxcd.io/tag.app: semver:^1", "fluxcd.io/tag.app: semver:~1.6")
    respecified(repo, "v1.4.2", "semver:~1.4")
    done = repo.run("regenerate")
    assert done.code == 1
    assert "does not match" not in done.text  # the policy itself is the conflict
    repo.ok("regenerate", "--ours")
    assert "semver:~1.6" in repo.read(DEPLOYMENT)
    assert "(FX005)" not in repo.run("validate").text


def test_the_entry_alone_is_removed(tmp_path: Path) -> None:
    repo = started(tmp_path, "argocd", "v1.5.0", "semver:~1.5")
    more = "  - name: other # ours\n    newTag: v9\n"
    repo.write(KUSTOMIZATION, repo.read(KUSTOMIZATION) + ENTRY.format("v1.5.3") + more)
    respecified(repo, "v1.4.2", "semver:~1.4")
    assert repo.run("diff").code == 1
    repo.ok("regenerate", "--theirs")
    assert repo.read(KUSTOMIZATION).endswith(f"images:\n{more}")


def test_another_tool_and_documents_of_the_user(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1", "v1.5.0", "semver:~1.5")
    repo.edit(DEPLOYMENT, "payments:v1.5.0", "payments:v1.5.3")
    more = repo.read(DEPLOYMENT).replace("name: payments\n  names", "name: other\n  names", 1)
    repo.write(DEPLOYMENT, f"{repo.read(DEPLOYMENT)}---\n{more}")
    respecified(repo, "v1.4.2", "semver:~1.4", "automation: flux-v2\n")
    done = repo.run("diff")
    assert done.code == 1
    assert "the tag v1.5.3 does not match semver:~1.4" in done.out
    repo.ok("regenerate", "--theirs")
    assert "image: ghcr.io/example/payments:v1.4.2 #" in repo.read(DEPLOYMENT)
    repo.ok("diff")


def test_a_file_that_is_the_user_s_is_left_alone(tmp_path: Path) -> None:
    once = "files: {deploy/deployment.yaml: once}\n"
    repo = started(tmp_path, "flux-v2", "v1.5.0", "semver:~1.5", once)
    repo.edit(DEPLOYMENT, "payments:v1.5.0", "payments:v1.5.3")
    respecified(repo, "v1.4.2", "semver:~1.4", once)
    repo.ok("regenerate")
    assert "payments:v1.5.3" in repo.read(DEPLOYMENT)


def test_markers_leave_it_a_conflict(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1", "v1.5.0", "semver:~1.5")
    repo.edit(DEPLOYMENT, "payments:v1.5.0", "payments:v1.5.3")
    respecified(repo, "v1.4.2", "semver:~1.4")
    done = repo.run("regenerate", "--markers")
    assert done.code == 1
    (command,) = re.findall("keep yours: +scaffold (.*)", done.out)
    repo.ok(*shlex.split(command))
    assert "payments:v1.5.3" in repo.read(DEPLOYMENT)
    assert "<<<<" not in repo.read(DEPLOYMENT)
