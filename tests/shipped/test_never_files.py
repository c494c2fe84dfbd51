"""Files that are never generated: the others do without them, or the spec is refused at the line of the policy."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support.real import tool

UNIT = "services/payments"
SPEC, DEPLOYMENT, MAKEFILE = (f"{UNIT}/{one}" for one in ("scaffold.yaml", "deploy/deployment.yaml", "e2e/Makefile"))
HEAD = "template: service\nname: payments\nimage: ghcr.io/example/payments\ntag: v1.2.3\nreplicas: 2\n"
CANARY = "canary: {provider: istio, hosts: [a.example.org]}\nhealth_path: /healthz\n"


def made(root: Path, spec: str, automation: str) -> Repo:
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.ok("init", "--automation", automation)
    repo.write(SPEC, spec)
    repo.ok("regenerate", UNIT)
    return repo


# Automation, more of the spec, the files, and texts that are and are not in the Deployment and in the Makefile.
ADAPTED: dict[str, tuple[str, str, list[str], list[str], list[str]]] = {
    "nothing": (
        "flux-v2", "", [],
        ["serviceAccountName: payments", "$imagepolicy", "--kustomize .", "wait endpointslices"],
        ["wait pods"],
    ),
    "the account": ("flux-v2", "", ["deploy/serviceaccount.yaml"], ["$imagepolicy"], ["serviceAccountName"]),
    "the automation": ("flux-v2", "", ["deploy/automation.yaml"], ["serviceAccountName"], ["$imagepolicy"]),
    "the Service": ("flux-v1", "", ["deploy/service.yaml"], ["wait pods"], ["endpointslices"]),
    "the Service with a path": (
        "flux-v1", "health_path: /healthz\n", ["deploy/service.yaml"],
        ['/pods/$$pod:8080/proxy"/healthz', "to the pod;"], ["/services/"],
    ),
    "the Service of a canary's test": (
        "flux-v2", CANARY, ["e2e/service.manifest"], ["--kustomize .", "/pods/$$pod"],
        ["/services/", "service.manifest"],
    ),
    "the kustomization of the test": (
        "flux-v2", "", ["e2e/kustomization.yaml"],
        ["--filename ../deploy/deployment.yaml --filename ../deploy/service.yaml"], ["--kustomize"],
    ),
    "both kustomizations and the account": (
        "flux-v2", CANARY, ["deploy/kustomization.yaml", "e2e/kustomization.yaml", "deploy/serviceaccount.yaml"],
        ["--filename ../deploy/deployment.yaml --filename service.manifest"], ["--kustomize", "serviceaccount.yaml"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ADAPTED)
def test_the_other_files_do_without_it(tmp_path: Path, case: str) -> None:
    automation, more, files, there, gone = ADAPTED[case]
    policies = "".join(f"  {one}: never\n" for one in files)
    repo = made(tmp_path, f"{HEAD}{more}" + (f"files:\n{policies}" if files else ""), automation)
    text = repo.read(DEPLOYMENT) + repo.read(MAKEFILE)
    assert [one for one in there if one not in text] == []
    assert [one for one in gone if one in text] == []
    for one in files:
        assert not repo.has(f"{UNIT}/{one}")
    for one in (repo.root / UNIT).rglob("kustomization.yaml"):
        done = subprocess.run([tool("kubectl"), "kustomize", "."], cwd=one.parent, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "kind: Deployment" in done.stdout
    for one in re.findall(r"--filename (\S+)", repo.read(MAKEFILE)):
        assert one == "fixture.manifest" or (repo.root / UNIT / "e2e" / one).exists(), one
    make = subprocess.run([tool("make"), "--dry-run"], cwd=repo.root / UNIT / "e2e", capture_output=True, text=True)
    assert make.returncode == 0, make.stderr
    assert subprocess.run(["bash", "-n"], input=make.stdout, text=True, check=False).returncode == 0
    repo.ok("validate", UNIT)


def test_an_automation_unit_without_its_objects_has_no_kustomization(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "flux-v2")
    repo.write("automation/scaffold.yaml", "template: automation\nname: automation\nfiles: {automation.yaml: never}\n")
    repo.ok("regenerate", "--theirs")
    assert not repo.has("automation/kustomization.yaml")


E2E = "template: e2e\nname: kubectl-tree\n"
REFUSED = {
    "the cluster": (f"{HEAD}files: {{e2e/cluster.kind: never}}\n", "e2e/cluster.kind", "e2e/Makefile"),
    "by a glob": (f"{HEAD}files: {{'e2e/c*': never}}\n", "e2e/cluster.kind", "e2e/Makefile"),
    "the Deployment": (f"{HEAD}files: {{'*/deployment.yaml': never}}\n", "deploy/deployment.yaml", "e2e/Makefile"),
    "the cluster of a plugin's test": (f"{E2E}files: {{cluster.kind: never}}\n", "cluster.kind", "Makefile"),
    "the expectations": (f"{E2E}files: {{expected.txt: never}}\n", "expected.txt", "Makefile"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_without_is_refused(repo: Repo, case: str) -> None:
    spec, missing, user = REFUSED[case]
    repo.write("x/scaffold.yaml", spec)
    done = repo.run("regenerate", "x")
    assert done.code == 2
    line = spec[: spec.index("files:")].count("\n") + 1
    assert f"x/scaffold.yaml:{line}:9: {missing} is never generated, but {user} needs it" in done.err
    assert not repo.has("x/scaffold.lock")


def test_what_the_config_keeps_out_is_refused_there(repo: Repo) -> None:
    config = ".scaffold/config.yaml"
    repo.write(config, repo.read(config) + "files: {e2e/cluster.kind: never}\n")
    done = repo.run("diff")
    assert done.code == 2
    assert re.search(rf"{config}:[0-9]+:9: e2e/cluster.kind is never generated", done.err)


ALLOWED = {
    "without a test": f"{HEAD}e2e: false\nfiles: {{deploy/deployment.yaml: never}}\n",
    "a folder of the user's": f"{HEAD}files: {{'deploy/*': never}}\n",
    "the Makefile too": f"{E2E}workflow: false\nfiles: {{Makefile: never, cluster.kind: never}}\n",
    "once": f"{HEAD}files: {{e2e/cluster.kind: once, e2e/*: never}}\n",
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_nothing_needs_is_left_out(repo: Repo, case: str) -> None:
    repo.write("x/scaffold.yaml", ALLOWED[case].replace("name: payments", "name: other"))
    repo.ok("regenerate", "x")
