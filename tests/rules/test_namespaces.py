"""A Namespace that is created twice: what the layout of scaffold does with it, with kubectl kustomize as judge."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from ..conftest import Repo
from ..support.real import missing

WEB, API = "services/web/deploy/namespace.yaml", "services/api/deploy/namespace.yaml"
TOP = "services/kustomization.yaml"
BOTH = "resources:\n  - web/deploy\n  - api/deploy\n"
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: {path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"""


def services(empty: Repo) -> Repo:
    """Two services in one namespace, both of which create it."""
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml").replace("flux-v1", "flux-v2"))
    empty.ok("new-service", "web", "--image", "a/web:1.2.3", "--namespace", "shop", "--create-namespace", "--no-e2e")
    empty.ok("new-service", "api", "--image", "a/api:1.2.3", "--namespace", "shop", "--no-e2e")
    return empty


def twice(repo: Repo) -> Repo:
    repo.write(
        "services/api/scaffold.yaml", repo.read("services/api/scaffold.yaml").replace("create: false", "create: true")
    )
    repo.ok("regenerate")
    assert repo.has(API)
    return repo


def found(repo: Repo) -> list[tuple[str, int, str]]:
    rows = json.loads(repo.run("validate", "--format", "json").out)
    return [(one["path"], one["line"], one["severity"]) for one in rows if one["rule"] == "K8S004"]


def built(repo: Repo, folder: str) -> str:
    """Return what kustomize says against a folder, ``""`` if it builds."""
    if (kubectl := shutil.which("kubectl")) is None:
        missing("needs kubectl")
    done = subprocess.run([kubectl, "kustomize", folder], cwd=repo.root, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("apart", [False, True])
def test_two_units(empty: Repo, apart: bool) -> None:
    """A warning without a build of both, an error with one."""
    repo = services(empty)
    assert found(repo) == []
    repo.write(TOP, BOTH)
    assert built(repo, "services") == ""
    assert found(repo) == []
    twice(repo)
    if apart:
        (repo.root / TOP).unlink()
        assert [built(repo, one) for one in ("services/web/deploy", "services/api/deploy")] == ["", ""]
    else:
        assert "already registered id: Namespace.v1.[noGrp]/shop" in built(repo, "services")
    severity = "warning" if apart else "error"
    assert found(repo) == [(API, 4, severity), (WEB, 4, severity)]
    text = repo.run("validate").out
    assert f"also in {WEB}:4, " in text
    assert "namespace.create: false" in text


def test_what_flux_applies(empty: Repo) -> None:
    """It generates the kustomization of a folder without one, from all below; two Kustomizations are two builds."""
    repo = twice(services(empty))
    repo.write("clusters/main/services.yaml", FLUX.format(name="services", path="./services"))
    assert {one for _, _, one in found(repo)} == {"error"}
    texts = [FLUX.format(name=one, path=f"./services/{one}/deploy") for one in ("web", "api")]
    repo.write("clusters/main/services.yaml", "---\n".join(texts))
    assert {one for _, _, one in found(repo)} == {"warning"}


def test_environments_that_patch_other_objects(empty: Repo) -> None:
    repo = twice(services(empty))
    for name in ("web", "api"):
        spec = f"services/{name}/scaffold.yaml"
        repo.write(
            spec, repo.read(spec) + "environments:\n  live:\n    replicas: 3\n    resources: {limits: {memory: 1Gi}}\n"
        )
    repo.ok("regenerate")
    repo.write(TOP, "resources:\n  - web/deploy/overlays/live\n  - api/deploy/overlays/live\n")
    assert "Namespace.v1.[noGrp]/shop" in built(repo, "services")
    assert {one for _, _, one in found(repo)} == {"error"}


@pytest.mark.parametrize(
    "change",
    ["namespace: shop-api\n",
     "patches:\n  - patch: '{$patch: delete, apiVersion: v1, kind: Namespace, metadata: {name: shop}}'\n"],
    ids=["renamed", "deleted"],
)  # fmt: skip
def test_one_that_the_build_changes(empty: Repo, change: str) -> None:
    """The noop: both are built, and one of them under another name, or not at all."""
    repo = twice(services(empty))
    path = "services/api/overlay/kustomization.yaml"
    repo.write(path, f"resources:\n  - ../deploy\n{change}")
    repo.write(TOP, "resources:\n  - web/deploy\n  - api/overlay\n")
    assert built(repo, "services") == ""
    assert found(repo) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("clusters/a/ns.yaml", "clusters/b/ns.yaml"), ("services/web/ns.yaml", "services/web/more/ns.yaml")],
    ids=["clusters", "one unit"],
)
def test_files_that_nothing_builds_together(empty: Repo, one: str, other: str) -> None:
    repo = services(empty)
    for path in (one, other):
        repo.write(path, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ops\n")
    assert found(repo) == []


def test_flux_v1_is_told_once(empty: Repo) -> None:
    repo = twice(services(empty))
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml").replace("flux-v2", "flux-v1"))
    rows = json.loads(repo.run("validate", "--format", "json").out)
    told = [one["rule"] for one in rows if one["path"] in (WEB, API) and one["rule"] in ("FX020", "K8S004")]
    assert told == ["FX020", "FX020"]
