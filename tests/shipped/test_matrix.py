"""The orchestrator's matrix: which end-to-end tests a change needs, in how many jobs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from generator import matrix
from generator.printable import dump_json

from ..conftest import Repo, git

COUNT = 200


def unit(number: int) -> str:
    return f"services/s{number:03}"


def write_service(repo: Repo, folder: str, name: str, extra: str = "") -> None:
    repo.write(f"{folder}/scaffold.yaml", f"template: service\nname: {name}\nimage: a/b\ntag: v1\n{extra}")


def found(repo: Repo, *arguments: str) -> list[str]:
    """Return the directories of the matrix, which are as many as it counts."""
    data = json.loads(repo.ok("list", "--format", "github-matrix", *arguments).out)
    dirs = [one for group in data["include"] for one in group["dirs"]]
    assert data["count"] == len(dirs)
    return dirs


# --- which units ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """200 services, of which every tenth has no test and every tenth a workflow of its own, and three e2e units."""
    repo = Repo(tmp_path_factory.mktemp("many"))
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    for number in range(COUNT):
        extra = {3: "e2e: false\n", 7: "workflow: true\n"}.get(number % 10, "")
        write_service(repo, unit(number), f"s{number:03}", extra)
    for name, extra in (("own", ""), ("tree", "workflow: false\n"), ("ns", "workflow: false\n")):
        repo.write(f"e2e/{name}/scaffold.yaml", f"template: e2e\nname: {name}\n{extra}")
    repo.write("charts/common/values.yaml", "a: 1\n")
    repo.write("charts/other/values.yaml", "a: 1\n")
    repo.write("README.md", "x\n")
    repo.write(
        ".scaffold/config.yaml",
        repo.read(".scaffold/config.yaml").replace("ci:\n", "ci:\n  shared: [charts/common, '*.go']\n"),
    )
    repo.ok("alerting")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "start")
    return repo


def services(*numbers: int) -> list[str]:
    return [f"{unit(number)}/e2e" for number in numbers]


EVERY = ["e2e/ns", "e2e/tree", *services(*(one for one in range(COUNT) if one % 10 not in {3, 7}))]


@pytest.fixture
def changed(many: Repo, tmp_path: Path) -> Repo:
    return Repo(shutil.copytree(many.root, tmp_path / "repo"))


def test_all_of_them(many: Repo) -> None:
    assert found(many) == EVERY
    assert found(many, "--changed-since", "HEAD") == []
    assert found(many, unit(5), "e2e") == ["e2e/ns", "e2e/tree", *services(5)]
    halves = [found(many, "--shard", f"{part}/2") for part in (1, 2)]
    assert sorted(halves[0] + halves[1]) == EVERY


CHANGES: dict[str, tuple[list[str], list[str]]] = {
    "one spec": ([f"{unit(12)}/scaffold.yaml"], services(12)),
    "a manifest, a test and a file beside": (
        [f"{unit(1)}/deploy/deployment.yaml", f"{unit(2)}/e2e/Makefile", f"{unit(4)}/notes/x"],
        services(1, 2, 4),
    ),
    "a service without a test": ([f"{unit(13)}/scaffold.yaml"], []),
    "a service with a workflow of its own": ([f"{unit(17)}/scaffold.yaml"], []),
    "e2e units": (["e2e/tree/fixture", "e2e/own/fixture"], ["e2e/tree"]),
    "what belongs to nobody": (["README.md", "docs/x.md", "charts/other/values.yaml"], []),
    "alerting": (["alerting/values.yaml"], []),
    "the config": ([".scaffold/config.yaml"], EVERY),
    "the orchestrator": ([".github/workflows/scaffold-e2e.yaml"], EVERY),
    "another workflow": ([".github/workflows/build.yaml", ".github/workflows/scaffold-diff.yaml"], []),
    "the ci unit": ([".github/scaffold.yaml"], EVERY),
    "a shared folder": (["charts/common/values.yaml"], EVERY),
    "a shared glob": (["tools/x/main.go"], EVERY),
    "a name that begins like a shared folder": (["charts/common-x/values.yaml", "scaffold/x", f"{unit(1)}0/x"], []),
}


@pytest.mark.parametrize(("paths", "wanted"), CHANGES.values(), ids=CHANGES)
def test_a_change_runs_exactly_its_tests(changed: Repo, paths: list[str], wanted: list[str]) -> None:
    for path in paths:
        changed.write(path, (changed.read(path) if changed.has(path) else "") + "# changed\n")
    assert found(changed, "--changed-since", "HEAD") == wanted
    git(changed.root, "add", "--all")
    git(changed.root, "commit", "--quiet", "--message", "change")
    assert found(changed, "--changed-since", "HEAD~1") == wanted


def test_what_is_deleted_moved_and_new(changed: Repo) -> None:
    shutil.rmtree(changed.root / unit(1))
    (changed.root / unit(2)).rename(changed.root / "services/moved")
    (changed.root / unit(4) / "scaffold.lock").touch()
    write_service(changed, "teams/a/new", "new")
    assert found(changed, "--changed-since", "HEAD") == ["services/moved/e2e", *services(4), "teams/a/new/e2e"]


@pytest.mark.parametrize("inherited", [False, True], ids=["in the spec", "in the config"])
def test_what_a_test_is_built_from_concerns_it(changed: Repo, inherited: bool) -> None:
    """A change of what an image or a plugin is built from runs its test, wherever that lies."""
    source = "build: ../../src/api\n"
    if inherited:
        config = changed.read(".scaffold/config.yaml")
        changed.write(".scaffold/config.yaml", config + f"defaults:\n  service:\n    {source}")
        for number in range(COUNT):
            if number not in {1, 2}:
                shutil.rmtree(changed.root / unit(number))
        write_service(changed, unit(2), "s002", "build: .\n")
    write_service(changed, unit(1), "s001", "" if inherited else source)
    changed.write("e2e/tree/scaffold.yaml", "{template: e2e, name: tree, workflow: false, paths: [src/tree, go.sum]}\n")
    changed.write("e2e/ns/scaffold.yaml", "template: e2e\nname: ns\nworkflow: false\ninstall: {build: [make]}\n")
    changed.write("e2e/own/scaffold.yaml", "template: e2e\nname: own\npaths: [src]\n")
    git(changed.root, "add", "--all")
    git(changed.root, "commit", "--quiet", "--message", "builds")
    assert found(changed, "--changed-since", "HEAD") == []
    for path, wanted in {
        "src/api/main.c": ["e2e/ns", *services(1)],
        "src/apis/main.c": ["e2e/ns"],  # what is built here may depend on anything
        "src/tree/main.c": ["e2e/ns", "e2e/tree"],
        "go.sum": ["e2e/ns", "e2e/tree"],
        f"{unit(2)}/x": ["e2e/ns", *services(2)],
    }.items():
        changed.write(path, "x\n")
        assert found(changed, "--changed-since", "HEAD") == wanted, path
        (changed.root / path).unlink()
    changed.write("src/api/main.c", "x\n")
    assert found(changed, "services", "--changed-since", "HEAD") == services(1)


def test_the_change_of_a_branch_leaves_out_what_main_changed(changed: Repo) -> None:
    git(changed.root, "switch", "--quiet", "--create", "topic")
    changed.write(f"{unit(1)}/x", "")
    git(changed.root, "add", "--all")
    git(changed.root, "commit", "--quiet", "--message", "topic")
    git(changed.root, "switch", "--quiet", "main")
    changed.write(f"{unit(2)}/x", "")
    git(changed.root, "add", "--all")
    git(changed.root, "commit", "--quiet", "--message", "main")
    git(changed.root, "merge", "--quiet", "--no-edit", "topic")  # what GitHub checks out for a pull request
    assert found(changed, "--changed-since", "HEAD~1") == services(1)


@pytest.mark.parametrize(
    ("where", "template", "values", "wanted"),
    [
        ("services/a", "service", {"e2e": True, "workflow": False}, "services/a/e2e"),
        (".", "service", {"e2e": True}, "e2e"),
        ("services/a", "service", {"e2e": False}, ""),
        ("services/a", "service", {"e2e": True, "workflow": True}, ""),
        ("services/a", "service", {}, ""),
        ("e2e/tree", "e2e", {"workflow": False}, "e2e/tree"),
        (".", "e2e", {}, "."),
        ("e2e/tree", "e2e", {"workflow": True}, ""),
        ("e2e/tree", "e2e", {"files": [("Makefile", "once")]}, "e2e/tree"),
        ("e2e/tree", "e2e", {"files": [("Makefile", "never")]}, ""),
        ("e2e/tree", "e2e", {"files": [("Make*", "merge"), ("*", "never")]}, "e2e/tree"),
        ("e2e/tree", "e2e", {"files": [("*", "merge"), ("*", "never")]}, "e2e/tree"),
        ("alerting", "alerting", {"e2e": True}, ""),
    ],
)
def test_where_a_test_is(where: str, template: str, values: dict[str, Any], wanted: str) -> None:
    found = matrix.test(where, template, {"name": "x", **values})
    assert (found.directory if found else "") == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"name": "kubectl-tree"}, "tree"),
        ({"name": "x", "plugin": "view-secret", "install": {}}, "view-secret"),
        ({"name": "kubectl-tree", "install": {"krew_index": "0" * 40}}, "tree@" + "0" * 40),
        ({"name": "kubectl-tree", "install": {"build": ["make"]}}, ""),
    ],
)
def test_the_plugin_that_krew_installs(values: dict[str, Any], wanted: str) -> None:
    assert matrix.test("e2e/x", "e2e", values) == matrix.Test("e2e/x", wanted)
    assert matrix.test("services/x", "service", {**values, "e2e": True}) == matrix.Test("services/x/e2e")


def test_defaults_of_the_config_count(changed: Repo) -> None:
    config = changed.read(".scaffold/config.yaml")
    for number in (7, 8, 9):
        write_service(changed, unit(number), f"s{number:03}")
    some = ("e2e", unit(7), unit(8), unit(9))
    changed.write(".scaffold/config.yaml", config + "defaults:\n  service:\n    e2e: false\n")
    assert found(changed, *some) == ["e2e/ns", "e2e/tree"]
    changed.write(
        ".scaffold/config.yaml", config + "defaults:\n  service:\n    workflow: true\n  e2e: {workflow: false}\n"
    )
    write_service(changed, unit(8), "s008", "workflow: false\n")
    assert found(changed, *some) == ["e2e/ns", "e2e/own", "e2e/tree", *services(8)]


def test_a_test_that_is_never_made_is_not_run(changed: Repo) -> None:
    write_service(changed, unit(1), "s001", "files: {'e2e/*': never}\n")
    write_service(changed, unit(2), "s002", "files: {'deploy/*': never}\n")
    assert found(changed, unit(1), unit(2)) == services(2)


def test_an_invalid_spec_fails_the_matrix(changed: Repo) -> None:
    write_service(changed, unit(1), "s001", "port: x\n")
    done = changed.run("list", "--format", "github-matrix", unit(1), unit(2))
    assert done.code == 2
    assert f"{unit(1)}/scaffold.yaml:5:" in done.err
    assert json.loads(done.out)["count"] == 1


def test_the_output_is_one_line_whatever_units_are_called(changed: Repo) -> None:
    write_service(changed, "services/é ü/'\"$(x)", "odd")
    done = changed.ok("list", "--format", "github-matrix", "services/é ü")
    assert done.out.isascii()
    assert done.out.count("\n") == 1
    assert json.loads(done.out)["include"][0]["dirs"] == ["services/é ü/'\"$(x)/e2e"]
    write_service(changed, "services/a\nb=c", "odd")
    done = changed.run("list", "--format", "github-matrix")
    assert done.code == 2
    assert "whose name contains a control character" in done.err
    assert done.out.count("\n") == 1


# --- how many jobs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 258, 511, 512, 513, 10_000])
def test_jobs(count: int) -> None:
    directories = [f"services/s{number:05}/e2e" for number in range(count)]
    text = dump_json(
        matrix.rows([matrix.Test(one, "tree" if one.endswith("0/e2e") else "") for one in directories]), indent=None
    )
    data: dict[str, Any] = json.loads(text)
    groups = data["include"]
    assert data["count"] == count
    assert len(groups) == min(count, 256)
    assert [one for group in groups for one in group["dirs"]] == directories
    sizes = {len(group["dirs"]) for group in groups}
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert len({group["name"] for group in groups}) == len(groups)
    assert all(0 < group["minutes"] <= 360 for group in groups)
    assert all(group["plugins"] == ["tree"] * any(one.endswith("0/e2e") for one in group["dirs"]) for group in groups)
    assert len(text.encode("utf-16")) < 2**20, "an output of a job has at most 1 MiB, as UTF-16"


@pytest.mark.parametrize("count", [0, 1, 256, 257])
def test_jobs_through_the_command_line(tmp_path: Path, count: int) -> None:
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "flux-v1")
    for number in range(count):
        write_service(repo, unit(number), f"s{number:03}")
    data = json.loads(repo.ok("list", "--format", "github-matrix").out)
    assert data["count"] == count
    assert len(data["include"]) == min(count, 256)
    assert [one for group in data["include"] for one in group["dirs"]] == services(*range(count))
