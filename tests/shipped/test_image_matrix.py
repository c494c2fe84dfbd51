"""The matrix of the images workflow: which images a change needs, and that image automation needs none."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Repo, git

LIST = ("list", "--format", "github-images")
V1 = "metadata: {annotations: {fluxcd.io/automated: 'true'}}\n"


def write_service(repo: Repo, name: str, extra: str) -> None:
    spec = f"template: service\nname: {name}\nimage: ghcr.io/example/{name}\ntag: main-1\n{extra}"
    repo.write(f"services/{name}/scaffold.yaml", spec)


def images(repo: Repo, *arguments: str) -> list[str]:
    """Return the folders of the images to build, which are as many as the matrix counts."""
    data = json.loads(repo.ok(*LIST, *arguments).out)
    found = [one["folder"] for row in data["include"] for one in row["builds"]]
    assert data["count"] == len(found)
    return found


def commit(repo: Repo) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "change")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Services built from outside, from their own folder, from the whole repository, and one that is only pulled."""
    repo = Repo(tmp_path_factory.mktemp("images"))
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    write_service(repo, "outside", "build: ../../apps/web\n")
    write_service(repo, "own", "build: .\n")
    write_service(repo, "whole", "build: ../..\n")
    write_service(repo, "pulled", "")
    repo.write("apps/web/Dockerfile", "FROM scratch\n")
    repo.write("apps/web/config.yaml", "a: 1\n")
    repo.write("manifests/legacy.yaml", V1)
    repo.write("manifests/v2.yaml", 'image: a:1 # {"$imagepolicy": "flux-system:a"}\n')
    repo.ok("regenerate")
    commit(repo)
    return repo


@pytest.fixture
def changed(made: Repo, tmp_path: Path) -> Repo:
    return Repo(shutil.copytree(made.root, tmp_path / "repo"))


WEB, OWN, WHOLE = "apps/web", "services/own", "."
CHANGES: dict[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "a source outside of the unit": (["apps/web/main.c"], [WEB, WHOLE]),
    "yaml that is a source": (["apps/web/config.yaml"], [WEB, WHOLE]),
    "a name that begins like the folder": (["apps/web2/main.c"], [WHOLE]),
    "a source in the unit's folder": (["services/own/main.c"], [OWN, WHOLE]),
    "a file beside": (["README.md"], [WHOLE]),
    "a manifest": (["services/outside/deploy/deployment.yaml"], []),
    "a manifest in the folder that is built": (["services/own/deploy/deployment.yaml"], []),
    "a test": (["services/own/e2e/Makefile"], []),
    "a manifest with Flux v1's annotations": (["manifests/legacy.yaml"], []),
    "a manifest with Flux v2's marker": (["manifests/v2.yaml"], []),
    "what Argo CD Image Updater writes": (["manifests/kustomization.yaml", "manifests/.argocd-source-a.yaml"], []),
    "a lock": (["services/own/scaffold.lock"], []),
    "workflows and the config": ([".github/workflows/x.yaml", ".github/scaffold.yaml", ".scaffold/config.yaml"], []),
    "a manifest and a source": (["manifests/legacy.yaml", "apps/web/main.c"], [WEB, WHOLE]),
}


@pytest.mark.parametrize(("paths", "wanted"), CHANGES.values(), ids=CHANGES)
def test_a_change_builds_exactly_its_images(changed: Repo, paths: list[str], wanted: list[str]) -> None:
    for path in paths:
        end = "" if path.endswith(".lock") else "# changed\n"
        changed.write(path, (changed.read(path) if changed.has(path) else "") + end)
    assert images(changed, "--changed-since", "HEAD") == wanted
    git(changed.root, "add", "--all")
    git(changed.root, "commit", "--quiet", "--allow-empty", "--message", "change")
    assert images(changed, "--changed-since", "HEAD~1") == wanted


SPECS: dict[str, tuple[str, str, list[str]]] = {
    "replicas": ("name: own\n", "name: own\nreplicas: 3\n", []),
    "the tag": ("tag: main-1", "tag: main-2", []),
    "a comment": ("tag: main-1", "tag: main-1 # build", []),
    "the image": ("example/own", "example/other", [OWN]),
    "the folder": ("build: .", "build: src", ["services/own/src"]),
    "no longer built": ("build: .\n", "", []),
}


@pytest.mark.parametrize(("old", "new", "wanted"), SPECS.values(), ids=SPECS)
def test_a_spec_counts_where_it_names_the_image(changed: Repo, old: str, new: str, wanted: list[str]) -> None:
    changed.edit("services/own/scaffold.yaml", old, new)
    assert images(changed, "--changed-since", "HEAD") == wanted


def test_a_new_and_a_deleted_unit(changed: Repo) -> None:
    write_service(changed, "new", "build: src\n")
    assert images(changed, "--changed-since", "HEAD") == ["services/new/src"]
    commit(changed)
    shutil.rmtree(changed.root / "services/new")
    assert "services/new/src" not in images(changed, "--changed-since", "HEAD")


def test_another_automation_builds_nothing(changed: Repo) -> None:
    config = changed.read(".scaffold/config.yaml")
    for automation in ("flux-v2", "keel"):
        changed.write(".scaffold/config.yaml", config.replace("flux-v1", automation))
        for name in ("outside", "own", "whole", "pulled"):  # from the tag follows a policy that Keel does not know
            text = changed.read(f"services/{name}/scaffold.yaml")
            changed.write(f"services/{name}/scaffold.yaml", text.replace("tag: main-1\n", "tag: 1.2.3\n"))
        changed.ok("init")
        changed.ok("regenerate", "--theirs")
        commit(changed)
    assert not changed.has("services/own/deploy/automation.yaml")
    assert images(changed, "--changed-since", "HEAD~1") == []


def test_all_of_them_with_full_names(changed: Repo) -> None:
    assert images(changed) == [WEB, OWN, WHOLE]
    assert images(changed, "services/own") == [OWN]
    for image, wanted in {
        "nginx": "docker.io/library/nginx",
        "example/a": "docker.io/example/a",
        "docker.io/a": "docker.io/library/a",
        "quay.io/a/b": "quay.io/a/b",
        "localhost:5000/a": "localhost:5000/a",
    }.items():
        changed.write(
            "services/own/scaffold.yaml", f"template: service\nname: own\nimage: {image}\ntag: v1\nbuild: .\n"
        )
        (row,) = json.loads(changed.ok(*LIST, "services/own").out)["include"]
        assert row == {"name": "services/own", "builds": [{"image": wanted, "folder": OWN}], "minutes": 30}
    config = changed.read(".scaffold/config.yaml")
    changed.write(".scaffold/config.yaml", config + "registry: quay.io/team\n")
    changed.write("services/own/scaffold.yaml", "template: service\nname: own\nimage: own\ntag: v1\nbuild: .\n")
    (row,) = json.loads(changed.ok(*LIST, "services/own").out)["include"]
    assert row["builds"][0]["image"] == "quay.io/team/own"


def test_a_folder_that_is_inherited(changed: Repo) -> None:
    config = changed.read(".scaffold/config.yaml")
    changed.write(".scaffold/config.yaml", config + "defaults:\n  service:\n    build: src\n")
    commit(changed)
    changed.write("services/pulled/src/Dockerfile", "FROM scratch\n")
    assert images(changed, "--changed-since", "HEAD") == ["services/pulled/src", WHOLE]


def test_one_image_is_built_once(changed: Repo) -> None:
    write_service(changed, "worker", "build: ../../apps/web\n")
    changed.edit("services/worker/scaffold.yaml", "example/worker", "example/outside")
    assert images(changed) == [WEB, OWN, WHOLE]
    changed.edit("services/worker/scaffold.yaml", "apps/web", "apps/worker")
    done = changed.run(*LIST)
    assert done.code == 2
    assert "services/worker/scaffold.yaml:1:1: builds ghcr.io/example/outside from apps/worker, and " in done.err


def test_an_invalid_spec_fails_the_matrix(changed: Repo) -> None:
    changed.edit("services/own/scaffold.yaml", "tag: main-1", "port: x")
    for options in ((), ("--changed-since", "HEAD")):
        changed.write("services/own/scaffold.yaml", "template: service\nname: own\nimage: [\n")
        done = changed.run(*LIST, *options)
        assert done.code == 2
        assert "services/own/scaffold.yaml:" in done.err


@pytest.mark.parametrize("count", [0, 1, 256, 257])
def test_jobs(tmp_path: Path, count: int) -> None:
    repo = Repo(tmp_path)
    repo.ok("init")
    for number in range(count):
        write_service(repo, f"s{number:03}", "build: .\n")
    data: dict[str, Any] = json.loads(repo.ok(*LIST).out)
    assert data["count"] == count
    assert len(data["include"]) == min(count, 256)
    found = [one["folder"] for row in data["include"] for one in row["builds"]]
    assert found == [f"services/s{number:03}" for number in range(count)]


def test_random_changes(changed: Repo) -> None:
    """Against what the table above says, folder by folder: an oracle that knows only paths."""
    chance = random.Random("images")  # noqa: S311 - repeatable
    places = {
        "apps/web/a.c": {WEB, WHOLE},
        "apps/web/config.yaml": {WEB, WHOLE},
        "apps/other/a.c": {WHOLE},
        "services/own/b.c": {OWN, WHOLE},
        "services/own/deploy/service.yaml": set(),
        "services/whole/deploy/deployment.yaml": set(),
        "manifests/legacy.yaml": set(),
        ".github/x": set(),
    }
    for _ in range(25):
        some = chance.sample(sorted(places), chance.randrange(1, 5))
        for path in some:
            changed.write(path, (changed.read(path) if changed.has(path) else "") + "# x\n")
        wanted = set().union(*(places[one] for one in some))
        assert set(images(changed, "--changed-since", "HEAD")) == wanted, some
        git(changed.root, "reset", "--quiet", "--hard")
        git(changed.root, "clean", "--quiet", "--force", "-d")
